// Which address shows which page, and the frame around them: clock, search, keys, theme.

import {el, empty, fill} from './dom.js';
import {age as ageText, now, setNow, setZone, stamp, timeOf, words, zoneName} from './format.js';
import * as live from './live.js';
import {session} from './session.js';

const pages = [
  ['/', 'Overview', 'overview'], ['/compare', 'Compare', 'compare'], ['/pivot', 'Pivot', 'pivot'], ['/alarms', 'Alarms', 'alarms'],
  ['/completeness', 'Completeness', 'completeness'], ['/log', 'Log', 'log'], ['/jobs', 'Jobs', 'jobs'],
  ['/generations', 'Generations', 'generations'], ['/report', 'Report', 'report'], ['/doctor', 'Settings', 'doctor'],
];
const page = document.getElementById('page');
let leave = null;
let turn = 0;

export const site = {};

/** Asks the server; an answer that is no success is an error with the server's own sentence. */
export async function ask(path, parameters = {}, options = {}) {
  const query = new URLSearchParams(Object.entries(parameters).filter(([, v]) => v !== null && v !== undefined && v !== ''));
  const answer = await fetch(query.size ? `${path}?${query}` : path, options);
  if (answer.status === 401) session.lost();
  if (!answer.ok) throw new Error((await answer.text()).trim() || `the server answered ${answer.status}`);
  return answer.json();
}

/** Asks the server to change something: only operators may, and only where the server allows changes at all. */
export async function send(path, body) {
  const answer = await fetch(path, {method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify(body)});
  if (!answer.ok) throw new Error((await answer.text()).trim() || `the server answered ${answer.status}`);
  return answer.status === 204 ? null : answer.json();
}

/** Whether who looks may do what asks for this role. */
const roles = ['nobody', 'viewer', 'operator', 'admin'];
export const may = role => Boolean(session.allowsChanges) && roles.indexOf(session.role) >= roles.indexOf(role);

export function go(address, {replace = false} = {}) {
  if (replace) history.replaceState(null, '', address); else history.pushState(null, '', address);
  return show();
}

/** Writes parameters into the address without showing the page anew. */
export function remember(parameters) {
  const url = new URL(location);
  for (const [key, value] of Object.entries(parameters)) {
    if (value === null || value === undefined || value === '') url.searchParams.delete(key); else url.searchParams.set(key, value);
  }
  history.replaceState(null, '', url);
}

function moduleOf(path) {
  if (path.startsWith('/i/')) return ['instrument', path.split('/').slice(2).map(decodeURIComponent)];
  if (path.startsWith('/log/')) return ['log', [decodeURIComponent(path.slice(5))]];
  const found = pages.find(([address]) => address === path);
  return found ? [found[2], []] : null;
}

async function show() {
  const mine = ++turn;
  leave?.();
  leave = null;
  const found = moduleOf(location.pathname);
  const parameters = new URLSearchParams(location.search);
  document.body.classList.toggle('kiosk', parameters.has('kiosk'));
  drawNavigation();
  if (!found) return fill(page, empty('There is no such page', location.pathname));
  fill(page, el('p', {class: 'quiet'}, 'One moment …'));
  try {
    const module = await import(`./${found[0]}.js`);
    const host = el('div');
    const result = await module.show(host, parameters, ...found[1]);
    // The person may have gone on meanwhile.
    if (mine !== turn) { result?.(); return; }
    leave = result ?? null;
    fill(page, host);
  } catch (error) {
    if (mine === turn) fill(page, el('div', {class: 'note bad'}, el('b', {}, 'This cannot be shown: '), error.message, ' ',
      el('button', {type: 'button', onclick: show}, 'Try again')));
  }
  document.title = `${page.querySelector('h1')?.textContent ?? 'kappa'} · ${site.name ?? 'kappa'}`;
}

function drawNavigation() {
  fill(document.getElementById('nav'), pages.map(([address, name]) =>
    el('a', {href: address, 'aria-current': address === location.pathname || (address !== '/' && location.pathname.startsWith(address + '/')) ? 'page' : null}, name)));
}

document.addEventListener('click', event => {
  const link = event.target.closest('a[href]');
  if (!link || link.target || link.hasAttribute('download') || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  const url = new URL(link.href);
  if (url.origin !== location.origin || url.pathname.startsWith('/data/') || url.pathname.startsWith('/doors/') || url.pathname.endsWith('.json')) return;
  event.preventDefault();
  if (url.hash && url.pathname === location.pathname) return page.focus();
  hideFound();
  go(url.pathname + url.search);
});
addEventListener('popstate', show);

// Search

const search = document.getElementById('search');
const found = document.getElementById('found');
let instruments = null;
let at = 0;

export const address = (borehole, instrument) => `/i/${encodeURIComponent(borehole)}/${encodeURIComponent(instrument)}`;

function hideFound() { found.hidden = true; search.value = ''; }

search.addEventListener('input', async () => {
  instruments ??= (await ask('/api/latest')).rows.map(r => ({name: `${r[0]} · ${words(r[1])}`, href: address(r[0], r[1])}));
  const parts = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  const all = [...pages.map(([href, name]) => ({name, href})), ...instruments];
  const hits = parts.length ? all.filter(one => parts.every(p => one.name.toLowerCase().includes(p))).slice(0, 12) : [];
  at = 0;
  found.hidden = !parts.length;
  fill(found, hits.map((one, i) => el('a', {href: one.href, class: i === at ? 'at' : null}, one.name)), hits.length ? null : el('p', {class: 'empty'}, 'Nothing bears that name.'));
});
search.addEventListener('keydown', event => {
  const links = [...found.querySelectorAll('a')];
  if (event.key === 'Escape') { hideFound(); search.blur(); }
  if (event.key === 'Enter') links[at]?.click();
  if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
    event.preventDefault();
    at = (at + (event.key === 'ArrowDown' ? 1 : links.length - 1)) % Math.max(1, links.length);
    links.forEach((link, i) => link.classList.toggle('at', i === at));
  }
});
document.addEventListener('keydown', event => {
  const isTyping = event.target.matches('input, textarea, select');
  if ((event.key === '/' && !isTyping) || (event.key === 'k' && (event.ctrlKey || event.metaKey))) { event.preventDefault(); search.focus(); }
});

// Theme and clock

const theme = document.getElementById('theme');
function setTheme(name) {
  if (name) document.documentElement.dataset.theme = name; else delete document.documentElement.dataset.theme;
}
setTheme(localStorage.getItem('kappa-theme'));
theme.addEventListener('click', () => {
  const next = {undefined: 'dark', dark: 'light', light: ''}[document.documentElement.dataset.theme] ?? '';
  localStorage.setItem('kappa-theme', next);
  setTheme(next);
  dispatchEvent(new Event('resize'));
});
const tick = () => {
  const clock = document.getElementById('clock');
  clock.replaceChildren(timeOf(now()), el('small', {}, zoneName()));
  clock.title = stamp(now());
  document.querySelectorAll('[data-t]').forEach(node => { node.textContent = ageText(Number(node.dataset.t)); });
};
tick();
setInterval(tick, 1000);

/** An age that goes on growing while one looks. */
export const aging = t => el('span', {'data-t': t, title: stamp(t)}, ageText(t));

function greet(hello) {
  Object.assign(site, hello);
  setNow(hello.now);
  setZone(hello.zone);
  document.getElementById('site-name').textContent = hello.name;
}
live.on('hello', greet);
// Something was missed, or another generation is shown: what stands here is old. Whoever is typing is left alone.
live.on('reset', async () => {
  if (document.activeElement?.matches('main input, main textarea, main select')) return;
  const y = scrollY;
  await show();
  scrollTo(0, y);
});

// How many alarms wait for somebody, on every page.
const bell = document.getElementById('alarms');
live.on('pipe', ({figures}) => {
  bell.hidden = !figures?.isThere;
  if (!figures?.isThere) return;
  bell.className = `bell ${figures.open ? `level${Math.min(figures.severity, 3)}` : 'fresh'}`;
  bell.textContent = figures.open ? `${['○', '◆', '■', '✖', '✖'][Math.min(figures.severity, 4)]} ${figures.open} alarm${figures.open === 1 ? '' : 's'}` : '✓ no alarms';
  bell.title = figures.open ? `${figures.open} alarms are open, the worst of them: ${figures.level}; ${figures.standing} stand` : `${figures.standing} alarms stand, none of them is open`;
});

// Kiosk: pages in turn, and a screen that stays on.
function rotate() {
  const parameters = new URLSearchParams(location.search);
  if (!parameters.has('kiosk')) return;
  navigator.wakeLock?.request('screen').catch(() => {});
  const list = (parameters.get('pages') ?? '').split(',').filter(Boolean);
  const every = Number.parseInt(parameters.get('rotate') ?? '0', 10);
  if (list.length < 2 || !every) return;
  let i = 0;
  setInterval(() => { i = (i + 1) % list.length; const rest = new URLSearchParams(location.search); go(`/${list[i].replace(/^\//, '')}?${rest}`, {replace: true}); }, every * 1000);
}

async function begin() {
  await session.begin();
  if (session.role === 'nobody') return fill(page, session.form());
  live.start();
  if (session.site) greet(session.site);
  await show();
  rotate();
}
begin();
