// One file of a run, shown as what it is: a structure in 3D, a picture, a CSV as a table, text. Only the beginning of a
// long text is fetched; what cannot be shown is offered as a download with the reason.

import { html, useEffect, useState } from '/vendor/preact.js';
import { Button, Code, Notice, Problem, Skeleton } from '../../../ui/index.js';
import { raw } from '../../../api.js';
import { bytes } from '../../../fmt.js';
import { encodePath, fileHref } from '../results/takeaway.js';

const TEXT_MAX = 200_000;
const STRUCTURE_MAX = 20_000_000;
const PICTURE_MAX = 20_000_000;
const CSV_ROWS = 200;
/** Bytes by which a file is judged to be text. */
const SNIFFED = 4096;

const STRUCTURES = new Set(['pdb', 'cif', 'mmcif', 'gro', 'sdf', 'mol', 'mol2', 'xyz']);
const PICTURES = /** @type {Record<string, string>} */ ({ png: 'image/png', jpg: 'image/jpeg', jpeg: 'image/jpeg', gif: 'image/gif', webp: 'image/webp' });
const BINARY = new Set(['xtc', 'trr', 'edr', 'tpr', 'cpt', 'f32', 'f64', 'u32', 'gz', 'zip', 'tar']);

/** @param {string} path */
export const ending = (path) => (path.split('/').pop()?.split('.').slice(1).pop() ?? '').toLowerCase();

/** @param {string} path @param {number | null} size @returns {'structure' | 'picture' | 'csv' | 'text' | 'binary'} */
export function previewKind(path, size) {
  const end = ending(path);
  if (STRUCTURES.has(end) && (size ?? 0) <= STRUCTURE_MAX) return 'structure';
  if (end in PICTURES && (size ?? 0) <= PICTURE_MAX) return 'picture';
  if (BINARY.has(end)) return 'binary';
  return end === 'csv' || end === 'tsv' ? 'csv' : 'text';
}

/** Whether bytes are no text: a NUL, or much that is no UTF-8. @param {Uint8Array} bytes */
function looksBinary(bytes) {
  if (bytes.includes(0)) return true;
  const text = new TextDecoder().decode(bytes);
  return text.split('\uFFFD').length - 1 > 2 + text.length / 50;
}

/**
 * The content, or its beginning.
 *
 * @param {string} runId @param {string} path @param {number} max @param {AbortSignal} signal
 */
async function content(runId, path, max, signal) {
  const reply = await raw(`/runs/${runId}/files/${encodePath(path)}`, { headers: { Range: `bytes=0-${max - 1}` }, signal });
  const total = Number(reply.headers.get('Content-Range')?.split('/')[1] ?? reply.headers.get('Content-Length') ?? 0);
  return { bytes: new Uint8Array(await reply.arrayBuffer()), total };
}

/** CSV by its rules: quoted cells may hold separators and line ends. @param {string} text @param {string} separator */
export function parseCsv(text, separator = ',') {
  /** @type {string[][]} */
  const rows = [];
  let row = /** @type {string[]} */ ([]);
  let cell = '';
  let quoted = false;
  for (let i = 0; i < text.length && rows.length <= CSV_ROWS; i++) {
    const c = text[i];
    if (quoted) {
      if (c !== '"') cell += c;
      else if (text[i + 1] === '"') { cell += '"'; i += 1; } else quoted = false;
    } else if (c === '"') quoted = true;
    else if (c === separator) { row.push(cell); cell = ''; } else if (c === '\n') { row.push(cell.replace(/\r$/, '')); rows.push(row); row = []; cell = ''; } else cell += c;
  }
  if (cell || row.length) rows.push([...row, cell]);
  return rows;
}

/** The text as it reads best: JSON of one line is laid out. @param {string} text @param {string} path */
function readable(text, path) {
  if (ending(path) !== 'json' || text.trim().includes('\n')) return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

/** @param {{ rows: string[][], path: string }} props */
function CsvTable({ rows, path }) {
  const [head = [], ...body] = rows;
  return html`<div class="table-scroll preview-scroll" tabindex="0" role="region" aria-label=${`${path}, table`}><table class="table">
    <thead><tr>${head.map((name, k) => html`<th scope="col" key=${k}>${name}</th>`)}</tr></thead>
    <tbody>${body.slice(0, CSV_ROWS).map((row, i) => html`<tr key=${i}>${row.map((v, k) => html`<td key=${k} class=${v !== '' && Number.isFinite(Number(v)) ? 'num' : undefined}>${v}</td>`)}</tr>`)}</tbody>
  </table></div>`;
}

/** A structure in the viewer, whose module comes only when one is looked at. @param {{ text: string, format: string, label: string }} props */
function InViewer({ text, format, label }) {
  const [part, setPart] = useState(/** @type {{ Viewer: any } | null} */ (null));
  const [missing, setMissing] = useState(false);
  useEffect(() => {
    import('../../../chem/viewer.js').then((module) => setPart({ Viewer: module.Viewer }), () => setMissing(true));
  }, []);
  const load = (/** @type {any} */ viewer) => viewer.load({ text, format });
  if (missing) return html`<${Notice} kind="warn">The 3D view could not be loaded; the file can be read as text.<//>`;
  return part ? html`<${part.Viewer} label=${label} height=${420} load=${load} loadKey=${label} picture=${label} />` : html`<${Skeleton} height=${420} />`;
}

/** @param {{ runId: string, path: string, size: number | null, onClose: () => void }} props */
export function Preview({ runId, path, size, onClose }) {
  const kind = previewKind(path, size);
  const [state, setState] = useState(/** @type {{ text?: string, url?: string, total?: number, error?: unknown, binary?: boolean }} */ ({}));
  const [asText, setAsText] = useState(false);

  useEffect(() => {
    setState({});
    setAsText(false);
    if (kind === 'binary') return undefined;
    const stop = new AbortController();
    let url = '';
    content(runId, path, kind === 'structure' ? STRUCTURE_MAX : kind === 'picture' ? PICTURE_MAX : TEXT_MAX, stop.signal).then((got) => {
      if (kind === 'picture') {
        url = URL.createObjectURL(new Blob([got.bytes], { type: PICTURES[ending(path)] }));
        setState({ url });
      } else if (looksBinary(got.bytes.subarray(0, SNIFFED))) setState({ binary: true });
      else setState({ text: new TextDecoder().decode(got.bytes), total: got.total });
    }).catch((error) => { if (!stop.signal.aborted) setState({ error }); });
    return () => { stop.abort(); if (url) URL.revokeObjectURL(url); };
  }, [runId, path]);

  const name = path.split('/').pop() ?? path;
  const cut = state.text !== undefined && state.total !== undefined && state.total > TEXT_MAX && kind !== 'structure';
  let body = html`<${Skeleton} height=${240} />`;
  if (kind === 'binary' || state.binary) body = html`<${Notice} kind="info" title="Not a text">This file holds binary data. Download it to open it with its own program.<//>`;
  else if (state.error) body = html`<${Problem} error=${state.error} />`;
  else if (state.url) body = html`<img class="preview-picture" src=${state.url} alt=${name} />`;
  else if (state.text === '') body = html`<${Notice} kind="info">The file is empty.<//>`;
  else if (state.text !== undefined && kind === 'structure' && !asText) body = html`<${InViewer} text=${state.text} format=${ending(path)} label=${name} />`;
  else if (state.text !== undefined && kind === 'csv' && !asText) body = html`<${CsvTable} rows=${parseCsv(state.text, ending(path) === 'tsv' ? '\t' : ',')} path=${name} />`;
  else if (state.text !== undefined) body = html`<${Code} text=${readable(state.text.slice(0, TEXT_MAX), path)} label=${name} />`;

  return html`<section class="preview stack tight" aria-label=${`Preview of ${name}`}>
    <div class="spread"><h2 class="preview-name">${name}${size !== null && html` <span class="muted small">${bytes(size)}</span>`}</h2>
      <div class="row">
        ${(kind === 'structure' || kind === 'csv') && state.text !== undefined && html`<${Button} kind="quiet" size="small" onClick=${() => setAsText(!asText)}>${asText ? (kind === 'csv' ? 'As table' : 'In 3D') : 'As text'}<//>`}
        <${Button} size="small" icon="download" href=${fileHref(runId, path)}>Download<//>
        <${Button} kind="quiet" size="small" icon="close" label="Close the preview" onClick=${onClose} />
      </div></div>
    ${body}
    ${cut && html`<p class="muted small">The first ${bytes(TEXT_MAX)} of ${bytes(state.total)} are shown.</p>`}
  </section>`;
}
