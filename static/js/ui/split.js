// Content with a panel at its right. Whether the panel is open belongs to the address of the page, not to this file.

import { html } from '/vendor/preact.js';

/** @param {{ side?: any, open?: boolean, label?: string, children?: any }} props */
export function Split({ side, open = Boolean(side), label = 'Details', children }) {
  return html`<div class="split" data-open=${open ? 'true' : 'false'}><div class="stack">${children}</div>
    ${open && html`<aside aria-label=${label}>${side}</aside>`}</div>`;
}
