// Tables of a result: sortable by every column, long ones a page at a time, each also as CSV.
//
// Numbers are shown with the decimals their column needs to tell its values apart; the CSV carries them in full.

import { html, useMemo, useState } from '/vendor/preact.js';
import { Button, Card } from '../../../ui/index.js';
import { num } from '../../../fmt.js';
import { columnName, csv, fileName, saveCsv } from '../../../plot/csv.js';
import { unitText } from '../../../plot/stats.js';

/**
 * @typedef {{ name: string, label: string, unit?: string, type: 'int' | 'float' | 'text' }} Column
 * @typedef {{ name: string, label: string, columns: Column[], rows: (number | string | null)[][] }} ResultTableData
 */

const FIRST_ROWS = 12;
const PAGE_ROWS = 200;
const DIGITS = 5;

/** Decimals for a column of measured numbers: those it has, up to five digits in all. @param {ResultTableData} table @param {number} k */
function columnDigits(table, k) {
  if (table.columns[k].type !== 'float') return 0;
  let largest = 1;
  let places = 0;
  for (const row of table.rows) {
    const v = row[k];
    if (typeof v !== 'number') continue;
    largest = Math.max(largest, Math.abs(v));
    places = Math.max(places, (String(v).split('.')[1] ?? '').length);
  }
  return Math.min(places, Math.max(0, DIGITS - Math.ceil(Math.log10(largest + 1e-9))), DIGITS - 1);
}

/** @param {unknown} a @param {unknown} b */
function order(a, b) {
  if (a === null) return 1;
  if (b === null) return -1;
  return typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b), 'en', { numeric: true });
}

/**
 * @param {{ table: ResultTableData, runName: string, around?: number, children?: any }} props
 *   around: the row a long table opens at; children: what explains the table, above it
 */
export function ResultTable({ table, runName, around = 0, children }) {
  const [sort, setSort] = useState(/** @type {{ k: number, down: boolean } | null} */ (null));
  const [all, setAll] = useState(false);
  const [page, setPage] = useState(0);
  const digits = useMemo(() => table.columns.map((_c, k) => columnDigits(table, k)), [table]);
  const rows = useMemo(() => {
    if (!sort) return table.rows;
    return [...table.rows].sort((a, b) => (sort.down ? -1 : 1) * order(a[sort.k], b[sort.k]));
  }, [table, sort]);
  const size = all ? PAGE_ROWS : FIRST_ROWS;
  const pages = all ? Math.ceil(rows.length / PAGE_ROWS) : 1;
  const opened = Math.max(0, Math.min(around - FIRST_ROWS / 2, rows.length - FIRST_ROWS));
  const from = all || sort ? page * size : opened;
  const shown = rows.slice(from, from + size);

  /** @param {number} k */
  const sortBy = (k) => {
    setSort(sort?.k === k ? (sort.down ? null : { k, down: true }) : { k, down: false });
    setPage(0);
  };
  const save = () => saveCsv(fileName(`${runName} ${table.label}`, 'csv'),
    csv(table.columns.map((c) => columnName(c.label, c.unit)), rows));

  return html`<${Card} title=${table.label} flush level=${3} class="result-table"
      actions=${html`<${Button} kind="quiet" size="small" icon="download" onClick=${save} aria-label=${`Download ${table.label} as CSV`}>CSV<//>`}>
    ${children}
    <div class="table-scroll" tabindex="0" role="region" aria-label=${`${table.label}, table`}>
      <table class="table">
        <caption class="sr-only">${table.label}, ${rows.length} rows</caption>
        <thead><tr>${table.columns.map((c, k) => html`<th key=${c.name} scope="col" class=${c.type === 'text' ? undefined : 'num'}
            aria-sort=${sort?.k === k ? (sort.down ? 'descending' : 'ascending') : 'none'}>
          <button type="button" class="sort" onClick=${() => sortBy(k)}>${c.label}${c.unit && html` <span class="muted">${unitText(c.unit)}</span>`}
            <span class="sort-mark" aria-hidden="true">${sort?.k === k ? (sort.down ? '▾' : '▴') : ''}</span></button>
        </th>`)}</tr></thead>
        <tbody>${shown.map((row, i) => html`<tr key=${from + i}>${row.map((v, k) => html`<td key=${k}
            class=${table.columns[k].type === 'text' ? undefined : 'num'}>${typeof v === 'number' ? num(v, { digits: digits[k] }) : v ?? '–'}</td>`)}</tr>`)}</tbody>
      </table>
    </div>
    ${rows.length > FIRST_ROWS && html`<div class="row table-foot no-print">
      ${!all && html`<${Button} kind="quiet" size="small" onClick=${() => setAll(true)}>Show all ${rows.length} rows<//>`}
      ${all && html`<${Button} kind="quiet" size="small" onClick=${() => { setAll(false); setPage(0); }}>Show fewer<//>`}
      ${pages > 1 && html`<${Button} kind="quiet" size="small" disabled=${page === 0} onClick=${() => setPage(page - 1)}>Previous<//>
        <span class="num small">Page ${page + 1} of ${pages}</span>
        <${Button} kind="quiet" size="small" disabled=${page >= pages - 1} onClick=${() => setPage(page + 1)}>Next<//>`}
    </div>`}
  <//>`;
}
