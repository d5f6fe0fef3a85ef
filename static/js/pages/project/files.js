// The files of a project: folders as a tree, files as a table, uploads under way above them, the trash behind a switch.
// Folder, search, sorting, trash and the file looked at are in the address. A folder exists as long as a file is in it,
// so a new one is a place to put files, and is not there before the first has come.

import { html, useEffect, useMemo, useState } from '/vendor/preact.js';
import { plural } from '../../fmt.js';
import { go, setQuery } from '../../router.js';
import { sheetLoad } from '../../sheets.js';
import { PickFiles, useDrop } from '../../upload/drop.js';
import { UploadRow } from '../../upload/rows.js';
import { addUploads, arrivals, clearOver, uploads } from '../../upload/upload.js';
import { Button, Card, Empty, Icon, Problem, Search, Skeleton, Split, toast } from '../../ui/index.js';
import { ROWS_MAX, contentHref, parentOf, useFiles, useFolders, zipHref } from './files/api.js';
import { Dialogs, moveAll, trashAll } from './files/actions.js';
import { FileTable } from './files/table.js';
import { Preview } from './files/preview.js';
import { Trash } from './files/trash.js';
import { Tree } from './files/tree.js';

const UPLOADS_SHOWN = 8;

/** @typedef {import('./files/api.js').FileRow} FileRow */

/** @param {{ project: any, query: URLSearchParams, reload: () => void }} props */
export default function Files({ project, query, reload: reloadProject }) {
  useEffect(() => {
    sheetLoad('/css/pages/upload.css');
    sheetLoad('/css/pages/files.css');
  }, []);
  const mayWork = project.role !== 'viewer' && !project.archived_at;
  if (query.has('trash')) return html`<${Trash} project=${project} query=${query} mayWork=${mayWork} onChanged=${reloadProject} />`;
  return html`<${Browser} project=${project} query=${query} mayWork=${mayWork} onChanged=${reloadProject} />`;
}

/** @param {FileRow[]} items @param {string} sort @param {boolean} down */
function sorted(items, sort, down) {
  const by = {
    name: (/** @type {FileRow} */ a, /** @type {FileRow} */ b) => a.name.localeCompare(b.name, 'en', { numeric: true }),
    bytes: (/** @type {FileRow} */ a, /** @type {FileRow} */ b) => a.bytes - b.bytes,
    created: (/** @type {FileRow} */ a, /** @type {FileRow} */ b) => a.created_at.localeCompare(b.created_at),
  }[sort] ?? (() => 0);
  return [...items].sort((a, b) => (down ? by(b, a) : by(a, b)));
}

/** @param {{ project: any, query: URLSearchParams, mayWork: boolean, onChanged: () => void }} props */
function Browser({ project, query, mayWork, onChanged }) {
  const folder = query.get('folder') ?? '';
  const q = query.get('q') ?? '';
  const all = query.has('all');
  const sort = query.get('sort') ?? 'name';
  const down = query.has('sort') ? query.get('order') !== 'up' && sort !== 'name' : false;
  const [stamp, setStamp] = useState(0);
  const deps = [arrivals.value, stamp];
  const files = useFiles(project.id, { folder, q, all, trashed: false }, deps);
  const { folders } = useFolders(project.id, deps);
  const [picked, setPicked] = useState(/** @type {Set<string>} */ (new Set()));
  const [asked, setAsked] = useState(/** @type {any} */ (null));
  useEffect(() => setPicked(new Set()), [folder, q, all]);
  useEffect(() => {
    if (arrivals.peek()) onChanged();
  }, [arrivals.value]);

  const changed = () => {
    setStamp((n) => n + 1);
    setPicked(new Set());
    onChanged();
  };
  const add = (/** @type {any[]} */ found) => {
    addUploads(found, { project: project.id, folder });
    toast(`${plural(found.length, 'file')} on the way.`);
  };
  const { over, props: drop } = useDrop(add, mayWork);
  const rows = useMemo(() => sorted(files.items ?? [], sort, down), [files.items, sort, down]);
  const inside = folders.filter((f) => parentOf(f.path) === folder);
  const chosen = rows.filter((f) => picked.has(f.id));
  const shownFile = query.get('file') ? rows.find((f) => f.id === query.get('file')) : null;
  const side = shownFile && html`<${Preview} key=${shownFile.id} file=${shownFile} onClose=${() => setQuery({ file: null })} />`;
  const wide = Boolean(q) || all;
  const nothing = files.items && !rows.length && (wide || !inside.length);

  return html`<div class="files stack" data-over=${over ? '' : undefined} ...${drop}>
    <div class="spread files-bar">
      <${Search} label="Find a file" placeholder="Find by name in all folders" value=${q} onInput=${(/** @type {string} */ text) => setQuery({ q: text, file: null }, { replace: true })} />
      <div class="row">
        <${Button} kind="quiet" icon="trash" href=${`/projects/${project.id}/files?trash=1`}>Trash<//>
        ${rows.length + inside.length > 0 && html`<${Button} icon="archive" href=${zipHref(project.id, { folder })} download>${folder ? 'This folder as zip' : 'All as zip'}<//>`}
        ${mayWork && html`<${Button} icon="folder" onClick=${() => setAsked({ kind: 'folder' })}>New folder<//>
          <${PickFiles} folder icon="upload" onFiles=${add}>Add a folder<//><${PickFiles} multiple kind="primary" onFiles=${add}>Add files<//>`}
      </div></div>
    <${Under} project=${project} />
    <${Split} open=${Boolean(side)} label="File" side=${side}>
      <div class="files-layout" data-tree=${folders.length > 0 ? '' : undefined}>
        ${folders.length > 0 && html`<${Tree} project=${project} folders=${folders} current=${folder} mayWork=${mayWork} onMove=${(/** @type {string[]} */ ids, /** @type {string} */ to) => moveAll(rows.filter((f) => ids.includes(f.id)), to, changed)} />`}
        <div class="stack tight">
          <${Where} project=${project} folder=${folder} q=${q} all=${all} />
          ${files.error && html`<${Problem} error=${files.error} retry=${files.reload} />`}
          ${!files.items && !files.error && html`<${Skeleton} lines=${8} />`}
          ${chosen.length > 0 && html`<${Selected} project=${project} chosen=${chosen} mayWork=${mayWork} onClear=${() => setPicked(new Set())} onMove=${() => setAsked({ kind: 'move', files: chosen })} onTrash=${() => trashAll(chosen, changed)} />`}
          ${nothing && html`<${Nothing} wide=${wide} folder=${folder} mayWork=${mayWork} />`}
          ${files.items && !nothing && html`<${FileTable} project=${project} files=${rows} folders=${wide ? [] : inside} wide=${wide} sort=${sort} down=${down} picked=${picked} onPicked=${setPicked}
            mayWork=${mayWork} current=${shownFile?.id ?? null} onAsk=${setAsked} onChanged=${changed} />`}
          ${files.more && html`<p class="muted small">The newest ${ROWS_MAX} are shown; search finds the others.</p>`}
          ${mayWork && files.items && !nothing && html`<p class="muted small only-wide">Drop files or folders anywhere here to add them${folder ? ` to ${folder}` : ''}.</p>`}
        </div>
      </div>
    <//>
    ${asked && html`<${Dialogs} asked=${asked} project=${project} folder=${folder} folders=${folders} onClose=${() => setAsked(null)} onChanged=${changed} />`}
  </div>`;
}

/** Uploads into this project. @param {{ project: any }} props */
function Under({ project }) {
  const all = uploads.value.filter((item) => item.project === project.id && item.state !== 'stored' && item.state !== 'cancelled');
  if (!all.length) return null;
  const over = all.filter((item) => item.isOver);
  return html`<${Card} flush title=${`On the way, ${plural(all.length, 'file')}`}
    actions=${over.length > 0 && html`<${Button} size="small" kind="quiet" onClick=${() => clearOver()}>Clear failed<//>`}>
    <ul class="list">${all.slice(0, UPLOADS_SHOWN).map((item) => html`<${UploadRow} key=${item.id} item=${item} />`)}</ul>
    ${all.length > UPLOADS_SHOWN && html`<p class="pad muted small">and ${all.length - UPLOADS_SHOWN} more</p>`}<//>`;
}

/** The way to the folder. @param {{ project: any, folder: string, q: string, all: boolean }} props */
function Where({ project, folder, q, all }) {
  const base = `/projects/${project.id}/files`;
  if (q || all) return html`<p class="row"><span class="muted">${q ? `Names with “${q}”, in all folders` : 'All files, in all folders'}</span> <a href=${base}>Back to the folders</a></p>`;
  if (!folder) return null;
  const parts = folder.split('/');
  return html`<nav aria-label="Folder"><ol class="folder-way"><li><a href=${base}>${project.name}</a></li>
    ${parts.map((part, i) => html`<li key=${i}>${i === parts.length - 1 ? html`<span aria-current="page">${part}</span>` : html`<a href=${`${base}?${new URLSearchParams({ folder: parts.slice(0, i + 1).join('/') })}`}>${part}</a>`}</li>`)}</ol></nav>`;
}

/** @param {{ project: any, chosen: FileRow[], mayWork: boolean, onClear: () => void, onMove: () => void, onTrash: () => void }} props */
function Selected({ project, chosen, mayWork, onClear, onMove, onTrash }) {
  const one = chosen.length === 1 ? chosen[0] : null;
  return html`<div class="selected-bar" role="region" aria-label="Selected files"><span class="strong">${plural(chosen.length, 'file')} selected</span>
    <div class="row"><${Button} size="small" icon="download" download href=${one ? contentHref(one) : zipHref(project.id, { files: chosen.map((f) => f.id) })}>${one ? 'Download' : 'Download as zip'}<//>
      ${mayWork && html`<${Button} size="small" icon="folder" onClick=${onMove}>Move<//><${Button} size="small" icon="trash" onClick=${onTrash}>Put into the trash<//>`}
      <${Button} size="small" kind="quiet" icon="close" label="Select nothing" onClick=${onClear} /></div></div>`;
}

/** @param {{ wide: boolean, folder: string, mayWork: boolean }} props */
function Nothing({ wide, folder, mayWork }) {
  if (wide) return html`<${Empty} icon="search" title="No file of this name" actions=${html`<${Button} onClick=${() => setQuery({ q: null, all: null })}>Show the folders<//>`} />`;
  return html`<div class="drop-zone"><${Icon} name="upload" /><p class="strong">${folder ? 'This folder is empty' : 'No files yet'}</p>
    <p class="muted">${mayWork ? 'Drop files or whole folders here. Structures are inspected as they arrive; large files go on after an interruption.' : 'Members of this project can add files.'}</p>
    ${folder && html`<p class="small muted">The folder exists once a file is in it.</p>`}
    ${folder && html`<${Button} onClick=${() => go(window.location.pathname)}>Back to the top<//>`}</div>`;
}
