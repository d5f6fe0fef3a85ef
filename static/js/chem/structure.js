// A stored structure in 3D, with its sequence below and findings marked in it: on the structure page, in the list of a
// project and where a run is being set up.
//
// Flow: the content is fetched once, for the 3D view and the flat drawing → <Viewer> shows it → the page drives it by what
// `onViewer` hands over. Structures still under inspection, refused or of a kind the viewer does not read say so.

import { html, useEffect, useState } from '/vendor/preact.js';
import { raw } from '../api.js';
import { bytes } from '../fmt.js';
import { Button, Notice, Problem, Skeleton } from '../ui/index.js';
import { VIEWABLE } from './molstar.js';
import { placeKey } from './sequence.js';
import { Viewer } from './viewer.js';
import { placesOf } from './words.js';

/** @typedef {import('./control.js').Viewer3D} Viewer3D */
/** @typedef {{ level: 'info' | 'warning' | 'error', code: string, text: string, why: string, where: string[], count: number }} Finding */
/**
 * @typedef {{ id: string, name: string, project: string, file_id: string, state: 'inspecting' | 'ready' | 'refused', format: string,
 *   bytes: number, facts: any, findings: Finding[], created_at: string }} Structure
 */

const VIEW_MAX = 64 << 20;

/**
 * The text of a structure, fetched once.
 * @param {Structure | undefined} structure
 */
export function useContent(structure) {
  const [state, setState] = useState(/** @type {{ id?: string, text?: string, error?: unknown }} */ ({}));
  const [turn, setTurn] = useState(0);
  const wanted = structure && structure.state === 'ready' && structure.bytes <= VIEW_MAX ? structure.id : null;
  useEffect(() => {
    if (!wanted) return undefined;
    const stop = new AbortController();
    setState({ id: wanted });
    raw(`/structures/${wanted}/content`, { signal: stop.signal })
      .then((reply) => reply.text())
      .then((text) => setState({ id: wanted, text }), (error) => stop.signal.aborted || setState({ id: wanted, error }));
    return () => stop.abort();
  }, [wanted, turn]);
  return { ...(state.id === wanted ? state : {}), reload: () => setTurn(turn + 1) };
}

/**
 * What the findings say about single residues, for the marks of the sequence.
 * @param {Finding[]} findings
 */
export function marksOf(findings) {
  const worst = { info: 0, warning: 1, error: 2 };
  /** @type {Map<string, { level: string, text: string }>} */
  const marks = new Map();
  for (const finding of findings) {
    for (const place of finding.where.flatMap(placesOf)) {
      const key = placeKey(place);
      const old = marks.get(key);
      if (!old || worst[finding.level] > worst[/** @type {'info'} */ (old.level)]) marks.set(key, { level: finding.level, text: finding.text });
    }
  }
  return marks;
}

/** @param {{ structure: Structure }} props */
const Download = ({ structure }) => html`<${Button} icon="download" href=${`/api/v1/structures/${structure.id}/content`} download=${structure.name}>Download the file<//>`;

/**
 * @param {{ structure: Structure, height?: number, content?: { text?: string, error?: unknown, reload: () => void },
 *   onViewer?: (viewer: Viewer3D | null) => void, sequence?: boolean, compact?: boolean }} props
 *   `content` when the page has fetched it already
 */
export function StructureView({ structure, height = 440, content: given, onViewer, sequence = true, compact = false }) {
  const own = useContent(given ? undefined : structure);
  const content = given ?? own;
  const marks = marksOf(structure.findings ?? []);
  if (structure.state !== 'ready') return null;
  const download = html`<${Download} structure=${structure} />`;
  if (!VIEWABLE.has(structure.format)) {
    return html`<${Notice} title="No 3D view of this format" actions=${download}>The viewer does not read ${structure.format} files.<//>`;
  }
  if (structure.bytes > VIEW_MAX) {
    return html`<${Notice} title="Too large to show" actions=${download}>At ${bytes(structure.bytes)} this structure would take too much of your browser's memory.<//>`;
  }
  if (content.error) return html`<${Problem} error=${content.error} retry=${content.reload} />`;
  if (content.text === undefined) return html`<${Skeleton} height=${height} />`;

  const { text } = content;
  const load = (/** @type {Viewer3D} */ made) => made.load({ text, format: structure.format });
  return html`<${Viewer} label=${structure.name} height=${height} load=${load} loadKey=${structure.id} onReady=${onViewer}
    picture=${structure.name.replace(/\.\w+$/, '')} marks=${marks}
    sequence=${sequence ? 'below' : 'none'} compact=${compact} instead=${download} />`;
}
