// Which generation of the results is shown, which others there are, and what one of them says otherwise: values and
// alarms, before anybody sees it.

import {address, aging, ask, go, may, send} from './app.js';
import {el, empty, fill, table} from './dom.js';
import {count, number, span, stamp} from './format.js';

export async function show(host, parameters) {
  const job = parameters.get('job') ?? '', wanted = parameters.get('new'), against = parameters.get('against');
  const panel = el('section', {class: 'panel'}), compared = el('section', {class: 'panel', hidden: !wanted});
  const answer = await ask('/api/generations', {job});
  const look = number => go(`/generations?${new URLSearchParams({...(job ? {job} : {}), new: number, against: answer.live})}`);
  const load = async () => drawList(panel, await ask('/api/generations', {job}), look);
  host.append(el('div', {class: 'head'}, el('h1', {}, 'Replay and generations'), el('span', {class: 'quiet'}, `of the job ${answer.job}`)), panel, compared, how());
  drawList(panel, answer, look);
  if (wanted) compare(compared, {job, new: wanted, against: against ?? answer.live}, answer);
  const timer = setInterval(() => load().catch(() => {}), 5000);
  return () => clearInterval(timer);
}

function drawList(panel, answer, look) {
  const shown = answer.shown ?? answer.live;
  const state = g => g.number === answer.live && g.number === shown ? el('span', {class: 'state fresh'}, '● shown') : g.number === answer.live ? el('span', {class: 'state late'}, '▲ active in the log only')
    : g.number === shown ? el('span', {class: 'state late'}, '▲ shown by the store only') : el('span', {class: 'quiet'}, '○ beside it');
  fill(panel, el('h2', {}, 'Generations'),
    answer.storeTrouble ? el('p', {class: 'note bad'}, `The view store does not answer: ${answer.storeTrouble}`) : null,
    answer.unfinished ? el('p', {class: 'note'}, `A switch was interrupted before ${answer.unfinished} showed it; the next kappa replay list with --store finishes it.`) : null,
    answer.generations.length ? el('div', {class: 'scroll'}, table(
      [{name: 'generation', number: true}, {name: 'state', kind: 'state'}, {name: 'begun', wide: true}, {name: 'compared', wide: true}, {name: 'still to read', number: true}, {name: 'read', number: true, wide: true}, {name: 'clock'}, {name: 'rules', wide: true}, {name: ''}],
      answer.generations.map(g => [String(g.number), state(g), g.started ? stamp(g.started).slice(0, 16) : 'the first', g.compared ? aging(g.compared) : '–', g.isKnown ? count(g.lag) : '–', g.isKnown ? `${count(g.position)} of ${count(g.end)}` : '–',
        g.clock ? stamp(g.clock) : '–', g.rules ? el('code', {}, g.rules.slice(0, 12)) : '', g.number === answer.live ? '' : el('button', {type: 'button', onclick: () => look(g.number)}, 'What would change')])))
      : empty('Only the first generation', `Nothing of ${answer.job} has been replayed: the results are those that the job has written from the beginning.`),
    answer.switchedAt ? el('p', {class: 'small quiet'}, `${answer.isBack ? 'Went back' : 'Switched'} from generation ${answer.previous} to ${answer.live}, `, aging(answer.switchedAt), answer.from ? `; windows that end after ${stamp(answer.from)} are its own.` : '.') : null);
}

async function compare(panel, query, list) {
  fill(panel, el('p', {class: 'quiet', role: 'status'}, 'Both generations are read from the log and compared, window by window …'));
  try {
    draw(panel, await ask('/api/generations/difference', query), list, query.job);
  } catch (error) { fill(panel, el('div', {class: 'note bad'}, error.message)); }
}

const levels = ['none', '◆ level 1', '■ level 2', '✖ level 3', '✖ level 4'];

function draw(panel, d, list, job) {
  const total = key => d.topics.reduce((n, t) => n + t[key], 0);
  const figure = (value, what) => el('div', {class: 'figure'}, el('b', {}, value), el('span', {}, what));
  fill(panel, el('h2', {}, `Generation ${d.new} beside generation ${d.old}`), el('div', {class: 'strip'},
    figure(count(total('same')), 'windows say the same'), figure(count(total('changed')), 'are changed'), figure(count(total('added')), 'are new'), figure(count(total('missing')), 'are gone'),
    figure(d.isJudged ? count(d.alarmCount) : '–', d.isJudged ? 'sensors stand otherwise against their levels' : 'alarms: there is no register here (--levels)')),
    d.isEqual ? el('p', {}, el('span', {class: 'state fresh'}, '● Not one window differs.')) : null,
    d.beyond ? el('p', {class: 'small quiet'}, `${count(d.beyond)} windows cannot be compared yet: only one of the two has closed them.`) : null,
    d.isEqual ? null : el('div', {class: 'scroll'}, table([{name: 'topic'}, {name: 'same', number: true}, {name: 'changed', number: true}, {name: 'new', number: true}, {name: 'gone', number: true}, {name: 'largest change', number: true}],
      d.topics.map(t => [t.topic, count(t.same), count(t.changed), count(t.added), count(t.missing), number(t.largest, 4)]))),
    d.sensors.length ? [el('h2', {}, d.sensorCount > d.sensors.length ? `The ${count(d.sensors.length)} sensors that differ most, of ${count(d.sensorCount)}` : `Sensors that differ: ${count(d.sensorCount)}`), el('div', {class: 'scroll tall'}, table(
      [{name: 'sensor'}, {name: 'changed', number: true}, {name: 'new', number: true}, {name: 'gone', number: true}, {name: 'largest change', number: true}, {name: 'beyond a level', number: true}, {name: 'worst level', kind: 'state'}, {name: 'first', wide: true}, {name: 'last', wide: true}],
      d.sensors.map(s => [sensor(s.sensor), count(s.changed), count(s.added), count(s.missing), number(s.largest, 4),
        s.beyond[0] === s.beyond[1] ? count(s.beyond[0]) : `${count(s.beyond[0])} → ${count(s.beyond[1])}`,
        s.severity[0] === s.severity[1] ? levels[s.severity[0]] : el('b', {class: `state ${s.severity[1] ? `level${Math.min(3, s.severity[1])}` : 'fresh'}`}, `${levels[s.severity[0]]} → ${levels[s.severity[1]]}`),
        stamp(s.from).slice(0, 16), stamp(s.to).slice(0, 16)])))] : null,
    may('operator') && d.new !== list.live ? switching(d, job) : d.new !== list.live ? el('p', {class: 'small quiet'}, `To show it: kappa replay switch ${d.new} --store …`) : null);
}

function sensor(name) {
  const words = name.split('|');
  return words.length === 2 ? el('a', {href: address(...words)}, words.join(' · ')) : name;
}

/** The switch asks once more, with the figures before one's eyes. */
function switching(d, job) {
  const trouble = el('span', {class: 'bad', role: 'status'});
  const sure = el('input', {type: 'checkbox'});
  const button = el('button', {type: 'button', class: 'primary', disabled: true, onclick: async () => {
    button.disabled = true;
    trouble.textContent = 'switching …';
    try { await send('/api/generations/switch', {job: job || undefined, generation: d.new, against: d.old}); go('/generations'); } catch (error) { trouble.textContent = error.message; button.disabled = !sure.checked; }
  }}, `Show generation ${d.new} to everybody`);
  sure.addEventListener('change', () => { button.disabled = !sure.checked; });
  return el('p', {class: 'tools'}, el('label', {}, sure, 'I have looked at what would change'), button, trouble);
}

const how = () => el('section', {class: 'panel'}, el('h2', {}, 'How a replay goes'),
  el('p', {}, 'A replay makes the next generation from the log beside the one that is shown. Nothing that people look at changes until it is switched, and the old generation stays until it is dropped by name: going back is the same switch.'),
  el('pre', {}, 'kappa replay start        # the next generation, from the log\nkappa replay diff         # what would change, before anybody sees it\nkappa replay switch       # show it; kappa replay rollback goes back'));
