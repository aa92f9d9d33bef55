// What runs: how fast, how far behind, and since when.

import {aging, ask} from './app.js';
import {el, empty, fill, table} from './dom.js';
import {count, number, now} from './format.js';
import * as live from './live.js';
import {Chart} from './chart.js';
import {range} from './range.js';

export async function show(host) {
  const strip = el('div', {class: 'strip'}), groups = el('section', {class: 'panel'}), box = el('div', {class: 'chart'}), legend = el('div'), box2 = el('div', {class: 'chart'}), legend2 = el('div');
  host.append(el('div', {class: 'head'}, el('h1', {}, 'Jobs and lag')), strip, el('div', {class: 'panels'},
    el('section', {class: 'panel w6'}, el('h2', {}, 'Lag: records still to read'), box, legend), el('section', {class: 'panel w6'}, el('h2', {}, 'Records per second, by topic'), box2, legend2), groups));
  const lag = new Chart(box, {from: now() - 36e5, to: now()}), rates = new Chart(box2, {from: now() - 36e5, to: now()});
  lag.shared = rates.shared = [lag, rates];
  const load = async () => {
    const answer = await ask('/api/jobs');
    fill(strip,
      el('div', {class: 'figure'}, el('b', {}, count(answer.groups.length)), el('span', {}, 'groups of consumers')),
      el('div', {class: 'figure'}, el('b', {}, count(answer.groups.reduce((n, g) => n + g.lag, 0))), el('span', {}, 'records still to read')),
      el('div', {class: 'figure'}, el('b', {}, count(answer.topics)), el('span', {}, 'topics')),
      el('div', {class: 'figure'}, el('b', {}, count(answer.partitions)), el('span', {}, 'partitions')));
    drawGroups(groups, answer.groups);
    const to = now(), from = Math.max(to - 36e5, answer.history.t[0] ?? to - 6e5);
    const line = (name, v) => ({name, t: answer.history.t, v, gap: 60000});
    lag.set(Object.entries(answer.history.lag).map(([n, v]) => line(n, v)), from, to);
    rates.set(Object.entries(answer.history.rate).map(([n, v]) => ({...line(n, v), unit: '/s'})), from, to);
    fill(legend, lag.legend());
    fill(legend2, rates.legend());
  };
  await load();
  const timer = setInterval(() => load().catch(() => {}), 5000);
  return () => { clearInterval(timer); lag.close(); rates.close(); };
}

function drawGroups(panel, groups) {
  if (!groups.length) return fill(panel, empty('No groups', 'Nothing reads the topics by way of a group.'));
  fill(panel, el('h2', {}, 'Groups'), el('div', {class: 'scroll'}, table(
    [{name: 'group'}, {name: 'state'}, {name: 'members', number: true}, {name: 'topic'}, {name: 'partition', number: true}, {name: 'committed', number: true}, {name: 'end', number: true}, {name: 'lag', number: true}],
    groups.flatMap(g => g.partitions.length ? g.partitions.map((p, i) => [i ? '' : g.name, i ? '' : g.state, i ? '' : String(g.members), p.topic, String(p.partition), p.committed < 0 ? 'none' : count(p.committed), count(p.end), count(p.lag)]) : [[g.name, g.state, String(g.members), '', '', '', '', '']]))));
}
