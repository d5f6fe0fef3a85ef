// Parameters of a run in the words of its template: all of them, and what a rerun changed.
//
// The labels come from the template as it is today; a parameter that has left it keeps its own name.

import { html, useMemo } from '/vendor/preact.js';
import { useApi } from '../../../api.js';
import { num } from '../../../fmt.js';
import { unitText } from '../../../plot/stats.js';

/**
 * @typedef {{ name: string, label: string, unit?: string, type: string, default?: any, group?: string,
 *             values?: { value: any, label: string }[] }} Param
 */

/** @param {string} templateId @returns {Map<string, Param>} */
export function useParams(templateId) {
  const { data } = useApi(`/templates/${templateId}`, { deps: [templateId] });
  return useMemo(() => new Map((data?.template?.params ?? []).map((/** @type {Param} */ p) => [p.name, p])), [data]);
}

/** A value as its parameter words it, with its unit. @param {Param | undefined} param @param {any} value */
export function paramText(param, value) {
  if (value === undefined || value === null) return '–';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  const label = param?.values?.find((v) => v.value === value)?.label;
  if (label) return label;
  if (typeof value === 'number') {
    const digits = Math.min(8, (String(value).split('.')[1] ?? '').length);
    const plain = param?.type === 'integer' && !param.unit ? String(value) : num(value, { digits, unit: unitText(param?.unit) });
    return plain;
  }
  return [String(value), unitText(param?.unit)].filter(Boolean).join('\u2009');
}

/** Parameters in the order of the template, then the others. @param {Map<string, Param>} params @param {string[]} names */
export function inOrder(params, names) {
  const order = [...params.keys()];
  const place = (/** @type {string} */ name) => (order.includes(name) ? order.indexOf(name) : order.length);
  return [...names].sort((a, b) => place(a) - place(b) || a.localeCompare(b));
}

/** What this run changed against the one it was made from. @param {{ run: any }} props */
export function ParentChanges({ run }) {
  const params = useParams(run.template.id);
  if (!run.parent) return null;
  const changed = run.parent_diff?.params ?? {};
  const names = inOrder(params, Object.keys(changed));
  const structure = run.parent_diff?.structure;
  return html`<p class="parent-changes">
    <span class="muted">Made from</span> <a href=${`/runs/${run.parent.id}/results`}>${run.parent.name}</a>
    ${names.map((name) => html`<span class="change" key=${name}><span class="muted">${params.get(name)?.label ?? name}</span>
      <del>${paramText(params.get(name), changed[name].before)}</del><span aria-hidden="true">→</span><ins>${paramText(params.get(name), changed[name].after)}</ins></span>`)}
    ${structure && html`<span class="change"><span class="muted">Structure</span> changed</span>`}
    ${names.length === 0 && !structure && html`<span class="muted">with the same parameters</span>`}
    <a class="no-print" href=${`/compare?runs=${run.parent.id},${run.id}`}>Compare the two</a>
  </p>`;
}

/** All parameters: as resolved, and whether the person, the preset or the template chose them. @param {{ run: any }} props */
export function ParameterTable({ run }) {
  const params = useParams(run.template.id);
  const resolved = run.spec?.resolved ?? {};
  const asked = run.spec?.params ?? {};
  const names = inOrder(params, Object.keys(resolved));
  return html`<table class="table parameter-table">
    <caption class="sr-only">Parameters of this run</caption>
    <thead><tr><th scope="col">Parameter</th><th scope="col" class="num">Value</th><th scope="col">Chosen by</th><th scope="col" class="num only-wide">Template's default</th></tr></thead>
    <tbody>${names.map((name) => {
      const param = params.get(name);
      const mine = name in asked;
      const differs = param?.default !== undefined && param.default !== resolved[name];
      return html`<tr key=${name} class=${differs ? 'differs' : undefined}>
        <th scope="row">${param?.label ?? name} <span class="mono muted only-wide">${name}</span></th>
        <td class="num">${paramText(param, resolved[name])}</td>
        <td>${mine ? 'asked for' : differs ? `preset ${run.spec?.preset ?? ''}` : 'default'}</td>
        <td class="num muted only-wide">${param?.default === undefined ? '–' : paramText(param, param.default)}</td>
      </tr>`;
    })}</tbody>
  </table>`;
}
