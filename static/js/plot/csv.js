// Series and tables as CSV (RFC 4180).
//
// Cells that a spreadsheet would take for a formula get a leading apostrophe; numbers are written as they are.

import { saveBlob } from '../ui/save.js';

/** A number as tables and CSV write it: all digits a double of measured data carries. @param {unknown} value */
export function cell(value) {
  if (value === null || value === undefined) return '';
  if (typeof value !== 'number') return String(value);
  return Number.isFinite(value) ? String(Number(value.toPrecision(12))) : '';
}

/** @param {unknown} value */
function quoted(value) {
  const text = cell(value);
  const safe = typeof value === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** @param {string[]} head @param {Iterable<ArrayLike<unknown>>} rows */
export function csv(head, rows) {
  const lines = [head.map(quoted).join(',')];
  for (const row of rows) lines.push(Array.from(row, quoted).join(','));
  return `${lines.join('\r\n')}\r\n`;
}

/** @param {string} label @param {string} [unit] */
export const columnName = (label, unit) => (unit ? `${label} (${unit})` : label);

/** A file name from any label. @param {string} label @param {string} ending */
export const fileName = (label, ending) => `${label.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '') || 'data'}.${ending}`;

/** @param {string} name @param {string} text */
export const saveCsv = (name, text) => saveBlob(name, new Blob([text], { type: 'text/csv;charset=utf-8' }));
