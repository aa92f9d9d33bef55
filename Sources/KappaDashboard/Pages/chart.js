// The chart: canvas. The server sends at most four points for each column of pixels (first, lowest, highest, last), so
// that nothing extreme is ever lost and a drawing takes milliseconds. Gaps stay gaps, lonely points are dots.

import {dayOf, number, stamp, timeOf} from './format.js';
import {el} from './dom.js';

const left = 58, right = 12, top = 10, bottom = 24;
const seconds = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800, 1209600, 2592000, 7776000, 31536000];
export const colours = ['--s1', '--s2', '--s3', '--s4', '--s5', '--s6'];

/**
 * `lines` are limits, each with the dates between which it holds: [{name, value, from, to, colour, isBelow}].
 * `series`: [{name, unit, t, v, band: {t, lo, hi}, gap, faint}], times in milliseconds, `gap` the longest pause that is
 * still drawn through. `onzoom(from, to)` is told when a person has chosen another range.
 */
export class Chart {
  constructor(host, {from, to, onzoom, shared}) {
    Object.assign(this, {host, from, to, onzoom, shared, series: [], alone: null, cursor: null, lines: []});
    this.canvas = el('canvas', {tabindex: 0, role: 'img'});
    this.tip = el('div', {class: 'tip', hidden: true});
    host.replaceChildren(this.canvas, this.tip);
    this.listen();
    this.watcher = new ResizeObserver(() => this.draw());
    this.watcher.observe(host);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.draw());
  }

  set(series, from = this.from, to = this.to) {
    Object.assign(this, {series, from, to});
    const what = series.map(s => s.name).join(', ');
    this.canvas.setAttribute('aria-label', `${what || 'nothing'}, ${stamp(from)} to ${stamp(to)}. Plus and minus zoom, arrows move.`);
    this.draw();
  }

  get width() { return this.host.clientWidth - left - right; }
  x(t) { return left + (t - this.from) / (this.to - this.from) * this.width; }
  time(x) { return this.from + (x - left) / this.width * (this.to - this.from); }

  bounds() {
    let low = Infinity, high = -Infinity;
    for (const s of this.visible()) {
      for (const list of [s.v, s.band?.lo, s.band?.hi]) for (const v of list ?? []) {
        if (v === null) continue;
        if (v < low) low = v;
        if (v > high) high = v;
      }
    }
    // The next limit on either side is in the picture; one far away would flatten all that is to be seen.
    const span = high - low || Math.abs(high) * .1 || 1, near = this.lines.filter(l => l.to > this.from && l.from < this.to);
    const over = near.filter(l => l.value >= high).map(l => l.value), under = near.filter(l => l.value <= low).map(l => l.value);
    if (over.length && Math.min(...over) - high < 4 * span) high = Math.min(...over);
    if (under.length && low - Math.max(...under) < 4 * span) low = Math.max(...under);
    if (low > high) return [0, 1];
    const pad = (high - low) * .06 || Math.abs(high) * .01 || 1;
    return [low - pad, high + pad];
  }

  visible() { return this.alone === null ? this.series : this.series.filter((_, i) => i === this.alone); }

  draw() {
    const ratio = window.devicePixelRatio || 1, w = this.host.clientWidth, h = this.host.clientHeight;
    if (w < 80 || h < 60) return;
    this.kept ??= document.createElement('canvas');
    for (const canvas of [this.canvas, this.kept]) {
      if (canvas.width === Math.round(w * ratio) && canvas.height === Math.round(h * ratio)) continue;
      canvas.width = Math.round(w * ratio);
      canvas.height = Math.round(h * ratio);
    }
    const c = this.kept.getContext('2d');
    c.setTransform(ratio, 0, 0, ratio, 0, 0);
    c.clearRect(0, 0, w, h);
    c.font = '11px system-ui, sans-serif';
    this.paint = name => resolve(this.host, name);
    const [low, high] = this.bounds();
    this.y = v => top + (high - v) / (high - low) * (h - top - bottom);
    this.drawAxes(c, w, h, low, high);
    c.save();
    c.beginPath();
    c.rect(left, top - 2, this.width + 2, h - top - bottom + 4);
    c.clip();
    this.series.forEach((s, i) => { if (this.alone === null || this.alone === i) this.drawSeries(c, s, i); });
    for (const line of this.lines) this.drawLimit(c, line);
    c.restore();
    this.drawOver();
  }

  /** Cross-hair and drag over the picture as it was drawn last: moving over 700 lines costs no drawing of them. */
  drawOver() {
    if (!this.kept?.width) return this.draw();
    const c = this.canvas.getContext('2d'), h = this.host.clientHeight, ratio = window.devicePixelRatio || 1;
    c.setTransform(1, 0, 0, 1, 0, 0);
    c.clearRect(0, 0, this.canvas.width, this.canvas.height);
    c.drawImage(this.kept, 0, 0);
    c.setTransform(ratio, 0, 0, ratio, 0, 0);
    if (this.cursor !== null) this.drawCursor(c, h);
    if (this.drag) { c.fillStyle = this.paint('--band'); c.fillRect(Math.min(this.drag.x, this.drag.now), top, Math.abs(this.drag.now - this.drag.x), h - top - bottom); }
  }

  drawAxes(c, w, h, low, high) {
    c.strokeStyle = this.paint('--line');
    c.fillStyle = this.paint('--quiet');
    c.lineWidth = 1;
    c.textAlign = 'right';
    c.textBaseline = 'middle';
    const step = niceStep((high - low) / Math.max(2, (h - top - bottom) / 44));
    const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
    for (let v = Math.ceil(low / step) * step; v <= high; v += step) {
      const y = Math.round(this.y(v)) + .5;
      stroke(c, [[left, y], [w - right, y]]);
      c.fillText(number(Math.abs(v) < step / 1e6 ? 0 : v, digits), left - 6, y);
    }
    c.textAlign = 'center';
    c.textBaseline = 'top';
    const wanted = (this.to - this.from) / 1000 / Math.max(2, this.width / 92);
    const tick = (seconds.find(s => s >= wanted) ?? seconds.at(-1)) * 1000;
    const offset = midnightOffset(this.from);
    for (let t = Math.ceil((this.from + offset) / tick) * tick - offset; t <= this.to; t += tick) {
      const x = Math.round(this.x(t)) + .5;
      stroke(c, [[x, top], [x, h - bottom]]);
      if (x > left + 20 && x < w - 20) c.fillText(tick >= 864e5 || timeOf(t) === '00:00:00' ? dayOf(t).slice(tick >= 2592e6 ? 0 : 5) : timeOf(t).slice(0, tick < 60000 ? 8 : 5), x, h - bottom + 6);
    }
  }

  drawSeries(c, s, i) {
    const colour = this.paint(s.colour ?? colours[i % colours.length]);
    if (s.band && !s.faint) {
      // One stroke from the lowest to the highest for each window or column of pixels.
      c.strokeStyle = colour;
      c.globalAlpha = .28;
      const slot = s.band.t.length > 1 ? (this.x(s.band.t.at(-1)) - this.x(s.band.t[0])) / (s.band.t.length - 1) : 3;
      c.lineWidth = Math.max(1, Math.min(slot * .8, 6));
      c.beginPath();
      s.band.t.forEach((t, k) => {
        const x = this.x(t), lo = this.y(s.band.lo[k]), hi = this.y(s.band.hi[k]);
        c.moveTo(x, Math.max(lo, hi + 1)); c.lineTo(x, hi);
      });
      c.stroke();
      c.globalAlpha = 1;
    }
    c.strokeStyle = c.fillStyle = colour;
    c.globalAlpha = s.faint && this.alone !== i ? Math.max(.2, Math.min(.65, 14 / this.series.length)) : 1;
    c.lineWidth = s.faint && this.alone !== i ? 1 : 1.5;
    c.lineJoin = 'round';
    c.beginPath();
    let before = null, dots = [];
    for (let k = 0; k < s.t.length; k++) {
      if (s.v[k] === null) { before = null; continue; }
      const joins = before !== null && s.t[k] - before <= s.gap;
      const goesOn = k + 1 < s.t.length && s.t[k + 1] - s.t[k] <= s.gap && s.v[k + 1] !== null;
      if (joins) c.lineTo(this.x(s.t[k]), this.y(s.v[k])); else c.moveTo(this.x(s.t[k]), this.y(s.v[k]));
      if (!joins && !goesOn) dots.push(k);
      before = s.t[k];
    }
    c.stroke();
    for (const k of dots) { c.beginPath(); c.arc(this.x(s.t[k]), this.y(s.v[k]), 2.2, 0, 7); c.fill(); }
    c.globalAlpha = 1;
  }

  drawLimit(c, line) {
    const y = Math.round(this.y(line.value)) + .5;
    c.strokeStyle = c.fillStyle = this.paint(line.colour ?? '--late');
    const from = Math.max(left, this.x(Math.max(line.from, this.from))), to = Math.min(left + this.width, this.x(Math.min(line.to, this.to)));
    if (to <= from) return;
    c.setLineDash([6, 4]);
    stroke(c, [[from, y], [to, y]]);
    c.setLineDash([]);
    c.textAlign = 'right';
    c.textBaseline = line.isBelow ? 'top' : 'bottom';
    c.fillText(line.name, to - 4, y + (line.isBelow ? 3 : -2));
  }

  drawCursor(c, h) {
    const x = Math.round(this.x(this.cursor)) + .5;
    c.strokeStyle = this.paint('--quiet');
    stroke(c, [[x, top], [x, h - bottom]]);
  }

  // What hands do

  listen() {
    const place = event => event.clientX - this.canvas.getBoundingClientRect().left;
    this.canvas.addEventListener('pointerdown', e => {
      if (e.pointerType === 'touch') return;
      this.canvas.setPointerCapture(e.pointerId);
      this.drag = {x: place(e), now: place(e)};
    });
    this.canvas.addEventListener('pointermove', e => {
      if (this.drag) { this.drag.now = place(e); this.drawOver(); return; }
      this.point(this.time(place(e)), e.clientY - this.canvas.getBoundingClientRect().top);
    });
    this.canvas.addEventListener('pointerup', () => {
      const drag = this.drag;
      this.drag = null;
      if (drag && Math.abs(drag.now - drag.x) > 5) this.zoom(this.time(Math.min(drag.x, drag.now)), this.time(Math.max(drag.x, drag.now)));
      else this.draw();
    });
    this.canvas.addEventListener('pointerleave', () => { if (!this.drag) this.point(null); });
    this.canvas.addEventListener('dblclick', () => this.scale(.25 ** -1, (this.from + this.to) / 2));
    this.canvas.addEventListener('wheel', e => {
      if (!e.ctrlKey && !e.shiftKey) return;
      e.preventDefault();
      this.scale(e.deltaY + e.deltaX > 0 ? 1.4 : 1 / 1.4, this.time(place(e)));
    }, {passive: false});
    this.canvas.addEventListener('keydown', e => {
      const span = this.to - this.from, middle = (this.from + this.to) / 2;
      const act = {'+': () => this.scale(.5, middle), '=': () => this.scale(.5, middle), '-': () => this.scale(2, middle),
        ArrowLeft: () => this.zoom(this.from - span / 4, this.to - span / 4), ArrowRight: () => this.zoom(this.from + span / 4, this.to + span / 4)}[e.key];
      if (!act) return;
      e.preventDefault();
      act();
    });
  }

  scale(factor, around) { this.zoom(around - (around - this.from) * factor, around + (this.to - around) * factor); }

  zoom(from, to) {
    if (to - from < 1000) return;
    this.from = Math.round(from);
    this.to = Math.round(to);
    this.draw();
    this.onzoom?.(this.from, this.to);
  }

  /** The cross-hair, shared by all charts of a page. */
  point(t, y) {
    for (const chart of this.shared ?? [this]) {
      chart.cursor = t !== null && t >= this.from && t <= this.to ? t : null;
      chart.drawOver();
    }
    this.tell(y);
  }

  tell(y) {
    if (this.cursor === null) { this.tip.hidden = true; return; }
    let found = this.series.map((s, i) => ({s, i, k: nearest(s.t, this.cursor)})).filter(f => f.k >= 0 && f.s.v[f.k] !== null && (this.alone === null || this.alone === f.i));
    if (found.length > 8 && y !== undefined) found = [found.reduce((a, b) => Math.abs(this.y(a.s.v[a.k]) - y) < Math.abs(this.y(b.s.v[b.k]) - y) ? a : b)];
    if (!found.length) { this.tip.hidden = true; return; }
    this.tip.replaceChildren(el('div', {class: 'quiet'}, stamp(found[0].s.t[found[0].k])),
      ...found.map(({s, k}) => el('div', {}, `${s.name}: `, el('b', {}, number(s.v[k])), ` ${s.unit ?? ''}`)));
    this.tip.hidden = false;
    const x = this.x(this.cursor);
    this.tip.style.left = x > this.host.clientWidth / 2 ? '' : `${x + 12}px`;
    this.tip.style.right = x > this.host.clientWidth / 2 ? `${this.host.clientWidth - x + 12}px` : '';
    this.tip.style.top = '12px';
  }

  /** Names of the series; a click shows one alone. */
  legend() {
    return el('div', {class: 'legend'}, this.series.map((s, i) => {
      const line = el('i');
      line.style.background = `var(${s.colour ?? colours[i % colours.length]})`;
      return el('button', {type: 'button', class: this.alone !== null && this.alone !== i ? 'off' : null, title: 'Show only this one, or all again',
        onclick: event => { this.alone = this.alone === i ? null : i; this.draw(); event.currentTarget.parentElement.replaceWith(this.legend()); }}, line, s.name);
    }));
  }

  close() { this.watcher.disconnect(); }
}

/** light-dark() and variables as a colour that canvas knows: by way of a property that computes to a colour. */
function resolve(host, name) {
  const probe = host.querySelector('.probe') ?? host.appendChild(el('i', {class: 'probe', hidden: true}));
  probe.style.color = `var(${name})`;
  return getComputedStyle(probe).color;
}

function stroke(c, points) {
  c.beginPath();
  points.forEach(([x, y], i) => i ? c.lineTo(x, y) : c.moveTo(x, y));
  c.stroke();
}

export function niceStep(rough) {
  const power = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 2.5, 5, 10].find(m => m * power >= rough) * power;
}

/** How far the site's midnight is from UTC's, so that ticks fall on the site's full hours and days. */
function midnightOffset(t) {
  const [h, m, s] = timeOf(t).split(':').map(Number);
  return ((h * 3600 + m * 60 + s) - Math.floor(t / 1000) % 86400) * 1000;
}

export function nearest(times, t) {
  let low = 0, high = times.length - 1;
  if (high < 0) return -1;
  while (high - low > 1) { const middle = (low + high) >> 1; if (times[middle] < t) low = middle; else high = middle; }
  return Math.abs(times[low] - t) <= Math.abs(times[high] - t) ? low : high;
}

/** A small line without axes, for a cell. */
export function spark(values) {
  const good = values.filter(v => v !== null);
  const svg = el('svg', {class: 'spark', viewBox: '0 0 110 22', 'aria-hidden': 'true', preserveAspectRatio: 'none'});
  if (good.length < 2) return svg;
  const low = Math.min(...good), high = Math.max(...good), scale = high - low || 1;
  const d = values.map((v, i) => v === null ? '' : `${i && values[i - 1] !== null ? 'L' : 'M'}${(i / (values.length - 1) * 108 + 1).toFixed(1)} ${(20 - (v - low) / scale * 18).toFixed(1)}`).join('');
  svg.append(el('path', {d}));
  return svg;
}
