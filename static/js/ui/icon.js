// One drawing of the sprite /icons.svg. Without a label it is decoration and hidden from assistive technology.

import { html } from '/vendor/preact.js';

/**
 * @param {{ name: string, label?: string, large?: boolean, class?: string }} props
 */
export function Icon({ name, label, large, class: extra }) {
  const classes = ['icon', large && 'large', extra].filter(Boolean).join(' ');
  return html`<svg class=${classes} viewBox="0 0 16 16" role=${label ? 'img' : undefined} aria-label=${label}
    aria-hidden=${label ? undefined : 'true'} focusable="false"><use href=${`/icons.svg#${name}`} /></svg>`;
}
