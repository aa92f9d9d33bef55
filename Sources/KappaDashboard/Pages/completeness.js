// Instrument by day: how much of what was to come has come, and where windows are missing.

import {address, ask, go} from './app.js';
import {el, empty, fill, table} from './dom.js';
import {count, dayOf, span, stamp, words} from './format.js';
import {range, rangeTools} from './range.js';

export async function show(host, parameters) {
  const r = range(parameters, '7d');
  host.append(el('div', {class: 'head'}, el('h1', {}, 'Completeness')), el('div', {class: 'tools'}, rangeTools(parameters, r)));
  const answer = await ask('/api/completeness', {from: Math.round(r.from), to: Math.round(r.to)});
  if (!answer.rows.length) return void host.append(empty('No results in this range', 'Choose a longer one.'));
  const total = answer.rows.reduce((t, row) => t + row.got, 0), wanted = answer.rows.reduce((t, row) => t + row.wanted, 0);
  host.append(el('div', {class: 'strip'},
    el('div', {class: 'figure'}, el('b', {}, wanted ? `${Math.min(100, total / wanted * 100).toFixed(1)} %` : '–'), el('span', {}, 'of the windows that were to come')),
    el('div', {class: 'figure'}, el('b', {}, count(answer.gaps.length) + (answer.gapsTruncated ? '+' : '')), el('span', {}, 'gaps')),
    el('div', {class: 'figure'}, el('b', {}, count(answer.rows.filter(row => row.got < row.wanted).length)), el('span', {}, 'instruments with gaps'))));
  const heat = el('div', {class: 'heat'});
  heat.style.gridTemplateColumns = `minmax(150px, 260px) repeat(${answer.days.length}, minmax(8px, 1fr)) 70px`;
  heat.append(el('span', {class: 'quiet small'}, 'worst first'), ...answer.days.map((d, i) => el('span', {class: 'quiet small'}, i % Math.ceil(answer.days.length / 12) === 0 ? dayOf(d).slice(5) : '')), el('span'));
  const sorted = answer.rows.map(row => ({...row, share: row.wanted ? row.got / row.wanted : 1})).sort((a, b) => a.share - b.share);
  const poor = sorted.filter(row => row.share < 1), rows = (poor.length ? poor : sorted).slice(0, poor.length ? 200 : 30);
  for (const row of rows) {
    heat.append(el('a', {class: 'label', href: `${address(row.borehole, row.instrument)}?from=${Math.round(r.from)}&to=${Math.round(r.to)}`}, `${row.borehole} · ${words(row.instrument)}`),
      ...row.days.map((share, i) => el('span', {class: `cell ${share === null ? 'none' : `c${share === 0 ? 0 : share < .5 ? 1 : share < .9 ? 2 : share < .999 ? 3 : 4}`}`, title: `${dayOf(answer.days[i])}: ${share === null ? 'nothing was to come' : `${Math.round(share * 100)} %`}`})),
      el('span', {class: 'n small'}, `${Math.floor(row.share * 1000) / 10} %`));
  }
  host.append(el('section', {class: 'panel'}, el('h2', {}, 'Share of windows that came, by day'), el('div', {class: 'scroll'}, heat),
    el('p', {class: 'small quiet'}, 'Hatched: none came. Orange: less than nine tenths. Green: nearly all, all. Empty: nothing was to come.', rows.length < sorted.length ? ` ${count(sorted.length - poor.length)} of ${count(sorted.length)} are complete${poor.length > 200 ? '; the worst 200 are shown' : ''}.` : '')),
  el('section', {class: 'panel'}, el('h2', {}, 'Gaps, the longest first'), answer.gaps.length ? el('div', {class: 'scroll tall'}, table(
    [{name: 'borehole'}, {name: 'instrument'}, {name: 'from', kind: 't'}, {name: 'to', kind: 't'}, {name: 'length', number: true}, {name: 'windows missing', number: true}],
    answer.gaps.map(g => ({attributes: {class: 'pick', onclick: () => go(`${address(g.borehole, g.instrument)}?from=${g.from - 3 * (g.to - g.from)}&to=${g.to + 3 * (g.to - g.from)}`)},
      cells: [g.borehole, words(g.instrument), stamp(g.from), stamp(g.to), span(g.to - g.from), count(g.windows)]})))) : el('p', {class: 'quiet'}, 'There is none.')));
}
