// A template's README as text: headings, paragraphs, lists, tables and code, which is all they use. Every piece becomes
// an element with the text inside, so nothing in it is ever read as markup.

import { html } from '/vendor/preact.js';

const INLINE = /`([^`]+)`|\*\*([^*]+)\*\*|\[([^\]]+)\]\(([^)\s]+)\)/g;

/** @param {string} text */
function inline(text) {
  const parts = [];
  let at = 0;
  for (const found of text.matchAll(INLINE)) {
    if (found.index > at) parts.push(text.slice(at, found.index));
    if (found[1] !== undefined) parts.push(html`<code>${found[1]}</code>`);
    else if (found[2] !== undefined) parts.push(html`<strong>${found[2]}</strong>`);
    else parts.push(found[3]);
    at = found.index + found[0].length;
  }
  parts.push(text.slice(at));
  return parts;
}

/** @param {string} line */
const cells = (line) => line.trim().replace(/^\||\|$/g, '').split('|').map((cell) => cell.trim());

/** @param {string[]} lines */
function Table(lines) {
  const [head, , ...rows] = lines.map(cells);
  return html`<div class="table-scroll"><table class="table"><thead><tr>${head.map((cell) => html`<th scope="col">${inline(cell)}</th>`)}</tr></thead>
    <tbody>${rows.map((row) => html`<tr>${row.map((cell) => html`<td>${inline(cell)}</td>`)}</tr>`)}</tbody></table></div>`;
}

/** @param {string} block @returns {any} */
function Block(block) {
  const lines = block.split('\n');
  if (/^\|.*\|$/.test(lines[0]) && lines.length > 2) return Table(lines);
  const heading = /^(#{1,4})\s+(.*)$/.exec(lines[0]);
  if (heading) {
    const rest = lines.slice(1).join('\n').trim();
    const title = heading[1].length === 1 ? html`<h2>${inline(heading[2])}</h2>` : html`<h3>${inline(heading[2])}</h3>`;
    return html`${title}${rest && Block(rest)}`;
  }
  if (lines.every((line) => /^(\s*[-*]\s|\s{2,})/.test(line))) {
    const items = block.split(/\n(?=\s*[-*]\s)/).map((item) => item.replace(/^\s*[-*]\s+/, '').replace(/\s+/g, ' '));
    return html`<ul>${items.map((item) => html`<li>${inline(item)}</li>`)}</ul>`;
  }
  return html`<p>${inline(lines.join(' '))}</p>`;
}

/** @param {{ text: string }} props Markdown */
export function Readme({ text }) {
  const pieces = text.replace(/\r/g, '').split(/^```.*$/m);
  return html`<div class="readme stack">${pieces.map((piece, i) => (i % 2
    ? html`<div class="code"><pre tabindex="0" role="region" aria-label="Code"><code>${piece.trim()}</code></pre></div>`
    : piece.split(/\n{2,}/).map((block) => block.trim()).filter(Boolean).map(Block)))}</div>`;
}
