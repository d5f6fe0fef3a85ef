// The catalogue of installed programs. All of them are read once and searched here as one types, which stays quick with
// hundreds; what is typed and the chosen category and site are in the address.

import { html, useEffect, useMemo, useState } from '/vendor/preact.js';
import { pages, useApi } from '../api.js';
import { plural } from '../fmt.js';
import { setQuery } from '../router.js';
import { Button, Copy, Empty, Page, Problem, Search, Select, Skeleton } from '../ui/index.js';

/** All modules. @returns {{ items: any[] | null, error: any, retry: () => void }} */
function useModules() {
  const [state, setState] = useState(/** @type {{ items: any[] | null, error: any }} */ ({ items: null, error: null }));
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const abort = new AbortController();
    (async () => {
      /** @type {any[]} */
      const items = [];
      for await (const item of pages('/modules', { limit: 500 }, abort.signal)) items.push(item);
      setState({ items, error: null });
    })().catch((error) => !abort.signal.aborted && setState({ items: null, error }));
    return () => abort.abort();
  }, [turn]);
  return { ...state, retry: () => setTurn(turn + 1) };
}

/** Which templates use which module. */
function useUses() {
  const templates = useApi('/templates').data?.items;
  return useMemo(() => {
    /** @type {Map<string, any[]>} */
    const uses = new Map();
    for (const t of templates ?? []) for (const { module } of t.engines) uses.set(module, [...(uses.get(module) ?? []), t]);
    return uses;
  }, [templates]);
}

const UNSORTED = 'other';

/** @param {string} text */
const heading = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/** How well a module answers the words: its name first. @param {any} m @param {string[]} words */
function score(m, words) {
  const name = m.name.toLowerCase();
  const all = `${name} ${m.summary ?? ''} ${m.category ?? ''} ${m.versions.map((/** @type {any} */ v) => v.version).join(' ')}`.toLowerCase();
  if (!words.every((word) => all.includes(word))) return 0;
  if (!words.length) return 1;
  return name === words[0] ? 4 : name.startsWith(words[0]) ? 3 : name.includes(words[0]) ? 2 : 1;
}

/** @param {{ query: URLSearchParams }} props */
export default function Modules({ query }) {
  const { items, error, retry } = useModules();
  const uses = useUses();
  const text = query.get('q') ?? '';
  const category = query.get('category');
  const site = query.get('site') ?? '';
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const found = useMemo(() => (items ?? []).map((m) => ({ m, s: score(m, words) })).filter(({ m, s }) => s && (!site || m.versions.some((/** @type {any} */ v) => v.site === site)))
    .sort((a, b) => b.s - a.s || a.m.name.localeCompare(b.m.name)).map(({ m }) => m), [items, text, site]);
  const counts = new Map();
  for (const m of found) counts.set(m.category || UNSORTED, (counts.get(m.category || UNSORTED) ?? 0) + 1);
  const shown = category ? found.filter((m) => (m.category || UNSORTED) === category) : found;
  const sites = [...new Set((items ?? []).flatMap((m) => m.versions.map((/** @type {any} */ v) => v.site)))].sort();
  const facet = (/** @type {string | null} */ value, /** @type {string} */ label, /** @type {number} */ n) => html`<li key=${label}><button type="button" class="facet" aria-pressed=${String(value === category)} onClick=${() => setQuery({ category: value })}>
      <span class="truncate">${label}</span><span class="num muted">${n}</span></button></li>`;

  return html`<${Page} title="Modules" lead="Programs installed on the cluster, as its module system reports them. Templates load what they need by themselves; in your own jobs, load them with the command shown.">
    <div class="catalogue-bar"><${Search} label="Find a module" placeholder="Find by name, purpose or version" value=${text} onInput=${(/** @type {string} */ q) => setQuery({ q }, { replace: true })} />
      ${sites.length > 1 && html`<label class="row nowrap"><span class="muted">Site</span><${Select} value=${site} options=${[{ value: '', label: 'All' }, ...sites.map((s) => ({ value: s, label: s }))]} onInput=${(/** @type {string} */ s) => setQuery({ site: s })} /></label>`}
      ${items && html`<span class="muted small" role="status">${plural(shown.length, 'module')}</span>`}</div>
    ${error && html`<${Problem} error=${error} retry=${retry} />`}
    ${!items && !error && html`<${Skeleton} lines=${10} />`}
    ${items && html`<div class="modules-layout">
      <nav class="facets" aria-label="Categories"><ul>${facet(null, 'All', found.length)}${[...counts].sort().map(([name, n]) => facet(name, heading(name), n))}</ul></nav>
      ${shown.length ? html`<${List} items=${shown} uses=${uses} />` : html`<${Nothing} any=${items.length > 0} text=${text} />`}</div>`}
  <//>`;
}

/** @param {{ any: boolean, text: string }} props */
function Nothing({ any, text }) {
  if (!any) return html`<${Empty} icon="modules" title="No modules yet">The worker reads the module system of the cluster every few minutes. If this stays empty, an administrator should look at the worker's log.<//>`;
  return html`<${Empty} icon="modules" title="No module fits" actions=${html`<${Button} onClick=${() => setQuery({ q: null, category: null, site: null }, { replace: true })}>Show all<//>`}>
    Nothing is installed under “${text}”. Administrators install programs; the one you need may have another name.<//>`;
}

/** @param {{ items: any[], uses: Map<string, any[]> }} props */
function List({ items, uses }) {
  return html`<div class="card flush"><div class="table-scroll" tabindex="0" role="region" aria-label="Table of modules"><table class="table modules"><thead><tr><th scope="col">Module</th><th scope="col">Versions</th><th scope="col" class="wide-cell">Used by</th><th scope="col" class="wide-cell">Load</th></tr></thead>
    <tbody>${items.map((m) => html`<tr key=${m.name}><th scope="row"><a href=${`/modules/${m.name}`}>${m.name}</a><span class="sub">${m.summary || m.category || ''}</span></th>
      <td>${versionsText(m.versions)}</td><td class="wide-cell">${(uses.get(m.name) ?? []).map((t, i) => html`${i > 0 && ', '}<a href=${`/templates/${t.id}`}>${t.title}</a>`)}</td>
      <td class="wide-cell"><${Copy} text=${m.versions[0]?.load_command ?? ''} label=${`Copy the command that loads ${m.name}`} /></td></tr>`)}</tbody></table></div></div>`;
}

/** @param {any[]} versions newest or default first, one entry a site */
function versionsText(versions) {
  const names = [...new Set(versions.map((v) => v.version).filter(Boolean))];
  const first = versions.find((v) => v.is_default)?.version ?? names[0] ?? '–';
  return html`<span class="strong">${first}</span>${names.length > 1 && html` <span class="muted small">and ${names.length - 1} more</span>`}`;
}
