// The newest reading of each instrument, kept up to date by the stream; what its age means.

import {ask} from './app.js';
import {now} from './format.js';
import * as live from './live.js';

/** How `/api/latest` and the stream put a reading into a list. */
export const read = row => ({borehole: row[0], instrument: row[1], value: row[2], unit: row[3], t: row[4], window: row[5], min: row[6], max: row[7],
  count: row[8], northing: row[9], easting: row[10], level: row[11]});

export const keyOf = r => `${r.borehole}\u0000${r.instrument}`;

/** Shape and word as well as colour, for those who do not see it and for paper. */
export const states = {fresh: ['●', 'up to date'], late: ['▲', 'late'], silent: ['○', 'silent']};

/** Late after three windows without a word, silent after sixty; never sooner than in minutes and an hour. */
export function stateOf(r) {
  const age = now() - r.t - r.window;
  return age <= Math.max(3 * r.window, 120000) ? 'fresh' : age <= Math.max(60 * r.window, 3600000) ? 'late' : 'silent';
}

export async function latest() {
  const answer = await ask('/api/latest');
  return new Map(answer.rows.map(read).map(r => [keyOf(r), r]));
}

/** Keeps `map` up to date; `changed` is told the readings that came, at most twice a second. */
export function follow(map, changed) {
  let waiting = [];
  let timer = null, told = 0;
  const tell = () => { timer = null; told = performance.now(); const all = waiting; waiting = []; changed(all); };
  const stop = live.on('rows', ({rows}) => {
    for (const r of rows.map(read)) {
      const old = map.get(keyOf(r));
      if (old && old.t > r.t) continue;
      map.set(keyOf(r), r);
      waiting.push(r);
    }
    timer ??= setTimeout(tell, Math.max(0, told + 250 - performance.now()));
  });
  const again = live.on('reset', async () => { for (const [k, r] of await latest()) map.set(k, r); changed([...map.values()]); });
  return () => { stop(); again(); clearTimeout(timer); };
}
