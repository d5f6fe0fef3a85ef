// Values in a plot's own digits: the line of the value under the cursor, the words for assistive technology, and the
// sample of a line in the legend.

import { html } from '/vendor/preact.js';
import { num } from '../fmt.js';
import { decimals, spacingDigits, unitText } from './stats.js';

/**
 * @typedef {{ x: ArrayLike<number>, y: ArrayLike<number | null>, unit: string, about: import('./stats.js').Stats | null }} Line
 */

/** Index of the value of x (ascending) nearest to v. @param {ArrayLike<number>} x @param {number} v */
export function nearest(x, v) {
  let low = 0;
  let high = x.length - 1;
  while (high - low > 1) {
    const mid = (low + high) >> 1;
    if (x[mid] < v) low = mid;
    else high = mid;
  }
  return high >= 0 && Math.abs(x[high] - v) < Math.abs(x[low] - v) ? high : low;
}

/**
 * The point of a line nearest to x, in words.
 *
 * @param {Line} line @param {number} at @param {string} xUnit
 */
export function pointText({ x, y, unit, about }, at, xUnit) {
  const i = nearest(x, at);
  const v = y[i];
  const known = about && v !== null && v !== undefined && Number.isFinite(v);
  return {
    where: num(x[i], { digits: about ? spacingDigits(about) : 0, unit: unitText(xUnit) }),
    value: known ? num(v, { digits: decimals(about.sd || about.max - about.min), unit: unitText(unit) }) : '–',
  };
}

/**
 * The value under the cursor; a component of its own, so that a moving cursor renders nothing else.
 *
 * @param {{ line: Line, cursor: import('./plot.js').CursorSignal, xUnit: string, withX: boolean }} props
 */
export function Readout({ line, cursor, xUnit, withX }) {
  const at = cursor.value;
  const now = at === null || line.x.length === 0 ? null : pointText(line, at, xUnit);
  return html`<output class="plot-readout num" aria-live="off">${now && html`${withX && html`<span class="muted">${now.where}</span> `}${now.value}`}</output>`;
}

/** Where the cursor of a plot of several lines is. @param {{ line: Line, cursor: import('./plot.js').CursorSignal, xUnit: string }} props */
export function Where({ line, cursor, xUnit }) {
  const at = cursor.value;
  return html`<output class="plot-readout num muted" aria-live="off">${at !== null && line.x.length > 0 && pointText(line, at, xUnit).where}</output>`;
}

const SHAPES = {
  circle: () => html`<circle cx="14" cy="6" r="3.5" fill="currentColor" />`,
  square: () => html`<rect x="10.5" y="2.5" width="7" height="7" fill="currentColor" />`,
  triangle: () => html`<path d="M14 1.5 18.5 10h-9z" fill="currentColor" />`,
  diamond: () => html`<path d="M14 1 19 6 14 11 9 6z" fill="currentColor" />`,
};

/** How a line looks: colour, dash and marker. @param {{ look: import('./palette.js').Look }} props */
export function Swatch({ look }) {
  return html`<svg class=${`plot-swatch series-${look.colour + 1}`} viewBox="0 0 28 12" width="28" height="12" aria-hidden="true">
    <line x1="0" y1="6" x2="28" y2="6" stroke="currentColor" stroke-width="2" stroke-dasharray=${look.dash.join(' ') || undefined} />
    ${SHAPES[look.marker]()}</svg>`;
}
