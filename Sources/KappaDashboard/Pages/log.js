// The log itself: seek by offset or time, filter with progress, follow the end. What records hold is hostile text.

import {ask, go, may, send} from './app.js';
import {el, empty, fill, select, table} from './dom.js';
import {bytes, count, moment, span, stamp} from './format.js';

export async function show(host, parameters, topic) {
  return topic === undefined ? showTopics(host) : showTopic(host, parameters, topic);
}

async function showTopics(host) {
  const {topics} = await ask('/api/topics');
  host.append(el('div', {class: 'head'}, el('h1', {}, 'Log')));
  if (!topics.length) return void host.append(empty('No topics', 'The broker has none yet.'));
  host.append(el('section', {class: 'panel'}, el('div', {class: 'scroll'}, table(
    [{name: 'topic'}, {name: 'partitions', number: true}, {name: 'records', number: true}, {name: 'first offset', number: true, wide: true}, {name: 'next offset', number: true, wide: true}],
    topics.map(t => ({attributes: {class: 'pick', onclick: () => go(`/log/${encodeURIComponent(t.name)}`)}, cells: [
      el('a', {href: `/log/${encodeURIComponent(t.name)}`}, t.name), count(t.partitions.length), count(t.partitions.reduce((n, p) => n + p.high - p.low, 0)),
      count(Math.min(...t.partitions.map(p => p.low))), count(Math.max(...t.partitions.map(p => p.high)))]}))))));
}

async function showTopic(host, parameters, topic) {
  const {topics} = await ask('/api/topics');
  const found = topics.find(t => t.name === topic);
  if (!found) return void host.append(el('h1', {}, topic), empty('There is no such topic', 'It may have been deleted.'));
  const set = changes => { const query = new URLSearchParams(location.search); for (const [k, v] of Object.entries(changes)) if (v !== '' && v !== null) query.set(k, v); else query.delete(k); go(`/log/${encodeURIComponent(topic)}?${query}`); };
  const partition = parameters.get('partition') ?? '', offset = parameters.get('offset'), time = parameters.get('time'), filter = parameters.get('contains') ?? '', where = parameters.get('where') ?? '';
  const rows = el('section', {class: 'panel'}), progress = el('p', {class: 'quiet', role: 'status'});
  const seek = el('input', {value: offset ?? time ?? '', placeholder: 'offset, or 2026-11-28 14:30, or 2h', size: 26, 'aria-label': 'where to begin', onchange: e => {
    const word = e.target.value.trim();
    set(/^\d{1,15}$/.test(word) ? {offset: word, time: ''} : {time: word, offset: ''});
  }});
  host.append(el('div', {class: 'head'}, el('h1', {}, topic), el('span', {class: 'quiet'}, `${count(found.partitions.reduce((n, p) => n + p.high - p.low, 0))} records in ${found.partitions.length} partition${found.partitions.length === 1 ? '' : 's'}`), el('a', {href: '/log'}, 'all topics')),
    may('operator') ? produce(topic, found.partitions) : '',
    el('div', {class: 'tools'}, el('label', {}, 'partition', select('partition', [['', 'all'], ...found.partitions.map(p => [String(p.partition), `${p.partition}: ${count(p.low)} – ${count(p.high)}`])], partition, value => set({partition: value, offset: ''}))),
      el('label', {}, 'from', seek), el('button', {type: 'button', onclick: () => set({offset: '', time: ''})}, 'Newest'), el('button', {type: 'button', onclick: () => set({offset: '0', time: ''})}, 'Oldest'),
      el('label', {}, 'key or value contains', el('input', {value: filter, size: 16, onchange: e => set({contains: e.target.value})})),
      el('label', {}, 'where', el('input', {value: where, size: 20, placeholder: 'reading > 10', onchange: e => set({where: e.target.value})}))),
    progress, rows);
  const query = {partition, offset, time: time ? Math.round(moment(time, NaN)) : null, limit: 50};
  if (time && !Number.isFinite(moment(time, NaN))) { fill(progress, `'${time}' is neither an offset nor a time.`); return; }
  if (filter || where) return scan(topic, {...query, contains: filter, where}, progress, rows);
  const answer = await ask(`/api/log/${encodeURIComponent(topic)}`, query);
  drawRecords(rows, answer.records, topic);
  const first = answer.records[0];
  if (partition !== '' && answer.records.length) progress.replaceWith(el('div', {class: 'tools'},
    el('button', {type: 'button', onclick: () => set({offset: Math.max(0, Math.min(...answer.records.map(r => r.offset)) - 50), time: ''})}, '← Older'),
    el('button', {type: 'button', onclick: () => set({offset: Math.max(...answer.records.map(r => r.offset)) + 1, time: ''})}, 'Newer →')));
  else if (!answer.records.length) fill(progress, first ? '' : 'There is nothing from here on.');
}

/** Lines come as they are found: hits, and how far the search is. */
async function scan(topic, query, progress, rows) {
  const control = new AbortController();
  const parameters = new URLSearchParams(Object.entries(query).filter(([, v]) => v !== null && v !== ''));
  const began = performance.now();
  const records = [];
  const stop = el('button', {type: 'button', onclick: () => control.abort()}, 'Stop');
  const tell = (p, end) => {
    const rest = p.scanned ? (p.total - p.scanned) / p.scanned * (performance.now() - began) : null;
    fill(progress, `searched ${count(p.scanned)} of ${count(p.total)} records, ${count(p.hits)} found`, end ? ` — ${end}` : rest === null ? '' : `, ${span(rest)} left `, end ? null : stop);
  };
  let last = {scanned: 0, total: 0, hits: 0};
  (async () => {
    try {
      const answer = await fetch(`/api/search/${encodeURIComponent(topic)}?${parameters}`, {signal: control.signal});
      if (!answer.ok) { fill(progress, await answer.text()); return; }
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      let rest = '';
      for (;;) {
        const {value, done} = await reader.read();
        if (done) break;
        const lines = (rest + value).split('\n');
        rest = lines.pop();
        for (const line of lines.filter(Boolean)) {
          const one = JSON.parse(line);
          if (one.record) records.push(one.record); else { last = one; tell(one, one.end); }
        }
        drawRecords(rows, records, topic);
      }
    } catch (error) { tell(last, control.signal.aborted ? 'stopped' : `broken off: ${error.message}`); }
  })();
  return () => control.abort();
}

function drawRecords(panel, records) {
  fill(panel, el('div', {class: 'scroll'}, table(
    [{name: 'part.', number: true}, {name: 'offset', number: true}, {name: 'time', kind: 't'}, {name: 'key', kind: 'key'}, {name: 'value', kind: 'clip'}, {name: 'size', number: true, wide: true}],
    records.map(r => {
      const row = {attributes: {class: 'pick'}, cells: [String(r.partition), String(r.offset), stamp(r.time), el('span', {class: 'mono'}, clipped(shown(r.key), 60)), el('span', {class: 'mono'}, clipped(shown(r.value), 400)), bytes(r.size)]};
      row.attributes.onclick = event => open(event.currentTarget, r);
      return row;
    }))));
}

const shown = part => part === null ? '(none)' : part.text ?? `0x${part.hex}`;
const clipped = (text, length) => text.length > length ? `${text.slice(0, length)} …` : text;

/** A record whole, beneath its row. */
function open(row, r) {
  if (row.nextSibling?.classList?.contains('whole')) return row.nextSibling.remove();
  let text = shown(r.value);
  try { text = JSON.stringify(JSON.parse(text), null, 2); } catch { /* it is no JSON, and stays as it is */ }
  row.after(el('tr', {class: 'whole'}, el('td', {colspan: 6},
    r.headers.length ? el('p', {class: 'mono small'}, r.headers.map(h => `${h.name}: ${shown(h.value)}`).join('   ')) : null, el('pre', {}, text), r.cut ? el('p', {class: 'small quiet'}, `cut off after ${bytes(r.cut)}`) : null)));
}

/** One record by hand, for operators: what is sent stands in the log for good. */
function produce(topic, partitions) {
  const key = el('input', {'aria-label': 'key of the record', placeholder: 'key (none where empty)'}), value = el('textarea', {'aria-label': 'value of the record', rows: 5, placeholder: '{"borehole_number": …}'});
  const where = select('partition of the record', [['', 'partition by key'], ...partitions.map(p => [String(p.partition), `partition ${p.partition}`])], '', () => {});
  const told = el('span', {role: 'status', class: 'quiet'});
  const button = el('button', {type: 'button', class: 'primary', onclick: async () => {
    button.disabled = true;
    told.textContent = 'sending …';
    try {
      const done = await send(`/api/log/${encodeURIComponent(topic)}`, {key: key.value === '' ? null : key.value, value: value.value, partition: where.value === '' ? null : Number(where.value)});
      fill(told, 'it is ', el('a', {href: `/log/${encodeURIComponent(topic)}?partition=${done.partition}&offset=${done.offset}`}, `${topic}-${done.partition} @ ${done.offset}`));
      value.value = '';
    } catch (error) { told.textContent = error.message; }
    button.disabled = false;
  }}, 'Produce');
  return el('details', {class: 'panel produce'}, el('summary', {}, 'Produce a record'), key, value, el('div', {class: 'tools'}, where, button, told));
}
