// Moving in a plot: which part of x is shown, where the cursor is, and the keys for both.

import { nearest } from './readout.js';

/**
 * @typedef {[number, number] | null} Window null: everything
 * @typedef {{ x: ArrayLike<number>, domain: [number, number], window: Window, cursor: number | null,
 *             put: (x: number) => void, show: (window: Window) => void }} Place
 */

const LEAP = 10;

/** Zooms about the cursor, or about the middle. @param {Place} place @param {number} factor of the width shown */
export function zoomBy({ domain: [start, end], window, cursor, show }, factor) {
  const [low, high] = window ?? [start, end];
  const middle = cursor !== null && cursor >= low && cursor <= high ? cursor : (low + high) / 2;
  const from = Math.max(start, middle - (middle - low) * factor);
  const to = Math.min(end, middle + (high - middle) * factor);
  if (from <= start && to >= end) show(null);
  else if (to > from) show([from, to]);
}

/** Moves the part shown. @param {Place} place @param {number} by in widths of it */
function pan({ domain: [start, end], window, show }, by) {
  if (!window) return;
  const width = window[1] - window[0];
  const from = Math.min(end - width, Math.max(start, window[0] + by * width));
  show([from, from + width]);
}

/** Moves the cursor within the part shown. @param {Place} place @param {(here: number, first: number, last: number) => number} to */
function step({ x, domain, window, cursor, put }, to) {
  const [low, high] = window ?? domain;
  const first = x[0] >= low ? 0 : nearest(x, low);
  const last = x[x.length - 1] <= high ? x.length - 1 : nearest(x, high);
  const here = cursor === null ? first - 1 : nearest(x, cursor);
  put(x[Math.max(first, Math.min(last, to(here, first, last)))]);
}

/** @type {Record<string, (place: Place, leap: number) => void>} */
const KEYS = {
  ArrowRight: (place, leap) => step(place, (here) => here + leap),
  ArrowLeft: (place, leap) => step(place, (here) => here - leap),
  ArrowUp: (place, leap) => step(place, (here) => here + leap),
  ArrowDown: (place, leap) => step(place, (here) => here - leap),
  Home: (place) => step(place, (_here, first) => first),
  End: (place) => step(place, (_here, _first, last) => last),
  PageUp: (place) => pan(place, 0.5),
  PageDown: (place) => pan(place, -0.5),
  '+': (place) => zoomBy(place, 0.5),
  '=': (place) => zoomBy(place, 0.5),
  '-': (place) => zoomBy(place, 2),
  0: (place) => place.show(null),
  Escape: (place) => place.show(null),
};

/** Answers a key on the drawing, if it is one of ours. @param {KeyboardEvent} event @param {Place} place */
export function plotKey(event, place) {
  const answer = KEYS[event.key];
  if (!answer || event.ctrlKey || event.metaKey || event.altKey || place.x.length === 0) return;
  // Escape closes what lies around the plot unless there is a zoom to leave.
  if (event.key === 'Escape' && !place.window) return;
  event.preventDefault();
  event.stopPropagation();
  answer(place, event.shiftKey ? LEAP : 1);
}
