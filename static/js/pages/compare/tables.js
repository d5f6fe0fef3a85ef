// Parameters and key numbers of the runs compared, one column a run.
//
// A difference between key numbers is judged by their errors: beyond twice the combined error it is called clear,
// within it not. Where a run gives no error, only the difference is said.

import { html, useMemo, useState } from '/vendor/preact.js';
import { Button, Card, Check } from '../../ui/index.js';
import { num, pct } from '../../fmt.js';
import { columnName, csv, saveCsv } from '../../plot/csv.js';
import { unitText } from '../../plot/stats.js';
import { inOrder, paramText, useParams } from '../run/results/parameters.js';
import { fullText } from '../run/results/summary.js';

/** @typedef {import('../compare.js').Compared} Compared */

const LETTERS = 'ABCDEFGH';

/** @param {{ runs: Compared[], first: string }} props */
function Head({ runs, first }) {
  return html`<thead><tr><th scope="col">${first}</th>${runs.map(({ id, run }, i) => html`<th scope="col" class="num" key=${id}>
    <span class=${`compare-letter series-${i + 1}`} aria-hidden="true">${LETTERS[i]}</span> <span class="compare-head" title=${run.name}>${run.name}</span></th>`)}</tr></thead>`;
}

/** @param {{ runs: Compared[] }} props */
export function ParametersCompared({ runs }) {
  const params = useParams(runs[0].run.template.id);
  const [all, setAll] = useState(false);
  const rows = useMemo(() => {
    const names = new Set(runs.flatMap((r) => Object.keys(r.run.spec?.resolved ?? {})));
    const facts = [
      { name: 'template', label: 'Template', values: runs.map((r) => `${r.run.template.id} ${r.run.template.version}`) },
      { name: 'structure', label: 'Structure', values: runs.map((r) => r.run.spec?.structure?.name ?? '–'), keys: runs.map((r) => r.run.spec?.structure?.sha256 ?? '') },
      { name: 'modules', label: 'Modules', values: runs.map((r) => (r.run.spec?.modules ?? []).join(', ')) },
    ].map((row) => ({ ...row, keys: row.keys ?? row.values }));
    const given = inOrder(params, [...names]).map((name) => {
      const values = runs.map((r) => r.run.spec?.resolved?.[name]);
      return { name, label: params.get(name)?.label ?? name, values: values.map((v) => paramText(params.get(name), v)), keys: values.map((v) => JSON.stringify(v) ?? '') };
    });
    return [...facts, ...given].map((row) => ({ ...row, differs: new Set(row.keys).size > 1 }));
  }, [runs, params]);
  const shown = all ? rows : rows.filter((row) => row.differs);

  return html`<${Card} title=${all ? 'Parameters' : 'Parameters that differ'} flush actions=${html`<${Check} value=${all} checked=${all} label="Show all" onInput=${setAll} />`}>
    ${shown.length === 0 ? html`<p class="compare-same muted">Nothing differs: same template, structure, modules and parameters.</p>`
    : html`<div class="table-scroll" tabindex="0" role="region" aria-label="Parameters compared"><table class="table compare-table">
      <caption class="sr-only">Parameters of the runs compared</caption>
      <${Head} runs=${runs} first="Parameter" />
      <tbody>${shown.map((row) => html`<tr key=${row.name}><th scope="row">${row.label}</th>
        ${row.values.map((v, i) => html`<td class=${row.keys[i] === row.keys[0] ? 'num' : 'num other'} key=${runs[i].id}>${v}</td>`)}</tr>`)}</tbody>
    </table></div>`}
  <//>`;
}

/**
 * How a value stands to the reference: the difference, and whether the errors bear it.
 *
 * @param {import('../run/results/summary.js').SummaryRow} row @param {import('../run/results/summary.js').SummaryRow | undefined} reference
 * @returns {{ text: string, relative: string, verdict: 'same' | 'clear' | 'within' | 'unknown' } | null}
 */
export function difference(row, reference) {
  if (!reference || typeof row.value !== 'number' || typeof reference.value !== 'number' || (row.unit ?? '') !== (reference.unit ?? '')) return null;
  const delta = row.value - reference.value;
  const digits = Math.max(row.digits ?? 3, reference.digits ?? 3);
  if (Number(delta.toFixed(digits)) === 0) return { text: 'same', relative: '', verdict: 'same' };
  const error = Math.hypot(row.error ?? 0, reference.error ?? 0);
  const text = `${delta > 0 ? '+' : ''}${num(delta, { digits })}`;
  const share = reference.value === 0 ? null : delta / Math.abs(reference.value);
  const relative = share === null || Math.abs(share) < 5e-5 || Math.abs(share) > 10 ? '' : `${share > 0 ? '+' : '\u2212'}${pct(Math.abs(share), Math.abs(share) < 0.1 ? 2 : 0)}`;
  return { text, relative, verdict: error === 0 ? 'unknown' : Math.abs(delta) > 2 * error ? 'clear' : 'within' };
}

const VERDICT = { clear: 'beyond twice the combined error', within: 'within twice the combined error', unknown: '', same: '' };

/** @param {{ runs: Compared[] }} props */
export function SummaryCompared({ runs }) {
  const rows = useMemo(() => {
    /** @type {Map<string, any[]>} */
    const byName = new Map();
    runs.forEach((r, i) => {
      for (const row of r.results?.summary ?? []) {
        const name = `${row.name} ${row.unit ?? ''}`;
        if (!byName.has(name)) byName.set(name, runs.map(() => undefined));
        /** @type {any[]} */ (byName.get(name))[i] = row;
      }
    });
    return [...byName].map(([key, values]) => ({ key, any: values.find(Boolean), values }));
  }, [runs]);
  if (rows.length === 0) return null;
  const save = () => saveCsv('comparison.csv', csv(
    ['Quantity', ...runs.flatMap(({ run }) => [run.name, `${run.name} error`])],
    rows.map(({ any, values }) => [columnName(any.label, any.unit), ...values.flatMap((v) => [v?.value ?? null, v?.error ?? null])])));

  return html`<${Card} title="Key numbers" flush actions=${html`<${Button} kind="quiet" size="small" icon="download" onClick=${save}>CSV<//>`}>
    <div class="table-scroll" tabindex="0" role="region" aria-label="Key numbers compared"><table class="table compare-table">
      <caption class="sr-only">Key numbers of the runs compared, with the difference to ${runs[0].run.name}</caption>
      <${Head} runs=${runs} first="Quantity" />
      <tbody>${rows.map(({ key, any, values }) => html`<tr key=${key}>
        <th scope="row">${any.label}${any.unit && html` <span class="muted small">${unitText(any.unit)}</span>`}</th>
        ${values.map((row, i) => {
          if (!row) return html`<td class="num muted" key=${runs[i].id}>–</td>`;
          const delta = i === 0 ? null : difference(row, values[0]);
          return html`<td class="num" key=${runs[i].id} data-value=${row.value}>${fullText({ ...row, unit: '' })}
            ${delta && delta.verdict !== 'same' && html`<span class=${`delta ${delta.verdict}`} title=${VERDICT[delta.verdict]}>${delta.text}${delta.relative && html`<span class="delta-share">${delta.relative}</span>`}
              ${delta.verdict === 'clear' && html`<span class="delta-mark" aria-hidden="true">●</span>`}
              ${VERDICT[delta.verdict] && html`<span class="sr-only">, ${VERDICT[delta.verdict]}</span>`}</span>`}
            ${delta?.verdict === 'same' && html`<span class="delta muted">same</span>`}
          </td>`;
        })}
      </tr>`)}</tbody>
    </table></div>
    <p class="compare-note muted small">Differences are to <strong>${runs[0].run.name}</strong>. <span class="delta-mark" aria-hidden="true">●</span> marks those beyond twice the combined error.</p>
  <//>`;
}
