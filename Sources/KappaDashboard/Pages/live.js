// The stream: one per browser, however many tabs. A browser has six connections for a host; a stream in each tab would
// use them up, and the seventh tab would hang without a word.

import {now, setNow, span, timeOf} from './format.js';

const listeners = {hello: new Set(), rows: new Set(), pipe: new Set(), reset: new Set()};
const channel = 'BroadcastChannel' in window ? new BroadcastChannel('kappa-live') : null;
let lastNews = performance.now();
let lastNewsAt = Date.now();
let lastHello = null;
let lastPipe = null;
let build = null;
let wasLost = false;

export function on(kind, listener) {
  listeners[kind].add(listener);
  if (kind === 'hello' && lastHello) listener(lastHello);
  if (kind === 'pipe' && lastPipe) listener(lastPipe);
  return () => listeners[kind].delete(listener);
}

/** Milliseconds since the server was last heard. */
export const silence = () => performance.now() - lastNews;

function take(kind, data) {
  lastNews = performance.now();
  lastNewsAt = Date.now();
  if (data.now) setNow(data.now);
  if (kind === 'hello') {
    // A screen on a wall is never reloaded by hand: a new build of the program brings its own page.
    if (build && build !== data.build) location.reload();
    build = data.build;
    lastHello = data;
    if (wasLost) for (const listener of listeners.reset) listener({});
    wasLost = false;
  }
  if (kind === 'pipe') lastPipe = data;
  for (const listener of listeners[kind] ?? []) listener(data);
}

function hear(kind, data) {
  take(kind, data);
  channel?.postMessage({kind, data});
}

function open() {
  const source = new EventSource('/live');
  for (const kind of ['hello', 'rows', 'pipe', 'reset', 'tick']) {
    source.addEventListener(kind, event => hear(kind, JSON.parse(event.data)));
  }
  // The browser comes back by itself, but for answers that it takes for final.
  source.addEventListener('error', () => {
    if (source.readyState === EventSource.CLOSED) setTimeout(open, 2000);
  });
}

export function start() {
  if (channel) {
    channel.onmessage = ({data: {kind, data}}) => {
      if (kind !== 'ask') return take(kind, data);
      if (lastHello) channel.postMessage({kind: 'hello', data: lastHello});
      if (lastPipe) channel.postMessage({kind: 'pipe', data: lastPipe});
    };
    channel.postMessage({kind: 'ask'});
  }
  // The lock is let go when its tab closes, and the next tab takes the stream over. Without secure origins (a plain
  // address in the network) there are no locks, and each tab has its own.
  if (channel && navigator.locks) navigator.locks.request('kappa-live', () => new Promise(() => open()));
  else open();
  setInterval(show, 500);
}

function show() {
  const badge = document.getElementById('live');
  const still = silence();
  const isLost = still > 10000;
  wasLost ||= isLost;
  document.body.classList.toggle('is-old', isLost);
  badge.classList.toggle('lost', isLost);
  if (isLost) {
    badge.textContent = `connection lost ${timeOf(lastNewsAt)} — values are old`;
    return;
  }
  const data = lastPipe?.newest ? now() - lastPipe.newest : null;
  if (lastPipe?.trouble) {
    badge.classList.add('old');
    badge.textContent = 'the view store is away — values are old';
    badge.title = lastPipe.trouble;
    return;
  }
  badge.title = '';
  const isOld = data !== null && data > 120000;
  badge.classList.toggle('old', isOld || !lastHello);
  badge.textContent = !lastHello ? 'connecting' : data === null ? 'live · nothing new yet'
    : isOld ? `no data for ${span(data)}` : `live · ${span(data)}`;
}
