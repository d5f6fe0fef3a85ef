// The trajectory of a run: the 3D player, alone as a tab of the run page, or beside the plots of the results with which
// it shares its time (`cursor`, in ps). As a tab its frame is in the address: ?frame=17 counts from 1.
//
// Flow: the results name the trajectories → the viewer opens the chosen one and fetches frames as it plays. When nothing
// was recorded the page says why and shows the last structure instead, if there is one.

import { html, useEffect, useMemo, useState } from '/vendor/preact.js';
import { raw, useApi } from '../../api.js';
import { Viewer } from '../../chem/viewer.js';
import { num, plural } from '../../fmt.js';
import { isTime } from '../../plot/stats.js';
import { setQuery } from '../../router.js';
import { Button, Empty, Facts, Problem, Select, Skeleton } from '../../ui/index.js';

/** @typedef {import('../../chem/control.js').Viewer3D} Viewer3D */
/**
 * @typedef {{ name: string, label: string, natoms: number, nframes: number, dt_ps: number, t0_ps: number, raw?: string | null,
 *   subsets: { name: string, label: string, topology?: string | null }[] }} TrajectorySpec
 */
/** @typedef {{ name: string, label: string, file: string, format: string, atoms?: number }} StructureSpec */

const REST_MS = 400;

/** @param {string} runId @param {string} path below the run folder */
const fileHref = (runId, path) => `/api/v1/runs/${runId}/files/${path.split('/').map(encodeURIComponent).join('/')}`;

/**
 * A structure file of a run in 3D.
 * @param {{ runId: string, spec: StructureSpec, height?: number }} props
 */
export function RunStructure({ runId, spec, height = 420 }) {
  const load = async (/** @type {Viewer3D} */ viewer) => {
    const reply = await raw(`/runs/${runId}/files/results/${spec.file.split('/').map(encodeURIComponent).join('/')}`);
    await viewer.load({ text: await reply.text(), format: spec.format });
  };
  return html`<${Viewer} label=${spec.label} height=${height} load=${load} loadKey=${`${runId}/${spec.file}`} picture=${spec.name}
    instead=${html`<${Button} icon="download" href=${fileHref(runId, `results/${spec.file}`)}>Download ${spec.file}<//>`} />`;
}

/** @param {TrajectorySpec} t */
const playable = (t) => t.nframes > 0 && t.subsets.some((s) => s.topology !== null);

/**
 * Steps of an optimisation carry a time too, to share a cursor with plots; it is meant as one where a series runs in time.
 * @param {{ series?: { x: { unit: string } }[] } | undefined} results
 */
const isTimed = (results) => !results?.series?.length || results.series.some((s) => isTime(s.x.unit));

/** @param {TrajectorySpec} t @param {boolean} timed */
function lengthWords(t, timed) {
  if (!timed) return plural(t.nframes, 'step');
  const span = (t.nframes - 1) * t.dt_ps;
  return span > 0 ? `${plural(t.nframes, 'frame')} over ${num(span, { sig: 4, unit: 'ps' })}, one every ${num(t.dt_ps, { sig: 3, unit: 'ps' })}` : plural(t.nframes, 'frame');
}

/**
 * @param {{ run: any, spec: TrajectorySpec, all: TrajectorySpec[], query: URLSearchParams, cursor?: any, embedded?: boolean, timed: boolean, onChoose: (name: string) => void }} props
 */
function Player({ run, spec, all, query, cursor, embedded, timed, onChoose }) {
  const drawable = spec.subsets.filter((s) => s.topology !== null);
  const [subset, setSubset] = useState('');
  const [viewer, setViewer] = useState(/** @type {Viewer3D | null} */ (null));
  const chosen = drawable.some((s) => s.name === subset) ? subset : drawable[0]?.name;
  const frame = Number(query.get('frame'));

  const load = async (/** @type {Viewer3D} */ made) => {
    await made.loadTrajectory({ runId: run.id, name: spec.name, subset: chosen });
    const time = cursor?.peek();
    await made.setFrame(time != null ? made.frameAt(time) : !embedded && frame > 0 ? frame - 1 : 0);
  };

  // The address follows the frame once it rests, and the frame follows the address (Back, Forward, a link).
  useEffect(() => {
    if (!viewer || embedded) return undefined;
    let timer = 0;
    const off = viewer.onFrame((/** @type {number} */ i) => {
      clearTimeout(timer);
      timer = window.setTimeout(() => viewer.playing.peek() || setQuery({ frame: i ? i + 1 : null }, { replace: true }), REST_MS);
    });
    return () => {
      clearTimeout(timer);
      off();
    };
  }, [viewer, embedded]);
  useEffect(() => {
    if (viewer && !embedded && !viewer.playing.peek() && frame > 0 && frame - 1 !== viewer.wanted) viewer.setFrame(frame - 1);
  }, [viewer, frame]);

  const choices = html`${all.length > 1 && html`<${Select} class="viewer-select" aria-label="Trajectory" value=${spec.name}
    options=${all.map((t) => ({ value: t.name, label: t.label }))} onInput=${onChoose} />`}
    ${drawable.length > 1 && html`<${Select} class="viewer-select" aria-label="Atoms shown" value=${chosen}
      options=${drawable.map((s) => ({ value: s.name, label: s.label }))} onInput=${setSubset} />`}`;
  return html`<${Viewer} label=${`Trajectory: ${spec.label}`} height=${embedded ? 420 : 560} load=${load} loadKey=${`${spec.name}/${chosen}`} onReady=${setViewer}
    cursor=${cursor} timed=${timed} frames
    picture=${`${run.name}-${spec.name}`.replace(/[^\w.-]+/g, '-')} tools=${choices}
    instead=${spec.raw && html`<${Button} icon="download" href=${fileHref(run.id, spec.raw)}>Download the trajectory<//>`} />`;
}

/**
 * @param {{ run: any, query: URLSearchParams, cursor?: any, embedded?: boolean }} props
 */
export default function TrajectoryTab({ run, query, cursor, embedded = false }) {
  const { data, error, loading, reload } = useApi(run.has_results ? `/runs/${run.id}/results` : null, { deps: [run.state] });
  /** @type {{ trajectories?: TrajectorySpec[], structures?: StructureSpec[], series?: any[] } | undefined} */
  const results = data?.results;
  /** @type {TrajectorySpec[]} */
  const all = useMemo(() => (results?.trajectories ?? []).filter(playable), [results]);
  const wanted = query.get('trajectory');
  const spec = all.find((t) => t.name === wanted) ?? all[0];
  if (loading && !data) return html`<${Skeleton} height=${embedded ? 420 : 560} />`;
  if (error && !data) return html`<${Problem} error=${error} retry=${reload} />`;

  if (!spec) {
    const last = results?.structures?.[0];
    const words = !embedded && last && html`<p class="muted">This run recorded no trajectory; this is its ${last.label.toLowerCase()}.</p>`;
    if (last) return html`<div class="stack"><${RunStructure} runId=${run.id} spec=${last} />${words}</div>`;
    if (embedded) return null;
    const ended = ['finished', 'failed', 'cancelled'].includes(run.state);
    return html`<${Empty} icon="structure" title=${ended ? 'No trajectory' : 'No trajectory yet'}>
      ${ended ? 'This run ended without frames to play. Its files and log are complete.'
    : 'The frames can be played here when the run has finished and its analysis has been collected.'}<//>`;
  }

  const choose = (/** @type {string} */ name) => setQuery({ trajectory: name, frame: null });
  const player = html`<${Player} key=${spec.name} run=${run} spec=${spec} all=${all} query=${query} cursor=${cursor} embedded=${embedded} timed=${isTimed(results)}
    onChoose=${choose} />`;
  if (embedded) return player;
  return html`<div class="stack">${player}
    <${Facts} items=${[
      ['Length', lengthWords(spec, isTimed(results))], ['Atoms', num(spec.natoms, { digits: 0 })],
      ['Shown', spec.subsets.map((s) => s.label).join(', ')],
      ['Whole trajectory', spec.raw && html`<a href=${fileHref(run.id, spec.raw)} download>${spec.raw}</a>`],
    ]} /></div>`;
}
