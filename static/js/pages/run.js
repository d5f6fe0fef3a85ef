// The page of one run: its name, state and actions, and the tabs below, each loaded when it is looked at. Without a tab in
// the address a finished run opens with its results and every other one with its overview; the choice is made once, so
// that a run that finishes while somebody watches does not change the page under them.

import { html, useEffect, useRef, useState } from '/vendor/preact.js';
import { keyMake, patch } from '../api.js';
import { go, setQuery, useTitle } from '../router.js';
import { visited } from '../store.js';
import { Button, Input, Notice, Page, Problem, Skeleton, State, Tabs, Time, announce, toast } from '../ui/index.js';
import { RunActions, VERBS, inOneLine } from './run/actions.js';
import { useRun } from './run/live.js';

const UNDO_S = 10;

/** @type {Record<string, { label: string, part: () => Promise<{ default: any }> }>} */
const TABS = {
  overview: { label: 'Overview', part: () => import('./run/overview.js') },
  results: { label: 'Results', part: () => import('./run/results.js') },
  trajectory: { label: 'Trajectory', part: () => import('./run/trajectory.js') },
  log: { label: 'Log', part: () => import('./run/log.js') },
  files: { label: 'Files', part: () => import('./run/files.js') },
  provenance: { label: 'Provenance', part: () => import('./run/provenance.js') },
};

/** The tab's own module; a tab that cannot be loaded says so and leaves the rest of the page. @param {{ tab: string, run: any, query: URLSearchParams, reload: () => void }} props */
function Part({ tab, run, query, reload }) {
  const [loaded, setLoaded] = useState(/** @type {{ View?: any, error?: any }} */ ({}));
  useEffect(() => {
    let here = true;
    TABS[tab].part().then((module) => here && setLoaded({ View: module.default }), (error) => here && setLoaded({ error }));
    return () => {
      here = false;
    };
  }, [tab]);
  const { View, error } = loaded;
  if (error) {
    const facts = { detail: String(error.message ?? error), hint: 'Reload the page; the run itself is not touched by this.' };
    return html`<${Problem} title="This part of the page could not be loaded" error=${facts} />`;
  }
  return View ? html`<${View} run=${run} query=${query} reload=${reload} />` : html`<${Skeleton} height=${360} />`;
}

/** The name, and the field it turns into. @param {{ run: any, etag: string | null, editing: boolean, onEditing: (on: boolean) => void, reload: () => void }} props */
function Name({ run, etag, editing, onEditing, reload }) {
  const [typed, setTyped] = useState(run.name);
  const [error, setError] = useState('');
  const start = () => {
    setTyped(run.name);
    setError('');
    onEditing(true);
  };
  useEffect(() => {
    if (editing) setTyped(run.name);
  }, [editing]);
  const save = async (/** @type {Event} */ event) => {
    event.preventDefault();
    const name = typed.trim();
    if (!name || name === run.name) return onEditing(false);
    try {
      await patch(`/runs/${run.id}`, { name }, { etag });
      onEditing(false);
      announce(`Renamed to ${name}`);
      return reload();
    } catch (problem) {
      return setError(inOneLine(problem));
    }
  };
  const key = (/** @type {KeyboardEvent} */ event) => {
    if (event.key === 'Escape') onEditing(false);
  };
  if (!editing) {
    return html`<span class="run-name">${run.name}<${Button} kind="quiet" size="small" icon="edit" label="Rename" onClick=${start} /></span>`;
  }
  return html`<form class="run-rename" onSubmit=${save} onKeyDown=${key}>
    <${Input} aria-label="Name of the run" value=${typed} onInput=${setTyped} maxlength="200" autofocus aria-invalid=${error ? 'true' : undefined} />
    <${Button} type="submit" kind="primary" disabled=${!typed.trim()}>Save<//><${Button} onClick=${() => onEditing(false)}>Cancel<//>
    ${error && html`<p class="run-rename-error" role="alert">${error}</p>`}</form>`;
}

/** What the run is, in one line. @param {{ run: any }} props */
function Lead({ run }) {
  const title = run.template.title ?? run.spec?.template?.title ?? run.template.id;
  return html`<div class="run-lead">
    <${State} state=${run.state} unknownSince=${run.unknown_since} reason=${run.status} />
    <span><a class="quiet" href=${`/templates/${run.template.id}`}>${title}</a> <span class="muted">${run.template.version}</span></span>
    ${run.structure && html`<span><span class="muted">of</span> <a class="quiet" href=${`/structures/${run.structure.id}`}>${run.structure.name}</a></span>`}
    <span><span class="muted">launched by</span> ${run.account.display_name || run.account.login} <${Time} at=${run.created_at} /></span>
    ${run.parent && html`<span><span class="muted">made from</span> <a class="quiet" href=${`/runs/${run.parent.id}`}>${run.parent.name}</a></span>`}
  </div>`;
}

/** The undo that follows a launch: it stops and hides the run and goes back to the form, filled in as it was. @param {any} run */
async function launchUndo(run) {
  try {
    await VERBS.delete.ask(run.id);
    const { draftOf } = await import('./new/form.js');
    const query = new URLSearchParams(run.parent ? { from: run.parent.id } : { project: run.project.id });
    draftOf(run.template.id, query).save({
      project: run.project.id, structure: run.structure?.id ?? null, preset: run.spec.preset, params: run.spec.params, name: run.name,
      parent: run.parent?.id ?? null, key: keyMake(), opened: query.toString(), touched: true,
    });
    await go(`/new/${run.template.id}?${query}`);
    toast('The launch was taken back');
  } catch (error) {
    toast(inOneLine(error), { kind: 'bad' });
  }
}

/** Says aloud what becomes of the run while somebody listens. @param {any} run */
function useStateNews(run) {
  const before = useRef(/** @type {string | null} */ (null));
  useEffect(() => {
    if (run && before.current && before.current !== run.state) announce(run.status ?? run.state);
    before.current = run?.state ?? null;
  }, [run?.state]);
}

/** @param {{ params: { id: string, tab?: string }, query: URLSearchParams }} props */
export default function RunPage({ params, query }) {
  const { id } = params;
  const { run, etag, error, reload } = useRun(id);
  const first = useRef(/** @type {string | null} */ (null));
  const [editing, setEditing] = useState(false);
  if (run && !first.current) first.current = run.state === 'finished' && run.has_results ? 'results' : 'overview';
  const tab = params.tab && TABS[params.tab] ? params.tab : first.current ?? 'overview';
  useTitle(run ? `${run.name}, ${TABS[tab].label.toLowerCase()}` : 'Run');
  useStateNews(run);
  useEffect(() => {
    if (run) visited({ href: `/runs/${id}`, title: run.name, kind: 'run' });
  }, [id, run?.name]);

  const submitted = query.get('submitted') === '1';
  const offered = useRef(false);
  useEffect(() => {
    if (!run || !submitted || offered.current) return;
    offered.current = true;
    setQuery({ submitted: null }, { replace: true });
    toast(`“${run.name}” was launched`, { kind: 'good', seconds: UNDO_S, action: { label: 'Undo', onClick: () => launchUndo(run) } });
  }, [run?.id, submitted]);

  if (error && !run) {
    const gone = error.status === 404;
    return html`<${Page} title="Run" crumbs=${[{ label: 'Runs', href: '/runs' }]}>
      <${Problem} error=${error} title=${gone ? 'There is no such run' : undefined} retry=${gone ? undefined : reload} />
      ${gone && html`<p class="muted prose">It may have been deleted for good, or it belongs to a project you are not a member of.</p>`}<//>`;
  }
  if (!run) return html`<${Page} title=${html`<${Skeleton} lines=${1} />`} name="Run" crumbs=${[{ label: 'Runs', href: '/runs' }]}><${Skeleton} height=${360} /><//>`;

  const shown = Object.entries(TABS).filter(([name]) => name !== 'trajectory' || run.has_results || tab === name);
  const items = shown.map(([name, t]) => ({ id: name, label: t.label, href: `/runs/${id}/${name}` }));
  const crumbs = [{ label: run.project.name, href: `/projects/${run.project.id}` }, { label: 'Runs', href: `/projects/${run.project.id}` }];
  const restore = () => VERBS.restore.ask(run.id).then(reload, (problem) => toast(inOneLine(problem), { kind: 'bad' }));
  return html`<${Page} name=${run.name} crumbs=${crumbs} lead=${html`<${Lead} run=${run} />`}
    title=${html`<${Name} run=${run} etag=${etag} editing=${editing} onEditing=${setEditing} reload=${reload} />`}
    actions=${html`<${RunActions} run=${run} onRun=${reload} onRename=${() => setEditing(true)}
      brief=${(tab === 'overview' && run.state === 'failed') || (tab === 'results' && run.has_results)} />`}>
    ${run.trashed_at && html`<${Notice} kind="warn" title="This run is in the trash" actions=${html`<${Button} size="small" icon="restore" onClick=${restore}>Restore<//>`}>
      Its files are removed for good some weeks after it was deleted.<//>`}
    ${error && html`<${Notice} kind="warn" title="Shown as it was last read">${error.detail || error.title} The page goes on by itself when the server answers.<//>`}
    <${Tabs} label="Parts of the run" items=${items} current=${tab} />
    <${Part} key=${tab} tab=${tab} run=${run} query=${query} reload=${reload} />
  <//>`;
}
