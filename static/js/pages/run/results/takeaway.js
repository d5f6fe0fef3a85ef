// What a person takes away: structures to open or download, and the files the analysis names.

import { html } from '/vendor/preact.js';
import { Button, Card, Icon } from '../../../ui/index.js';
import { bytes } from '../../../fmt.js';

const KIND_ICON = { structure: 'structure', log: 'log', trajectory: 'play', table: 'table', other: 'file' };

/** @param {string} path */
export const encodePath = (path) => path.split('/').map(encodeURIComponent).join('/');

/** @param {string} runId @param {string} path */
export const fileHref = (runId, path) => `/api/v1/runs/${runId}/files/${encodePath(path)}`;

/** @param {string} runId @param {string} path where the files tab shows it */
export const previewHref = (runId, path) => `/runs/${runId}/files?${new URLSearchParams({ file: path })}`;

/** @param {{ run: any, structures: { name: string, label: string, file: string, format: string, atoms?: number }[] }} props */
export function Structures({ run, structures }) {
  if (structures.length === 0) return null;
  return html`<${Card} title="Structures" flush class="no-print">
    <ul class="list">${structures.map((s) => html`<li key=${s.name}>
      <${Icon} name="structure" />
      <span class="grow"><a class="quiet strong" href=${previewHref(run.id, `results/${s.file}`)}>${s.label}</a>
        <span class="muted small"> ${s.atoms ? `${s.atoms} atoms, ` : ''}${s.format.toUpperCase()}</span></span>
      <${Button} kind="quiet" size="small" icon="eye" href=${previewHref(run.id, `results/${s.file}`)} aria-label=${`View ${s.label}`}>View<//>
      <${Button} kind="quiet" size="small" icon="download" label=${`Download ${s.label}`} href=${fileHref(run.id, `results/${s.file}`)} />
    </li>`)}</ul>
  <//>`;
}

/** @param {{ run: any, files: { path: string, label: string, bytes?: number, kind: keyof typeof KIND_ICON }[] }} props */
export function ResultFiles({ run, files }) {
  if (files.length === 0) return null;
  return html`<${Card} title="Files" flush class="no-print" actions=${html`<${Button} kind="quiet" size="small" icon="folder" href=${`/runs/${run.id}/files`}>All files<//>`}>
    <ul class="list">${files.map((f) => html`<li key=${f.path}>
      <${Icon} name=${KIND_ICON[f.kind] ?? 'file'} />
      <span class="grow"><a class="quiet" href=${previewHref(run.id, f.path)}>${f.label}</a> <span class="mono muted small file-path">${f.path}</span></span>
      <span class="num muted small">${f.bytes === undefined ? '' : bytes(f.bytes)}</span>
      <${Button} kind="quiet" size="small" icon="download" label=${`Download ${f.label}`} href=${fileHref(run.id, f.path)} />
    </li>`)}</ul>
  <//>`;
}
