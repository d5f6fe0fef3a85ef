// What uPlot is told: scales, axes, lines, markers and the cursor, in our colours.
//
// Colours are functions, so a change of theme is one redraw. Values on axes use a thin space between thousands and a
// true minus; the decimals follow from the distance of the ticks.

import uPlot from '/vendor/uplot.js';
import { colours } from './theme.js';

/**
 * @typedef {import('./palette.js').Look} Look
 * @typedef {{ label: string, unit: string, look: Look, scale: string }} Line
 * @typedef {{ width: number, height: number, lines: Line[],
 *             window: () => [number, number] | null,
 *             onSelect: (from: number, to: number) => void,
 *             onReset: () => void,
 *             onCursor: (index: number | null) => void, onDrawn?: () => void, scale?: number }} Drawing
 *   scale: larger letters and lines, for a picture that is shown smaller than it is drawn
 */

const AXIS_FONT = 11;
/** Lines with at most this many points in view show each point. */
const POINTS_SHOWN = 60;
/** Markers along a line of many points, where several lines must be told apart. */
const MARKERS = 7;

/** @param {number} scale */
const font = (scale) => `${AXIS_FONT * scale}px ${colours().font}`;

/** @param {number} value @param {number} places */
export function tick(value, places) {
  const text = Math.abs(value).toFixed(places);
  const [whole, part] = text.split('.');
  const grouped = whole.length > 4 ? whole.replace(/\B(?=(\d{3})+$)/g, '\u2009') : whole;
  const sign = value < 0 && Number(text) !== 0 ? '\u2212' : '';
  return sign + grouped + (part ? `.${part}` : '');
}

/** @param {number[]} splits @param {number} step */
function ticks(splits, step) {
  const largest = Math.max(...splits.map(Math.abs));
  if (largest >= 1e7 || (largest > 0 && largest < 1e-4)) return splits.map((v) => power(v));
  const places = Math.min(8, Math.max(0, -Math.floor(Math.log10(step) + 1e-9)));
  const fine = splits.some((v) => Math.abs(v - Number(v.toFixed(places))) > step / 100) ? places + 1 : places;
  return splits.map((v) => tick(v, fine));
}

/** @param {number} value */
function power(value) {
  if (value === 0) return '0';
  const exponent = Math.floor(Math.log10(Math.abs(value)));
  const raised = String(exponent).replace(/./g, (c) => (c === '-' ? '⁻' : '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(c)]));
  return `${tick(value / 10 ** exponent, 1)}·10${raised}`;
}

/**
 * Room for the widest label of a vertical axis.
 *
 * @param {uPlot} u @param {string[] | null} labels @param {number} scale
 */
function axisWidth(u, labels, scale) {
  if (!labels || labels.length === 0) return 40 * scale;
  u.ctx.save();
  u.ctx.font = font(scale);
  const widest = Math.max(...labels.map((label) => u.ctx.measureText(label).width));
  u.ctx.restore();
  return Math.ceil(widest) + 14 * scale;
}

/**
 * @param {CanvasRenderingContext2D} ctx @param {Look['marker']} shape
 * @param {number} x @param {number} y @param {number} r
 */
function marker(ctx, shape, x, y, r) {
  ctx.beginPath();
  if (shape === 'circle') ctx.arc(x, y, r, 0, 2 * Math.PI);
  else if (shape === 'square') ctx.rect(x - r * 0.9, y - r * 0.9, r * 1.8, r * 1.8);
  else {
    const top = r * 1.25;
    ctx.moveTo(x, y - top);
    ctx.lineTo(x + top, shape === 'diamond' ? y : y + r);
    if (shape === 'diamond') ctx.lineTo(x, y + top);
    ctx.lineTo(x - top, shape === 'diamond' ? y : y + r);
    ctx.closePath();
  }
  ctx.fill();
  ctx.stroke();
}

/** Markers along one line: every point of short series, a few of long ones when lines must be told apart.
 * @param {uPlot} u @param {number} k @param {Line} line @param {boolean} several @param {number} scale */
function markers(u, k, line, several, scale) {
  const series = u.series[k];
  const [from, to] = series.idxs ?? [0, -1];
  const count = to - from + 1;
  if (count <= 0 || (!several && count > POINTS_SHOWN)) return;
  const ctx = u.ctx;
  const ratio = uPlot.pxRatio * scale;
  const step = count <= POINTS_SHOWN ? 1 : Math.max(1, Math.floor(count / MARKERS));
  const start = step === 1 ? from : from + Math.floor((step / MARKERS) * (k % MARKERS));
  ctx.save();
  ctx.beginPath();
  ctx.rect(u.bbox.left - 6, u.bbox.top - 6, u.bbox.width + 12, u.bbox.height + 12);
  ctx.clip();
  ctx.fillStyle = colours().series[line.look.colour];
  ctx.strokeStyle = colours().surface;
  ctx.lineWidth = ratio;
  for (let i = start; i <= to; i += step) {
    const y = u.data[k][i];
    if (y === null || y === undefined || !Number.isFinite(y)) continue;
    marker(ctx, line.look.marker, u.valToPos(u.data[0][i], 'x', true), u.valToPos(y, line.scale, true), 3 * ratio);
  }
  ctx.restore();
}

/** @param {Drawing} d @returns {uPlot.Options} */
export function drawing(d) {
  const several = d.lines.length > 1;
  const k = d.scale ?? 1;
  const scales = [...new Set(d.lines.map((line) => line.scale))];
  /** @type {uPlot.Axis} */
  const common = {
    stroke: () => colours().muted,
    font: font(k),
    grid: { stroke: () => colours().line, width: k },
    ticks: { stroke: () => colours().strong, width: k, size: 4 * k },
  };

  return {
    width: d.width,
    height: d.height,
    padding: [8 * k, scales.length > 1 ? 0 : 14 * k, 0, 0],
    legend: { show: false },
    scales: {
      x: {
        time: false,
        range: (_u, min, max) => d.window() ?? (min === max ? [min - 1, max + 1] : [min, max]),
      },
      ...Object.fromEntries(scales.map((key) => [key, {
        range: (/** @type {uPlot} */ _u, /** @type {number | null} */ min, /** @type {number | null} */ max) =>
          (min === null || max === null ? [0, 1] : uPlot.rangeNum(min, max, 0.08, true)),
      }])),
    },
    axes: [
      { ...common, size: 26 * k, gap: 4 * k, space: 70 * k, values: (_u, splits, _i, _space, step) => ticks(splits, step) },
      ...scales.map((scale, i) => /** @type {uPlot.Axis} */ ({
        ...common,
        scale,
        side: i === 0 ? 3 : 1,
        grid: i === 0 ? common.grid : { show: false },
        gap: 4 * k,
        space: 32 * k,
        size: (/** @type {uPlot} */ u, /** @type {string[]} */ labels) => axisWidth(u, labels, k),
        values: (/** @type {uPlot} */ _u, /** @type {number[]} */ splits, /** @type {number} */ _i, /** @type {number} */ _s, /** @type {number} */ step) =>
          ticks(splits, step),
      })),
    ],
    series: [
      {},
      ...d.lines.map((line) => /** @type {uPlot.Series} */ ({
        label: line.label,
        scale: line.scale,
        stroke: () => colours().series[line.look.colour],
        dash: several ? line.look.dash.map((part) => part * k) : undefined,
        width: 1.5 * k,
        points: { show: false },
      })),
    ],
    cursor: {
      y: false,
      drag: { x: true, y: false, setScale: false },
      move: (u, left, top) => {
        const i = left < 0 ? -1 : u.posToIdx(left);
        const at = i < 0 ? null : u.data[0][i];
        return at === null || at === undefined ? [left, top] : [u.valToPos(at, 'x'), top];
      },
      points: k === 1 ? {
        size: 9,
        width: 2,
        stroke: () => colours().surface,
        fill: (_u, line) => colours().series[d.lines[line - 1].look.colour],
      } : { show: false },
      bind: {
        dblclick: () => () => { d.onReset(); return null; },
        /* The cursor stays where it was left: it is shared with the 3D view. */
        mouseleave: () => () => null,
      },
    },
    hooks: {
      draw: [(u) => { d.lines.forEach((line, i) => markers(u, i + 1, line, several, k)); d.onDrawn?.(); }],
      setCursor: [(u) => d.onCursor(u.cursor.idx ?? null)],
      setSelect: [(u) => {
        const { left, width } = u.select;
        if (width >= 4) d.onSelect(u.posToVal(left, 'x'), u.posToVal(left + width, 'x'));
        u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
      }],
    },
  };
}

/**
 * Series of different x brought to one.
 *
 * @param {{ x: ArrayLike<number>, y: ArrayLike<number | null> }[]} series
 * @returns {uPlot.AlignedData}
 */
export function aligned(series) {
  const same = series.every((s) => s.x === series[0].x
    || (s.x.length === series[0].x.length && s.x[0] === series[0].x[0] && s.x[s.x.length - 1] === series[0].x[series[0].x.length - 1]
      && Array.prototype.every.call(s.x, (v, i) => v === series[0].x[i])));
  if (same) return /** @type {uPlot.AlignedData} */ (/** @type {unknown} */ ([series[0].x, ...series.map((s) => s.y)]));
  return uPlot.join(series.map((s) => /** @type {uPlot.AlignedData} */ (/** @type {unknown} */ ([Array.from(s.x), Array.from(s.y)]))));
}
