// Colours and font for drawing on a canvas, which knows no CSS variables.
//
// A hidden probe element lets the browser resolve tokens, light-dark() included. Watchers are told when the result may
// have changed: theme chosen, system theme, and printing, which always draws for paper.

import { effect } from '/vendor/preact.js';
import { theme } from '../store.js';

/** @typedef {{ ink: string, muted: string, line: string, strong: string, surface: string, accent: string, series: string[], font: string }} Colours */

/** @type {HTMLElement | null} */
let probe = null;
/** @type {Colours | null} */
let known = null;
/** @type {Set<(printing: boolean) => void>} */
const watchers = new Set();
let printing = false;

/** @param {string} token */
function resolve(token) {
  const el = /** @type {HTMLElement} */ (probe);
  el.style.setProperty('color', `var(${token})`);
  return getComputedStyle(el).color;
}

/** @returns {Colours} */
export function colours() {
  if (known) return known;
  if (!probe) {
    probe = document.createElement('span');
    probe.hidden = true;
    document.body.append(probe);
  }
  probe.style.setProperty('color-scheme', printing ? 'light' : 'inherit');
  known = {
    ink: resolve('--ink'),
    muted: resolve('--ink-2'),
    line: resolve('--line'),
    strong: resolve('--line-strong'),
    surface: resolve('--surface'),
    accent: resolve('--accent'),
    series: Array.from({ length: 8 }, (_, i) => resolve(`--series-${i + 1}`)),
    font: getComputedStyle(probe).fontFamily,
  };
  return known;
}

function changed() {
  known = null;
  for (const told of watchers) told(printing);
}

let watching = false;

function watch() {
  watching = true;
  let first = true;
  effect(() => {
    void theme.value;
    /* The attribute that carries the theme is set by another effect of the same change. */
    if (!first) requestAnimationFrame(changed);
    first = false;
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', changed);
  const print = matchMedia('print');
  const paper = (/** @type {boolean} */ on) => {
    if (printing === on) return;
    printing = on;
    changed();
  };
  print.addEventListener('change', (event) => paper(event.matches));
  addEventListener('beforeprint', () => paper(true));
  addEventListener('afterprint', () => paper(false));
}

/**
 * @param {(printing: boolean) => void} told
 * @returns {() => void} stop watching
 */
export function onColours(told) {
  if (!watching) watch();
  watchers.add(told);
  return () => watchers.delete(told);
}
