// Short lists of runs for the home page: one line a run, live values changing in place.

import { html } from '/vendor/preact.js';
import { dur } from '../../fmt.js';
import { Icon, Progress, State, Time } from '../../ui/index.js';

/** @param {any} run seconds it took, or null while it did not end */
function took(run) {
  return run.started_at && run.ended_at ? (Date.parse(run.ended_at) - Date.parse(run.started_at)) / 1000 : null;
}

/** How far a run is, or why it waits. @param {{ run: any }} props */
function Doing({ run }) {
  if (run.state !== 'running') return html`<span class="waits" title=${run.reason?.text}>${run.reason?.text}</span>`;
  return html`<${Progress} fraction=${run.progress?.fraction} label=${`Progress of ${run.name}`} />`;
}

/** @param {{ runs: any[], live?: boolean }} props `live`: progress instead of when and how long */
export function RunList({ runs, live }) {
  return html`<table class="table runlist"><caption class="sr-only">${live ? 'Runs under way' : 'Recent runs'}</caption>
    <thead><tr><th scope="col">Run</th><th scope="col">State</th>
      ${live ? html`<th scope="col" class="wide-cell">Progress</th>` : html`<th scope="col" class="num wide-cell">Took</th>`}
      <th scope="col" class="num wide-cell">Created</th></tr></thead>
    <tbody>${runs.map((run) => html`<tr key=${run.id}>
      <th scope="row"><a class="run-name" href=${`/runs/${run.id}`}>${run.name}</a>
        <span class="sub">${run.project_name} · ${run.template_title ?? run.template}</span></th>
      <td><${State} state=${run.state} unknownSince=${run.unknown_since} reason=${run.reason?.text} /></td>
      ${live ? html`<td class="wide-cell"><${Doing} run=${run} /></td>`
    : html`<td class="num wide-cell">${took(run) === null ? '' : dur(took(run))}</td>`}
      <td class="num wide-cell"><${Time} at=${run.created_at} /></td></tr>`)}</tbody></table>`;
}

/** Failed runs with why in words. @param {{ runs: any[] }} props */
export function FailedList({ runs }) {
  return html`<ul class="list failed-list">${runs.map((run) => html`<li key=${run.id}><div class="grow">
    <div class="spread"><a class="quiet strong truncate" href=${`/runs/${run.id}`}>${run.name}</a><span class="muted small">
      <${Time} at=${run.ended_at ?? run.created_at} /></span></div>
    <p class="why"><${Icon} name="failed" label="Failed" /><span>${run.failure ?? 'Open it to see why.'}</span></p></div></li>`)}</ul>`;
}
