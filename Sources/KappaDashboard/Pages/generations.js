// Which generation of the results is shown, and which others there are to go back to or to compare with.

import {ask} from './app.js';
import {el, empty, table} from './dom.js';
import {count} from './format.js';

export async function show(host) {
  const answer = await ask('/api/generations');
  host.append(el('div', {class: 'head'}, el('h1', {}, 'Replay and generations')),
    el('section', {class: 'panel'}, el('h2', {}, 'In the view'), answer.generations.length ? table(
      [{name: 'generation', number: true}, {name: 'shown'}, {name: 'results', number: true}, {name: 'table'}],
      answer.generations.map(g => [String(g.number), g.isShown ? el('span', {class: 'state fresh'}, '● shown') : '', count(g.rows), el('code', {}, g.table)])) : empty('No generation', 'The view has not been made yet.')),
    el('section', {class: 'panel'}, el('h2', {}, 'How a replay goes'),
      el('p', {}, 'A replay makes the next generation from the log beside the one that is shown. Nothing that people look at changes until it is switched, and the old generation stays until it is dropped by name: going back is the same switch.'),
      el('pre', {}, 'kappa replay run          # the next generation, from the log\nkappa replay diff         # what would change, before anybody sees it\nkappa replay switch       # show it; the same command goes back'),
      el('p', {class: 'small quiet'}, 'This page only reads: replays are started and switched on the command line.')));
}
