// Home: what runs, what needs a hand, where one was, and how full the projects are. Each list is read by itself, so a
// slow or failing one leaves the others usable. Somebody who has nothing but the finished sample is led to it once.

import { html, useEffect } from '/vendor/preact.js';
import { useApi } from '../api.js';
import { bytes, plural } from '../fmt.js';
import { go, useTitle } from '../router.js';
import { KIND_ICON } from '../shell/context.js';
import { draft, recent } from '../store.js';
import { Button, Card, Empty, Icon, Meter, Page, Problem, Skeleton, Time } from '../ui/index.js';
import { FailedList, RunList } from './home/runlist.js';
import { isSample, SampleCard } from './home/sample.js';

const RECENT_RUNS = 8;
// Those under way have a list of their own, so some more are read.
const RUNS_READ = 16;
const ENDED = new Set(['finished', 'failed', 'cancelled']);
// With more runs of one's own than this the sample has done its work and leaves the page.
const SAMPLE_UNTIL = 4;

export default function Home() {
  useTitle('Home');
  const topics = ['mine'];
  const projects = useApi('/projects', { query: { limit: 100 }, topics });
  const runs = useApi('/runs', { query: { limit: RUNS_READ }, topics });
  const active = useApi('/runs', { query: { state: 'active', limit: 6 }, topics, poll: 30 });
  const failed = useApi('/runs', { query: { state: 'failed', limit: 4 }, topics });

  const own = runs.data?.items.filter((/** @type {any} */ r) => !isSample(r));
  const ended = (runs.data?.items ?? []).filter((/** @type {any} */ r) => ENDED.has(r.state)).slice(0, RECENT_RUNS);
  const sample = runs.data?.items.find((/** @type {any} */ r) => isSample(r) && r.state === 'finished');
  useFirstMinute(runs.data && !runs.data.next_cursor && own.length === 0 && recent.value.length === 0 ? sample : null);

  const showSample = sample && own.length < SAMPLE_UNTIL;
  const actions = html`<${Button} href="/projects?new=1" icon="plus">New project<//>
    <${Button} kind=${showSample ? 'plain' : 'primary'} href="/templates" icon="plus">New run<//>`;
  const nothing = runs.data && projects.data && !projects.data.items.length && !runs.data.items.length;
  return html`<${Page} title="Home" actions=${actions}>
    ${projects.data && html`<${Counts} projects=${projects.data.items} />`}
    ${showSample && html`<${SampleCard} run=${sample} />`}
    ${nothing ? html`<${FirstProject} />` : html`<div class="home">
      <div class="stack">
        ${active.data?.items.length > 0 && html`<${Card} title="Under way" flush actions=${html`<a class="small"
          href="/runs?state=active">All active runs</a>`}><${RunList} runs=${active.data.items} live /><//>`}
        <${Card} title="Recent runs" flush actions=${html`<a class="small" href="/runs">All runs</a>`}>
          ${runs.error && !runs.data && html`<${Problem} error=${runs.error} retry=${runs.reload} />`}
          ${!runs.data && !runs.error && html`<div class="pad"><${Skeleton} lines=${6} /></div>`}
          ${runs.data && (ended.length ? html`<${RunList} runs=${ended} />` : html`<${NoRuns} underWay=${runs.data.items.length > 0} />`)}
        <//>
      </div>
      <div class="stack">
        ${failed.data?.items.length > 0 && html`<${Card} title="Needs a look" flush actions=${html`<a class="small"
          href="/runs?state=failed">All failed runs</a>`}><${FailedList} runs=${failed.data.items} /><//>`}
        ${recent.value.length > 0 && html`<${Card} title="Continue where you left off" flush><${Recent} /><//>`}
        <${Card} title="Projects" flush actions=${html`<a class="small" href="/projects">All projects</a>`}>
          ${projects.error && !projects.data && html`<${Problem} error=${projects.error} retry=${projects.reload} />`}
          ${!projects.data && !projects.error && html`<div class="pad"><${Skeleton} lines=${4} /></div>`}
          ${projects.data && html`<${Projects} items=${projects.data.items} />`}
        <//>
      </div>
    </div>`}
  <//>`;
}

/** Leads to the finished sample once, when there is nothing else to see yet. @param {any} run */
function useFirstMinute(run) {
  const id = run?.id;
  useEffect(() => {
    const shown = draft('sample-shown');
    if (!id || shown.load()) return;
    shown.save(true);
    go(`/runs/${id}/results`);
  }, [id]);
}

function Counts(/** @type {{ projects: any[] }} */ { projects }) {
  const sum = (/** @type {string} */ key) => projects.reduce((n, p) => n + (p.runs?.[key] ?? 0), 0);
  if (!projects.length) return null;
  const tile = (/** @type {string} */ term, /** @type {number} */ n, /** @type {string} */ href, /** @type {string} */ icon) => html`<div><dt>${term}</dt><dd><a href=${href} data-tone=${n ? icon : undefined}><${Icon} name=${icon} />${n}</a></dd></div>`;
  return html`<dl class="tile counts">
    ${tile('Running', sum('running'), '/runs?state=running', 'running')}
    ${tile('Waiting', sum('waiting'), '/runs?state=queued,held,submitting,pending', 'pending')}
    ${tile('Finished in 7 days', sum('finished_week'), '/runs?state=finished', 'finished')}
    ${tile('Failed in 7 days', sum('failed_week'), '/runs?state=failed', 'failed')}
  </dl>`;
}

function Projects(/** @type {{ items: any[] }} */ { items }) {
  if (!items.length) {
    return html`<p class="pad muted">You belong to no project yet. <a href="/projects?new=1">Create one</a>, or ask a colleague to add you.</p>`;
  }
  return html`<ul class="list projects-small">${items.slice(0, 6).map((p) => html`<li key=${p.id}>
    <div class="grow"><div class="spread"><a class="quiet strong truncate" href=${`/projects/${p.id}`}>${p.name}</a>
      <span class="muted small">${p.active_runs ? plural(p.active_runs, 'active run') : p.role}</span></div>
      <${Meter} label="Storage" value=${p.storage.used_bytes} max=${p.storage.limit_bytes ?? p.storage.used_bytes}
        text=${`${bytes(p.storage.used_bytes)} of ${bytes(p.storage.limit_bytes)}`} /></div></li>`)}</ul>`;
}

function Recent() {
  return html`<ul class="list">${recent.value.slice(0, 5).map((visit) => html`<li key=${visit.href}>
    <${Icon} name=${KIND_ICON[visit.kind] ?? 'arrow'} />
    <a class="quiet grow truncate" href=${visit.href}>${visit.title}</a><span class="muted small"><${Time} at=${visit.at} /></span>
    </li>`)}</ul>`;
}

function NoRuns(/** @type {{ underWay: boolean }} */ { underWay }) {
  if (underWay) return html`<p class="pad muted">None has ended yet.</p>`;
  return html`<${Empty} icon="runs" title="No runs yet" actions=${html`<${Button} href="/templates" icon="templates">Browse templates<//>`}>
    A run takes a structure through one of the templates, such as relaxing a molecule or moving a protein in water, and keeps its inputs, log and results together.<//>`;
}

function FirstProject() {
  return html`<${Card}>
    <${Empty} icon="projects" title="Begin with a project" actions=${html`<${Button} kind="primary" href="/projects?new=1"
    icon="plus">Create a project<//><${Button} href="/help" icon="book">Read the guide<//>`}>
    A project holds structures, runs and files, and the people who share them. Create one, add a structure, then launch a run from a template.<//><//>`;
}
