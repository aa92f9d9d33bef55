// Numbers, ages, and times in the site's zone: 24 hours, the year first.

let zone = 'UTC';
let clock, date, full;
let skew = 0;

export function setZone(name) {
  zone = name;
  const parts = {timeZone: name, hourCycle: 'h23'};
  try { new Intl.DateTimeFormat('en', parts); } catch { parts.timeZone = zone = 'UTC'; }
  const time = {hour: '2-digit', minute: '2-digit'};
  const day = {year: 'numeric', month: '2-digit', day: '2-digit'};
  clock = new Intl.DateTimeFormat('sv-SE', {...parts, ...time, second: '2-digit'});
  date = new Intl.DateTimeFormat('sv-SE', {...parts, ...day});
  full = new Intl.DateTimeFormat('sv-SE', {...parts, ...day, ...time, second: '2-digit'});
}
setZone('UTC');

export const zoneName = () => zone;

/** The server's time: this machine's clock may be wrong by hours, and ages must not be. */
export const now = () => Date.now() + skew;
export const setNow = milliseconds => { skew = milliseconds - Date.now(); };
export const clockSkew = () => skew;

export const timeOf = t => clock.format(t);
export const dayOf = t => date.format(t);
export const stamp = t => t === null || t === undefined || !Number.isFinite(t) ? '–' : full.format(t);
export const shortStamp = t => dayOf(t) === dayOf(now()) ? timeOf(t).slice(0, 5) : stamp(t).slice(0, 16);

/** As many decimals as a reading of this size needs. */
export function number(value, digits) {
  if (value === null || value === undefined || Number.isNaN(value)) return '–';
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  const places = digits ?? (size >= 10000 ? 0 : size >= 100 ? 1 : size >= 1 ? 2 : 3);
  const text = value.toLocaleString('en', {maximumFractionDigits: places, minimumFractionDigits: Math.min(places, digits ?? places)}).replaceAll(',', '\u2009');
  return text.replace('-', '\u2212');
}

export const count = value => value === null || value === undefined ? '–' : Math.round(value).toLocaleString('en').replaceAll(',', '\u2009');

export function bytes(value) {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let i = 0;
  while (value >= 1024 && i < 4) { value /= 1024; i++; }
  return `${i === 0 ? value : value.toFixed(1)} ${units[i]}`;
}

export function span(milliseconds) {
  const s = Math.abs(milliseconds) / 1000;
  if (s < 10) return `${s.toFixed(1)} s`;
  if (s < 60) return `${Math.round(s)} s`;
  if (s < 3600) return `${Math.round(s / 60)} min`;
  if (s < 86400) return `${(s / 3600).toFixed(1)} h`;
  return `${Math.round(s / 86400)} d`;
}

export const age = t => t > now() + 60000 ? `${span(t - now())} ahead` : `${span(Math.max(0, now() - t))} ago`;

/** A relative time (`24h`, `7d`) or a moment, as milliseconds. */
export function moment(word, fallback) {
  const match = /^(\d+)([smhdw])$/.exec(word ?? '');
  if (match) return now() - match[1] * {s: 1e3, m: 6e4, h: 36e5, d: 864e5, w: 6048e5}[match[2]];
  const parsed = /^\d{12,}$/.test(word ?? '') ? Number(word) : Date.parse(word);
  return Number.isFinite(parsed) ? parsed : fallback;
}

/** How a kind of instrument is said: `water_standpipe` → `Water standpipe`. */
export const words = name => { const text = String(name).replaceAll('_', ' '); return text.charAt(0).toUpperCase() + text.slice(1); };
