// A plot of one series of a finished run: fetched when mounted, fetched finer when zoomed.

import { html, useMemo, useSignal } from '/vendor/preact.js';
import { Problem, Skeleton } from '../ui/index.js';
import { Plot } from './plot.js';
import { csvHref, useSeries } from './series.js';

/**
 * @typedef {{ name: string, label: string, x: { label: string, unit: string }, y: { label: string, unit: string },
 *             stage?: string, points: number }} SeriesSpec one row of results.series
 */

/**
 * @param {{ runId: string, spec: SeriesSpec, cursor?: import('./plot.js').CursorSignal,
 *           zoom?: import('/vendor/preact.js').Signal<[number, number] | null>, height?: number, heading?: string, menu?: any[],
 *           summary?: { name: string, value: any, error?: number | null, digits?: number, note?: string }[] }} props
 */
export function RunPlot({ runId, spec, cursor, zoom, height = 180, heading, summary = [], menu }) {
  const ownZoom = useSignal(/** @type {[number, number] | null} */ (null));
  const window = zoom ?? ownZoom;
  const { whole, shown, error, busy } = useSeries(runId, [spec.name], window.value);
  const data = shown.get(spec.name);
  const known = summary.find((row) => row.name === spec.name && typeof row.value === 'number') ?? null;
  const all = whole.get(spec.name);
  const complete = all?.complete ?? true;
  const extent = all && !complete ? [all.x[0], all.x[all.x.length - 1]] : undefined;

  const series = useMemo(() => (data ? [{
    name: spec.name, label: spec.label, unit: spec.y.unit, x: data.x, y: data.y, approximate: !data.complete, known,
  }] : []), [data, spec.name, known]);

  if (error) return html`<figure class="plot" aria-label=${spec.label}><${Problem} error=${error} /></figure>`;
  if (!data) return html`<figure class="plot" aria-label=${spec.label} aria-busy="true"><${Skeleton} height=${height + 90} /></figure>`;
  return html`<${Plot} title=${spec.label} series=${series} xLabel=${spec.x.label} xUnit=${spec.x.unit} yLabel=${spec.y.label}
    yUnit=${spec.y.unit} cursor=${cursor} zoom=${window} height=${height} heading=${heading} busy=${busy} extent=${extent} menu=${menu}
    csvHref=${complete ? undefined : csvHref(runId, spec.name)} />`;
}
