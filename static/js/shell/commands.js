// What the palette can find: pages, actions, recent things, projects, templates, structures of the current project, and
// runs by the server's own search. Lists are read when the palette opens and kept for a short while.

import { get } from '../api.js';
import { recent, theme } from '../store.js';
import { STATES } from '../ui/index.js';
import { KIND_ICON } from './context.js';

/** @typedef {{ id: string, group: string, label: string, icon: string, note?: string, href?: string, run?: () => void, words?: string }} Command */

const FRESH_MS = 30000;

/** @type {Command[]} */
const PAGES = [
  { id: 'home', group: 'Go to', label: 'Home', icon: 'home', href: '/' },
  { id: 'projects', group: 'Go to', label: 'Projects', icon: 'projects', href: '/projects' },
  { id: 'runs', group: 'Go to', label: 'Runs', icon: 'runs', href: '/runs', words: 'jobs queue' },
  { id: 'runs-failed', group: 'Go to', label: 'Failed runs', icon: 'failed', href: '/runs?state=failed' },
  { id: 'runs-active', group: 'Go to', label: 'Active runs', icon: 'running', href: '/runs?state=active' },
  { id: 'templates', group: 'Go to', label: 'Templates', icon: 'templates', href: '/templates', words: 'methods simulations' },
  { id: 'modules', group: 'Go to', label: 'Modules', icon: 'modules', href: '/modules', words: 'software programs' },
  { id: 'help', group: 'Go to', label: 'User guide', icon: 'book', href: '/help', words: 'help manual documentation' },
  { id: 's-account', group: 'Settings', label: 'Password and account', icon: 'user', href: '/settings/account', words: 'settings name' },
  { id: 's-sessions', group: 'Settings', label: 'Sessions', icon: 'monitor', href: '/settings/sessions', words: 'settings devices signed in' },
  { id: 's-tokens', group: 'Settings', label: 'Tokens for notebooks and scripts', icon: 'key', href: '/settings/tokens', words: 'settings api key python' },
  { id: 's-appearance', group: 'Settings', label: 'Appearance', icon: 'sun', href: '/settings/appearance', words: 'settings theme dark light' },
];

/** @param {{ onSignOut: () => void, showKeys: () => void }} what @returns {Command[]} */
export function actions({ onSignOut, showKeys }) {
  const other = theme.value === 'dark' ? 'light' : 'dark';
  return [
    { id: 'a-run', group: 'Actions', label: 'New run', icon: 'plus', href: '/templates', words: 'launch start simulate' },
    { id: 'a-project', group: 'Actions', label: 'New project', icon: 'plus', href: '/projects?new=1', words: 'create' },
    { id: 'a-theme', group: 'Actions', label: `Use the ${other} theme`, icon: other === 'dark' ? 'moon' : 'sun', run: () => { theme.value = other; }, words: 'appearance' },
    { id: 'a-keys', group: 'Actions', label: 'Show keyboard shortcuts', icon: 'keyboard', run: showKeys },
    { id: 'a-out', group: 'Actions', label: 'Sign out', icon: 'sign-out', run: onSignOut, words: 'log out leave' },
  ];
}

/** @returns {Command[]} */
export function pageCommands() {
  return PAGES;
}

/** @returns {Command[]} */
export function recentCommands() {
  return recent.value.slice(0, 6).map((visit) => ({
    id: `recent-${visit.href}`, group: 'Recent', label: visit.title, icon: KIND_ICON[visit.kind] ?? 'arrow', href: visit.href, note: visit.kind,
  }));
}

/** @type {Map<string, { at: number, data: Promise<any> }>} */
const kept = new Map();

function read(/** @type {string} */ path, /** @type {Record<string, any>} */ query = {}) {
  const key = `${path}?${JSON.stringify(query)}`;
  const old = kept.get(key);
  if (old && performance.now() - old.at < FRESH_MS) return old.data;
  const data = get(path, { query }).then((/** @type {any} */ r) => r.data.items, () => []);
  kept.set(key, { at: performance.now(), data });
  return data;
}

/** @param {string | null} project the project one is in @returns {Promise<Command[]>} */
export async function things(project) {
  const [projects, templates, structures] = await Promise.all([
    read('/projects', { limit: 200 }), read('/templates'), project ? read(`/projects/${project}/structures`, { limit: 200 }) : [],
  ]);
  return [
    ...projects.map((/** @type {any} */ p) => ({ id: p.id, group: 'Projects', label: p.name, icon: 'projects', href: `/projects/${p.id}`, note: p.role })),
    ...templates.flatMap((/** @type {any} */ t) => [
      { id: t.id, group: 'Templates', label: t.title, icon: 'templates', href: `/templates/${t.id}`, words: `${t.question} ${t.id}` },
      { id: `new-${t.id}`, group: 'Actions', label: `New run: ${t.title}`, icon: 'plus', href: `/new/${t.id}${project ? `?project=${project}` : ''}` },
    ]),
    ...structures.map((/** @type {any} */ s) => ({ id: s.id, group: 'Structures', label: s.name, icon: 'structure', href: `/structures/${s.id}`, note: s.facts?.formula })),
  ];
}

/** @param {string} typed @param {AbortSignal} signal @returns {Promise<Command[]>} */
export async function findRuns(typed, signal) {
  const { data } = await get('/runs', { query: { q: typed, limit: 8 }, signal });
  return data.items.map((/** @type {any} */ r) => ({
    id: r.id, group: 'Runs', label: r.name, icon: STATES[r.state] ? r.state : 'runs', href: `/runs/${r.id}`, note: `${STATES[r.state]?.word ?? r.state} · ${r.project_name}`,
  }));
}
