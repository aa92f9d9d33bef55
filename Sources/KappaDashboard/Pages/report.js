// The day on paper: the same document that `kappa report` writes.

import {el, select} from './dom.js';
import {dayOf, now} from './format.js';
import {go} from './app.js';

export async function show(host, parameters) {
  const day = parameters.get('day') ?? dayOf(now() - 864e5);
  const days = Array.from({length: 31}, (_, i) => dayOf(now() - i * 864e5));
  const frame = el('iframe', {class: 'report', src: `/data/report.html?day=${encodeURIComponent(day)}`, title: `Report of ${day}`, sandbox: 'allow-same-origin allow-modals'});
  host.append(el('div', {class: 'head'}, el('h1', {}, `Report of ${day}`)),
    el('div', {class: 'tools'}, el('label', {}, 'day', select('day', days.includes(day) ? days : [day, ...days], day, value => go(`/report?day=${value}`))),
      el('a', {href: `/data/report.html?day=${encodeURIComponent(day)}`, target: '_blank', rel: 'noopener'}, 'Open alone, to print'), el('a', {href: `/data/report.html?day=${encodeURIComponent(day)}`, download: `report-${day}.html`}, 'Save as one file')), frame);
}
