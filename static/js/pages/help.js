// The user guide. Its text is docs/user-guide.md, made into a tree of elements when the application is built
// (vendor/guide.mjs), so nothing here turns text into markup. /help/<section> shows one task; /help all of them.

import { h, html, useEffect, useState } from '/vendor/preact.js';
import { location, useTitle } from '../router.js';
import { Card, Empty, Page as Frame, Problem, Search, Skeleton } from '../ui/index.js';

/** @typedef {string | [string, Record<string, any>, ...any[]]} Node */
/** @typedef {{ id: string, title: string, nodes: Node[] }} Section */

/** @param {Node} node @returns {any} */
function element(node) {
  if (typeof node === 'string') return node;
  const [tag, attributes, ...children] = node;
  return h(tag, attributes, ...children.map(element));
}

/** @param {Node} node @returns {string} */
const textOf = (node) => (typeof node === 'string' ? node : node.slice(2).map(textOf).join(' '));

/** @type {Promise<Section[]> | null} */
let loading = null;
async function guideLoad() {
  const reply = await fetch('/guide.json');
  if (!reply.ok) throw new Error(`The guide could not be read (${reply.status}).`);
  return (await reply.json()).sections;
}

/** @param {{ sections: Section[], current: string, found: Section[] | null }} props */
function Contents({ sections, current, found }) {
  const shown = (found ?? sections).filter(({ id }) => id);
  return html`<nav aria-label="Tasks"><ul class="help-contents">
    ${!found && html`<li><a href="/help" aria-current=${current === '' ? 'page' : undefined}>All tasks</a></li>`}
    ${shown.map(({ id, title }) => html`<li key=${id}><a href=${`/help/${id}`} aria-current=${id === current ? 'page' : undefined}>${title}</a></li>`)}
    ${shown.length === 0 && html`<li class="muted">No task speaks of that.</li>`}
  </ul></nav>`;
}

/** @param {{ section: Section, level: 2 | 1 }} props */
const Task = ({ section, level }) => html`<section class="prose" aria-labelledby=${level === 2 ? `task-${section.id}` : undefined}>
  ${level === 2 && section.id && html`<h2 id=${`task-${section.id}`}><a href=${`/help/${section.id}`}>${section.title}</a></h2>`}
  ${section.nodes.map(element)}</section>`;

/** @param {{ params: { rest?: string } }} props */
export default function Page({ params }) {
  const [sections, setSections] = useState(/** @type {Section[] | null} */ (null));
  const [error, setError] = useState(/** @type {any} */ (null));
  const [q, setQ] = useState('');
  const load = () => {
    setError(null);
    loading ??= guideLoad();
    loading.then(setSections, (problem) => {
      loading = null;
      setError(problem);
    });
  };
  useEffect(load, []);

  const current = params.rest ?? '';
  const one = sections?.find(({ id }) => id === current);
  const title = current && one ? one.title : 'Help';
  useTitle(title);
  const words = q.trim().toLowerCase();
  const found = words && sections ? sections.filter((s) => `${s.title} ${s.nodes.map(textOf).join(' ')}`.toLowerCase().includes(words)) : null;

  return html`<${Frame} title=${title} crumbs=${current ? [{ label: 'Help', href: '/help' }] : []}>
    ${error && html`<${Problem} error=${error} retry=${load} />`}
    ${!sections && !error && html`<${Skeleton} lines=${10} />`}
    ${sections && html`<div class="help" data-task=${current && one ? '' : undefined}>
      <aside class="stack"><${Search} label="Search the guide" value=${q} onInput=${setQ} /><${Contents} sections=${sections} current=${current} found=${found} /></aside>
      <div class="help-text">
        ${current && !one && html`<${Empty} icon="book" title="No such task" actions=${html`<a href="/help">All tasks</a>`}>The guide has no page <span class="mono">${location.value.path}</span>.<//>`}
        ${current && one && html`<${Task} section=${one} level=${1} />`}
        ${!current && sections.map((section) => html`<${Task} key=${section.id} section=${section} level=${2} />`)}
        <${Card} title="More"><ul class="list">
          <li><span>Press <kbd>?</kbd> for the keys of the page you are on, <kbd>Ctrl</kbd> <kbd>K</kbd> to go anywhere.</span></li>
          <li><span><a href="/api/v1/openapi.json" target="_blank" rel="noopener">The REST interface (OpenAPI)</a>: everything here can be done by scripts. <a href="/settings/tokens">Make a token</a> first.</span></li>
          <li><span><a href="/vendor/LICENSES.txt" target="_blank" rel="noopener">Licences</a> of the packages this application uses.</span></li>
        </ul><//>
      </div>
    </div>`}
  <//>`;
}
