// Rows by columns by time, put together by the store: never by the browser.

import {ask, go} from './app.js';
import {el, empty, fill, select, table} from './dom.js';
import {count, dayOf, number, stamp, words} from './format.js';
import {range, rangeTools} from './range.js';

const dimensions = [['borehole', 'borehole'], ['instrument', 'instrument'], ['time', 'time']];
const buckets = [['60', 'minute'], ['3600', 'hour'], ['86400', 'day'], ['604800', 'week']];
const aggregates = [['max', 'highest'], ['min', 'lowest'], ['mean', 'mean'], ['sum', 'sum'], ['count', 'number of readings'], ['rows', 'number of results']];

export async function show(host, parameters) {
  const r = range(parameters, '7d');
  const wanted = {rows: parameters.get('rows') ?? 'borehole', columns: parameters.get('columns') ?? 'instrument', bucket: parameters.get('bucket') ?? '86400', value: parameters.get('value') ?? 'max',
    instrument: parameters.get('instrument'), borehole: parameters.get('borehole')};
  const set = changes => { const query = new URLSearchParams(location.search); for (const [k, v] of Object.entries(changes)) if (v) query.set(k, v); else query.delete(k); go(`/pivot?${query}`); };
  const text = name => el('input', {value: wanted[name] ?? '', placeholder: 'all', size: 14, 'aria-label': `${name}, with * and ?`, onchange: e => set({[name]: e.target.value.trim()})});
  host.append(el('div', {class: 'head'}, el('h1', {}, 'Pivot')),
    el('div', {class: 'tools'}, rangeTools(parameters, r), el('label', {}, 'Show', select('value', aggregates, wanted.value, value => set({value}))),
      el('label', {}, 'rows', select('rows', dimensions, wanted.rows, rows => set({rows, columns: rows === wanted.columns ? wanted.rows : wanted.columns}))),
      el('button', {type: 'button', title: 'Rows become columns', onclick: () => set({rows: wanted.columns, columns: wanted.rows})}, '⇄'),
      el('label', {}, 'columns', select('columns', dimensions, wanted.columns, columns => set({columns, rows: columns === wanted.rows ? wanted.columns : wanted.rows}))),
      el('label', {}, 'time by', select('bucket', buckets, wanted.bucket, bucket => set({bucket}))), el('label', {}, 'instrument', text('instrument')), el('label', {}, 'borehole', text('borehole'))));
  const query = {...wanted, from: Math.round(r.from), to: Math.round(r.to)};
  const answer = await ask('/api/pivot', query);
  if (!answer.rows.length) return void host.append(empty('Nothing to put together', 'There are no results in this range with these names.'));
  const exported = new URLSearchParams(Object.entries(query).filter(([, v]) => v !== null && v !== ''));
  const name = (kind, v) => kind === 'time' ? (wanted.bucket >= 86400 ? dayOf(v) : stamp(v).slice(0, 16)) : kind === 'instrument' ? words(v) : v;
  const whole = wanted.value === 'count' || wanted.value === 'rows';
  const values = answer.cells.flat().filter(v => v !== null);
  host.append(el('section', {class: 'panel'}, el('div', {class: 'tools'}, el('span', {class: 'quiet'}, `${count(answer.rows.length)} rows × ${count(answer.columns.length)} columns, ${count(values.length)} values`),
    ['csv', 'xlsx'].map(kind => el('a', {href: `/data/pivot.${kind}?${exported}`, download: ''}, kind.toUpperCase()))),
  el('div', {class: 'scroll tall'}, table([{name: wanted.rows}, ...answer.columns.map(c => ({name: name(wanted.columns, c), number: true}))],
    answer.rows.map((row, i) => [name(wanted.rows, row), ...answer.cells[i].map((v, k) => v === null ? '' : el('a', {href: drill(wanted, row, answer.columns[k], r)}, whole ? count(v) : number(v)))])))));
}

/** The readings behind a cell. */
function drill(wanted, row, column, r) {
  const found = {[wanted.rows]: row, [wanted.columns]: column};
  const span = found.time === undefined ? [Math.round(r.from), Math.round(r.to)] : [found.time, found.time + wanted.bucket * 1000];
  const query = new URLSearchParams({from: span[0], to: span[1]});
  if (found.borehole !== undefined && found.instrument !== undefined) return `/i/${encodeURIComponent(found.borehole)}/${encodeURIComponent(found.instrument)}?${query}`;
  for (const key of ['borehole', 'instrument']) if (found[key] ?? wanted[key]) query.set(key, found[key] ?? wanted[key]);
  return `/compare?${query}`;
}
