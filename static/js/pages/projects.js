// All projects one belongs to: find, create, see how full and how busy each is. Filter and the create dialog are in the
// address (`?q=`, `?archived=1`, `?new=1`), so they can be linked and Back closes the dialog.

import { html, useEffect, useState } from '/vendor/preact.js';
import { pages, post } from '../api.js';
import { bytes } from '../fmt.js';
import { subscribe } from '../live.js';
import { go, setQuery, useTitle } from '../router.js';
import { draft } from '../store.js';
import {
  Button, Card, Dialog, Empty, Field, Input, Meter, Page, Problem, Radio, Search, Skeleton, Time, toast,
} from '../ui/index.js';

const WHICH = [{ value: 'current', label: 'Current' }, { value: 'archived', label: 'Archived' }];

/** @param {{ query: URLSearchParams }} props */
export default function Projects({ query }) {
  useTitle('Projects');
  const archived = query.get('archived') === '1';
  const q = query.get('q') ?? '';
  const { items, error, reload } = useProjects(archived);
  const shown = items?.filter((p) => `${p.name} ${p.description}`.toLowerCase().includes(q.trim().toLowerCase()));
  const create = () => setQuery({ new: '1' });

  return html`<${Page} title="Projects" actions=${html`<${Button} kind="primary" icon="plus" onClick=${create}>New project<//>`}>
    <div class="row loose">
      <div class="filter"><${Search} label="Find a project" value=${q}
        onInput=${(/** @type {string} */ text) => setQuery({ q: text || null }, { replace: true })} /></div>
      <${Radio} segmented label="Which projects" value=${archived ? 'archived' : 'current'} options=${WHICH}
        onInput=${(/** @type {string} */ which) => setQuery({ archived: which === 'archived' ? '1' : null })} />
      ${items && html`<span class="muted small"
        role="status">${shown?.length === items.length ? `${items.length} in all` : `${shown?.length} of ${items.length}`}</span>`}
    </div>
    ${error && html`<${Problem} error=${error} retry=${reload} />`}
    <${Card} flush>
      ${!items && !error && html`<div class="pad"><${Skeleton} lines=${8} /></div>`}
      ${items?.length === 0 && archived && html`<${Empty} icon="archive"
        title="No archived projects">
        A project whose work is done can be archived in its settings: it leaves the list and stays readable.<//>`}
      ${items?.length === 0 && !archived && html`<${Empty} icon="projects" title="No projects yet" actions=${html`<${Button}
        kind="primary" icon="plus" onClick=${create}>Create a project<//>`}>
        A project holds structures, runs and files, and the people who share them. You can also be added to one: its lead needs your login.<//>`}
      ${items && items.length > 0 && shown?.length === 0 && html`<${Empty} icon="search" title="Nothing fits"
        actions=${html`<${Button} onClick=${() => setQuery({ q: null }, { replace: true })}>Show all<//>`}>
        No project’s name or description contains “${q}”.<//>`}
      ${shown && shown.length > 0 && html`<${ProjectTable} items=${shown} />`}
    <//>
    ${query.get('new') && html`<${CreateDialog} onClose=${() => setQuery({ new: null }, { replace: true })} />`}
  <//>`;
}

/** All projects, page after page, and again when something happens in one. @param {boolean} archived */
function useProjects(archived) {
  const [state, setState] = useState(/** @type {{ items: any[] | null, error: any, archived: boolean }} */ ({ items: null, error: null, archived }));
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const abort = new AbortController();
    setState((was) => (was.archived === archived ? was : { items: null, error: null, archived }));
    (async () => {
      const items = [];
      for await (const project of pages('/projects', { archived: archived || null }, abort.signal)) items.push(project);
      setState({ items, error: null, archived });
    })().catch((error) => abort.signal.aborted || setState((was) => ({ ...was, error })));
    return () => abort.abort();
  }, [archived, turn]);
  const reload = () => setTurn((n) => n + 1);
  useEffect(() => {
    let timer = 0;
    const off = subscribe(['mine'], () => {
      clearTimeout(timer);
      timer = window.setTimeout(reload, 2000);
    });
    return () => {
      off();
      clearTimeout(timer);
    };
  }, []);
  return { ...state, reload };
}

function ProjectTable(/** @type {{ items: any[] }} */ { items }) {
  const count = (/** @type {any} */ n, /** @type {string} */ href) => (
    n ? html`<a href=${href}>${n}</a>` : html`<span class="muted">0</span>`);
  return html`<table class="table projects-table"><caption class="sr-only">Projects</caption>
    <thead><tr><th scope="col">Project</th><th scope="col" class="wide-cell">Your role</th><th scope="col" class="num">Active</th>
      <th scope="col" class="num wide-cell">Failed, 7 days</th><th scope="col" class="meter-cell wide-cell">Storage</th>
      <th scope="col" class="num wide-cell">Created</th></tr></thead>
    <tbody>${items.map((p) => html`<tr key=${p.id}>
      <th scope="row"><a class="run-name" href=${`/projects/${p.id}`}>${p.name}</a>${' '}
        ${p.archived_at && html`<span class="chip">archived</span>`}${p.description && html`<span class="sub">${p.description}</span>`}</th>
      <td class="wide-cell">${p.role ?? 'administrator'}</td>
      <td class="num">${count(p.active_runs, `/projects/${p.id}?state=active`)}</td>
      <td class="num wide-cell">${count(p.runs.failed_week, `/projects/${p.id}?state=failed`)}</td>
      <td class="meter-cell wide-cell">
        <${Meter} label="" name=${`Storage of ${p.name}`} value=${p.storage.used_bytes}
        max=${p.storage.limit_bytes ?? p.storage.used_bytes}
        text=${`${bytes(p.storage.used_bytes)} of ${bytes(p.storage.limit_bytes)}`} /></td>
      <td class="num wide-cell"><${Time} at=${p.created_at} /></td></tr>`)}</tbody></table>`;
}

function CreateDialog(/** @type {{ onClose: () => void }} */ { onClose }) {
  const kept = draft('new-project');
  const [form, setForm] = useState(() => kept.load() ?? { name: '', description: '' });
  const [error, setError] = useState(/** @type {any} */ (null));
  const [busy, setBusy] = useState(false);
  const change = (/** @type {string} */ key) => (/** @type {string} */ value) => {
    setForm((/** @type {any} */ was) => {
      const now = { ...was, [key]: value };
      kept.save(now);
      return now;
    });
    setError(null);
  };
  const submit = async (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    setBusy(true);
    try {
      const { data } = await post('/projects', { name: form.name.trim(), description: form.description.trim() });
      kept.clear();
      toast(`Project “${data.name}” is ready`, { kind: 'good' });
      go(`/projects/${data.id}/structures`, { replace: true });
    } catch (problem) {
      setError(problem);
      setBusy(false);
    }
  };
  const at = (/** @type {string} */ field) => (error?.field === field ? [error.detail, error.hint].filter(Boolean).join(' ') : null);
  const footer = html`<${Button} onClick=${onClose}>Not now<//>
    <${Button} kind="primary" type="submit" form="create-project" busy=${busy} disabled=${!form.name.trim()}>Create project<//>`;
  return html`<${Dialog} open=${true} title="New project" onClose=${onClose} footer=${footer}>
    <form id="create-project" class="stack" onSubmit=${submit}>
      <${Field} label="Name" error=${at('name')}
        hint="What your colleagues look for, such as a target, a compound series or a paper.">
        <${Input} name="name" value=${form.name} onInput=${change('name')} maxlength="200" autofocus autocomplete="off" required /><//>
      <${Field} label="Description" optional error=${at('description')}>
        <${Input} name="description" multiline value=${form.description} onInput=${change('description')} rows="3" /><//>
      ${error && !at('name') && !at('description') && html`<${Problem} error=${error} />`}
    </form>
  <//>`;
}
