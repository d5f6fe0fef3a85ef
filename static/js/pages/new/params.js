// The parameters of a new run: presets as cards, the fields everybody needs, and all others folded by group. A field
// shows its unit, its reason, its range when it is missed, and what the preset would be when it differs.

import { html, useEffect, useRef, useState } from '/vendor/preact.js';
import { post } from '../../api.js';
import { plural } from '../../fmt.js';
import { Button, Card, Check, Field, Icon, NumberInput, Select } from '../../ui/index.js';
import { changesOf, paramsSent, valueBase, valueFault, valueOf, valueText } from './form.js';
import { about } from './rail.js';

const TIMES_WAIT_MS = 600;
const PRESET_TOLD = 3;

/** @typedef {import('./form.js').Param} Param */
/** @typedef {import('./form.js').Form} Form */
/** @typedef {(params: Record<string, any>) => void} SetParams */

/** Groups in the order the template names them first. @param {Param[]} params @returns {Array<[string, Param[]]>} */
function grouped(params) {
  /** @type {Map<string, Param[]>} */
  const groups = new Map();
  for (const param of params) groups.set(param.group, [...(groups.get(param.group) ?? []), param]);
  return [...groups];
}

/** How long each preset would take with everything else as it is. @param {any} template @param {Form} form @param {Set<string>} visible */
function usePresetTimes(template, form, visible) {
  const [times, setTimes] = useState(/** @type {Record<string, number | null>} */ ({}));
  const { project, structure, site } = form;
  const body = JSON.stringify({ project, structure, site, params: paramsSent(form, visible) });
  useEffect(() => {
    const abort = new AbortController();
    const timer = setTimeout(() => {
      for (const { name } of template.presets) {
        post(`/templates/${template.id}/estimate`, { ...JSON.parse(body), preset: name }, { signal: abort.signal }).then(
          ({ data }) => setTimes((was) => ({ ...was, [name]: structure ? data.estimate?.wall_s ?? null : null })),
          () => undefined,
        );
      }
    }, TIMES_WAIT_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [body]);
  return times;
}

/** @param {{ template: any, form: Form, visible: Set<string>, onPreset: (name: string) => void }} props */
export function Presets({ template, form, visible, onPreset }) {
  const times = usePresetTimes(template, form, visible);
  const told = (/** @type {any} */ preset) => Object.entries(preset.values).slice(0, PRESET_TOLD).map(([name, value]) => {
    const param = template.params.find((/** @type {Param} */ p) => p.name === name);
    return param && html`<li key=${name}><span class="muted">${param.label}</span> ${valueText(param, value)}</li>`;
  });
  return html`<fieldset class="presets"><legend class="label">Start from</legend>
    ${template.presets.map((/** @type {any} */ preset) => html`<label key=${preset.name} class="preset">
      <input type="radio" name="preset" value=${preset.name} checked=${preset.name === form.preset} aria-labelledby=${`preset-${preset.name}`} aria-describedby=${`preset-${preset.name}-more`}
        onChange=${() => onPreset(preset.name)} />
      <span class="strong" id=${`preset-${preset.name}`}>${preset.label}</span>
      <span class="time num">${times[preset.name] ? `about ${about(/** @type {number} */ (times[preset.name]))}` : ''}</span>
      <ul class="small" id=${`preset-${preset.name}-more`}>${told(preset)}</ul></label>`)}
  </fieldset>`;
}

/** @param {{ param: Param, value: any, error?: string, hint?: string, onValue: (value: any) => void }} props */
function Control({ param, value, onValue }) {
  if (param.type === 'enum') return html`<${Select} name=${param.name} value=${String(value)} options=${param.values} onInput=${onValue} />`;
  return html`<${NumberInput} name=${param.name} value=${value} unit=${param.unit} min=${param.min} max=${param.max} step=${param.step} onInput=${onValue} />`;
}

/**
 * @param {{ param: Param, template: any, form: Form, errors: any[], warnings: any[], onParams: SetParams }} props
 */
function ParamField({ param, template, form, errors, warnings, onParams }) {
  const id = `param-${param.name}`;
  const value = valueOf(template, form, param);
  const base = valueBase(template, form.preset, param);
  const changed = param.name in form.params && form.params[param.name] !== base;
  const set = (/** @type {any} */ next) => onParams({ ...form.params, [param.name]: next });
  const reset = () => {
    const { [param.name]: _, ...others } = form.params;
    onParams(others);
    document.getElementById(id)?.focus();
  };
  const words = (/** @type {any[]} */ list) => list.filter((e) => e.field === param.name).map((e) => [e.text, e.hint].filter(Boolean).join(' ')).join(' ');
  const error = valueFault(param, value) || words(errors);
  const warning = words(warnings);
  const hint = html`${param.why}${changed && html` <span class="was">Preset: ${valueText(param, base)}.
      <${Button} kind="quiet" size="small" icon="restore" label=${`Reset ${param.label}`} onClick=${reset} /></span>`}
    ${warning && html`<span class="warn-text"><${Icon} name="warning" /> ${warning}</span>`}`;
  if (param.type === 'boolean') {
    return html`<div class="param switch" data-changed=${changed ? '' : undefined}><${Check} id=${id} name=${param.name} checked=${Boolean(value)} label=${param.label} onInput=${set}
      aria-describedby=${`${id}-hint${error ? ` ${id}-error` : ''}`} aria-invalid=${error ? 'true' : undefined} />
      ${error && html`<p class="error-text" id=${`${id}-error`}><${Icon} name="alert" /><span>${error}</span></p>`}<p class="hint" id=${`${id}-hint`}>${hint}</p></div>`;
  }
  return html`<div class="param" data-changed=${changed ? '' : undefined}><${Field} id=${id} label=${param.label} error=${error} hint=${hint}>
    <${Control} param=${param} value=${value} onValue=${set} /><//></div>`;
}

/**
 * @param {{ template: any, form: Form, visible: Set<string>, errors: any[], warnings: any[], onPreset: (name: string) => void,
 *   onParams: SetParams }} props
 */
export function Params({ template, form, visible, errors, warnings, onPreset, onParams }) {
  const shown = template.params.filter((/** @type {Param} */ p) => visible.has(p.name));
  const basic = shown.filter((/** @type {Param} */ p) => p.level === 'basic');
  const advanced = shown.filter((/** @type {Param} */ p) => p.level !== 'basic');
  const props = { template, form, errors, warnings, onParams };
  const wrong = new Set(errors.map((e) => e.field));
  return html`<${Card} title="Parameters" class="part">
    <div class="stack">
      <${Presets} template=${template} form=${form} visible=${visible} onPreset=${onPreset} />
      ${grouped(basic).map(([group, params]) => html`<fieldset key=${group} class="param-group"><legend>${group}</legend>
        <div class="params">${params.map((param) => html`<${ParamField} key=${param.name} param=${param} ...${props} />`)}</div></fieldset>`)}
      ${advanced.length > 0 && html`<div class="advanced"><h3>Advanced <span class="muted">${plural(advanced.length, 'field')}, all with sound values</span></h3>
        ${grouped(advanced).map(([group, params]) => html`<${Folded} key=${group} group=${group} params=${params} wrong=${wrong} props=${props} />`)}</div>`}
      <${Changes} template=${template} form=${form} visible=${visible} onParams=${onParams} />
    </div>
  <//>`;
}

/** A group of advanced fields; opens by itself when one of them is wrong. @param {{ group: string, params: Param[], wrong: Set<string>, props: any }} all */
function Folded({ group, params, wrong, props }) {
  const box = useRef(/** @type {HTMLDetailsElement | null} */ (null));
  const faults = params.filter((p) => wrong.has(p.name)).length;
  const changed = params.filter((p) => p.name in props.form.params && props.form.params[p.name] !== valueBase(props.template, props.form.preset, p)).length;
  useEffect(() => {
    if (faults && box.current) box.current.open = true;
  }, [faults > 0]);
  return html`<details ref=${box} class="fold"><summary><span class="strong">${group}</span>
      <span class="muted small truncate">${params.map((p) => p.label).join(', ')}</span>
      ${changed > 0 && html`<span class="chip" data-kind="accent">${changed} changed</span>`}${faults > 0 && html`<span class="chip" data-kind="bad">${plural(faults, 'problem')}</span>`}</summary>
    <div class="params">${params.map((param) => html`<${ParamField} key=${param.name} param=${param} ...${props} />`)}</div></details>`;
}

/** @param {{ template: any, form: Form, visible: Set<string>, onParams: SetParams }} props */
function Changes({ template, form, visible, onParams }) {
  const changes = changesOf(template, form, visible);
  if (!changes.length) return null;
  const reset = (/** @type {string} */ name) => {
    const { [name]: _, ...others } = form.params;
    onParams(others);
  };
  return html`<section class="changes" aria-label="What you changed from the preset"><div class="spread"><h3>Changed from the preset</h3>
      <${Button} size="small" kind="quiet" icon="restore" onClick=${() => onParams({})}>Reset all<//></div>
    <table class="table"><thead><tr><th scope="col">Field</th><th scope="col">Preset</th><th scope="col">Yours</th><th><span class="sr-only">Reset</span></th></tr></thead>
      <tbody>${changes.map(({ param, from, to }) => html`<tr key=${param.name}><th scope="row"><a href=${`#param-${param.name}`}>${param.label}</a></th><td>${valueText(param, from)}</td>
        <td class="strong">${valueText(param, to)}</td><td class="num"><${Button} size="small" kind="quiet" icon="restore" label=${`Reset ${param.label}`} onClick=${() => reset(param.name)} /></td></tr>`)}</tbody></table></section>`;
}

