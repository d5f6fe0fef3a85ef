// The numbers of a plot as a table, 25 rows a page: what a screen reader can walk through, and what anyone can check.

import { html, useMemo, useState } from '/vendor/preact.js';
import { Button } from '../ui/index.js';
import { cell } from './csv.js';
import { aligned } from './draw.js';

const PAGE = 25;

/**
 * Rows of x and one value a series, over the union of their x.
 *
 * @param {{ x: ArrayLike<number>, y: ArrayLike<number | null> }[]} series
 * @returns {(number | null | undefined)[][]}
 */
export function tableRows(series) {
  const columns = aligned(series);
  return Array.from(columns[0], (_x, i) => columns.map((column) => column[i]));
}

/**
 * @param {{ title: string, xName: string, names: string[],
 *           series: { x: ArrayLike<number>, y: ArrayLike<number | null> }[] }} props
 */
export function PlotTable({ title, xName, names, series }) {
  const [page, setPage] = useState(0);
  const rows = useMemo(() => tableRows(series), [series]);
  const pages = Math.max(1, Math.ceil(rows.length / PAGE));
  const shown = Math.min(page, pages - 1);
  const from = shown * PAGE;

  return html`<div class="plot-table">
    <div class="plot-table-scroll" tabindex="0" role="region" aria-label=${`${title}: values`}>
      <table class="table">
        <caption class="sr-only">${title}, rows ${from + 1} to ${Math.min(rows.length, from + PAGE)} of ${rows.length}</caption>
        <thead><tr><th scope="col" class="num">${xName}</th>${names.map((name) => html`<th scope="col" class="num" key=${name}>${name}</th>`)}</tr></thead>
        <tbody>${rows.slice(from, from + PAGE).map((row, i) => html`<tr key=${from + i}>
          ${row.map((value, k) => html`<td class="num" key=${k}>${cell(value)}</td>`)}
        </tr>`)}</tbody>
      </table>
    </div>
    <div class="row plot-pager">
      <${Button} kind="quiet" disabled=${shown === 0} onClick=${() => setPage(shown - 1)}>Previous rows<//>
      <span class="num small" aria-live="polite">Rows ${from + 1}–${Math.min(rows.length, from + PAGE)} of ${rows.length}</span>
      <${Button} kind="quiet" disabled=${shown >= pages - 1} onClick=${() => setPage(shown + 1)}>Next rows<//>
    </div>
  </div>`;
}
