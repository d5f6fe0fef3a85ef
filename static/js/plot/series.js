// Series of a run from the server: whole ones once, and windows of them when a reader zooms.
//
// The server thins what it sends to `points` and keeps every minimum and maximum, so a million points cost what four
// thousand do; zooming asks again for the part shown until it is complete.

import { useEffect, useState } from '/vendor/preact.js';
import { raw } from '../api.js';

/** @typedef {{ x: Float64Array, y: Float64Array | (number | null)[], total: number, complete: boolean }} SeriesData null: no value there */

/** Points asked for: more than a wide screen has pixels. */
export const POINTS = 4000;
/** A zoom is asked for when the reader has stopped changing it for so long. */
const SETTLE_MS = 150;

/**
 * @param {string} runId
 * @param {string} name
 * @param {{ points?: number, from?: number, to?: number, signal?: AbortSignal }} [options]
 * @returns {Promise<SeriesData>}
 */
export async function fetchSeries(runId, name, { points = POINTS, from, to, signal } = {}) {
  const query = new URLSearchParams({ points: String(points), format: 'binary' });
  if (from !== undefined) query.set('from', String(from));
  if (to !== undefined) query.set('to', String(to));
  const reply = await raw(`/runs/${runId}/series/${encodeURIComponent(name)}?${query}`, { signal });
  const pairs = new Float64Array(await reply.arrayBuffer());
  const n = pairs.length / 2;
  const x = new Float64Array(n);
  const y = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    x[i] = pairs[2 * i];
    y[i] = pairs[2 * i + 1];
  }
  const whole = y.every((v) => !Number.isNaN(v));
  const total = Number(reply.headers.get('X-Total') ?? n);
  return { x, y: whole ? y : Array.from(y, (v) => (Number.isNaN(v) ? null : v)), total, complete: total <= n };
}

/** The address of a series as CSV: everything, or as much as one reply may hold. @param {string} runId @param {string} name */
export const csvHref = (runId, name) => `/api/v1/runs/${runId}/series/${encodeURIComponent(name)}?format=csv&points=100000`;

/**
 * Several series of one run, and their windows while zoomed.
 *
 * @param {string} runId
 * @param {string[]} names
 * @param {[number, number] | null} zoom
 * @returns {{ whole: Map<string, SeriesData>, shown: Map<string, SeriesData>, error: unknown, busy: boolean }}
 */
export function useSeries(runId, names, zoom) {
  const [whole, setWhole] = useState(/** @type {Map<string, SeriesData>} */ (new Map()));
  const [part, setPart] = useState(/** @type {{ zoom: [number, number] | null, data: Map<string, SeriesData> }} */ ({ zoom: null, data: new Map() }));
  const [error, setError] = useState(/** @type {unknown} */ (null));
  const [busy, setBusy] = useState(true);
  const key = names.join('\n');

  useEffect(() => {
    const stop = new AbortController();
    setBusy(true);
    setError(null);
    Promise.all(names.map(async (name) => /** @type {const} */ ([name, await fetchSeries(runId, name, { signal: stop.signal })])))
      .then((entries) => { setWhole(new Map(entries)); setBusy(false); })
      .catch((e) => { if (!stop.signal.aborted) { setError(e); setBusy(false); } });
    return () => stop.abort();
  }, [runId, key]);

  const wanting = zoom ? names.filter((name) => whole.get(name)?.complete === false) : [];
  useEffect(() => {
    if (!zoom || wanting.length === 0) {
      setPart({ zoom: null, data: new Map() });
      return undefined;
    }
    const stop = new AbortController();
    const timer = setTimeout(async () => {
      try {
        const entries = await Promise.all(wanting.map(async (name) => /** @type {const} */ (
          [name, await fetchSeries(runId, name, { from: zoom[0], to: zoom[1], signal: stop.signal })])));
        setPart({ zoom, data: new Map(entries) });
      } catch (e) {
        if (!stop.signal.aborted) setError(e);
      }
    }, SETTLE_MS);
    return () => { clearTimeout(timer); stop.abort(); };
  }, [runId, wanting.join('\n'), zoom?.[0], zoom?.[1]]);

  const shown = zoom && part.zoom === zoom ? new Map([...whole, ...part.data]) : whole;
  return { whole, shown, error, busy };
}
