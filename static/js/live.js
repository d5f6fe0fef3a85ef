// Events as they happen. All tabs of a browser share one connection, held by a SharedWorker (live-worker.js): over
// HTTP/1.1 a browser opens six to a server, and a stream of its own in each tab would leave the seventh without any.
//
// Where there is no SharedWorker, and while the stream is away, subscribers get {type: 'poll'} from time to time and
// read again; answers carry an ETag, so that costs little. Nothing is sent to the worker before somebody is signed in.

import { effect, signal } from '/vendor/preact.js';
import { reachable, session } from './store.js';

const POLL_MS = 15000;
const PROBE_MS = 3000;
const TOLD_MS = 50;

/** @typedef {{ type: string, id?: number, run?: string, project?: string, [key: string]: any }} LiveEvent */

/** How news arrives. */
export const connection = signal(/** @type {'live' | 'polling' | 'offline'} */ ('polling'));
const streaming = signal(false);
effect(() => {
  connection.value = !reachable.value ? 'offline' : streaming.value ? 'live' : 'polling';
});

/** @type {Set<{ topics: string[], on: (event: LiveEvent) => void }>} */
const subscribers = new Set();
/** @type {MessagePort | null} */
let port = null;
let telling = 0;
let sent = '';

/** @param {LiveEvent} event @param {string} topic */
function isAbout(event, topic) {
  if (topic === 'mine' || event.type === 'resync' || event.type === 'poll') return true;
  return topic === `run:${event.run}` || topic === `project:${event.project}`;
}

/** @param {LiveEvent} event */
function deliver(event) {
  for (const { topics, on } of [...subscribers]) {
    if (topics.some((topic) => isAbout(event, topic))) on(event);
  }
}

/**
 * What the stream must carry for this tab. `mine` is all somebody may see, so that the stream stays as pages come and
 * go; administrators also look at what is not theirs.
 */
function topicsNeeded() {
  const topics = session.peek()?.account.role === 'admin' ? [...subscribers].flatMap((one) => one.topics) : [];
  return [...new Set(['mine', ...topics])];
}

/** Says which topics this tab wants; once for a burst of changes. */
function tell() {
  clearTimeout(telling);
  telling = window.setTimeout(() => {
    const account = session.peek()?.account.id ?? null;
    const text = JSON.stringify({ type: 'topics', topics: account ? topicsNeeded() : [], account });
    if (text === sent || !port) return;
    sent = text;
    port.postMessage(JSON.parse(text));
  }, TOLD_MS);
}

/**
 * @param {string[]} topics `project:<id>`, `run:<id>`, or `mine`: all I may see
 * @param {(event: LiveEvent) => void} on also gets {type: 'resync'} and {type: 'poll'}: read the current state
 * @returns {() => void}
 */
export function subscribe(topics, on) {
  const one = { topics, on };
  subscribers.add(one);
  tell();
  return () => {
    subscribers.delete(one);
    tell();
  };
}

/** Takes this tab's part in the stream away; before its session ends. */
export function liveStop() {
  clearTimeout(telling);
  port?.postMessage({ type: 'bye' });
  port = null;
  streaming.value = false;
}

/** @param {MessageEvent} message */
function onMessage({ data }) {
  if (data.type === 'state') {
    const back = data.streaming && !streaming.peek();
    streaming.value = data.streaming;
    if (data.unauthorized) deliver({ type: 'poll' });
    // What happened between the page's own reading and the first event is not told by anybody.
    if (back) deliver({ type: 'resync' });
  } else if (data.type === 'ping') {
    port?.postMessage({ type: 'pong' });
  } else if (data.type === 'event') {
    deliver(data.event);
  }
}

function connect() {
  if (!('SharedWorker' in window)) return;
  try {
    const worker = new SharedWorker('/js/live-worker.js', { type: 'module', name: 'athanor-live' });
    // The worker's script may be refused or missing: then this tab polls.
    worker.addEventListener('error', () => {
      port = null;
    });
    port = worker.port;
    port.addEventListener('message', onMessage);
    port.start();
    sent = '';
    tell();
  } catch {
    port = null;
  }
}
connect();
effect(() => {
  if (session.value !== undefined) tell();
});

setInterval(() => {
  if (!streaming.peek() && !document.hidden && session.peek()) deliver({ type: 'poll' });
}, POLL_MS);

/** Looks whether the server is back. */
async function probe() {
  try {
    await fetch('/healthz', { cache: 'no-store' });
  } catch {
    return;
  }
  reachable.value = true;
  deliver({ type: 'resync' });
}
effect(() => {
  if (reachable.value) return undefined;
  const probing = setInterval(probe, PROBE_MS);
  return () => clearInterval(probing);
});
window.addEventListener('offline', () => {
  reachable.value = false;
});
window.addEventListener('online', () => {
  if (!reachable.peek()) probe();
});

// A tab put aside by the browser answers no pings and is dropped by the worker; it says hello again when it is back.
window.addEventListener('pagehide', () => port?.postMessage({ type: 'bye' }));
for (const name of ['pageshow', 'resume']) {
  window.addEventListener(name, () => {
    sent = '';
    tell();
  });
}
document.addEventListener('visibilitychange', () => {
  if (document.hidden) return;
  sent = '';
  tell();
  if (!streaming.peek() && session.peek()) deliver({ type: 'poll' });
});
