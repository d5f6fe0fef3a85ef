// The folders of a project as a tree of links. A folder opens with its path; files dragged from the table can be dropped on
// one, and files of the system as well (the tab takes those).

import { html, useState } from '/vendor/preact.js';
import { num } from '../../../fmt.js';
import { Icon } from '../../../ui/index.js';
import { parentOf } from './api.js';

/** What a dragged row carries. */
export const DRAG_TYPE = 'application/x-athanor-files';

/**
 * @param {{ project: any, folders: import('./api.js').Folder[], current: string, mayWork: boolean, onMove: (ids: string[], to: string) => void }} props
 */
export function Tree({ project, folders, current, mayWork, onMove }) {
  const [shut, setShut] = useState(/** @type {Set<string>} */ (new Set()));
  const base = `/projects/${project.id}/files`;
  const children = (/** @type {string} */ path) => folders.filter((f) => parentOf(f.path) === path);
  const toggle = (/** @type {string} */ path) => {
    const next = new Set(shut);
    if (!next.delete(path)) next.add(path);
    setShut(next);
  };
  const drop = (/** @type {string} */ to) => mayWork && {
    onDragOver: (/** @type {DragEvent} */ event) => {
      if (event.dataTransfer?.types.includes(DRAG_TYPE)) event.preventDefault();
    },
    onDrop: (/** @type {DragEvent} */ event) => {
      const ids = event.dataTransfer?.getData(DRAG_TYPE);
      if (!ids) return;
      event.preventDefault();
      onMove(ids.split(','), to);
    },
  };
  /** @type {(path: string) => any} */
  const branch = (path) => html`<ul>${children(path).map((f) => {
    const below = children(f.path).length > 0;
    const open = below && !shut.has(f.path);
    return html`<li key=${f.path}><div class="tree-row" ...${drop(f.path)}>
        ${below ? html`<button type="button" class="twist" aria-expanded=${String(open)} aria-label=${`${open ? 'Close' : 'Open'} ${f.name}`} onClick=${() => toggle(f.path)}><${Icon} name="right" /></button>` : html`<span class="twist"></span>`}
        <a href=${`${base}?${new URLSearchParams({ folder: f.path })}`} aria-current=${f.path === current ? 'page' : undefined}><${Icon} name="folder" /><span class="truncate">${f.name}</span><span class="muted small num">${num(f.total_files)}</span></a></div>
      ${open && branch(f.path)}</li>`;
  })}</ul>`;
  return html`<nav class="tree" aria-label="Folders"><div class="tree-row" ...${drop('')}><a href=${base} aria-current=${current === '' ? 'page' : undefined}><${Icon} name="projects" /><span class="truncate">${project.name}</span></a></div>
    ${branch('')}</nav>`;
}
