// The place for alarms: open, acknowledged, closed. It fills once a register of levels is in use.

import {el, empty} from './dom.js';

export async function show(host) {
  host.append(el('div', {class: 'head'}, el('h1', {}, 'Alarms')), empty('No register of levels is in use', 'Review levels, what has passed them and who has acknowledged it stand here once there is one.'));
}
