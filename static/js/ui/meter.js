// How full, and how far: native <meter> and <progress> with their words beside them.

import { html } from '/vendor/preact.js';

/**
 * @param {{ value: number, max: number, label?: any, name?: string, text?: any, low?: boolean }} props `name` is read out where
 *   no label is shown; turns to warning above 80 % and to danger above 95 %, unless `low` says that being full is no danger
 */
export function Meter({ value, max, label, name, text, low }) {
  const bound = max > 0 ? max : 1;
  const thresholds = low ? {} : { low: bound * 0.8, high: bound * 0.95, optimum: 0 };
  return html`<div class="meter">${label && html`<span class="label">${label}</span>`}<span class="text">${text}</span>
    <meter min="0" max=${bound} ...${thresholds} value=${Math.min(value, bound)}
      aria-label=${name ?? (typeof label === 'string' ? label : undefined)}>${text}</meter></div>`;
}

/** @param {{ fraction: number | null | undefined, label: string, plain?: boolean }} props without a fraction: under way, nobody knows how far */
export function Progress({ fraction, label, plain }) {
  const known = fraction !== null && fraction !== undefined;
  const percent = known ? Math.floor(Math.min(1, Math.max(0, fraction)) * 100) : null;
  const bar = html`<progress max="100" value=${known ? percent : undefined} aria-label=${label}></progress>`;
  return plain ? bar : html`<span class="progress">${bar}<span class="num">${known ? `${percent}\u2009%` : ''}</span></span>`;
}
