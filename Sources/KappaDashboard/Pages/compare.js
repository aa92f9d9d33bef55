// Many instruments on one axis: as they are, or as the change since the beginning of the range.

import {address, ask, go} from './app.js';
import {el, empty, fill, select} from './dom.js';
import {count, number, words} from './format.js';
import {Chart} from './chart.js';
import {range, rangeTools} from './range.js';

export async function show(host, parameters) {
  const r = range(parameters);
  const all = await ask('/api/kinds');
  if (!all.instruments.length) return void host.append(el('h1', {}, 'Compare'), empty('No results yet', 'Nothing has reached the view.'));
  const instrument = parameters.get('instrument') ?? all.instruments[0], borehole = parameters.get('borehole') ?? '';
  const change = parameters.get('as') === 'change', alone = parameters.get('one');
  const set = changes => { const query = new URLSearchParams(location.search); for (const [k, v] of Object.entries(changes)) if (v) query.set(k, v); else query.delete(k); go(`/compare?${query}`); };
  const box = el('div', {class: 'chart tall'}), note = el('p', {class: 'small quiet'}), legend = el('div');
  host.append(el('div', {class: 'head'}, el('h1', {}, `Compare · ${words(instrument)}`)),
    el('div', {class: 'tools'}, rangeTools(parameters, r), el('label', {}, 'instrument', select('instrument', all.instruments.map(i => [i, words(i)]), instrument, value => set({instrument: value, one: null}))),
      el('label', {}, 'boreholes', el('input', {value: borehole, placeholder: 'all, or BH-0*', size: 12, onchange: e => set({borehole: e.target.value.trim(), one: null})})),
      el('label', {}, 'as', select('as', [['', 'read'], ['change', 'change in this range']], change ? 'change' : '', as => set({as}))),
      el('label', {}, 'single out', el('input', {list: 'holes', value: alone ?? '', size: 12, onchange: e => set({one: e.target.value.trim()})}), el('datalist', {id: 'holes'}, all.boreholes.map(b => el('option', {value: b}))))),
    el('section', {class: 'panel'}, box, legend, note));
  const chart = new Chart(box, {from: r.from, to: r.to, onzoom: (from, to) => set({from, to})});
  setTimeout(async () => {
    try {
      const answer = await ask('/api/compare', {instrument, borehole, from: Math.round(r.from), to: Math.round(r.to), columns: 240});
      const faint = answer.series.length > 6;
      const series = answer.series.map(s => ({name: s.borehole, unit: s.unit, t: s.t, gap: s.gap, faint: faint && s.borehole !== alone, colour: faint ? (s.borehole === alone ? '--s2' : '--s1') : undefined,
        v: change ? s.v.map(v => v === null ? null : v - s.v.find(x => x !== null)) : s.v}));
      series.sort((a, b) => (a.name === alone) - (b.name === alone));
      chart.set(series);
      if (!faint) fill(legend, chart.legend());
      fill(note, `${count(series.length)} instruments${answer.truncated ? ' (the first, more than that are not drawn)' : ''}. The lowest and highest of each of ${answer.columns} columns are drawn. `,
        faint ? 'Point at a line to read it; single one out to see it before the others.' : 'Click a name to see it alone.',
        series.length ? null : ' There are no readings in this range.');
    } catch (error) { note.textContent = error.message; }
  });
  return () => chart.close();
}
