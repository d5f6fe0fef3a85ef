// What the form of a new run holds, and the rules around it, without a line of markup: values and where they come from,
// what is sent, what has changed, and the draft that survives reloads, crashes and ended sessions.
//
// `params` has only what the person set. The rest follows the preset, then the template's defaults, so choosing another
// preset never overwrites a value somebody chose, and the list of changes is exact. Hidden fields keep their values in
// the draft and are not sent.

import { keyMake } from '../../api.js';
import { num } from '../../fmt.js';
import { draft } from '../../store.js';
import { holds } from './expr.js';

/**
 * @typedef {{ name: string, label: string, type: 'number' | 'integer' | 'enum' | 'boolean', unit?: string, min?: number, max?: number,
 *   step?: number, default: any, values?: Array<{ value: string, label: string }>, level: 'basic' | 'advanced', group: string,
 *   why: string, if?: string }} Param
 * @typedef {{ name: string, label: string, values: Record<string, any> }} Preset
 * @typedef {{ project: string | null, structure: string | null, preset: string | null, params: Record<string, any>, name: string | null,
 *   site: string | null, key: string, opened: string, parent: string | null }} Form
 *   name: null until somebody types one; opened: the address the draft was begun with
 */

/** @param {any} template @returns {Form} */
export function formEmpty(template) {
  const preset = template.presets.find((/** @type {Preset} */ p) => p.name === 'standard') ?? template.presets[0];
  return { project: null, structure: null, preset: preset?.name ?? null, params: {}, name: null, site: null, key: keyMake(), opened: '', parent: null };
}

/**
 * The form as it was left, unless the address asks for something else than when it was left.
 *
 * @param {any} template @param {URLSearchParams} query @param {any} parent the run to repeat with changes, or null
 */
export function formOpen(template, query, parent) {
  const opened = query.toString();
  const kept = draftOf(template.id, query).load();
  if (kept?.opened === opened) return /** @type {Form} */ ({ ...formEmpty(template), ...kept });
  const form = { ...formEmpty(template), ...(query.has('from') ? {} : kept), opened, key: keyMake() };
  if (parent) Object.assign(form, formOfRun(template, parent));
  for (const name of /** @type {const} */ (['project', 'structure', 'preset'])) if (query.get(name)) form[name] = query.get(name);
  if (form.project !== kept?.project && kept?.structure === form.structure && !query.get('structure') && !parent) form.structure = null;
  if (!template.presets.some((/** @type {Preset} */ p) => p.name === form.preset)) form.preset = formEmpty(template).preset;
  return /** @type {Form} */ (form);
}

/** @param {any} template @param {any} run */
function formOfRun(template, run) {
  const known = new Set(template.params.map((/** @type {Param} */ p) => p.name));
  const params = Object.fromEntries(Object.entries(run.spec?.params ?? {}).filter(([name]) => known.has(name)));
  // A run without a preset stands on the defaults alone; what differs from the preset shown here has to be said.
  const preset = run.spec?.preset ?? formEmpty(template).preset;
  if (!run.spec?.preset) {
    for (const p of template.params) {
      const value = run.spec?.resolved?.[p.name];
      if (value !== undefined && value !== valueBase(template, preset, p)) params[p.name] = value;
    }
  }
  return { project: run.project.id, structure: run.structure?.id ?? null, preset, params, parent: run.id };
}

/** One draft a template, and one for each run that is repeated. @param {string} template @param {URLSearchParams} query */
export const draftOf = (template, query) => draft(`new/${template}${query.get('from') ? `/${query.get('from')}` : ''}`);

/** What a field has when nobody sets it. @param {any} template @param {string | null} preset @param {Param} param */
export function valueBase(template, preset, param) {
  const values = template.presets.find((/** @type {Preset} */ p) => p.name === preset)?.values;
  return values && param.name in values ? values[param.name] : param.default;
}

/** @param {any} template @param {Form} form @param {Param} param */
export function valueOf(template, form, param) {
  return param.name in form.params ? form.params[param.name] : valueBase(template, form.preset, param);
}

/** All values by name. @param {any} template @param {Form} form @returns {Record<string, any>} */
export function valuesOf(template, form) {
  return Object.fromEntries(template.params.map((/** @type {Param} */ p) => [p.name, valueOf(template, form, p)]));
}

/** The names expressions may use: values, facts of the structure, facts of the site. @param {any} facts @param {any} site */
function namesOf(/** @type {Record<string, any>} */ values, facts, site) {
  const counted = Array.isArray(facts?.ligands) ? { ligands: facts.ligands.reduce((/** @type {number} */ sum, /** @type {any} */ l) => sum + (l.count ?? 1), 0) } : {};
  return { ...facts, ...counted, chains: facts?.chains?.length, site_cpus: site?.cpus, site_gpus: site?.gpus, ...values };
}

/** The fields that have a meaning with these values. @param {any} template @param {Form} form @param {any} facts @param {any} site @returns {Set<string>} */
export function visibleOf(template, form, facts, site) {
  const names = namesOf(valuesOf(template, form), facts, site);
  return new Set(template.params.filter((/** @type {Param} */ p) => holds(p.if, names)).map((/** @type {Param} */ p) => p.name));
}

/** What is sent: what was set, can be read and is shown. @param {Form} form @param {Set<string>} visible */
export function paramsSent(form, visible) {
  return Object.fromEntries(Object.entries(form.params).filter(([name, value]) => value !== null && visible.has(name)));
}

/** @param {any} template @param {Form} form @param {Set<string>} visible @returns {Array<{ param: Param, from: any, to: any }>} */
export function changesOf(template, form, visible) {
  return template.params.filter((/** @type {Param} */ p) => p.name in form.params && visible.has(p.name))
    .map((/** @type {Param} */ param) => ({ param, from: valueBase(template, form.preset, param), to: form.params[param.name] }))
    .filter((/** @type {any} */ c) => c.from !== c.to);
}

/** How this run would differ from the one it repeats. @param {any} template @param {Form} form @param {any} parent */
export function parentChanges(template, form, parent) {
  const was = parent.spec?.resolved ?? {};
  return template.params.map((/** @type {Param} */ param) => ({ param, from: was[param.name], to: valueOf(template, form, param) }))
    .filter((/** @type {any} */ c) => c.from !== undefined && c.to !== null && c.from !== c.to);
}

/** A value in words: the label of a choice, a number with its unit, on or off. @param {Param} param @param {any} value */
export function valueText(param, value) {
  if (value === null || value === undefined) return 'no number';
  if (param.type === 'boolean') return value ? 'on' : 'off';
  if (param.type === 'enum') return param.values?.find((v) => v.value === value)?.label ?? String(value);
  return num(value, { sig: 10, unit: param.unit });
}

/** @param {Param} param */
export function rangeText(param) {
  if (param.min === undefined || param.max === undefined) return '';
  return `${num(param.min, { sig: 10 })} to ${num(param.max, { sig: 10, unit: param.unit })}`;
}

/** What is wrong with a value before the server is asked. @param {Param} param @param {any} value */
export function valueFault(param, value) {
  if (param.type !== 'number' && param.type !== 'integer') return '';
  if (value === null) return `Give a number, ${rangeText(param)}.`;
  if (param.type === 'integer' && !Number.isInteger(value)) return 'Give a whole number.';
  if ((param.min !== undefined && value < param.min) || (param.max !== undefined && value > param.max)) return `Must be ${rangeText(param)}.`;
  return '';
}

/** @param {any} template @param {Form} form @param {any} structure */
export function nameSuggested(template, form, structure) {
  const preset = template.presets.find((/** @type {Preset} */ p) => p.name === form.preset);
  const about = structure?.name?.replace(/\.[^.]+$/, '') || template.title;
  return `${about}, ${(preset?.label ?? template.title).replace(/^[A-Z](?=[a-z])/, (/** @type {string} */ c) => c.toLowerCase())}`.slice(0, 200);
}
