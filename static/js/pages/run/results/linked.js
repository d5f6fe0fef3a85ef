// The trajectory and the plots of the same time beside each other, under one cursor: the pointer on a plot moves the 3D
// frame, the playing frame moves every plot's cursor. The moment is in the address (`?t=`, ps) once it rests.

import { html, useEffect, useSignal, useState } from '/vendor/preact.js';
import { Notice, Skeleton } from '../../../ui/index.js';
import { RunPlot } from '../../../plot/run_plot.js';
import { isTime } from '../../../plot/stats.js';
import { setQuery } from '../../../router.js';

/**
 * @typedef {import('../../../plot/run_plot.js').SeriesSpec} SeriesSpec
 * @typedef {{ name: string, label: string, nframes: number, dt_ps: number, t0_ps: number }} TrajectorySpec
 */

/** The address follows a cursor that has rested so long. */
const REST_MS = 500;

/**
 * Whether a series runs along the frames of the trajectory: in its time and its stage, or one point a frame.
 *
 * @param {SeriesSpec} series @param {TrajectorySpec | undefined} trajectory @param {SeriesSpec[]} all
 */
export function isLinked(series, trajectory, all) {
  if (!trajectory) return isTime(series.x.unit) && series.stage === lastTimeStage(all);
  if (series.x.unit === 'ps') return series.stage === lastTimeStage(all);
  return series.x.unit === '' && series.points === trajectory.nframes;
}

/** The stage simulated last: what earlier stages count has a clock of its own.
 * @param {SeriesSpec[]} all */
function lastTimeStage(all) {
  const timed = all.filter((s) => isTime(s.x.unit));
  const production = timed.find((s) => s.stage === 'production');
  return (production ?? timed[timed.length - 1])?.stage;
}

/**
 * @param {{ run: any, query: URLSearchParams, player: boolean, start: number, series: SeriesSpec[],
 *           summary: import('./summary.js').SummaryRow[] }} props
 */
export function Linked({ run, query, player, start, series, summary }) {
  const asked = query.has('t') ? Number(query.get('t')) : NaN;
  const cursor = useSignal(/** @type {number | null} */ (Number.isFinite(asked) ? asked : null));
  const zoom = useSignal(/** @type {[number, number] | null} */ (null));
  const [Player, setPlayer] = useState(/** @type {{ part: any } | null} */ (null));
  const [missing, setMissing] = useState(false);

  useEffect(() => {
    if (!player) return;
    import('../trajectory.js').then((module) => setPlayer({ part: module.default }), () => setMissing(true));
  }, [player]);

  useEffect(() => {
    if (Number.isFinite(asked)) cursor.value = asked;
  }, [asked]);

  useEffect(() => {
    let timer = 0;
    const off = cursor.subscribe((t) => {
      clearTimeout(timer);
      if (t === null) return;
      timer = window.setTimeout(() => {
        /* The first frame is where everybody starts: it needs no address. */
        setQuery({ t: t === start ? null : Number(t.toPrecision(8)) }, { replace: true });
      }, REST_MS);
    });
    return () => { clearTimeout(timer); off(); };
  }, [cursor]);

  return html`<div class=${player ? 'linked with-player' : 'linked'}>
    ${player && html`<div class="linked-player no-print">
      ${Player && html`<${Player.part} run=${run} query=${query} cursor=${cursor} embedded />`}
      ${!Player && !missing && html`<${Skeleton} height=${420} />`}
      ${missing && html`<${Notice} kind="warn" title="The 3D view could not be loaded">The plots and files below are complete.<//>`}
    </div>`}
    <div class="plots linked-plots">
      ${series.map((spec) => html`<${RunPlot} key=${spec.name} runId=${run.id} spec=${spec} cursor=${cursor} zoom=${zoom} summary=${summary} height=${150} />`)}
    </div>
  </div>`;
}
