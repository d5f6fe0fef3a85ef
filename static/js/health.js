// What is wrong beside the page: the server away, the worker stopped, a computing site not answering. Asked for twice a
// minute while somebody looks; /readyz also answers when the database is away, with 503.

import { computed, effect, signal } from '/vendor/preact.js';
import { request } from './api.js';
import { connection } from './live.js';
import { ago } from './fmt.js';
import { session } from './store.js';
import { setBanner } from './ui/index.js';

const ASK_MS = 30000;

/** @typedef {{ id: string, kind: 'warn' | 'bad', title: string, text: string }} Trouble */

const readiness = signal(/** @type {any} */ (null));
const sites = signal(/** @type {any[]} */ ([]));

/** @param {any} site @returns {Trouble} */
const siteAway = (site) => ({
  id: `site ${site.id}`,
  kind: 'warn',
  title: `${site.title} does not answer`,
  text: `Last heard ${ago(site.as_of)}. Runs there go on; what you see of them is as of then. New runs wait until it is back.`,
});

/** Most important first; empty when all is well. */
export const troubles = computed(() => {
  if (connection.value === 'offline') {
    return /** @type {Trouble[]} */ ([{
      id: 'offline', kind: 'bad', title: 'No connection to the server',
      text: 'What you see is as it was; nothing you typed is lost. The page goes on by itself when the connection is back.',
    }]);
  }
  /** @type {Trouble[]} */
  const found = [];
  const state = readiness.value;
  if (state && !state.ready && state.worker?.ok !== false) {
    found.push({ id: 'portal', kind: 'bad', title: 'The server is starting or its database is away', text: 'It is asked again every half minute.' });
  }
  if (state && state.worker?.ok === false) {
    found.push({
      id: 'worker', kind: 'warn', title: 'The worker has stopped',
      text: 'Running simulations go on. New runs, uploads and states wait until an administrator has started it again.',
    });
  } else {
    for (const site of sites.value) if (site.enabled && !site.reachable) found.push(siteAway(site));
  }
  return found;
});

async function ask() {
  if (document.hidden || !session.peek()) return;
  try {
    const reply = await fetch('/readyz', { cache: 'no-store', headers: { Accept: 'application/json' } });
    const said = await reply.json().catch(() => null);
    readiness.value = said?.worker ? said : { ready: reply.ok };
    if (reply.ok) sites.value = (await request('GET', '/sites')).data.items;
  } catch {
    // Not reached: the connection says so.
  }
}

/** Begins to ask, and to tell in the banners of the shell; once, by app.js. */
export function healthWatch() {
  let told = /** @type {string[]} */ ([]);
  effect(() => {
    const now = troubles.value;
    for (const id of told) if (!now.some((trouble) => trouble.id === id)) setBanner(id, null);
    for (const { id, kind, title, text } of now) setBanner(id, { kind, title, text });
    told = now.map(({ id }) => id);
  });
  ask();
  setInterval(ask, ASK_MS);
  document.addEventListener('visibilitychange', ask);
  window.addEventListener('online', ask);
}
