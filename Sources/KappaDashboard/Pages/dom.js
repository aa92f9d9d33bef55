// Elements: the only way anything gets onto the page. Strings become text, never markup.

const svgNames = new Set(['svg', 'g', 'path', 'circle', 'rect', 'line', 'text', 'title', 'polygon']);

/** An element with attributes, listeners (`onclick`) and children (elements, texts, arrays; null is left out). */
export function el(name, attributes = {}, ...children) {
  const isSVG = svgNames.has(name);
  const element = isSVG ? document.createElementNS('http://www.w3.org/2000/svg', name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
    else if (key === 'value') element.value = value;
    else element.setAttribute(key, value === true ? '' : value);
  }
  add(element, children);
  return element;
}

function add(element, children) {
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    if (Array.isArray(child)) add(element, child);
    else element.append(child instanceof Node ? child : String(child));
  }
}

export function fill(element, ...children) {
  element.replaceChildren();
  add(element, children);
  return element;
}

/** A table with a head; `columns` are `{name, number, wide}`, cells elements or texts. */
export function table(columns, rows, attributes = {}) {
  const kind = column => [column.number ? 'n' : '', column.wide ? 'wide' : '', column.kind ?? ''].join(' ').trim() || null;
  return el('table', attributes,
    el('thead', {}, el('tr', {}, columns.map(c => el('th', {class: kind(c), scope: 'col'}, c.name)))),
    el('tbody', {}, rows.map(row => el('tr', row.attributes ?? {}, (row.cells ?? row).map((cell, i) => el('td', {class: kind(columns[i])}, cell))))));
}

export const empty = (what, why) => el('div', {class: 'empty'}, el('b', {}, what), why);

export function select(name, choices, value, onchange) {
  const node = el('select', {name, onchange: () => onchange(node.value), 'aria-label': name},
    choices.map(c => Array.isArray(c) ? el('option', {value: c[0]}, c[1]) : el('option', {value: c}, c)));
  node.value = value;
  return node;
}
