// The controls of forms. All call back with the value first: onInput(value, event). Attributes that are not named here
// pass through to the element, so autocomplete, name, list and the rest work as in HTML.

import { html, useEffect, useRef, useState } from '/vendor/preact.js';
import { Button } from './button.js';
import { useFieldLinks, useId } from './field.js';
import { Icon } from './icon.js';

/** @typedef {(value: any, event: Event) => void} OnInput */

const merge = (/** @type {string} */ base, /** @type {string | undefined} */ extra) => (extra ? `${base} ${extra}` : base);

/** @param {{ value?: string, onInput?: OnInput, multiline?: boolean, class?: string, [attribute: string]: any }} props */
export function Input({ value, onInput, multiline, class: extra, ...rest }) {
  const links = useFieldLinks();
  const tag = multiline ? 'textarea' : 'input';
  const input = (/** @type {any} */ event) => onInput?.(event.currentTarget.value, event);
  return html`<${tag} type=${multiline ? undefined : 'text'} ...${links} ...${rest} class=${merge('input', extra)}
    value=${value ?? ''} onInput=${input} />`;
}

/**
 * @param {{ value?: string, options?: Array<string | { value: string, label: string, disabled?: boolean }>, onInput?: OnInput,
 *   children?: any, class?: string, [attribute: string]: any }} props options, or <option> children
 */
export function Select({ value, options, onInput, children, class: extra, ...rest }) {
  const links = useFieldLinks();
  const input = (/** @type {any} */ event) => onInput?.(event.currentTarget.value, event);
  const items = options?.map((o) => (typeof o === 'string' ? { value: o, label: o } : o));
  return html`<select ...${links} ...${rest} class=${merge('input', extra)} value=${value ?? ''} onChange=${input}>
    ${items?.map((o) => html`<option key=${o.value} value=${o.value} disabled=${/** @type {any} */ (o).disabled}
      selected=${o.value === value}>${o.label}</option>`)}
    ${children}
  </select>`;
}

/** @param {{ checked?: boolean, label?: any, hint?: any, onInput?: OnInput, children?: any, [attribute: string]: any }} props */
export function Check({ checked = false, label, hint, onInput, children, ...rest }) {
  const links = useFieldLinks();
  const input = (/** @type {any} */ event) => onInput?.(event.currentTarget.checked, event);
  return html`<label class="check"><input type="checkbox" ...${links} ...${rest} checked=${checked} onChange=${input} />
    <span>${label ?? children}</span>
    ${hint && html`<span class="hint">${hint}</span>`}</label>`;
}

/**
 * One of a few. `segmented` draws them as one bar.
 * @param {{ label: string, value?: string, options: Array<string | { value: string, label: any, icon?: string, disabled?: boolean }>,
 *   onInput?: OnInput, name?: string, segmented?: boolean, down?: boolean }} props
 */
export function Radio({ label, value, options, onInput, name, segmented, down }) {
  const own = useId('radio');
  const items = options.map((o) => (typeof o === 'string' ? { value: o, label: o } : o));
  const input = (/** @type {any} */ event) => onInput?.(event.currentTarget.value, event);
  const one = (/** @type {any} */ o) => html`<input type="radio" name=${name ?? own} value=${o.value} checked=${o.value === value}
    disabled=${o.disabled} onChange=${input} />`;
  return html`<div role="radiogroup" aria-label=${label} class=${segmented ? 'segments' : merge('radios', down ? 'down' : undefined)}>
    ${items.map((o) => html`<label key=${o.value}
      class=${segmented ? undefined : 'check'}>${one(o)}${/** @type {any} */ (o).icon && html`<${Icon}
      name=${/** @type {any} */ (o).icon} />`}<span>${o.label}</span></label>`)}
  </div>`;
}

/**
 * A number with its unit. What is typed stays as typed; onInput gets the number, or null when it is none. The arrow keys
 * step as in native number fields, which are avoided because they drop what they cannot read and turn on the wheel.
 * @param {{ value?: number | string | null, unit?: string, min?: number, max?: number, step?: number, onInput?: OnInput,
 *   [attribute: string]: any }} props
 */
export function NumberInput({ value, unit, min, max, step = 1, onInput, ...rest }) {
  const links = useFieldLinks();
  const [text, setText] = useState(value == null ? '' : String(value));
  const shown = useRef(text);
  useEffect(() => {
    if (value == null ? readNumber(shown.current) !== null : Number(value) !== readNumber(shown.current)) {
      shown.current = value == null ? '' : String(value);
      setText(shown.current);
    }
  }, [value]);

  const tell = (/** @type {string} */ typed, /** @type {Event} */ event) => {
    shown.current = typed;
    setText(typed);
    onInput?.(readNumber(typed), event);
  };
  const key = (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== 'ArrowUp' && event.key !== 'ArrowDown') return;
    event.preventDefault();
    const raw = (readNumber(text) ?? min ?? 0) + (event.key === 'ArrowUp' ? step : -step);
    const kept = Math.min(max ?? Infinity, Math.max(min ?? -Infinity, raw));
    tell(String(Number(kept.toPrecision(12))), event);
  };
  const input = html`<input ...${links} ...${rest} type="text" inputmode="decimal" autocomplete="off" class="input" value=${text}
    onInput=${(/** @type {any} */ e) => tell(e.currentTarget.value, e)} onKeyDown=${key} />`;
  return html`<div class="input-group number">${input}${unit && html`<span class="unit">${unit}</span>`}</div>`;
}

/** A typed number, with comma or point, or null. @param {string} text */
export function readNumber(text) {
  const clean = String(text).trim().replace(',', '.');
  if (clean === '') return null;
  const number = Number(clean);
  return Number.isFinite(number) ? number : null;
}

/** @param {{ value?: string, onInput?: OnInput, label: string, placeholder?: string, [attribute: string]: any }} props */
export function Search({ value = '', onInput, label, placeholder, ...rest }) {
  const box = useRef(/** @type {HTMLInputElement | null} */ (null));
  const clear = (/** @type {Event} */ event) => {
    onInput?.('', event);
    box.current?.focus();
  };
  return html`<div class="search" role="search"><${Icon} name="search" />
    <input ...${rest} ref=${box} type="search" class="input" aria-label=${label} placeholder=${placeholder ?? label} value=${value}
      autocomplete="off"
      spellcheck="false" onInput=${(/** @type {any} */ e) => onInput?.(e.currentTarget.value, e)} />
    ${value && html`<${Button} kind="quiet" size="small" icon="close" label="Clear" onClick=${clear} />`}
  </div>`;
}
