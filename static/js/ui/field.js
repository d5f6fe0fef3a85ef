// Form fields. A Field gives its control, by context, the id its label points at, the ids of hint and error, and
// aria-invalid; the controls of input.js pick these up. Errors are words under the field, never only a colour.

import { createContext, html, useContext, useMemo } from '/vendor/preact.js';
import { Icon } from './icon.js';

/** @typedef {{ id: string, describedby?: string, invalid: boolean, required: boolean }} FieldLinks */

const Links = createContext(/** @type {FieldLinks | null} */ (null));
let made = 0;

/** An id no other call of this page gets. @param {string} [prefix] */
export function useId(prefix = 'f') {
  return useMemo(() => `${prefix}-${(made += 1)}`, [prefix]);
}

/** What the Field around a control says about it, as attributes. @returns {Record<string, any>} */
export function useFieldLinks() {
  const links = useContext(Links);
  if (!links) return {};
  return {
    id: links.id, 'aria-describedby': links.describedby, 'aria-invalid': links.invalid ? 'true' : undefined,
    'aria-required': links.required ? 'true' : undefined,
  };
}

/**
 * @param {{ label: any, hint?: any, error?: any, unit?: string, required?: boolean, optional?: boolean, id?: string,
 *   hideLabel?: boolean, children?: any }} props `children` is the control, or (id, describedby) => control
 */
export function Field({ label, hint, error, unit, required = false, optional = false, id: given, hideLabel, children }) {
  const made = useId();
  const id = given ?? made;
  const describedby = [error && `${id}-error`, hint && `${id}-hint`].filter(Boolean).join(' ') || undefined;
  const child = Array.isArray(children) ? children[0] : children;
  const control = typeof child === 'function' ? child(id, describedby) : children;
  return html`<${Links.Provider} value=${{ id, describedby, invalid: Boolean(error), required }}>
    <div class="field">
      <label class=${hideLabel ? 'sr-only' : 'label'} for=${id}>${label}${optional && html`<span class="optional">optional</span>`}</label>
      ${unit ? html`<div class="input-group">${control}<span class="unit">${unit}</span></div>` : control}
      ${error && html`<p class="error" id=${`${id}-error`}><${Icon} name="alert" /><span>${error}</span></p>`}
      ${hint && html`<p class="hint" id=${`${id}-hint`}>${hint}</p>`}
    </div>
  <//>`;
}
