// Ways for files to come in: dropped (folders too, with everything in them), chosen, pasted. Each answers a list of
// {file, folder}: the folder below the one dropped, '' for single files.

import { html, useEffect, useRef, useState } from '/vendor/preact.js';
import { Button } from '../ui/index.js';

/** Files that systems leave in folders and nobody means to upload. */
const LITTER = new Set(['.DS_Store', 'Thumbs.db', 'desktop.ini']);

/** @typedef {{ file: File, folder: string }} Found */

/** @param {any} entry FileSystemFileEntry @returns {Promise<File>} */
const fileOf = (entry) => new Promise((resolve, reject) => {
  entry.file(resolve, reject);
});

/** One reader answers a hundred at most a call. @param {any} directory @returns {Promise<any[]>} */
async function entriesOf(directory) {
  const reader = directory.createReader();
  const all = [];
  for (;;) {
    const some = await new Promise((resolve, reject) => {
      reader.readEntries(resolve, reject);
    });
    if (!some.length) return all;
    all.push(...some);
  }
}

/** @param {any} entry @param {string} folder @param {Found[]} found */
async function walk(entry, folder, found) {
  if (entry.isFile) {
    if (!LITTER.has(entry.name)) found.push({ file: await fileOf(entry), folder });
    return;
  }
  const inside = folder ? `${folder}/${entry.name}` : entry.name;
  for (const child of await entriesOf(entry)) await walk(child, inside, found);
}

/** Must be called within the drop event, for its items are gone afterwards. @param {DataTransfer} transfer @returns {Promise<Found[]>} */
export async function filesOfDrop(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.() ?? null);
  const plain = [...transfer.files].map((file) => ({ file, folder: '' }));
  if (!entries.some((entry) => entry?.isDirectory)) return plain;
  /** @type {Found[]} */
  const found = [];
  for (const entry of entries) if (entry) await walk(entry, '', found);
  return found;
}

/** @param {FileList | null} list of an <input type=file> @returns {Found[]} */
export function filesOfInput(list) {
  return [...(list ?? [])].filter((file) => !LITTER.has(file.name)).map((file) => {
    const path = file.webkitRelativePath ?? '';
    return { file, folder: path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '' };
  });
}

/**
 * A button that opens the system's own file dialog.
 *
 * @param {{ onFiles: (found: Found[]) => void, multiple?: boolean, folder?: boolean, accept?: string, kind?: any, icon?: string,
 *   size?: 'small', disabled?: boolean, children?: any }} props
 */
export function PickFiles({ onFiles, multiple, folder, accept, children, ...button }) {
  const input = useRef(/** @type {HTMLInputElement | null} */ (null));
  const chosen = (/** @type {any} */ event) => {
    const found = filesOfInput(event.currentTarget.files);
    event.currentTarget.value = '';
    if (found.length) onFiles(found);
  };
  return html`<input ref=${input} type="file" hidden multiple=${multiple || folder} webkitdirectory=${folder} accept=${accept} onChange=${chosen} />
    <${Button} icon="upload" ...${button} onClick=${() => input.current?.click()}>${children}<//>`;
}

/**
 * Whether files hover over an element, and what happens when they are dropped on it.
 *
 * @param {(found: Found[]) => void} onFiles @param {boolean} [enabled]
 * @returns {{ over: boolean, props: Record<string, any> }}
 */
export function useDrop(onFiles, enabled = true) {
  const depth = useRef(0);
  const [over, setOver] = useState(false);
  const has = (/** @type {DragEvent} */ event) => enabled && (event.dataTransfer?.types.includes('Files') ?? false);
  const step = (/** @type {number} */ by) => (/** @type {DragEvent} */ event) => {
    if (!has(event)) return;
    event.preventDefault();
    depth.current = Math.max(0, depth.current + by);
    setOver(depth.current > 0);
  };
  const drop = (/** @type {DragEvent} */ event) => {
    if (!has(event) || !event.dataTransfer) return;
    event.preventDefault();
    depth.current = 0;
    setOver(false);
    filesOfDrop(event.dataTransfer).then((found) => found.length && onFiles(found));
  };
  // A file dropped beside the target would replace the page and what was typed on it.
  useEffect(() => {
    if (!enabled) return undefined;
    const stop = (/** @type {DragEvent} */ event) => event.dataTransfer?.types.includes('Files') && event.preventDefault();
    for (const name of ['dragover', 'drop']) window.addEventListener(name, /** @type {any} */ (stop));
    return () => {
      for (const name of ['dragover', 'drop']) window.removeEventListener(name, /** @type {any} */ (stop));
    };
  }, [enabled]);
  return { over, props: { onDragEnter: step(1), onDragLeave: step(-1), onDragOver: step(0), onDrop: drop } };
}

/**
 * A place to drop files on, which says so and offers the buttons for those who do not drag.
 *
 * @param {{ onFiles: (found: Found[]) => void, text: any, hint?: any, multiple?: boolean, folders?: boolean, accept?: string,
 *   disabled?: boolean, children?: any }} props
 */
export function DropZone({ onFiles, text, hint, multiple, folders, accept, disabled, children }) {
  const { over, props } = useDrop(onFiles, !disabled);
  return html`<div class="drop-zone" data-over=${over ? '' : undefined} ...${props}>
    <p class="strong">${over ? 'Drop to upload' : text}</p>
    <div class="row"><${PickFiles} onFiles=${onFiles} multiple=${multiple} accept=${accept} disabled=${disabled}>${multiple ? 'Choose files' : 'Choose a file'}<//>
      ${folders && html`<${PickFiles} onFiles=${onFiles} folder icon="folder" disabled=${disabled}>Choose a folder<//>`}${children}</div>
    ${hint && html`<p class="muted small">${hint}</p>`}</div>`;
}
