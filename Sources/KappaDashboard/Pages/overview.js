// The page on the wall: is everything reporting, where, and what has moved most.

import {address, aging, ask, go} from './app.js';
import {el, empty, fill, table} from './dom.js';
import {count, now, number, span, words} from './format.js';
import * as live from './live.js';
import {keyOf, latest, follow, stateOf, states} from './readings.js';
import {niceStep, spark} from './chart.js';
import {kindOf, list as alarmList} from './alarms.js';

export async function show(host, parameters) {
  const moving = ask('/api/movers', {hours: 24, limit: 10}).catch(error => ({rows: [], trouble: error.message}));
  const [readings, standing] = await Promise.all([latest(), ask('/api/alarms').catch(error => ({isThere: true, rows: [], trouble: error.message}))]);
  const nothing = empty('No results yet', 'Nothing has reached the view. Readings show here as soon as the first window closes.');
  const strip = el('div', {class: 'strip', 'aria-live': 'off'});
  const plan = el('section', {class: 'panel w8'}), kinds = el('section', {class: 'panel'});
  const late = el('section', {class: 'panel'}), alarms = el('section', {class: 'panel', hidden: true}), moved = el('section', {class: 'panel'});
  host.append(el('div', {class: 'head'}, el('h1', {}, 'Overview')), strip, nothing, el('div', {class: 'panels'}, alarms, plan, el('div', {class: 'stack w4'}, kinds, late), moved));
  let pipe = null, worst = byBorehole(standing.rows), version = standing.figures?.version;
  const draw = () => {
    // Alarms stand in the log: they are told even where the view is empty.
    for (const part of [strip, plan, kinds, late, moved]) part.hidden = !readings.size;
    nothing.hidden = readings.size > 0;
    if (!readings.size) return;
    const all = [...readings.values()];
    drawStrip(strip, all, pipe);
    drawAlarms(alarms, standing, readings);
    drawKinds(kinds, all);
    drawLate(late, all);
    drawPlan(plan, all, worst, standing.isThere);
  };
  draw();
  fill(moved, el('h2', {}, 'Moved most in 24 hours'), el('p', {class: 'quiet'}, 'One moment …'));
  moving.then(movers => movers.trouble ? fill(moved, el('h2', {}, 'Moved most in 24 hours'), el('p', {class: 'note bad'}, movers.trouble)) : drawMoved(moved, movers.rows));
  drawAlarms(alarms, standing, readings);
  const loadAlarms = async () => {
    Object.assign(standing, {trouble: null}, await ask('/api/alarms'));
    version = standing.figures.version;
    worst = byBorehole(standing.rows);
    drawAlarms(alarms, standing, readings);
  };
  const timer = setInterval(draw, 5000);
  const stops = [follow(readings, () => readings.size && drawStrip(strip, [...readings.values()], pipe)), live.on('pipe', data => { pipe = data; if (data.figures && data.figures.version !== version) { version = data.figures.version; loadAlarms().catch(() => {}); } if (readings.size) drawStrip(strip, [...readings.values()], pipe); })];
  return () => { clearInterval(timer); stops.forEach(stop => stop()); };
}

const figure = (value, unit, what) => el('div', {class: 'figure'}, el('b', {}, value, unit ? el('small', {}, ` ${unit}`) : null), el('span', {}, what));

function drawStrip(strip, all, pipe) {
  const by = {fresh: 0, late: 0, silent: 0};
  for (const r of all) by[stateOf(r)]++;
  const newest = all.reduce((t, r) => Math.max(t, r.t + r.window), 0);
  fill(strip,
    Object.entries(by).map(([state, n]) => el('div', {class: 'figure'}, el('b', {class: `state ${n ? state : ''}`}, `${states[state][0]} ${count(n)}`), el('span', {}, states[state][1]))),
    figure(span(Math.max(0, now() - newest)), null, 'age of the newest result'),
    figure(pipe?.rate === undefined ? '–' : number(pipe.rate, 1), '/s', 'results stored'),
    figure(pipe?.lag === null || pipe?.lag === undefined ? '–' : count(pipe.lag), null, 'records still to read'));
}

/** The worst alarm of each borehole that is not shelved. */
function byBorehole(rows) {
  const worst = new Map();
  for (const a of rows) if (a.state !== 'shelved' && (worst.get(a.borehole)?.severity ?? 0) < a.severity) worst.set(a.borehole, a);
  return worst;
}

/** What somebody must look at comes before everything else. */
function drawAlarms(panel, standing, readings) {
  panel.hidden = !standing.isThere;
  const open = standing.rows.filter(a => a.state === 'open'), seen = standing.rows.length - open.length;
  fill(panel, el('h2', {}, open.length ? `Open alarms: ${count(open.length)}` : 'Alarms'), standing.trouble ? el('p', {class: 'note bad'}, standing.trouble) : null,
    open.length ? alarmList(open.slice(0, 8), {readings, pick: a => go(a.instrument ? address(a.borehole, a.instrument) : '/alarms')}) : standing.trouble ? null : el('p', {class: 'quiet'}, '✓ No alarm is open.'),
    open.length > 8 || seen ? el('p', {class: 'small quiet'}, el('a', {href: '/alarms'}, [open.length > 8 ? `and ${count(open.length - 8)} more open` : '', seen ? `${count(seen)} acknowledged or shelved` : ''].filter(Boolean).join(', '))) : null);
}

function drawKinds(panel, all) {
  const kinds = new Map();
  for (const r of all) {
    const one = kinds.get(r.instrument) ?? kinds.set(r.instrument, {fresh: 0, late: 0, silent: 0}).get(r.instrument);
    one[stateOf(r)]++;
  }
  const cell = (state, n) => n ? el('span', {class: `state ${state}`}, `${states[state][0]} ${count(n)}`) : el('span', {class: 'quiet'}, '–');
  fill(panel, el('h2', {}, 'By kind of instrument'), el('div', {class: 'scroll'}, table(
    [{name: 'kind'}, {name: 'up to date', number: true}, {name: 'late', number: true}, {name: 'silent', number: true}],
    [...kinds].sort(([a], [b]) => a < b ? -1 : 1).map(([name, n]) => [words(name), cell('fresh', n.fresh), cell('late', n.late), cell('silent', n.silent)]))));
}

function drawLate(panel, all) {
  const rows = all.filter(r => stateOf(r) !== 'fresh').sort((a, b) => a.t - b.t);
  fill(panel, el('h2', {}, rows.length ? `Not reporting: ${count(rows.length)}` : 'Not reporting'), rows.length ? el('div', {class: 'scroll'}, table(
    [{name: 'borehole'}, {name: 'instrument'}, {name: 'state', kind: 'state'}, {name: 'last heard', kind: 'age'}],
    rows.slice(0, 10).map(r => ({attributes: {class: 'pick', onclick: () => go(address(r.borehole, r.instrument))}, cells: [
      el('a', {href: address(r.borehole, r.instrument)}, r.borehole), words(r.instrument), el('span', {class: `state ${stateOf(r)}`}, states[stateOf(r)].join(' ')),
      aging(r.t + r.window)]})))) : el('p', {class: 'quiet'}, 'Every instrument has reported in time.'),
    rows.length > 10 ? el('p', {class: 'small quiet'}, el('a', {href: '/completeness'}, `and ${count(rows.length - 10)} more`)) : null);
}

function drawMoved(panel, rows) {
  fill(panel, el('h2', {}, 'Moved most in 24 hours, beside others of its kind'), rows.length ? el('div', {class: 'scroll'}, table(
    [{name: 'borehole'}, {name: 'instrument'}, {name: '24 h', wide: true}, {name: 'change', number: true}, {name: 'now', number: true}, {name: 'age', kind: 'age'}],
    rows.map(r => ({attributes: {class: 'pick', onclick: () => go(address(r.borehole, r.instrument))}, cells: [
      el('a', {href: address(r.borehole, r.instrument)}, r.borehole), words(r.instrument), spark(r.line),
      `${r.change > 0 ? '+' : r.change < 0 ? '−' : ''}${number(Math.abs(r.change))}`, `${number(r.value)} ${r.unit ?? ''}`, aging(r.t)]})))) : el('p', {class: 'quiet'}, 'There is not enough of a day yet.'));
}

/** The boreholes where they stand, north up; a borehole is as bad as its worst instrument. */
function drawPlan(panel, all, worst, hasAlarms) {
  const holes = new Map();
  for (const r of all) {
    if (r.northing === null || r.easting === null) continue;
    const hole = holes.get(r.borehole) ?? holes.set(r.borehole, {e: r.easting, n: r.northing, state: 'fresh', rows: []}).get(r.borehole);
    const state = stateOf(r);
    if (state === 'silent' || (state === 'late' && hole.state === 'fresh')) hole.state = state;
    hole.rows.push(r);
  }
  const list = [...holes];
  if (!list.length) return fill(panel, el('h2', {}, 'Site plan'), empty('No places', 'The results carry neither northing nor easting.'));
  const e = list.map(([, h]) => h.e), n = list.map(([, h]) => h.n);
  let [e0, e1, n0, n1] = [Math.min(...e), Math.max(...e), Math.min(...n), Math.max(...n)];
  const size = Math.max(e1 - e0, n1 - n0, 1), pad = size * .06;
  e0 -= pad; e1 += pad; n0 -= pad; n1 += pad;
  const w = Math.max(300, (panel.clientWidth || 900) - 30), h = Math.min(420, Math.max(260, w * .5)), scale = Math.min(w / (e1 - e0), h / (n1 - n0));
  const x = v => w / 2 + (v - (e0 + e1) / 2) * scale, y = v => h / 2 - (v - (n0 + n1) / 2) * scale;
  const svg = el('svg', {class: 'plan', viewBox: `0 0 ${w} ${h}`, role: 'img', 'aria-label': `Plan of ${list.length} boreholes`});
  const step = niceStep(90 / scale);
  const wide = w / 2 / scale;
  for (let v = Math.ceil(((e0 + e1) / 2 - wide) / step) * step; x(v) < w; v += step) svg.append(el('line', {class: 'grid', x1: x(v), x2: x(v), y1: 0, y2: h}), el('text', {x: x(v) + 3, y: h - 4}, `E ${Math.round(v)}`));
  for (let v = Math.ceil(n0 / step) * step; v <= n1; v += step) svg.append(el('line', {class: 'grid', x1: 0, x2: w, y1: y(v), y2: y(v)}), el('text', {x: 3, y: y(v) - 3}, `N ${Math.round(v)}`));
  const showsNames = list.length <= 40;
  for (const [name, hole] of list) {
    const [px, py] = [x(hole.e), y(hole.n)];
    const open = () => go(address(hole.rows[0].borehole, hole.rows[0].instrument));
    const title = el('title', {}, `${name}: ${hole.rows.map(r => `${words(r.instrument)} ${number(r.value)} ${r.unit ?? ''}`).join(', ')} — ${states[hole.state][1]}`);
    const alarm = worst.get(name), kind = alarm && alarm.side !== 'overdue' ? kindOf(alarm) : hole.state;
    if (alarm) title.textContent += `; ${alarm.level ?? 'silent'}`;
    const mark = kind.startsWith('level') ? levelMark(kind, px, py) : hole.state === 'late' ? el('polygon', {points: `${px},${py - 7} ${px + 6.5},${py + 5} ${px - 6.5},${py + 5}`}) : el('circle', {cx: px, cy: py, r: 5.5});
    mark.setAttribute('class', `mark ${kind}`);
    mark.addEventListener('click', open);
    mark.append(title);
    svg.append(mark);
    if (showsNames) svg.append(el('text', {x: px + 8, y: py + 4}, name));
  }
  fill(panel, el('h2', {}, `Site plan: ${count(list.length)} boreholes`), svg,
    el('p', {class: 'small quiet'}, `● up to date  ▲ late  ○ silent${hasAlarms ? '  ◆ ■ ✖ beyond the first, second, third level' : ''}; a borehole is as bad as its worst instrument.`));
}

/** The shape of a level as it stands in lists too: ◆ ■ ✖. */
function levelMark(kind, x, y) {
  if (kind === 'level1') return el('polygon', {points: `${x},${y - 8} ${x + 8},${y} ${x},${y + 8} ${x - 8},${y}`});
  if (kind === 'level2') return el('rect', {x: x - 6.5, y: y - 6.5, width: 13, height: 13});
  const arms = [[-8, -5], [-5, -8], [0, -3], [5, -8], [8, -5], [3, 0], [8, 5], [5, 8], [0, 3], [-5, 8], [-8, 5], [-3, 0]];
  return el('polygon', {points: arms.map(([dx, dy]) => `${x + dx},${y + dy}`).join(' ')});
}
