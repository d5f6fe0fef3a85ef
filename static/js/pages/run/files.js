// The folder of a run as it is on disk, with a preview beside it. Folder and file are in the address:
// `?path=` the folder shown, `?file=` the file previewed.

import { html, useEffect, useMemo, useState } from '/vendor/preact.js';
import { Button, Empty, Icon, Problem, Skeleton, Split, Time } from '../../ui/index.js';
import { pages, useApi } from '../../api.js';
import { bytes, plural } from '../../fmt.js';
import { setQuery } from '../../router.js';
import { sheetLoad } from '../../sheets.js';
import { Preview, previewKind } from './files/preview.js';
import { fileHref } from './results/takeaway.js';

await sheetLoad('/css/pages/results.css');

/** @typedef {{ name: string, kind: 'file' | 'folder', bytes: number | null, modified_at: string }} Entry */

const MEANING = /** @type {Record<string, string>} */ ({
  attempt: 'logs and claims of each attempt', inputs: 'what the run was given', rendered: 'input files as they were filled in',
  results: 'what the analysis wrote', template: 'the template as it was frozen for this run', work: 'where the engine worked',
  'run.json': 'what was asked', 'params.json': 'parameters as resolved', 'manifest.json': 'evidence of how it ended',
  'progress.ndjson': 'progress as it was reported', env: 'environment of the job', 'outcome.json': 'how the job judged itself',
});

const KIND_ICON = { structure: 'structure', picture: 'eye', csv: 'table', text: 'log', binary: 'file' };

/** @param {string} path */
const parent = (path) => path.split('/').slice(0, -1).join('/');

/** The folder, page by page. @param {string} runId @param {string} path @param {number} stamp */
function useFolder(runId, path, stamp) {
  const [state, setState] = useState(/** @type {{ items: Entry[], done: boolean, error: unknown, path: string }} */ ({ items: [], done: false, error: null, path }));
  useEffect(() => {
    const stop = new AbortController();
    setState({ items: [], done: false, error: null, path });
    (async () => {
      /** @type {Entry[]} */
      const items = [];
      try {
        for await (const item of pages(`/runs/${runId}/files`, { path, limit: 500 }, stop.signal)) items.push(item);
        setState({ items, done: true, error: null, path });
      } catch (error) {
        if (!stop.signal.aborted) setState({ items, done: true, error, path });
      }
    })();
    return () => stop.abort();
  }, [runId, path, stamp]);
  return state;
}

/** @param {{ run: any, path: string }} props */
function Crumbs({ run, path }) {
  const parts = path ? path.split('/') : [];
  return html`<nav class="crumbs row" aria-label="Folder">
    <a class="quiet" href=${`/runs/${run.id}/files`} aria-current=${parts.length === 0 ? 'page' : undefined}>Run folder</a>
    ${parts.map((part, i) => html`<span key=${i} class="row"><span class="muted" aria-hidden="true">/</span>
      <a class="quiet" href=${`/runs/${run.id}/files?${new URLSearchParams({ path: parts.slice(0, i + 1).join('/') })}`}
        aria-current=${i === parts.length - 1 ? 'page' : undefined}>${part}</a></span>`)}
  </nav>`;
}

/** @param {{ run: any, query: URLSearchParams }} props */
export default function Files({ run, query }) {
  const file = query.get('file');
  const path = query.get('path') ?? (file ? parent(file) : '');
  const [stamp, setStamp] = useState(0);
  const { items, done, error } = useFolder(run.id, path, stamp);
  const { data } = useApi(run.has_results ? `/runs/${run.id}/results` : null, { deps: [run.id, run.has_results] });
  const labels = useMemo(() => new Map((data?.results?.files ?? []).map((/** @type {any} */ f) => [f.path, f.label])), [data]);
  const sorted = useMemo(() => [...items].sort((a, b) => Number(b.kind === 'folder') - Number(a.kind === 'folder')
    || a.name.localeCompare(b.name, 'en', { numeric: true })), [items]);
  const full = (/** @type {string} */ name) => (path ? `${path}/${name}` : name);
  const chosen = file ? sorted.find((e) => full(e.name) === file) : null;
  const archive = `/api/v1/runs/${run.id}/archive?${new URLSearchParams(path ? { format: 'zip', path } : { format: 'zip' })}`;
  const total = sorted.reduce((sum, e) => sum + (e.bytes ?? 0), 0);

  const side = file && html`<${Preview} key=${file} runId=${run.id} path=${file} size=${chosen?.bytes ?? null}
    onClose=${() => setQuery({ file: null, path: path || null })} />`;

  return html`<div class="run-files stack">
    <div class="spread"><${Crumbs} run=${run} path=${path} />
      <div class="row"><${Button} kind="quiet" icon="refresh" label="Read the folder again" onClick=${() => setStamp(stamp + 1)} />
        <${Button} icon="archive" href=${archive}>${path ? 'Download this folder (zip)' : 'Download everything (zip)'}<//></div></div>
    ${error && html`<${Problem} error=${error} retry=${() => setStamp(stamp + 1)} />`}
    <${Split} open=${Boolean(file)} label="Preview" side=${side}>
      ${!done && sorted.length === 0 && !error && html`<${Skeleton} lines=${8} />`}
      ${done && sorted.length === 0 && !error && html`<${Empty} icon="folder" title="This folder is empty" />`}
      ${sorted.length > 0 && html`<div class="card flush"><div class="table-scroll" tabindex="0" role="region" aria-label="Files"><table class="table file-table">
        <caption class="sr-only">${path || 'Run folder'}, ${plural(sorted.length, 'entry', 'entries')}</caption>
        <thead><tr><th scope="col">Name</th><th scope="col" class="num">Size</th><th scope="col" class="only-wide">Changed</th><th scope="col"><span class="sr-only">Download</span></th></tr></thead>
        <tbody>${sorted.map((e) => html`<tr key=${e.name} class=${full(e.name) === file ? 'chosen' : undefined}>
          <th scope="row"><span class="file-name"><${Icon} name=${e.kind === 'folder' ? 'folder' : KIND_ICON[previewKind(e.name, e.bytes)]} />
            <a class="quiet" aria-current=${full(e.name) === file ? 'true' : undefined}
              href=${`/runs/${run.id}/files?${new URLSearchParams(e.kind === 'folder' ? { path: full(e.name) } : { ...(path ? { path } : {}), file: full(e.name) })}`}>${e.name}</a>
            <span class="muted small only-wide truncate">${labels.get(full(e.name)) ?? (path === '' ? MEANING[e.name] : '')}</span></span></th>
          <td class="num">${e.kind === 'folder' ? '' : bytes(e.bytes)}</td>
          <td class="only-wide muted"><${Time} at=${e.modified_at} /></td>
          <td class="num">${e.kind === 'folder'
            ? html`<${Button} kind="quiet" size="small" icon="archive" label=${`Download ${e.name} as zip`} href=${`/api/v1/runs/${run.id}/archive?${new URLSearchParams({ format: 'zip', path: full(e.name) })}`} />`
            : html`<${Button} kind="quiet" size="small" icon="download" label=${`Download ${e.name}`} href=${fileHref(run.id, full(e.name))} />`}</td>
        </tr>`)}</tbody>
      </table></div></div>
      <p class="muted small num">${plural(sorted.length, 'entry', 'entries')}${total > 0 ? `, ${bytes(total)} here` : ''}</p>`}
    <//>
  </div>`;
}
