// The queue of uploads. It belongs to the tab, not to a page: it goes on while one moves about, asks before the tab is
// closed, and is empty after signing out. A few at a time, so that a folder of a thousand files starts quickly and one
// large file does not hold the small ones back.

import { computed, signal } from '/vendor/preact.js';
import { session } from '../store.js';
import { announce } from '../ui/toast.js';
import { UploadItem, drop } from './item.js';
import { cut, forget } from './memory.js';

export { cut };

const AT_ONCE = 3;
const DRAW_MS = 120;
const MANY = 5;
const ARRIVALS_MS = 1500;

/** @typedef {import('./item.js').UploadItem} Item */

/** All uploads of this tab, oldest first; a new array at every change, some times a second at most. */
export const uploads = signal(/** @type {Item[]} */ ([]));
/** Grows when files were stored: lists read again when it changes. */
export const arrivals = signal(0);
export const active = computed(() => uploads.value.filter((item) => !item.isOver));

let drawing = 0;
let arriving = 0;
/** @type {Map<number, string>} */
const seen = new Map();

function draw() {
  drawing = 0;
  uploads.value = [...uploads.peek()];
}

/** Tells of a stored file; of many at once, only now and then and when all have come. @param {Item} item */
function arrived(item) {
  const left = active.value.length;
  const many = uploads.peek().length > MANY;
  if (!many) announce(`${item.name} is stored.`);
  else if (!left) announce('All uploads are stored.');
  if (arriving) return;
  arriving = window.setTimeout(() => {
    arriving = 0;
    arrivals.value += 1;
  }, many && left ? ARRIVALS_MS : 0);
}

/** @param {Item} item */
function changed(item) {
  const news = seen.get(item.id) !== item.state;
  seen.set(item.id, item.state);
  if (news) {
    clearTimeout(drawing);
    draw();
    if (item.state === 'stored') arrived(item);
    if (item.state === 'failed' || item.state === 'refused') announce(`${item.name} was not stored. ${item.error?.detail ?? ''}`);
    queueMicrotask(next);
  } else if (!drawing) {
    drawing = window.setTimeout(draw, DRAW_MS);
  }
}

function next() {
  const all = uploads.peek();
  let free = AT_ONCE - all.filter((item) => item.isActive).length;
  for (const item of all) {
    if (free <= 0) return;
    if (item.state !== 'waiting' || item.isActive) continue;
    free -= 1;
    item.start();
  }
}

/**
 * @param {File} file @param {{ project: string, folder?: string }} to
 * @returns {Item} its `done` resolves when it is stored or will not be
 */
export function addUpload(file, to) {
  const item = new UploadItem(file, to, changed);
  uploads.value = [...uploads.peek(), item];
  queueMicrotask(next);
  return item;
}

/** @param {Array<{ file: File, folder: string }>} files @param {{ project: string, folder?: string }} to @returns {Item[]} */
export function addUploads(files, { project, folder = '' }) {
  const items = files.map((one) => new UploadItem(one.file, { project, folder: [folder, one.folder].filter(Boolean).join('/') }, changed));
  uploads.value = [...uploads.peek(), ...items];
  queueMicrotask(next);
  return items;
}

/** Takes what is over out of the list. @param {Item} [item] only this one */
export function clearOver(item) {
  uploads.value = uploads.peek().filter((one) => !one.isOver || (item && one !== item));
}

/** @param {import('./memory.js').Kept} one gives up an upload that was cut off */
export async function dropCut(one) {
  forget(one.key);
  await drop(one.url).catch(() => null);
}

window.addEventListener('online', () => {
  for (const item of uploads.peek()) if (item.state === 'waiting' && item.note && item.tus) item.start();
});

// The bytes would stop with the tab; what is already there is kept, but the person should know.
window.addEventListener('beforeunload', (event) => {
  if (active.peek().some((item) => item.state !== 'paused')) event.preventDefault();
});

let who = session.peek()?.account?.id;
session.subscribe((now) => {
  if (now === undefined || now?.account?.id === who) return;
  who = now?.account?.id;
  for (const item of uploads.peek()) item.leave();
  uploads.value = [];
});
