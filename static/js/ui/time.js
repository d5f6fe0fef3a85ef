// A moment: relative in words, exact on hover and in the markup. Shown ones refresh together, twice a minute.

import { html, signal } from '/vendor/preact.js';
import { ago, when } from '../fmt.js';

const REFRESH_MS = 30000;
const beat = signal(0);
setInterval(() => {
  if (!document.hidden) beat.value += 1;
}, REFRESH_MS);

/** @param {{ at: string | null | undefined, exact?: boolean }} props */
export function Time({ at, exact }) {
  if (!at) return html`<span class="muted">–</span>`;
  return html`<time dateTime=${at} title=${when(at)} class="nowrap" data-beat=${exact ? undefined : beat.value}>${exact ? when(at) : ago(at)}</time>`;
}
