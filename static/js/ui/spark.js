// A course of values in the size of a word: it shows the shape, the number beside it tells the value.

import { html } from '/vendor/preact.js';

const WIDTH = 240;
const HEIGHT = 48;

/** @param {{ values: ArrayLike<number>, label: string, series?: number }} props `series` 1 to 8 chooses the colour */
export function Spark({ values, label, series = 1 }) {
  const numbers = Array.from(values).filter(Number.isFinite);
  if (numbers.length < 2) return null;
  const low = Math.min(...numbers);
  const range = Math.max(...numbers) - low || 1;
  const x = (/** @type {number} */ i) => ((i / (numbers.length - 1)) * (WIDTH - 4) + 2).toFixed(1);
  const y = (/** @type {number} */ v) => (HEIGHT - 3 - ((v - low) / range) * (HEIGHT - 6)).toFixed(1);
  const line = numbers.map((v, i) => `${x(i)},${y(v)}`).join(' ');
  return html`<svg class="spark" data-series=${series} viewBox=${`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label=${label}>
    <polygon points=${`2,${HEIGHT} ${line} ${WIDTH - 2},${HEIGHT}`} /><polyline points=${line} vector-effect="non-scaling-stroke" /></svg>`;
}
