// Lasting truths about the whole application, one line each below the top bar: the connection is lost, the workers
// stand still, the address of the server changed. Whoever knows sets one by name and takes it away again.

import { html, signal } from '/vendor/preact.js';
import { Button } from './button.js';
import { Notice } from './card.js';

/** @typedef {{ kind: 'info' | 'warn' | 'bad', title?: any, text?: any, action?: { label: string, onClick: () => void, busy?: boolean } }} Banner */

const banners = signal(/** @type {Record<string, Banner>} */ ({}));

/** @param {string} name @param {Banner | null} banner null takes it away */
export function setBanner(name, banner) {
  const { [name]: old, ...others } = banners.peek();
  if (!old && !banner) return;
  banners.value = banner ? { ...others, [name]: banner } : others;
}

/** Where banners appear; the shell mounts it once. */
export function Banners() {
  return html`<div class="banners">${Object.entries(banners.value).map(([name, { kind, title, text, action }]) => html`<${Notice}
    key=${name} kind=${kind} title=${title} live
    actions=${action && html`<${Button} size="small" busy=${action.busy}
      onClick=${action.onClick}>${action.label}<//>`}>${text}<//>`)}</div>`;
}
