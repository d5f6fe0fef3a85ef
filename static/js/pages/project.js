// One project: what it is, how full and busy, and its tabs. The tabs' own files are loaded when they are looked at; a
// tab that cannot be loaded says so and leaves the rest of the page.

import { html, useEffect, useState } from '/vendor/preact.js';
import { useApi } from '../api.js';
import { bytes } from '../fmt.js';
import { useTitle } from '../router.js';
import { visited } from '../store.js';
import { Button, Meter, Notice, Page, Problem, Skeleton, Tabs } from '../ui/index.js';

/** @type {Record<string, { label: string, part: () => Promise<{ default: any }>, lead?: boolean }>} */
const TABS = {
  runs: { label: 'Runs', part: () => import('./project/runs.js') },
  structures: { label: 'Structures', part: () => import('./project/structures.js') },
  files: { label: 'Files', part: () => import('./project/files.js') },
  members: { label: 'Members', part: () => import('./project/members.js') },
  activity: { label: 'Activity', part: () => import('./project/activity.js') },
  settings: { label: 'Settings', part: () => import('./project/settings.js'), lead: true },
};

/** @param {{ params: { id: string, tab?: string }, query: URLSearchParams }} props */
export default function Project({ params, query }) {
  const { id } = params;
  const tab = params.tab && TABS[params.tab] ? params.tab : 'runs';
  const read = useApi(`/projects/${id}`, { topics: [`project:${id}`] });
  const project = read.data;
  useTitle(project ? `${project.name}, ${TABS[tab].label.toLowerCase()}` : 'Project');
  useEffect(() => {
    if (project) visited({ href: `/projects/${id}`, title: project.name, kind: 'project' });
  }, [id, project?.name]);

  const crumbs = [{ label: 'Projects', href: '/projects' }, ...(project ? [{ label: project.name, href: `/projects/${id}` }] : [])];
  if (read.error && !project) return html`<${Page} title="Project" crumbs=${crumbs.slice(0, 1)}>
    <${Problem} error=${read.error} retry=${read.reload} /><//>`;
  if (!project) return html`<${Page} title="Project" crumbs=${crumbs}><${Skeleton} lines=${8} /><//>`;

  const mayWork = project.role !== 'viewer' && !project.archived_at;
  const items = Object.entries(TABS).filter(([, t]) => !t.lead || project.role === 'lead')
    .map(([key, t]) => ({ id: key, label: t.label, href: key === 'runs' ? `/projects/${id}` : `/projects/${id}/${key}` }));
  // Tabs that add things have the primary action of the screen themselves.
  const adds = tab === 'structures' || tab === 'files';
  const actions = mayWork && html`${!adds && html`<${Button} icon="upload" href=${`/projects/${id}/files`}>Add files<//>`}
    <${Button} kind=${adds ? 'plain' : 'primary'} icon="plus" href=${`/templates?project=${id}`}>New run<//>`;
  const name = TABS[tab].label;
  return html`<${Page} title=${project.name} crumbs=${crumbs} here=${name} actions=${actions} lead=${project.description}>
    ${project.archived_at && html`<${Notice} kind="warn" title="This project is archived">
      It can be read; nothing can be added or launched.
      ${project.role === 'lead' && html`${' '}<a href=${`/projects/${id}/settings`}>Take it out of the archive</a> to work in it.`}<//>`}
    <${Summary} project=${project} />
    <${Tabs} label="Parts of the project" items=${items} current=${tab} />
    <${Part} key=${`${id}/${tab}`} load=${TABS[tab].part} project=${project} query=${query} etag=${read.etag} reload=${read.reload} />
  <//>`;
}

function Summary(/** @type {{ project: any }} */ { project }) {
  const { storage, runs, id } = project;
  const tile = (/** @type {string} */ term, /** @type {any} */ n, /** @type {string} */ state) => html`<div><dt>${term}</dt><dd>
    <a class="quiet" href=${`/projects/${id}?state=${state}`}>${n}</a></dd></div>`;
  const limit = storage.limit_bytes;
  return html`<dl class="tile project-tiles">
    ${tile('Running', runs.running, 'running')}${tile('Waiting', runs.waiting, 'queued,held,submitting,pending')}
    ${tile('Finished, 7 days', runs.finished_week, 'finished')}${tile('Failed, 7 days', runs.failed_week, 'failed')}
    <div class="storage">
      <dt>Storage${' '}
        ${storage.reserved_bytes > 0 && html`<span title="Set aside for uploads and runs under way">(${bytes(storage.reserved_bytes)} reserved)</span>`}</dt>
      <dd><${Meter} label="" name="Storage of this project" value=${storage.used_bytes + (storage.reserved_bytes ?? 0)}
        max=${limit ?? storage.used_bytes}
        text=${limit ? `${bytes(storage.used_bytes)} of ${bytes(limit)}` : `${bytes(storage.used_bytes)}, no limit`} /></dd></div>
    <div><dt>Your role</dt><dd class="role">${project.role ?? 'administrator'}</dd></div>
  </dl>`;
}

/** A tab, once its file is there. */
function Part(/** @type {{ load: () => Promise<{ default: any }>, [prop: string]: any }} */ { load, ...props }) {
  const [part, setPart] = useState(/** @type {{ Tab?: any, failed?: boolean }} */ ({}));
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    let wanted = true;
    load().then((module) => wanted && setPart({ Tab: module.default }), () => wanted && setPart({ failed: true }));
    return () => {
      wanted = false;
    };
  }, [turn]);
  if (part.failed) return html`<${Notice} kind="bad" title="This tab could not be loaded" actions=${html`<${Button} size="small"
    icon="refresh" onClick=${() => setTurn(turn + 1)}>Try again<//>`}>The rest of the page works.<//>`;
  return part.Tab ? html`<${part.Tab} ...${props} />` : html`<${Skeleton} lines=${8} />`;
}
