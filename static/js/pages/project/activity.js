// Who did what in a project, newest first, a day a group. The server words each entry and says what it is about.

import { html, useEffect, useState } from '/vendor/preact.js';
import { get, useApi } from '../../api.js';
import { Button, Card, Empty, Icon, Problem, Skeleton, Time } from '../../ui/index.js';

const PAGE = 50;
/** Where an entry leads, by what it is about. @type {Record<string, (object: any, project: string) => string>} */
const ADDRESS = {
  run: (object) => `/runs/${object.id}`,
  file: (object, project) => `/projects/${project}/files`,
  folder: (object, project) => `/projects/${project}/files`,
  account: (object, project) => `/projects/${project}/members`,
};
/** @type {Array<[RegExp, string]>} */
const ICONS = [[/^run_failed/, 'failed'], [/^run_finished/, 'finished'], [/^run_cancelled/, 'cancelled'], [/trash/, 'trash'], [/restored/, 'restore'], [/^run_/, 'runs'],
  [/^file_/, 'file'], [/^folder_/, 'folder'], [/^member_/, 'members'], [/^project_/, 'projects']];

/** @param {{ project: any }} props */
export default function Activity({ project }) {
  const path = `/projects/${project.id}/activity`;
  const read = useApi(path, { query: { limit: PAGE }, topics: [`project:${project.id}`] });
  const [older, setOlder] = useState(/** @type {{ items: any[], cursor: string | null | undefined, busy: boolean, error: any }} */ ({ items: [], cursor: undefined, busy: false, error: null }));
  useEffect(() => setOlder({ items: [], cursor: undefined, busy: false, error: null }), [project.id]);
  const cursor = older.cursor === undefined ? read.data?.next_cursor : older.cursor;
  const more = async () => {
    setOlder((was) => ({ ...was, busy: true, error: null }));
    try {
      const { data } = await get(path, { query: { limit: PAGE, cursor } });
      setOlder((was) => ({ items: [...was.items, ...data.items], cursor: data.next_cursor, busy: false, error: null }));
    } catch (error) {
      setOlder((was) => ({ ...was, busy: false, error }));
    }
  };
  if (read.error && !read.data) return html`<${Problem} error=${read.error} retry=${read.reload} />`;
  if (!read.data) return html`<${Skeleton} lines=${8} />`;
  const seen = new Set();
  const entries = [...read.data.items, ...older.items].filter((e) => !seen.has(e.id) && seen.add(e.id));
  if (!entries.length) return html`<${Card}>
    <${Empty} icon="activity"
    title="Nothing has happened yet">Uploads, launched and ended runs, and changes of members will be listed here.<//><//>`;
  return html`<div class="stack activity">${days(entries).map(({ day, items }) => html`<${Card} key=${day} title=${day} flush level=${2}>
      <ul class="list">${items.map((e) => html`<li key=${e.id}><${Icon} name=${iconOf(e)} /><span class="grow">
        <${Words} entry=${e} project=${project.id} /></span><span class="muted small"><${Time} at=${e.at} /></span></li>`)}</ul><//>`)}
    ${older.error && html`<${Problem} error=${older.error} retry=${more} />`}
    ${cursor && html`<div><${Button} busy=${older.busy} onClick=${more}>Show earlier<//></div>`}</div>`;
}

function iconOf(/** @type {any} */ entry) {
  return ICONS.find(([pattern]) => pattern.test(entry.kind))?.[1] ?? 'activity';
}

/** The server's sentence, with its object as a link where there still is one. */
function Words(/** @type {{ entry: any, project: string }} */ { entry, project }) {
  const { object, action, detail, passive } = entry;
  const href = object && !object.gone && ADDRESS[object.type]?.(object, project);
  const what = object && (href ? html`<a href=${href}>${object.name}</a>` : html`<span>${object.name}</span>`);
  if (passive) return html`${what} ${action}${detail}`;
  return html`<strong>${entry.display_name || entry.login || 'The portal'}</strong> ${action}${what && html` ${what}`}${detail}`;
}

/** @param {any[]} entries @returns {Array<{ day: string, items: any[] }>} */
function days(entries) {
  /** @type {Array<{ day: string, items: any[] }>} */
  const groups = [];
  for (const entry of entries) {
    const day = dayOf(entry.at);
    const last = groups[groups.length - 1];
    if (last?.day === day) last.items.push(entry);
    else groups.push({ day, items: [entry] });
  }
  return groups;
}

function dayOf(/** @type {string} */ at) {
  const date = new Date(at);
  const midnight = new Date().setHours(0, 0, 0, 0);
  if (date.getTime() >= midnight) return 'Today';
  if (date.getTime() >= midnight - 86400e3) return 'Yesterday';
  const two = (/** @type {number} */ n) => String(n).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
