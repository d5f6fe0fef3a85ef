// The figures that stand under a plot, and their wording.
//
// One pass finds extremes and mean, a second the spread and the slope about the mean, so that large offsets (energies of
// -100,000) cost no digits. Means and drifts are said only of series in time: the mean of a spectrum means nothing.

import { num } from '../fmt.js';

/**
 * @typedef {ArrayLike<number | null>} Values
 * @typedef {{ n: number, mean: number, sd: number, min: number, minAt: number, max: number, maxAt: number,
 *             first: number, last: number, from: number, to: number, drift: number, whole: boolean }} Stats
 *   whole: x counts (cycles, residues)
 */

const TIME_UNITS = new Set(['fs', 'ps', 'ns', 'µs', 'us', 'ms', 's', 'min', 'h']);

/** @param {string | undefined} unit */
export const isTime = (unit) => TIME_UNITS.has(unit ?? '');

/** Units as a reader writes them; what the API says stays in tables and CSV. @param {string | undefined} unit */
export const unitText = (unit) => (unit ?? '').replaceAll('1/cm', 'cm⁻¹');

/**
 * @param {Values} x ascending
 * @param {Values} y
 * @param {number} [from]
 * @param {number} [to]
 * @returns {Stats | null} null when no finite value lies in the window
 */
export function stats(x, y, from = -Infinity, to = Infinity) {
  let n = 0;
  let sumX = 0;
  let sumY = 0;
  let min = Infinity;
  let max = -Infinity;
  let minAt = NaN;
  let maxAt = NaN;
  let whole = true;
  let first = -1;
  let last = -1;
  for (let i = 0; i < x.length; i++) {
    const xv = /** @type {number} */ (x[i]);
    const v = y[i];
    if (v === null || xv < from || xv > to || !Number.isFinite(v)) continue;
    if (first < 0) first = i;
    last = i;
    n += 1;
    sumX += xv;
    whole &&= Number.isInteger(xv);
    sumY += v;
    if (v < min) { min = v; minAt = xv; }
    if (v > max) { max = v; maxAt = xv; }
  }
  if (n === 0) return null;

  const mean = sumY / n;
  const meanX = sumX / n;
  let squares = 0;
  let squaresX = 0;
  let products = 0;
  for (let i = first; i <= last; i++) {
    const v = y[i];
    if (v === null || !Number.isFinite(v)) continue;
    const dx = /** @type {number} */ (x[i]) - meanX;
    squares += (v - mean) ** 2;
    squaresX += dx * dx;
    products += dx * (v - mean);
  }
  const start = /** @type {number} */ (x[first]);
  const end = /** @type {number} */ (x[last]);
  return {
    n, mean, min, minAt, max, maxAt, whole,
    sd: n > 1 ? Math.sqrt(squares / (n - 1)) : 0,
    first: /** @type {number} */ (y[first]),
    last: /** @type {number} */ (y[last]),
    from: start,
    to: end,
    drift: squaresX > 0 ? (products / squaresX) * (end - start) : 0,
  };
}

/** Decimals at which a quantity that varies by `spread` still shows two telling digits. @param {number} spread */
export function decimals(spread) {
  if (!Number.isFinite(spread) || spread <= 0) return 3;
  return Math.min(8, Math.max(0, 1 - Math.floor(Math.log10(spread))));
}

/** Decimals that tell neighbouring values of x apart. @param {{ from: number, to: number, n: number, whole: boolean }} s */
export function spacingDigits({ from, to, n, whole }) {
  if (whole || n < 2 || to <= from) return 0;
  return Math.min(8, Math.max(0, -Math.floor(Math.log10((to - from) / (n - 1)) + 1e-9)));
}

/**
 * The summary in words.
 *
 * @param {Stats} s
 * @param {{ unit?: string, xUnit?: string, xLabel?: string, approximate?: boolean,
 *           known?: { value: number, error?: number | null, digits?: number, note?: string } | null }} about
 *        known: the value the analysis of the run gives for the whole series, with its error
 * @returns {{ term: string, text: string }[]}
 */
export function words(s, { unit = '', xUnit = '', approximate = false, known = null }) {
  const u = unitText(unit);
  const digits = decimals(s.max > s.min ? (s.sd || s.max - s.min) : Math.abs(s.mean) / 100);
  const xDigits = spacingDigits(s);
  /* A value far below the spread would round to nothing. */
  const val = (/** @type {number} */ v) => (v !== 0 && Math.abs(v) < 10 ** -digits ? num(v, { sig: 2, unit: u }) : num(v, { digits, unit: u }));
  const at = (/** @type {number} */ v) => num(v, { digits: xDigits, unit: unitText(xUnit) });
  const parts = [];

  if (isTime(xUnit)) {
    if (known && Number.isFinite(known.value)) {
      const d = { digits: known.digits ?? digits };
      const value = known.error
        ? `${num(known.value, d)} ± ${num(known.error, { ...d, unit: u })}`
        : num(known.value, { ...d, unit: u });
      parts.push({ term: 'Mean', text: [value, (known.note ?? '').replace(/^mean /, '')].filter(Boolean).join(' ') });
    } else {
      parts.push({ term: 'Mean', text: `${approximate ? '≈ ' : ''}${num(s.mean, { digits })} (spread ${num(s.sd, { digits, unit: u })})` });
    }
    parts.push({ term: 'Drift', text: `${s.drift > 0 ? '+' : ''}${num(s.drift, { digits, unit: u })} over ${at(s.to - s.from)}` });
  }
  if (xUnit === '1/cm') return [{ term: 'Highest', text: `${val(s.max)} at ${at(s.maxAt)}` }];
  parts.push({ term: 'Min', text: `${val(s.min)} at ${at(s.minAt)}` });
  parts.push({ term: 'Max', text: `${val(s.max)} at ${at(s.maxAt)}` });
  parts.push({ term: 'Last', text: val(s.last) });
  return parts;
}
