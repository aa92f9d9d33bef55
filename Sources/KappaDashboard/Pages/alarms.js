// Alarms: which stand, since when, how far, what is to be done, and who has seen to it.

import {address, aging, ask, go, may, remember, send} from './app.js';
import {el, empty, fill, select, table} from './dom.js';
import {count, number, span, stamp, words} from './format.js';
import * as live from './live.js';
import {follow, keyOf, latest} from './readings.js';

const mostRows = 400;
const shapes = ['', '◆', '■', '✖', '✖'];
const sides = {above: 'above', below: 'below', rate: 'rate of change', overdue: 'silent'};
const stateWords = {open: 'open', acknowledged: 'acknowledged', shelved: 'shelved', over: 'over'};
const choices = [['standing', 'that stand'], ['open', 'open'], ['acknowledged', 'acknowledged'], ['shelved', 'shelved'], ['over', 'that are over'], ['all', 'all']];

/** The class that colours a level: the more severe, the nearer to red. */
export const kindOf = alarm => alarm.severity <= 0 ? 'over' : alarm.side === 'overdue' ? 'silent' : `level${Math.min(alarm.severity, 3)}`;

/** A level as colour, shape and word. */
export const mark = alarm => el('span', {class: `state ${kindOf(alarm)}`},
  `${alarm.severity <= 0 ? '✓' : alarm.side === 'overdue' ? '○' : shapes[Math.min(alarm.severity, 4)]} ${alarm.severity <= 0 ? 'over' : alarm.level ?? words(alarm.side)}`);

export const sensorOf = (borehole, instrument) => `${borehole}|${instrument}`;

/** A sensor's name, which leads to its chart where it has one. */
const sensor = a => a.instrument ? el('a', {href: address(a.borehole, a.instrument)}, a.borehole) : a.sensor;

/** What it says now, where that is newer than what the alarm knows, and the limit that it is beyond. */
function measured(a, readings) {
  if (a.side === 'overdue') return 'no reading';
  const reading = readings?.get(keyOf(a));
  const isNewer = reading && reading.t + reading.window > a.time && a.side !== 'rate';
  return [el('span', {title: stamp(isNewer ? reading.t : a.time)}, `${number(isNewer ? reading.value : a.value)} ${a.unit ?? ''}`),
    a.limit === null ? null : el('div', {class: 'small quiet'}, `limit ${number(a.limit)}`)];
}

function stateCell(a) {
  const who = a.state === 'open' || a.state === 'over' ? stateWords[a.state]
    : a.state === 'shelved' ? `shelved until ${stamp(a.until).slice(0, 16)} by ${a.by}` : `acknowledged by ${a.by}`;
  return el('span', {class: a.state === 'open' ? 'state open' : 'quiet', title: a.comment ? `${stamp(a.actedAt)}: ${a.comment}` : null}, who, a.comment ? el('div', {class: 'small quiet comment'}, a.comment) : null);
}

/** The alarms as they stand; `readings` are the newest of all instruments, `acts` makes what may be done about one. */
export function list(rows, {pick, acts, readings} = {}) {
  return el('div', {class: 'scroll'}, table(
    [{name: 'level', kind: 'state'}, {name: 'borehole', kind: 'name'}, {name: 'instrument'}, {name: 'what', wide: true}, {name: 'now', number: true},
      {name: 'peak', number: true, wide: true}, {name: 'since', kind: 'age'}, {name: 'to do', wide: true}, {name: 'state'}, ...(acts ? [{name: ''}] : [])],
    rows.map(a => ({attributes: pick ? {class: 'pick', onclick: event => event.target.closest('a, button, input') || pick(a)} : {}, cells: [
      mark(a), sensor(a), a.instrument ? words(a.instrument) : '', sides[a.side] ?? a.side, measured(a, readings),
      a.peak === null || a.side === 'overdue' ? '' : el('span', {title: stamp(a.peakTime)}, number(a.peak)), aging(a.since),
      [a.response, a.tell ? el('div', {class: 'small quiet'}, a.tell) : null], stateCell(a), ...(acts ? [acts(a)] : [])]}))));
}

export async function show(host, parameters) {
  const state = parameters.get('state') ?? 'standing', wanted = parameters.get('sensor');
  const head = el('div', {class: 'head'}), strip = el('div', {class: 'strip'}), rows = el('section', {class: 'panel'}), happened = el('section', {class: 'panel'});
  const find = el('input', {type: 'search', value: parameters.get('find') ?? '', placeholder: 'borehole, instrument, level …', 'aria-label': 'only those that hold this', oninput: () => { remember({find: find.value}); draw(); }});
  const set = changes => { const query = new URLSearchParams(location.search); for (const [k, v] of Object.entries(changes)) if (v) query.set(k, v); else query.delete(k); go(`/alarms${query.size ? '?' : ''}${query}`); };
  host.append(head, strip, el('div', {class: 'tools'}, el('label', {}, 'alarms', select('state', choices, state, value => set({state: value === 'standing' ? '' : value}))), find,
    wanted ? el('button', {type: 'button', onclick: () => set({sensor: ''})}, `only ${wanted.replace('|', ' · ')} ✕`) : null), el('div', {class: 'panels'}, rows, happened));
  const readings = await latest().catch(() => new Map());
  let answer = null, version = -1;
  const draw = () => {
    if (!answer) return;
    const open = answer.figures.open;
    fill(head, el('h1', {}, 'Alarms'), answer.isThere ? el('span', {class: 'quiet'}, open ? `${count(open)} nobody has seen to` : 'nothing is open') : null);
    if (!answer.isThere) {
      strip.hidden = happened.hidden = true;
      return fill(rows, empty('No alarms are raised here', `There is no topic '${answer.topic}' in the log. A register of levels and kappa alarms run make one; kappa alarms init begins a register.`));
    }
    strip.hidden = happened.hidden = false;
    drawStrip(strip, answer);
    const parts = find.value.toLowerCase().split(/\s+/).filter(Boolean);
    const shown = answer.rows.filter(a => parts.every(p => `${a.sensor} ${words(a.instrument ?? '')} ${a.level ?? ''} ${a.side} ${a.state} ${a.tell ?? ''}`.toLowerCase().includes(p)));
    fill(rows, untold(answer), shown.length ? list(shown.slice(0, mostRows), {readings, pick: a => set({sensor: wanted === a.sensor ? '' : a.sensor}), acts: may('operator') ? acts : null})
      : empty(answer.rows.length ? 'None of them holds that' : state === 'standing' ? 'No alarm stands' : 'There is none of this kind', answer.rows.length ? 'Other words may find more.' : 'That is how it should be.'), shown.length > mostRows ? el('p', {class: 'small quiet'}, `The worst ${mostRows} of ${count(shown.length)}; the words above find the others.`) : null);
  };
  const load = async () => {
    const next = await ask('/api/alarms', {state, sensor: wanted});
    version = next.figures.version;
    answer = next;
    // A form that somebody is filling in stays as it is.
    if (!rows.contains(document.activeElement) || !document.activeElement?.matches('input')) draw();
    const events = answer.isThere ? await ask('/api/alarms/history', {sensor: wanted, limit: wanted ? 500 : 100}) : {rows: []};
    drawHistory(happened, events, wanted);
  };
  const acts = a => a.severity <= 0 ? '' : actions(a, load);
  await load();
  const isIdle = () => !rows.contains(document.activeElement) || !document.activeElement?.matches('input');
  const stops = [follow(readings, () => isIdle() && draw()), live.on('pipe', pipe => { if (pipe.figures && pipe.figures.version !== version) { version = pipe.figures.version; load().catch(() => {}); } })];
  return () => stops.forEach(stop => stop());
}

function drawStrip(strip, answer) {
  const figures = answer.figures;
  const figure = (value, what, kind) => el('div', {class: 'figure'}, el('b', {class: kind ? `state ${kind}` : null}, value), el('span', {}, what));
  fill(strip, figure(figures.open ? `${shapes[Math.min(figures.severity, 4)] || '○'} ${count(figures.open)}` : '✓ 0', 'open', figures.open ? `level${Math.min(figures.severity, 3)}` : 'fresh'),
    figure(count(figures.standing), 'stand'), figure(figures.open ? figures.level : '–', 'the worst of the open ones'));
}

const untold = answer => answer.untold.length ? el('div', {class: 'note bad'}, answer.untold.map(one =>
  el('p', {}, el('b', {}, `${one.target} could not be told of ${count(one.events)} events: `), one.reason, ' (last tried ', aging(one.time), ')'))) : null;

/** What an operator may do about an alarm: both ask for words, which everybody can read. */
function actions(a, load) {
  const words = el('input', {placeholder: 'comment', 'aria-label': `comment on ${a.sensor}`, size: 14});
  const trouble = el('span', {class: 'small bad', role: 'status'});
  const act = (path, body) => async event => {
    event.target.disabled = true;
    try { await send(path, {sensor: a.sensor, alarm: a.side, comment: words.value, ...body}); words.value = ''; words.blur(); await load(); } catch (error) { trouble.textContent = error.message; event.target.disabled = false; }
  };
  return el('span', {class: 'acts'}, words, a.state === 'open' ? el('button', {type: 'button', onclick: act('/api/alarms/acknowledge', {})}, 'Acknowledge') : null,
    a.state === 'shelved' ? el('button', {type: 'button', onclick: act('/api/alarms/shelve', {hours: 0})}, 'Take off the shelf')
      : el('button', {type: 'button', onclick: act('/api/alarms/shelve', {hours: 8})}, 'Shelve for 8 h'), trouble);
}

const eventWords = {raised: 'raised', escalated: 'escalated', eased: 'eased', cleared: 'cleared', overdue: 'fell silent', back: 'reports again', peak: 'new peak',
  acknowledged: 'acknowledged', shelved: 'shelved', unshelved: 'taken off the shelf', register: 'another register'};

function drawHistory(panel, events, wanted) {
  fill(panel, el('h2', {}, wanted ? `What happened to ${wanted.replace('|', ' · ')}` : 'What happened'), events.rows.length ? el('div', {class: 'scroll'}, table(
    [{name: 'time', kind: 't'}, {name: 'event'}, {name: 'sensor'}, {name: 'level', kind: 'state'}, {name: 'value', number: true}, {name: 'limit', number: true}, {name: 'by, comment', wide: true}, {name: 'record that explains it', wide: true}],
    events.rows.map(e => [stamp(e.time), eventWords[e.event] ?? e.event, e.sensor.replace('|', ' · '), e.severity === undefined ? '' : e.severity > 0 || !e.from ? mark(e) : `from ${e.from}`,
      e.value === null || e.value === undefined ? '' : `${number(e.value)} ${e.unit ?? ''}`, e.limit === null || e.limit === undefined ? '' : number(e.limit),
      [e.by, e.until ? ` until ${stamp(e.until).slice(0, 16)}` : '', e.comment ? `: ${e.comment}` : ''], e.reading ? explained(e.reading) : '']))) : el('p', {class: 'quiet'}, 'Nothing has happened yet.'),
    events.truncated ? el('p', {class: 'small quiet'}, `The newest ${events.rows.length} are shown; kappa alarms history lists all.`) : null);
}

/** `monitoring[0]@123`, as a link to that record. */
function explained(reading) {
  const found = /^(.*)\[(\d+)\]@(\d+)$/.exec(reading);
  return found ? el('a', {class: 'mono', href: `/log/${encodeURIComponent(found[1])}?partition=${found[2]}&offset=${found[3]}`}, `${found[1]}-${found[2]} @ ${found[3]}`) : reading;
}
