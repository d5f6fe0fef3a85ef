// Signals every page may read, and the little that is remembered: the session, the theme, drafts of forms, preferences
// and the things visited last. What is kept in localStorage carries the account in its name, so that the next person at
// the same browser inherits nothing; it is a convenience, and a browser that refuses it only forgets sooner.

import { computed, effect, signal } from '/vendor/preact.js';

/**
 * @typedef {import('./api-types.d.ts').Account} Account
 * @typedef {{ account: Account, csrf: string | null }} Session
 * @typedef {'system' | 'light' | 'dark'} Theme
 * @typedef {{ href: string, title: string, kind: string, at: string }} Visit
 */

/** Who is signed in; undefined while that is asked, null when nobody is. */
export const session = signal(/** @type {Session | null | undefined} */ (undefined));
/** The session ended while a page was open: the sign-in dialog shows, calls wait (session.js). */
export const expired = signal(false);
/** Whether the last call reached the server. */
export const reachable = signal(true);

const MEMORY = 'athanor';
const VISITS_MAX = 12;
const DRAFT_DAYS = 30;

/** @param {string} key @returns {any} null when there is nothing or it cannot be read */
function recall(key) {
  try {
    return JSON.parse(localStorage.getItem(`${MEMORY}.${key}`) ?? 'null');
  } catch {
    return null;
  }
}

/** @param {string} key @param {unknown} value null forgets */
function remember(key, value) {
  try {
    if (value === null) localStorage.removeItem(`${MEMORY}.${key}`);
    else localStorage.setItem(`${MEMORY}.${key}`, JSON.stringify(value));
  } catch {
    // Full or switched off.
  }
}

/** Follows the system until somebody chooses; the choice belongs to the browser, not to the account. */
export const theme = signal(/** @type {Theme} */ (['light', 'dark'].includes(recall('theme')) ? recall('theme') : 'system'));
effect(() => {
  if (theme.value === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme.value;
  remember('theme', theme.value === 'system' ? null : theme.value);
});

const account = computed(() => session.value?.account?.id ?? null);

/**
 * What somebody typed and has not sent, kept over reloads, crashes and expired sessions.
 *
 * @param {string} key names the form, e.g. `new/protein-md`
 * @returns {{ load: () => any, save: (value: unknown) => void, clear: () => void }}
 */
export function draft(key) {
  const name = () => `draft.${account.peek() ?? 'nobody'}.${key}`;
  return {
    load: () => recall(name())?.value ?? null,
    save: (value) => remember(name(), { at: Date.now(), value }),
    clear: () => remember(name(), null),
  };
}

/** Forgets drafts nobody came back to. */
function draftsTrim() {
  try {
    for (const name of Object.keys(localStorage)) {
      if (!name.startsWith(`${MEMORY}.draft.`)) continue;
      const key = name.slice(MEMORY.length + 1);
      if (!(recall(key)?.at > Date.now() - DRAFT_DAYS * 86400e3)) remember(key, null);
    }
  } catch {
    // Switched off.
  }
}
draftsTrim();

/** Preferences of the account, kept by the server; {} until they are there. */
export const prefs = signal(/** @type {Record<string, any>} */ ({}));

/** @type {((name: string, value: unknown) => Promise<unknown>) | null} */
let sendPref = null;

/** How a preference reaches the server; given by session.js, for api.js reads this module. @param {typeof sendPref} send */
export function prefsThrough(send) {
  sendPref = send;
}

/**
 * Takes effect here at once and goes to the server behind.
 *
 * @param {string} name @param {unknown} value undefined forgets it
 */
export async function savePref(name, value) {
  const before = prefs.peek();
  const { [name]: _, ...others } = before;
  prefs.value = value === undefined ? others : { ...others, [name]: value };
  try {
    await sendPref?.(name, value);
  } catch (error) {
    prefs.value = before;
    throw error;
  }
}

/** The things visited last, newest first. */
export const recent = signal(/** @type {Visit[]} */ ([]));
effect(() => {
  recent.value = account.value ? recall(`recent.${account.value}`) ?? [] : [];
});

/** Puts a run, structure, project or template on top of `recent`. @param {{ href: string, title: string, kind: string }} what */
export function visited({ href, title, kind }) {
  if (!account.peek()) return;
  const others = recent.peek().filter((visit) => visit.href !== href);
  recent.value = [{ href, title, kind, at: new Date().toISOString() }, ...others].slice(0, VISITS_MAX);
  remember(`recent.${account.peek()}`, recent.value);
}
