// Who is signed in, in every tab at once.
//
// A tab asks once at its start. When the server says 401 in the middle of anything, `expired` goes up: the page stays
// as it is, a dialog asks for the password, and the calls that failed wait for it and are repeated after it (api.js).
// Tabs tell each other on a BroadcastChannel: one sign-in frees the dialogs of all, one sign-out empties all. A tab that
// meets another account than its own starts anew at the first page, so that nobody sees what somebody else had open.

import { get, put, del, request } from './api.js';
import { expired, prefs, prefsThrough, session } from './store.js';

/** @typedef {import('./store.js').Session} Session */

const channel = 'BroadcastChannel' in window ? new BroadcastChannel('athanor.session') : null;

/** @type {Array<() => void>} */
const leaving = [];

/** @param {string} to the address to start anew at */
function startAnew(to) {
  // A document of its own: signals, caches and forms of the other account are gone with the old one.
  window.location.replace(to);
}

/** @param {Session | null} next @returns {boolean} false: the page is being left */
function adopt(next) {
  const known = session.peek();
  if (known && next && known.account.id !== next.account.id) {
    startAnew('/');
    return false;
  }
  session.value = next;
  expired.value = false;
  return true;
}

async function prefsLoad() {
  try {
    prefs.value = (await get('/account/preferences')).data ?? {};
  } catch {
    // Preferences are a convenience: without them everything has its own start.
  }
}
prefsThrough((name, value) => {
  const path = `/account/preferences/${encodeURIComponent(name)}`;
  return value === undefined ? del(path) : put(path, value);
});

/** Asks who is signed in; at start, and when another tab may have changed it. @returns {Promise<void>} */
export async function sessionAsk() {
  const { status, data } = await request('GET', '/session', { allow: [401] });
  if (status === 401) {
    if (session.peek()) expired.value = true;
    else session.value = null;
    return;
  }
  const isNew = !session.peek();
  if (adopt(data) && isNew) prefsLoad();
}

/** @param {string} login @param {string} password @throws {import('./api.js').ApiError} */
export async function signIn(login, password) {
  const { data } = await request('POST', '/session', { body: { login, password }, anonymous: true });
  if (!adopt(data)) return;
  channel?.postMessage('signed-in');
  prefsLoad();
}

/** Ends the session of this browser, everywhere in it. */
export async function signOut() {
  await request('DELETE', '/session', { allow: [401] });
  for (const stop of leaving) stop();
  channel?.postMessage('signed-out');
  startAnew('/signin');
}

/** Called just before the page goes because its session does. @param {() => void} stop */
export function onLeave(stop) {
  leaving.push(stop);
}

/** Takes over the session an answer carries (a changed password makes a new one). @param {Session} next */
export function sessionTake(next) {
  adopt(next);
  channel?.postMessage('signed-in');
}

channel?.addEventListener('message', ({ data }) => {
  if (data === 'signed-out') {
    for (const stop of leaving) stop();
    startAnew('/signin');
  } else {
    sessionAsk().catch(() => {});
  }
});
