// The choice of a range of time, which stands in the address: `from` and `to`, relative (`24h`) or absolute.

import {go} from './app.js';
import {el, select} from './dom.js';
import {moment, now, stamp} from './format.js';

const choices = ['1h', '6h', '24h', '3d', '7d', '30d', '90d', '52w'];

export function range(parameters, standard = '24h') {
  const from = parameters.get('from') ?? standard;
  return {word: from, from: moment(from, now() - 864e5), to: moment(parameters.get('to'), now()), isLive: !parameters.has('to')};
}

/** Buttons for the usual ranges; `Freeze` writes the moments into the address, so that a sent link shows the same. */
export function rangeTools(parameters, current) {
  const address = changes => {
    const query = new URLSearchParams(location.search);
    for (const [k, v] of Object.entries(changes)) if (v === null) query.delete(k); else query.set(k, v);
    return `${location.pathname}?${query}`;
  };
  const isUsual = choices.includes(current.word) && current.isLive;
  return [
    el('label', {}, 'Range', select('range', [...choices.map(c => [c, `last ${c.replace('h', ' h').replace('d', ' days').replace('w', ' weeks').replace('52 weeks', 'year')}`]), ...(isUsual ? [] : [['own', `${stamp(current.from).slice(0, 16)} – ${stamp(current.to).slice(0, 16)}`]])],
      isUsual ? current.word : 'own', value => value !== 'own' && go(address({from: value, to: null})))),
    current.isLive ? el('button', {type: 'button', title: 'A link that shows the same picture next year', onclick: () => go(address({from: Math.round(current.from), to: Math.round(current.to)}))}, 'Freeze')
      : el('button', {type: 'button', onclick: () => go(address({from: '24h', to: null}))}, 'Go live'),
  ];
}
