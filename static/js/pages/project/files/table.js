// Folders and files as rows. Names are data: whatever stands in one is text here and never anything else.

import { html } from '/vendor/preact.js';
import { bytes, plural } from '../../../fmt.js';
import { setQuery } from '../../../router.js';
import { Icon, Menu, Time } from '../../../ui/index.js';
import { contentHref, zipHref } from './api.js';
import { trashAll, trashFolder } from './actions.js';
import { DRAG_TYPE } from './tree.js';

/** @typedef {import('./api.js').FileRow} FileRow */
/** @typedef {import('./api.js').Folder} Folder */

/** @type {Record<string, { kind: string, text: string }>} */
const INSPECTED = { ready: { kind: 'good', text: 'structure' }, inspecting: { kind: 'info', text: 'inspecting' }, refused: { kind: 'warn', text: 'not readable' } };

/** @param {{ column: string, sort: string, down: boolean, children?: any, num?: boolean, wide?: boolean }} props */
function Heading({ column, sort, down, children, num, wide }) {
  const on = sort === column;
  const next = () => setQuery({ sort: column, order: on && down ? 'up' : null });
  return html`<th scope="col" class=${[num && 'num', wide && 'wide-cell'].filter(Boolean).join(' ') || undefined} aria-sort=${on ? (down ? 'descending' : 'ascending') : undefined}>
    <button type="button" class="sort-button" onClick=${next}>${children}${on && html`<${Icon} name=${down ? 'down' : 'up'} />`}</button></th>`;
}

/**
 * @param {{ project: any, files: FileRow[], folders: Folder[], wide: boolean, sort: string, down: boolean, picked: Set<string>,
 *   onPicked: (picked: Set<string>) => void, mayWork: boolean, current: string | null, onAsk: (asked: any) => void, onChanged: () => void }} props
 *   wide: rows come from several folders, so each says which
 */
export function FileTable({ project, files, folders, wide, sort, down, picked, onPicked, mayWork, current, onAsk, onChanged }) {
  const allPicked = files.length > 0 && files.every((f) => picked.has(f.id));
  const pick = (/** @type {string} */ id) => {
    const next = new Set(picked);
    if (!next.delete(id)) next.add(id);
    onPicked(next);
  };
  const props = { project, mayWork, wide, picked, onPick: pick, onAsk, onChanged };
  return html`<div class="card flush"><div class="table-scroll"><table class="table file-rows">
    <caption class="sr-only">${plural(files.length, 'file')} and ${plural(folders.length, 'folder')}</caption>
    <thead><tr><th class="pick-cell"><input type="checkbox" aria-label="Select all files" checked=${allPicked} onChange=${() => onPicked(new Set(allPicked ? [] : files.map((f) => f.id)))} /></th>
      <${Heading} column="name" sort=${sort} down=${down}>Name<//><${Heading} column="bytes" sort=${sort} down=${down} num>Size<//><${Heading} column="created" sort=${sort} down=${down} wide>Added<//>
      <th scope="col" class="wide-cell">By</th><th><span class="sr-only">Actions</span></th></tr></thead>
    <tbody>${folders.map((f) => html`<${FolderLine} key=${f.path} folder=${f} ...${props} />`)}
      ${files.map((f) => html`<${FileLine} key=${f.id} file=${f} current=${f.id === current} ...${props} />`)}</tbody></table></div></div>`;
}

/** @param {{ folder: Folder, project: any, mayWork: boolean, onAsk: (asked: any) => void, onChanged: () => void }} props */
function FolderLine({ folder, project, mayWork, onAsk, onChanged }) {
  const items = [
    { label: 'Download as zip', icon: 'archive', href: zipHref(project.id, { folder: folder.path }) },
    ...(mayWork ? [{ label: 'Rename or move', icon: 'edit', onClick: () => onAsk({ kind: 'folderMove', folder }) }, { label: 'Put into the trash', icon: 'trash', danger: true, onClick: () => trashFolder(project.id, folder, onChanged) }] : []),
  ];
  return html`<tr><td class="pick-cell"></td><th scope="row"><a class="file-link" href=${`/projects/${project.id}/files?${new URLSearchParams({ folder: folder.path })}`}><${Icon} name="folder" /><span>${folder.name}</span></a></th>
    <td class="num">${bytes(folder.total_bytes)}</td><td class="wide-cell muted" colspan="2">${plural(folder.total_files, 'file')}</td>
    <td class="num"><${Menu} label=${`Actions of ${folder.name}`} icon="more" kind="quiet" size="small" align="end" items=${items} /></td></tr>`;
}

/**
 * @param {{ file: FileRow, current: boolean, project: any, mayWork: boolean, wide: boolean, picked: Set<string>, onPick: (id: string) => void,
 *   onAsk: (asked: any) => void, onChanged: () => void }} props
 */
function FileLine({ file, current, mayWork, wide, picked, onPick, onAsk, onChanged }) {
  const inspected = file.structure_id && file.structure_state ? INSPECTED[file.structure_state] : null;
  const items = [
    { label: 'Download', icon: 'download', href: contentHref(file) },
    ...(file.structure_id ? [{ label: 'Structure page', icon: 'structure', href: `/structures/${file.structure_id}` }] : []),
    ...(mayWork ? [
      { label: 'Rename', icon: 'edit', onClick: () => onAsk({ kind: 'rename', file }) }, { label: 'Move', icon: 'folder', onClick: () => onAsk({ kind: 'move', files: [file] }) },
      { label: 'Put into the trash', icon: 'trash', danger: true, onClick: () => trashAll([file], onChanged) },
    ] : []),
  ];
  const drag = (/** @type {DragEvent} */ event) => event.dataTransfer?.setData(DRAG_TYPE, (picked.has(file.id) ? [...picked] : [file.id]).join(','));
  const open = (/** @type {MouseEvent} */ event) => {
    if (event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    setQuery({ file: file.id });
  };
  return html`<tr class=${current ? 'current' : undefined} draggable=${mayWork ? 'true' : undefined} onDragStart=${drag}>
    <td class="pick-cell"><input type="checkbox" aria-label=${`Select ${file.name}`} checked=${picked.has(file.id)} onChange=${() => onPick(file.id)} /></td>
    <th scope="row"><a class="file-link" href=${contentHref(file)} aria-current=${current ? 'true' : undefined} onClick=${open}><${Icon} name=${file.structure_id ? 'structure' : 'file'} /><span>${file.name}</span></a>
      ${wide && file.folder && html`<span class="sub">${file.folder}</span>`}
      ${inspected && file.structure_state !== 'ready' && html`<span class="chip" data-kind=${inspected.kind}>${inspected.text}</span>`}</th>
    <td class="num">${bytes(file.bytes)}</td><td class="wide-cell muted nowrap"><${Time} at=${file.created_at} /></td><td class="wide-cell muted">${file.created_by_login}</td>
    <td class="num"><${Menu} label=${`Actions of ${file.name}`} icon="more" kind="quiet" size="small" align="end" items=${items} /></td></tr>`;
}
