// One instrument: what it says now, how that came about, and what lies behind each number.

import {address, aging, ask, go, remember} from './app.js';
import {el, empty, fill, table} from './dom.js';
import {count, moment, now, number, span, stamp, words} from './format.js';
import {Chart} from './chart.js';
import * as live from './live.js';
import {range, rangeTools} from './range.js';
import {list as alarmList, sensorOf} from './alarms.js';
import {keyOf, latest, follow, stateOf, states} from './readings.js';

export async function show(host, parameters, borehole, instrument) {
  const readings = await latest();
  const mine = keyOf({borehole, instrument});
  if (!readings.has(mine)) return void host.append(el('h1', {}, `${borehole} · ${words(instrument)}`), empty('No readings', 'The view holds nothing of this instrument.'));
  const r = range(parameters);
  const [{spans}, standing] = await Promise.all([ask('/api/levels', {borehole, instrument}).catch(() => ({spans: []})), ask('/api/alarms', {sensor: sensorOf(borehole, instrument), state: 'all'}).catch(error => ({isThere: true, rows: [], trouble: error.message}))]);
  const head = el('div', {class: 'panel w4'}), box = el('div', {class: 'chart tall'}), note = el('p', {class: 'small quiet'}), rows = el('section', {class: 'panel'}), alarms = el('section', {class: 'panel', hidden: true}), levels = el('section', {class: 'panel', hidden: !spans.length});
  const neighbours = [...readings.values()].filter(x => x.borehole === borehole);
  const chartPanel = el('section', {class: 'panel w8'}, el('div', {class: 'tools'}, rangeTools(parameters, r)), box, note);
  host.append(el('div', {class: 'head'}, el('h1', {}, `${borehole} · ${words(instrument)}`),
    el('span', {class: 'quiet'}, neighbours.filter(n => n.instrument !== instrument).length ? 'in the same borehole: ' : '', neighbours.filter(n => n.instrument !== instrument).map((n, i) => [i ? ', ' : '', el('a', {href: address(n.borehole, n.instrument)}, words(n.instrument))]))),
    el('div', {class: 'panels'}, alarms, head, chartPanel, levels, rows));
  const chart = new Chart(box, {from: r.from, to: r.to, onzoom: (from, to) => go(`${location.pathname}?${new URLSearchParams({from, to})}`)});
  chart.lines = limits(spans);
  drawAlarms(alarms, standing, borehole, instrument);
  drawLevels(levels, spans);
  let series = null, version = standing.figures?.version;
  const load = async (from, to) => {
    series = await ask('/api/series', {borehole, instrument, from: Math.round(from), to: Math.round(to), columns: Math.max(200, Math.round(box.clientWidth || 900))});
    drawChart(chart, series, instrument, from, to);
    drawHead(head, readings.get(mine), series);
    drawNote(note, series);
    if (!series.t.length) note.textContent = 'There are no readings in this range.';
    drawRows(rows, borehole, instrument, from, to);
  };
  drawHead(head, readings.get(mine), null);
  setTimeout(() => load(r.from, r.to).catch(error => { note.textContent = error.message; }));
  const stop = follow(readings, changed => {
    if (!changed.some(one => keyOf(one) === mine)) return;
    drawHead(head, readings.get(mine), series);
    if (!r.isLive || !series) return;
    const one = readings.get(mine), last = series.t.at(-1) ?? 0;
    if (one.t > last) { series.t.push(one.t); series.v.push(one.value); series.band.t.push(one.t); series.band.lo.push(one.min); series.band.hi.push(one.max); }
    drawChart(chart, series, instrument, now() - (r.to - r.from), now());
  });
  const stopAlarms = live.on('pipe', ({figures}) => {
    if (!figures || figures.version === version) return;
    version = figures.version;
    ask('/api/alarms', {sensor: sensorOf(borehole, instrument), state: 'all'}).then(next => drawAlarms(alarms, next, borehole, instrument)).catch(() => {});
  });
  // What is up to date now is late in a while, whether or not anything comes.
  const timer = setInterval(() => drawHead(head, readings.get(mine), series), 10000);
  return () => { stop(); stopAlarms(); clearInterval(timer); chart.close(); };
}

function drawChart(chart, s, instrument, from, to) {
  chart.set([{name: words(instrument), unit: s.unit, t: s.t, v: s.v, band: s.band, gap: s.gap}], from, to);
}

function drawNote(note, s) {
  fill(note, s.reduced ? `${count(s.raw)} results, drawn as first, lowest, highest and last of each of ${count(s.columns)} columns: no extreme is left out.` : `${count(s.raw)} results, all drawn.`,
    ' Line: mean of each window. Band: its minimum to its maximum. Drag to zoom, double click to zoom out, + − and arrows on the keyboard.');
}

/** The levels of a register as lines, each from date to date. */
function limits(spans) {
  return spans.flatMap(s => ['above', 'below'].flatMap(side => s[side].map(l => ({name: `${l.name} ${number(l.limit)}`, value: l.limit, isBelow: side === 'below',
    from: s.from ?? -Infinity, to: s.to ?? Infinity, colour: `--level${Math.min(l.severity, 3)}`}))));
}

function drawAlarms(panel, standing, borehole, instrument) {
  const raised = standing.rows.filter(a => a.severity > 0);
  panel.hidden = !raised.length && !standing.trouble;
  fill(panel, el('h2', {}, 'Alarms of this instrument'), standing.trouble ? el('p', {class: 'note bad'}, standing.trouble) : alarmList(raised),
    el('p', {class: 'small'}, el('a', {href: `/alarms?${new URLSearchParams({state: 'all', sensor: sensorOf(borehole, instrument)})}`}, 'All that happened to them')));
}

function drawLevels(panel, spans) {
  const list = levels => levels.length ? levels.map(l => `${l.name} ${number(l.limit)}`).join(', ') : '–';
  fill(panel, el('h2', {}, 'Review levels and calibration'), el('div', {class: 'scroll'}, table(
    [{name: 'holds from'}, {name: 'until'}, {name: 'above'}, {name: 'below'}, {name: 'rate'}, {name: 'overdue after', number: true}, {name: 'calibration', wide: true}, {name: 'who is told, what is to be done', wide: true}],
    spans.map(s => [s.from === null ? 'the beginning' : stamp(s.from).slice(0, 16), s.to === null ? '' : stamp(s.to).slice(0, 16), list(s.above), list(s.below),
      s.rate.length ? `${list(s.rate)} in ${span(s.ratePer)}` : '–', s.overdueAfter === null ? '–' : span(s.overdueAfter), s.conversion ?? 'as it comes', [s.tell, s.response].filter(Boolean).join(': ')]))));
}

function drawHead(panel, r, s) {
  const state = stateOf(r);
  const fact = (name, value) => el('tr', {}, el('th', {scope: 'row'}, name), el('td', {class: 'n'}, value));
  fill(panel,
    el('div', {class: 'big'}, number(r.value), el('small', {}, ` ${r.unit ?? ''}`)),
    el('p', {}, el('span', {class: `state ${state}`}, states[state].join(' ')), ' · ', aging(r.t + r.window)),
    el('table', {class: 'facts'}, el('tbody', {},
      fact('window', `${stamp(r.t)}, ${span(r.window)}`), fact('lowest, highest in it', `${number(r.min)}, ${number(r.max)}`), fact('readings in it', count(r.count)),
      s?.t.length ? [fact('first of this range', number(s.first)), fact('change over this range', `${s.last - s.first > 0 ? '+' : s.last - s.first < 0 ? '−' : ''}${number(Math.abs(s.last - s.first))}`),
        fact('lowest of this range', `${number(s.lowest)} at ${stamp(s.lowestAt)}`), fact('highest of this range', `${number(s.highest)} at ${stamp(s.highestAt)}`)] : null,
      r.level === null ? null : fact('surface level', number(r.level)),
      r.northing === null ? null : fact('northing, easting', `${number(r.northing, 1)}, ${number(r.easting, 1)}`))));
}

/** A page of the table, by the time of the row at its edge: the last of ten million is as near as the first. */
async function drawRows(panel, borehole, instrument, from, to, place = {}) {
  const query = {borehole, instrument, from: Math.round(from), to: Math.round(to)}, limit = 50;
  const answer = await ask('/api/rows', {...query, ...place, limit});
  const rows = place.after ? answer.rows.reverse() : answer.rows;
  const search = new URLSearchParams(query);
  const hasNewer = place.after ? answer.more : Boolean(place.before), hasOlder = place.after ? true : answer.more;
  const turn = next => () => drawRows(panel, borehole, instrument, from, to, next).catch(error => fill(panel, el('p', {class: 'note bad'}, error.message)));
  const jump = el('input', {placeholder: '2026-11-28 14:30, or 2h', size: 20, 'aria-label': 'show the results before this moment', onchange: () => {
    const t = moment(jump.value.trim().replace(' ', 'T'), null);
    if (t !== null) turn({before: Math.round(t)})();
  }});
  fill(panel, el('h2', {}, !hasOlder && !hasNewer ? `Results of this range: ${rows.length}` : rows.length ? `Results from ${stamp(rows.at(-1).t)} to ${stamp(rows[0].t)}` : 'No results there'),
    el('div', {class: 'tools'}, 'All of them: ', ['csv', 'xlsx', 'ndjson'].map(kind => el('a', {href: `/data/readings.${kind}?${search}`, download: ''}, kind.toUpperCase())), el('button', {type: 'button', onclick: () => print()}, 'Print'),
      hasOlder || hasNewer ? [el('button', {type: 'button', disabled: !hasNewer, onclick: turn({})}, 'Newest'), el('button', {type: 'button', disabled: !hasNewer || !rows.length, onclick: turn({after: rows[0]?.t})}, '← newer'),
        el('button', {type: 'button', disabled: !hasOlder || !rows.length, onclick: turn({before: rows.at(-1)?.t})}, 'older →'), el('label', {}, 'go to', jump)] : null),
    el('div', {class: 'scroll'}, table([{name: 'window begins', kind: 't'}, {name: 'mean', number: true}, {name: 'lowest', number: true}, {name: 'highest', number: true}, {name: 'readings', number: true}, {name: 'record it came from', wide: true}],
      rows.map(r => [stamp(r.t), number(r.value), number(r.min), number(r.max), count(r.count),
        r.topic ? el('a', {href: `/log/${encodeURIComponent(r.topic)}?partition=${r.partition}&offset=${r.offset}`, class: 'mono'}, `${r.topic}-${r.partition} @ ${r.offset}`) : '']))));
}
