// Renaming, moving, putting into the trash. What can be undone is done at once and offers to be undone; several files are
// changed one after the other, and what did not work is told by name.

import { html, useState } from '/vendor/preact.js';
import { plural } from '../../../fmt.js';
import { go } from '../../../router.js';
import { Button, Dialog, Field, Input, Problem, toast } from '../../../ui/index.js';
import { fileChange, fileRestore, fileTrash, folderMove, folderRestore, folderTrash, join, parentOf } from './api.js';

/** @typedef {import('./api.js').FileRow} FileRow */

/** @param {FileRow[]} files @param {(file: FileRow) => Promise<unknown>} act @returns {Promise<{ done: FileRow[], failed: Array<[FileRow, any]> }>} */
async function each(files, act) {
  /** @type {FileRow[]} */
  const done = [];
  /** @type {Array<[FileRow, any]>} */
  const failed = [];
  for (const file of files) await act(file).then(() => done.push(file), (error) => failed.push([file, error]));
  return { done, failed };
}

/** @param {Array<[FileRow, any]>} failed @param {string} what */
function tellFailed(failed, what) {
  if (!failed.length) return;
  const [[file, error]] = failed;
  toast(`${failed.length === 1 ? file.name : plural(failed.length, 'file')} could not be ${what}: ${error.detail ?? error}`, { kind: 'bad' });
}

/** @param {FileRow[]} files */
const named = (files) => (files.length === 1 ? files[0].name : plural(files.length, 'file'));

/** @param {FileRow[]} files @param {() => void} changed */
export async function trashAll(files, changed) {
  const { done, failed } = await each(files, fileTrash);
  changed();
  tellFailed(failed, 'put into the trash');
  if (!done.length) return;
  const undo = async () => {
    const { failed: stuck } = await each(done, (file) => fileRestore(file.id));
    changed();
    tellFailed(stuck, 'taken back');
  };
  toast(`${named(done)} is in the trash`, { action: { label: 'Undo', onClick: undo } });
}

/** @param {FileRow[]} files @param {string} to @param {() => void} changed */
export async function moveAll(files, to, changed) {
  const { done, failed } = await each(files.filter((f) => f.folder !== to), (file) => fileChange(file, { folder: to }));
  changed();
  tellFailed(failed, 'moved');
  if (done.length) toast(`${named(done)} moved to ${to || 'the top'}`);
}

/** @param {string} project @param {import('./api.js').Folder} folder @param {() => void} changed */
export async function trashFolder(project, folder, changed) {
  try {
    const { data } = await folderTrash(project, folder.path);
    changed();
    const undo = () => folderRestore(project, folder.path, data.trashed_at).then(changed, (error) => toast(String(error.detail ?? error), { kind: 'bad' }));
    toast(`${folder.name} with ${plural(data.files, 'file')} is in the trash`, { action: { label: 'Undo', onClick: undo } });
  } catch (error) {
    toast(`${folder.name} could not be put into the trash: ${/** @type {any} */ (error).detail ?? error}`, { kind: 'bad' });
  }
}

/**
 * The dialogs of the tab, one at a time.
 *
 * @param {{ asked: any, project: any, folder: string, folders: import('./api.js').Folder[], onClose: () => void, onChanged: () => void }} props
 */
export function Dialogs({ asked, project, folder, folders, onClose, onChanged }) {
  const done = () => {
    onClose();
    onChanged();
  };
  if (asked.kind === 'rename') {
    return html`<${Ask} title="Rename" label="Name" verb="Rename" first=${asked.file.name} onClose=${onClose} act=${(/** @type {string} */ name) => fileChange(asked.file, { name }).then(done)} />`;
  }
  if (asked.kind === 'folder') {
    const make = async (/** @type {string} */ name) => {
      onClose();
      go(`/projects/${project.id}/files?${new URLSearchParams({ folder: join(folder, name) })}`);
    };
    return html`<${Ask} title="New folder" label="Name" verb="Open it" first="" hint="Add files to it next; it stays once there is one in it." onClose=${onClose} act=${make} />`;
  }
  const choices = ['', ...folders.map((f) => f.path)];
  const hint = 'A path like data/2026. Folders that do not exist are made.';
  if (asked.kind === 'move') {
    const move = async (/** @type {string} */ to) => {
      onClose();
      await moveAll(asked.files, to, onChanged);
    };
    return html`<${Ask} title=${`Move ${named(asked.files)}`} label="To folder" verb="Move" first=${asked.files[0].folder} choices=${choices} hint=${`${hint} Empty is the top.`} mayBeEmpty onClose=${onClose} act=${move} />`;
  }
  const rename = async (/** @type {string} */ to) => {
    await folderMove(project.id, asked.folder.path, to);
    done();
    if (folder === asked.folder.path) go(`/projects/${project.id}/files?${new URLSearchParams({ folder: to })}`);
  };
  return html`<${Ask} title=${`Rename or move ${asked.folder.name}`} label="New path" verb="Move" first=${asked.folder.path} choices=${choices.filter((c) => parentOf(c) !== asked.folder.path)} hint=${hint} onClose=${onClose} act=${rename} />`;
}

/**
 * @param {{ title: string, label: string, verb: string, first: string, hint?: string, choices?: string[], mayBeEmpty?: boolean,
 *   onClose: () => void, act: (text: string) => Promise<unknown> }} props
 */
function Ask({ title, label, verb, first, hint, choices, mayBeEmpty, onClose, act }) {
  const [text, setText] = useState(first);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState(/** @type {any} */ (null));
  const send = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (busy || (!mayBeEmpty && !text.trim())) return;
    setBusy(true);
    setError(null);
    await act(text.trim()).catch(setError);
    setBusy(false);
  };
  const footer = html`<${Button} onClick=${onClose}>Cancel<//><${Button} kind="primary" type="submit" form="files-ask" busy=${busy}>${verb}<//>`;
  return html`<${Dialog} open title=${title} onClose=${onClose} footer=${footer}><form id="files-ask" class="stack" onSubmit=${send}>
    <${Field} label=${label} hint=${hint}><${Input} name="text" value=${text} maxlength="1000" list=${choices ? 'files-choices' : undefined} autocomplete="off" spellcheck="false" autofocus onInput=${setText} /><//>
    ${choices && html`<datalist id="files-choices">${choices.filter(Boolean).map((c) => html`<option key=${c} value=${c}></option>`)}</datalist>`}
    ${error && html`<${Problem} error=${error} />`}</form><//>`;
}
