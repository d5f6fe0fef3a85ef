// One uPlot in an element: created when the element has a width, resized with it, redrawn when colours change, and told
// new data without being made again, so a live plot keeps its zoom and its cursor.
//
// Paper and saved pictures get a drawing of their own, larger than the screen's, so that lines and letters stay sharp.

import uPlot from '/vendor/uplot.js';
import { aligned, drawing } from './draw.js';
import { colours, onColours } from './theme.js';

/**
 * @typedef {import('./draw.js').Line} Line
 * @typedef {{ x: ArrayLike<number>, y: ArrayLike<number | null> }} Data
 * @typedef {[number, number] | null} Window
 * @typedef {{ lines: Line[], height: number, onSelect: (from: number, to: number) => void, onReset: () => void,
 *             onPoint: (x: number) => void }} Setup
 * @typedef {{ show(series: Data[], window: Window): void, moveTo(x: number | null): void, dispose(): void,
 *             enlarged(scale: number): Promise<HTMLElement>, drawnMs(): number }} Chart
 */

/** Two plots a line of A4, at three dots a pixel. */
const PAPER = { width: 330, scale: 3 };

/** @param {HTMLElement} element @param {Setup} setup @returns {Chart} */
export function createChart(element, setup) {
  /** @type {uPlot | null} */
  let u = null;
  /** @type {uPlot.AlignedData} */
  let data = [[]];
  /** @type {Window} */
  let window = null;
  /** @type {number | null} */
  let at = null;
  let pointerInside = false;
  let drawnMs = 0;
  let width = 0;

  const domain = () => {
    const x = data[0];
    const low = x[0];
    const high = x[x.length - 1];
    if (low === undefined || high === undefined) return /** @type {[number, number]} */ ([0, 1]);
    return /** @type {[number, number]} */ (low === high ? [low - 1, high + 1] : [low, high]);
  };

  const about = {
    height: setup.height,
    lines: setup.lines,
    window: () => window,
    onSelect: setup.onSelect,
    onReset: setup.onReset,
  };

  function create() {
    const started = performance.now();
    u = new uPlot(drawing({
      ...about,
      width,
      onCursor: (index) => {
        const x = index === null || !u ? undefined : u.data[0][index];
        /* uPlot also reports the cursor after a redraw: only a pointer is a wish of the reader. */
        if (pointerInside && x !== undefined) setup.onPoint(x);
      },
    }), data, (made, init) => {
      element.append(made.root);
      init();
    });
    u.over.addEventListener('pointerenter', () => { pointerInside = true; });
    u.over.addEventListener('pointerleave', () => { pointerInside = false; });
    drawnMs = performance.now() - started;
    moveTo(at);
  }

  function apply() {
    if (!u) return;
    const started = performance.now();
    const [min, max] = window ?? domain();
    const chart = u;
    chart.batch(() => {
      chart.setData(data, false);
      chart.setScale('x', { min, max });
    });
    drawnMs = performance.now() - started;
    moveTo(at);
  }

  /** @param {number | null} x */
  function moveTo(x) {
    at = x;
    if (!u) return;
    const { min, max } = u.scales.x;
    const inside = x !== null && min !== undefined && max !== undefined && x >= min && x <= max;
    u.setCursor(inside ? { left: u.valToPos(x, 'x'), top: u.bbox.height / uPlot.pxRatio / 2 } : { left: -10, top: -10 }, false);
  }

  const observer = new ResizeObserver(([entry]) => {
    const wide = Math.floor(entry.contentRect.width);
    if (wide < 60 || wide === width) return;
    width = wide;
    if (u) u.setSize({ width, height: setup.height });
    else create();
  });
  observer.observe(element);

  /**
   * The same drawing in a box of its own.
   *
   * @param {number} scale @param {number} [wide] in pixels of the page @returns {Promise<HTMLElement>} when it is drawn
   */
  function enlarged(scale, wide = width) {
    const box = document.createElement('div');
    box.className = 'plot-paper';
    return new Promise((resolve) => {
      const large = new uPlot(drawing({
        ...about, scale, width: wide * scale, height: setup.height * scale, onCursor: () => {}, onDrawn: () => resolve(box),
      }), data, box);
      const [min, max] = window ?? domain();
      large.setScale('x', { min, max });
    });
  }

  /** @type {HTMLElement | null} */
  let paper = null;
  const unwatch = onColours((printing) => {
    paper?.remove();
    paper = null;
    if (!u) return;
    if (printing) enlarged(PAPER.scale, PAPER.width).then((box) => { paper = box; element.after(box); });
    else u.redraw(false);
  });

  return {
    show(series, wanted) {
      data = aligned(series);
      window = wanted;
      apply();
    },
    moveTo,
    enlarged,
    drawnMs: () => drawnMs,
    dispose() {
      observer.disconnect();
      unwatch();
      paper?.remove();
      u?.destroy();
      u = null;
    },
  };
}

/**
 * The chart as a picture to keep: title and units above, as on the screen.
 *
 * @param {HTMLElement} drawn by `enlarged` @param {number} r how much it was enlarged @param {string} title @param {string} footer
 * @param {{ label: string, colour: number, dash: number[] }[]} legend empty for a single line
 * @returns {Promise<Blob>}
 */
export function picture(drawn, r, title, footer, legend) {
  const canvas = /** @type {HTMLCanvasElement} */ (drawn.querySelector('canvas'));
  const c = colours();
  const pad = 16 * r;
  const head = (legend.length > 0 ? 52 : 32) * r;
  const sheet = document.createElement('canvas');
  sheet.width = canvas.width + 2 * pad;
  sheet.height = canvas.height + head + 28 * r + pad;
  const ctx = /** @type {CanvasRenderingContext2D} */ (sheet.getContext('2d'));
  ctx.fillStyle = c.surface;
  ctx.fillRect(0, 0, sheet.width, sheet.height);
  ctx.fillStyle = c.ink;
  ctx.font = `600 ${14 * r}px ${c.font}`;
  ctx.fillText(title, pad, pad + 12 * r);
  ctx.font = `${12 * r}px ${c.font}`;
  let x = pad;
  for (const item of legend) {
    ctx.strokeStyle = c.series[item.colour];
    ctx.lineWidth = 2 * r;
    ctx.setLineDash(item.dash.map((d) => d * r));
    ctx.beginPath();
    ctx.moveTo(x, pad + 30 * r);
    ctx.lineTo(x + 24 * r, pad + 30 * r);
    ctx.stroke();
    ctx.fillText(item.label, x + 30 * r, pad + 34 * r);
    x += ctx.measureText(item.label).width + 46 * r;
  }
  ctx.drawImage(canvas, pad, head);
  ctx.fillStyle = c.muted;
  ctx.textAlign = 'right';
  ctx.fillText(footer, sheet.width - pad, head + canvas.height + 16 * r);
  return new Promise((resolve, reject) => {
    sheet.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('The picture could not be made.'))), 'image/png');
  });
}
