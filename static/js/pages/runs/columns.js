// The columns of a list of runs. What a run is up to stands in one cell: how far it is, why it waits, what went wrong,
// or how long it took, whichever its state asks for.

import { html } from '/vendor/preact.js';
import { dur, pct, when } from '../../fmt.js';
import { State, Time } from '../../ui/index.js';
import { roughly, timeLeft } from '../run/live.js';

const MS = 1000;

/** A duration in a table, where fractions of a second say nothing. @param {number | null} seconds */
const took = (seconds) => (seconds !== null && seconds < 1 ? '<\u20091\u2009s' : dur(seconds));

/** How long a run has been at work, in seconds. @param {any} run @param {number} [now] */
export function elapsed(run, now = Date.now()) {
  if (!run.started_at) return null;
  const end = run.ended_at ? new Date(run.ended_at).getTime() : now;
  return Math.max(0, (end - new Date(run.started_at).getTime()) / MS);
}

/** @param {{ run: any }} props */
function Doing({ run }) {
  if (run.cancel_requested && !run.ended_at) return html`<span class="muted">Stopping …</span>`;
  if (run.unknown_since) return html`<span class="muted" title=${when(run.unknown_since)}>Not heard of for ${dur((Date.now() - new Date(run.unknown_since).getTime()) / MS)}</span>`;
  if (run.failure && run.state === 'failed') return html`<span class="truncate" title=${run.failure}>${run.failure}</span>`;
  if (run.state === 'running' || run.state === 'collecting') {
    const fraction = run.progress?.fraction ?? null;
    const left = timeLeft(run, Date.now());
    return html`<span class="doing"><progress max="1" value=${fraction ?? undefined} aria-label=${`Progress of ${run.name}`}></progress>
      <span class="num">${fraction === null ? '' : pct(fraction)}</span><span class="truncate muted">${left === null ? '' : `about ${dur(roughly(left))} left`}</span></span>`;
  }
  if (run.reason?.text) return html`<span class="truncate muted" title=${run.reason.text}>${run.reason.text}</span>`;
  return null;
}

/** @param {{ own?: string, templates?: Map<string, string> }} about own: the project all runs are of; templates: titles by id */
export function runColumns({ own, templates } = {}) {
  /** @type {import('../../ui/table.js').Column[]} */
  const columns = [
    { key: 'name', label: 'Run' },
    { key: 'state', label: 'State', width: 118, render: (run) => html`<${State} plain state=${run.state} unknownSince=${run.unknown_since} />` },
    { key: 'doing', label: 'What it is doing', from: 900, render: (run) => html`<${Doing} run=${run} />` },
    { key: 'template', label: 'Template', width: 170, from: 1000, render: (run) => html`<span class="truncate">${run.template_title ?? templates?.get(run.template) ?? run.template}</span>` },
    { key: 'project', label: 'Project', width: 130, from: 1100, render: (run) => html`<a class="truncate" href=${`/projects/${run.project}`}>${run.project_name}</a>` },
    { key: 'who', label: 'By', width: 90, from: 1200, render: (run) => html`<span class="truncate">${run.login}</span>` },
    { key: 'created', label: 'Launched', width: 118, from: 560, sort: true, render: (run) => html`<${Time} at=${run.created_at} />` },
    { key: 'took', label: 'Run time', width: 100, align: 'end', from: 700, render: (run) => took(elapsed(run)) },
  ];
  return own ? columns.filter((c) => c.key !== 'project') : columns;
}
