// Tabs are links: each has an address, so Back, Forward and "open in a new tab" work.

import { html } from '/vendor/preact.js';

/**
 * @param {{ label: string, items: Array<{ id: string, label: any, href: string, count?: number | null }>, current?: string, end?: any }} props
 */
export function Tabs({ label, items, current, end }) {
  return html`<nav class="tabs" aria-label=${label}>
    <div class="items">
      ${items.map((item) => html`<a key=${item.id} href=${item.href} aria-current=${item.id === current ? 'page' : undefined}>
        ${item.label}${item.count != null && html`<span class="count">${item.count}</span>`}</a>`)}
    </div>
    ${end && html`<div class="end">${end}</div>`}
  </nav>`;
}
