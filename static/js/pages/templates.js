// The catalogue of templates, by the question each answers. Typing narrows it down; a template whose program is missing
// stays and says so, because knowing that it exists is half of asking for it.

import { html, useEffect, useState } from '/vendor/preact.js';
import { get, useApi } from '../api.js';
import { plural } from '../fmt.js';
import { setQuery } from '../router.js';
import { Button, Empty, Facts, Page, Problem, Search, Skeleton } from '../ui/index.js';
import { Availability, Engines, missingOf, timeText, useFinished } from './templates/facts.js';

/** The first work by its first author and year, and how many more. @param {any[]} citations */
function citeText(citations) {
  const { text } = citations[0];
  const authors = text.split(':')[0].split(', ');
  const year = /\((\d{4})\)/.exec(text)?.[1] ?? '';
  const more = citations.length > 1 ? `, and ${citations.length - 1} more` : '';
  return `${authors[0]}${authors.length > 1 ? ' et al.' : ''} ${year}${more}`;
}

/** What the list leaves out: presets, proof, citations. @param {any[] | undefined} items */
function useDetails(items) {
  const [details, setDetails] = useState(/** @type {Record<string, any>} */ ({}));
  const ids = items?.map((t) => t.id).join(',') ?? '';
  useEffect(() => {
    const abort = new AbortController();
    for (const id of ids.split(',').filter(Boolean)) {
      get(`/templates/${id}`, { signal: abort.signal }).then(({ data }) => setDetails((was) => ({ ...was, [id]: data.template })), () => undefined);
    }
    return () => abort.abort();
  }, [ids]);
  return details;
}

/** Everything one may search for. @param {any} t @param {any} detail */
const textOf = (t, detail) => [t.title, t.question, t.summary, t.category, ...t.engines.map((/** @type {any} */ e) => e.module), ...t.structures.formats,
  ...(detail?.results?.series ?? []).map((/** @type {any} */ s) => s.label)].join(' ').toLowerCase();

/** @param {{ query: URLSearchParams }} props */
export default function Templates({ query }) {
  const read = useApi('/templates');
  const details = useDetails(read.data?.items);
  const text = query.get('q') ?? '';
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const hits = (read.data?.items ?? []).filter((/** @type {any} */ t) => words.every((word) => textOf(t, details[t.id]).includes(word)));
  const carry = new URLSearchParams([...query].filter(([name]) => ['project', 'structure', 'preset', 'from'].includes(name)));
  const tail = carry.size ? `?${carry}` : '';
  return html`<${Page} title="Templates" lead="What do you want to know? Each template answers one question, checks its own results, and says how they were made.">
    <div class="catalogue-bar"><${Search} label="Find a template" placeholder="Find by question, program, file type or result" value=${text} onInput=${(/** @type {string} */ q) => setQuery({ q }, { replace: true })} />
      ${read.data && html`<span class="muted small" role="status">${plural(hits.length, 'template')}</span>`}</div>
    ${read.error && !read.data && html`<${Problem} error=${read.error} retry=${read.reload} />`}
    ${!read.data && !read.error && html`<${Skeleton} lines=${8} />`}
    ${read.data && !hits.length && html`<${Empty} icon="templates" title=${words.length ? 'No template fits' : 'No templates are installed'} actions=${words.length > 0 && html`<${Button} onClick=${() => setQuery({ q: null }, { replace: true })}>Show all<//>`}>
      ${words.length ? 'Try another word: a method, a program, a file type.' : 'An administrator adds them; the template guide says how.'}<//>`}
    <div class="templates">${hits.map((/** @type {any} */ t) => html`<${TemplateCard} key=${t.id} about=${t} detail=${details[t.id]} tail=${tail} />`)}</div>
  <//>`;
}

/** @param {{ about: any, detail: any, tail: string }} props */
function TemplateCard({ about, detail, tail }) {
  const finished = useFinished(about.id);
  const missing = missingOf(about);
  const items = [
    ['Takes', about.structures.required ? `one structure: ${about.structures.formats.join(', ')}` : `a structure if you like: ${about.structures.formats.join(', ') || 'none'}`],
    ['Gives', (detail?.results?.series ?? []).slice(0, 4).map((/** @type {any} */ s) => s.label).join(', ')],
    ['Engine', html`<${Engines} about=${about} />`],
    ['Typically', timeText(finished)],
    ['Presets', detail?.presets.map((/** @type {any} */ p) => p.label).join(', ')],
    ['Cite', detail?.citations?.[0] && citeText(detail.citations)],
  ];
  return html`<article class="card template-card"><div class="body stack">
    <div class="spread"><span class="muted small">${about.category}</span><${Availability} about=${about} /></div>
    <div class="stack tight"><h2><a href=${`/templates/${about.id}${tail}`}>${about.question}</a></h2><p class="muted">${about.title}</p></div>
    <p>${about.summary}</p>
    <${Facts} items=${/** @type {any} */ (items)} />
    ${missing.length > 0 && html`<p class="small">${missing.join(' ')} <a href="/modules">See what is installed</a>.</p>`}
    <div class="row"><${Button} kind="primary" icon="plus" href=${`/new/${about.id}${tail}`} aria-label=${`Set up a run: ${about.title}`}>Set up a run<//>
      ${finished.example && html`<${Button} icon="play" href=${`/runs/${finished.example.id}/results`} aria-label=${`Example result of ${about.title}`}>Example result<//>`}
      <${Button} kind="quiet" href=${`/templates/${about.id}${tail}`} aria-label=${`About ${about.title}`}>About<//></div>
  </div></article>`;
}
