// The key numbers of a run as tiles: label, value ± error with its unit, what it means, and a copy of exactly that text.

import { html } from '/vendor/preact.js';
import { Copy } from '../../../ui/index.js';
import { num } from '../../../fmt.js';
import { unitText } from '../../../plot/stats.js';

/**
 * @typedef {{ name: string, label: string, value: number | string | null, error?: number | null, unit?: string,
 *             digits?: number, note?: string }} SummaryRow
 */

/** The value in the digits its analysis vouches for. @param {SummaryRow} row */
export function valueText(row) {
  if (row.value === null) return '–';
  return typeof row.value === 'number' ? num(row.value, { digits: row.digits ?? 3 }) : row.value;
}

/** @param {SummaryRow} row */
export const errorText = (row) => (typeof row.value === 'number' && row.error ? num(row.error, { digits: row.digits ?? 3 }) : '');

/** Value, error and unit as they are said and copied. @param {SummaryRow} row */
export function fullText(row) {
  const error = errorText(row);
  return [`${valueText(row)}${error ? ` ± ${error}` : ''}`, row.value === null ? '' : unitText(row.unit)].filter(Boolean).join('\u2009');
}

/** @param {{ rows: SummaryRow[] }} props */
export function Summary({ rows }) {
  return html`<ul class="tiles" aria-label="Summary">
    ${rows.map((row) => html`<li class="result-tile" key=${row.name} data-name=${row.name}>
      <span class="result-label">${row.label}</span>
      <span class="result-value" data-value=${row.value} title=${typeof row.value === 'number' ? String(row.value) : undefined}>
        <span class="result-number">${valueText(row)}</span>
        ${errorText(row) && html`<span class="result-error">± ${errorText(row)}</span>`}
        ${row.unit && html`<span class="result-unit">${unitText(row.unit)}</span>`}
      </span>
      <span class="result-note muted">${row.note}</span>
      <${Copy} text=${fullText(row)} label=${`Copy ${row.label}`} hideText />
    </li>`)}
  </ul>`;
}
