// A button, or a link that looks like one when it has an address. A busy button keeps its focus and its width and
// refuses further presses, so that a double click never sends twice.

import { html } from '/vendor/preact.js';
import { Icon } from './icon.js';

/**
 * @param {{ kind?: 'primary' | 'plain' | 'quiet' | 'danger', size?: 'small', icon?: string, label?: string, busy?: boolean,
 *   disabled?: boolean, onClick?: (event: MouseEvent) => void, href?: string, type?: 'button' | 'submit' | 'reset',
 *   children?: any, [attribute: string]: any }} props `label` names a button that shows only its icon
 */
export function Button({ kind = 'plain', size, icon, label, busy, disabled, onClick, href, type = 'button', children, ...rest }) {
  const only = !children || (Array.isArray(children) && children.length === 0);
  const shared = {
    class: 'button', 'data-kind': kind, 'data-size': size, 'data-only-icon': only ? '' : undefined,
    'aria-label': only ? label : rest['aria-label'], title: rest.title ?? (only ? label : undefined),
  };
  const inside = html`${busy ? html`<span class="spinner" aria-hidden="true"></span>` : icon && html`<${Icon} name=${icon} />`}${children}`;

  if (href && !disabled) {
    return html`<a ...${rest} ...${shared} href=${href} onClick=${onClick}>${inside}</a>`;
  }
  const press = (/** @type {MouseEvent} */ event) => {
    if (busy) event.preventDefault();
    else onClick?.(event);
  };
  return html`<button ...${rest} ...${shared} type=${type} disabled=${disabled} aria-busy=${busy ? 'true' : undefined}
    aria-disabled=${busy ? 'true' : undefined} onClick=${press}>${inside}</button>`;
}
