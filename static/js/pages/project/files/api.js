// What the files tab asks the server, and the words for it. Each change names the version it was made from, so two people
// at the same file never overwrite each other without noticing.

import { useEffect, useState } from '/vendor/preact.js';
import { del, pages, patch, post, useApi } from '../../../api.js';

/** @typedef {{ id: string, name: string, folder: string, bytes: number, created_at: string, created_by_login: string, trashed_at: string | null,
 *   version: number, structure_id: string | null, structure_state: string | null, sha256: string }} FileRow */
/** @typedef {{ path: string, name: string, files: number, bytes: number, total_files: number, total_bytes: number }} Folder */

/** Rows fetched before the list says that there are more. */
export const ROWS_MAX = 2000;

/** @param {FileRow} file */
const etag = (file) => `"v${file.version}"`;

/** @param {FileRow} file @param {{ name?: string, folder?: string }} to */
export const fileChange = (file, to) => patch(`/files/${file.id}`, to, { etag: etag(file) });
/** @param {FileRow} file */
export const fileTrash = (file) => del(`/files/${file.id}`, { etag: etag(file) });
/** @param {string} id */
export const fileRestore = (id) => post(`/files/${id}/restore`);
/** @param {string} project @param {string} folder @param {string} to */
export const folderMove = (project, folder, to) => patch(`/projects/${project}/folders`, { folder, to });
/** @param {string} project @param {string} folder */
export const folderTrash = (project, folder) => del(`/projects/${project}/folders`, { query: { folder } });
/** @param {string} project @param {string} folder @param {string} at when it was put there, as the server said */
export const folderRestore = (project, folder, at) => post(`/projects/${project}/folders/restore`, { folder, trashed_at: at });

/** @param {FileRow} file */
export const contentHref = (file) => `/api/v1/files/${file.id}/content`;
/** @param {string} project @param {{ folder?: string, files?: string[] }} what */
export function zipHref(project, { folder, files }) {
  const query = new URLSearchParams();
  if (folder) query.set('folder', folder);
  if (files?.length) query.set('files', files.join(','));
  return `/api/v1/projects/${project}/files.zip${query.size ? `?${query}` : ''}`;
}

/** @param {string} folder the folder above, '' for the top */
export const parentOf = (folder) => (folder.includes('/') ? folder.slice(0, folder.lastIndexOf('/')) : '');
/** @param {string} folder @param {string} name */
export const join = (folder, name) => (folder ? `${folder}/${name}` : name);

/**
 * Files of a folder, of everything below it when one searches, or of the trash.
 *
 * @param {string} project @param {{ folder: string, q: string, all: boolean, trashed: boolean }} what @param {unknown[]} deps
 */
export function useFiles(project, { folder, q, all, trashed }, deps) {
  const wide = all || trashed || Boolean(q);
  const place = `${project} ${folder} ${q} ${wide} ${trashed}`;
  const [state, setState] = useState(/** @type {{ items: FileRow[] | null, error: any, more: boolean, place: string }} */ ({ items: null, error: null, more: false, place }));
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const abort = new AbortController();
    const query = trashed ? { trashed: true, q } : wide ? { folder, recursive: folder ? true : null, q } : { folder: folder || '/' };
    (async () => {
      /** @type {FileRow[]} */
      const items = [];
      for await (const item of pages(`/projects/${project}/files`, { limit: 500, ...query }, abort.signal)) {
        items.push(item);
        if (items.length >= ROWS_MAX) break;
      }
      setState({ items, error: null, more: items.length >= ROWS_MAX, place });
    })().catch((error) => !abort.signal.aborted && setState((was) => ({ ...was, error, place })));
    return () => abort.abort();
  }, [place, turn, ...deps]);
  const here = state.place === place;
  return { items: here ? state.items : null, error: here ? state.error : null, more: state.more, reload: () => setTurn((n) => n + 1) };
}

/** @param {string} project @param {unknown[]} deps */
export function useFolders(project, deps) {
  const read = useApi(`/projects/${project}/folders`, { query: { limit: 500 }, deps });
  return { folders: /** @type {Folder[]} */ (read.data?.items ?? []), reload: read.reload };
}
