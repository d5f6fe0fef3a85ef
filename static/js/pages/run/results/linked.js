// The trajectory and the plots of the same time beside each other, under one cursor: the pointer on a plot moves the 3D
// frame, the playing frame moves every plot's cursor. The moment is in the address (`?t=`, ps) once it rests.

import { html, useEffect, useSignal, useState } from '/vendor/preact.js';
import { Notice, Skeleton } from '../../../ui/index.js';
import { isTime } from '../../../plot/stats.js';
import { setQuery } from '../../../router.js';

/**
 * @typedef {import('../../../plot/run_plot.js').SeriesSpec} SeriesSpec
 * @typedef {{ name: string, label: string, nframes: number, dt_ps: number, t0_ps: number }} TrajectorySpec
 */

/** The address follows a cursor that has rested so long. */
const REST_MS = 500;
/** Plots as high as the player together. */
const BESIDE = 2;
const PLAYER_HEIGHT = 520;
const LENGTHS = new Set(['nm', 'Å']);

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
 * Cursor and zoom that the player and all plots along its frames share; the address follows the cursor.
 *
 * @param {URLSearchParams} query @param {number} start where everybody begins: it needs no address
 */
export function useLinked(query, start) {
  const asked = query.has('t') ? Number(query.get('t')) : NaN;
  const cursor = useSignal(/** @type {number | null} */ (Number.isFinite(asked) ? asked : null));
  const zoom = useSignal(/** @type {[number, number] | null} */ (null));

  useEffect(() => {
    if (Number.isFinite(asked)) cursor.value = asked;
  }, [asked]);

  useEffect(() => {
    let timer = 0;
    const off = cursor.subscribe((t) => {
      clearTimeout(timer);
      if (t === null) return;
      timer = window.setTimeout(() => setQuery({ t: t === start ? null : Number(t.toPrecision(8)) }, { replace: true }), REST_MS);
    });
    return () => { clearTimeout(timer); off(); };
  }, [cursor, start]);

  return { cursor, zoom };
}

/**
 * Which plots stand beside the player: those in the address, else the first and one that tells of the geometry one sees.
 *
 * @param {SeriesSpec[]} series @param {URLSearchParams} query
 */
export function besidePlayer(series, query) {
  const wanted = (query.get('beside') ?? '').split(',');
  const chosen = wanted.flatMap((name) => series.find((s) => s.name === name) ?? []);
  const seen = series.find((s) => LENGTHS.has(s.y.unit));
  return [...new Set([...chosen, series[0], seen ?? series[1], ...series])].filter(Boolean).slice(0, BESIDE);
}

/** Puts a plot beside the player, in the place of the one that is there longest. @param {SeriesSpec[]} beside @param {string} name */
export const bringBeside = (beside, name) => setQuery({ beside: [name, ...beside.map((s) => s.name)].slice(0, BESIDE).join(',') });

/** The player, whose module comes when it is first needed, and the plots beside it. @param {{ run: any, query: URLSearchParams, cursor: any, children?: any }} props */
export function Linked({ run, query, cursor, children }) {
  const [Player, setPlayer] = useState(/** @type {{ part: any } | null} */ (null));
  const [missing, setMissing] = useState(false);
  useEffect(() => {
    import('../trajectory.js').then((module) => setPlayer({ part: module.default }), () => setMissing(true));
  }, []);
  return html`<div class="linked">
    <div class="linked-player no-print">
      ${Player && html`<${Player.part} run=${run} query=${query} cursor=${cursor} embedded />`}
      ${!Player && !missing && html`<${Skeleton} height=${PLAYER_HEIGHT} />`}
      ${missing && html`<${Notice} kind="warn" title="The 3D view could not be loaded">The plots and files below are complete.<//>`}
    </div>
    <div class="plots linked-plots">${children}</div>
  </div>`;
}
