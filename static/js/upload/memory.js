// Uploads that were under way, remembered by this browser: a closed tab or a crash loses no bytes the server has. The
// browser forgets the file itself, so the person picks it again, and is recognised by name, size and time of change.

import { signal } from '/vendor/preact.js';
import { session } from '../store.js';

const DAYS = 7;

/** @typedef {{ key: string, url: string, name: string, size: number, sent: number, project: string, folder: string, at: number }} Kept */

const storageName = () => `athanor.uploads.${session.peek()?.account?.id ?? 'nobody'}`;

/** @returns {Kept[]} */
function read() {
  try {
    const all = JSON.parse(localStorage.getItem(storageName()) ?? '[]');
    return all.filter((/** @type {Kept} */ one) => one.at > Date.now() - DAYS * 86400e3);
  } catch {
    return [];
  }
}

/** @param {Kept[]} all */
function write(all) {
  try {
    localStorage.setItem(storageName(), JSON.stringify(all));
  } catch {
    // Full or switched off: then a closed tab starts from the beginning.
  }
}

/** What was cut off and can go on when its file is picked again; those under way in this tab are not among them. */
export const cut = signal(/** @type {Kept[]} */ ([]));
/** @type {Set<string>} */
const here = new Set();

const tell = () => {
  cut.value = read().filter((one) => !here.has(one.key));
};

/** The same file for the same place. @param {File} file @param {{ project: string, folder: string }} to */
export function keyOf(file, { project, folder }) {
  return JSON.stringify([file.name, file.size, file.lastModified, project, folder]);
}

/** Where the bytes of this file were going, if they were. @param {string} key */
export function recall(key) {
  here.add(key);
  tell();
  return read().find((one) => one.key === key)?.url ?? null;
}

/** @param {Omit<Kept, 'at'>} one */
export function keep(one) {
  here.add(one.key);
  write([...read().filter((other) => other.key !== one.key), { ...one, at: Date.now() }]);
}

/** @param {string} key */
export function forget(key) {
  here.delete(key);
  write(read().filter((one) => one.key !== key));
  tell();
}

/** This tab no longer works on it; it is offered again. @param {string} key */
export function release(key) {
  here.delete(key);
  tell();
}

// Another tab that begins or ends an upload changes the same list.
window.addEventListener('storage', (event) => {
  if (event.key === storageName()) tell();
});
session.subscribe(() => tell());
