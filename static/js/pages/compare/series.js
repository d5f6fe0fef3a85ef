// The series the runs share, one plot a name, one line a run. Pointer and zoom are shared by all plots over the same x.

import { html, useEffect, useMemo, useSignal, useState } from '/vendor/preact.js';
import { Notice, Skeleton } from '../../ui/index.js';
import { lookAt } from '../../plot/palette.js';
import { Plot } from '../../plot/plot.js';
import { fetchSeries } from '../../plot/series.js';

/** @typedef {import('../compare.js').Compared} Compared */
/** @typedef {{ key: string, spec: any, owners: { index: number, id: string, name: string }[] }} Shared */

const LETTERS = 'ABCDEFGH';

/** Series at least two runs have, by name and units. @param {Compared[]} runs @returns {Shared[]} */
export function sharedSeries(runs) {
  /** @type {Map<string, Shared>} */
  const found = new Map();
  runs.forEach(({ id, run, results }, index) => {
    for (const spec of results?.series ?? []) {
      const key = [spec.name, spec.x.unit, spec.y.unit].join('|');
      if (!found.has(key)) found.set(key, { key, spec, owners: [] });
      found.get(key)?.owners.push({ index, id, name: run.name });
    }
  });
  return [...found.values()].filter((s) => s.owners.length > 1);
}

/**
 * @param {{ shared: Shared, cursor: import('../../plot/plot.js').CursorSignal,
 *           zoom: import('/vendor/preact.js').Signal<[number, number] | null> }} props
 */
function Overlay({ shared, cursor, zoom }) {
  const [data, setData] = useState(/** @type {import('../../plot/series.js').SeriesData[] | null} */ (null));
  const [failed, setFailed] = useState(false);
  const { spec, owners } = shared;
  const who = owners.map((o) => o.id).join();
  useEffect(() => {
    const stop = new AbortController();
    setFailed(false);
    Promise.all(owners.map((o) => fetchSeries(o.id, spec.name, { signal: stop.signal }))).then(setData, () => { if (!stop.signal.aborted) setFailed(true); });
    return () => stop.abort();
  }, [who, spec.name]);
  const series = useMemo(() => (data && data.length === owners.length ? owners.map((o, i) => ({
    name: o.id, label: `${LETTERS[o.index]} ${o.name}`, short: LETTERS[o.index], unit: spec.y.unit, x: data[i].x, y: data[i].y, look: lookAt(o.index), approximate: !data[i].complete,
  })) : null), [data, who]);
  if (failed) return html`<${Notice} kind="warn">${spec.label}: the series could not be read.<//>`;
  if (!series) return html`<${Skeleton} height=${300} />`;
  return html`<${Plot} title=${spec.label} series=${series} xLabel=${spec.x.label} xUnit=${spec.x.unit} yUnit=${spec.y.unit} cursor=${cursor} zoom=${zoom} height=${220} />`;
}

/** Plots over the same x, under one cursor and one zoom. @param {{ group: Shared[] }} props */
function Group({ group }) {
  const cursor = useSignal(/** @type {number | null} */ (null));
  const zoom = useSignal(/** @type {[number, number] | null} */ (null));
  return html`${group.map((shared) => html`<${Overlay} key=${shared.key} shared=${shared} cursor=${cursor} zoom=${zoom} />`)}`;
}

/** @param {{ runs: Compared[] }} props */
export function SeriesCompared({ runs }) {
  const groups = useMemo(() => {
    /** @type {Map<string, Shared[]>} */
    const byX = new Map();
    for (const shared of sharedSeries(runs)) {
      const key = `${shared.spec.stage ?? ''} ${shared.spec.x.label} ${shared.spec.x.unit}`;
      byX.set(key, [...(byX.get(key) ?? []), shared]);
    }
    return [...byX];
  }, [runs]);
  if (groups.length === 0) return html`<${Notice} kind="info">These runs share no series.<//>`;
  return html`<section class="stack tight" aria-label="Series compared"><h2>Series</h2>
    <div class="plots">${groups.map(([key, group]) => html`<${Group} key=${key} group=${group} />`)}</div></section>`;
}
