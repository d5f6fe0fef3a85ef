// Where a run is on its way: one step a state, with when it was reached and how long it stayed, of the latest try; the
// tries before it are listed below. Times of the computation itself are the job's own where it wrote them down, since a
// worker sees starts and ends only when it looks.

import { html } from '/vendor/preact.js';
import { dur, when } from '../../fmt.js';
import { Icon, State, Time } from '../../ui/index.js';

/**
 * @typedef {{ kind: string, at: string, attempt: number, data: any, login: string | null }} RunEvent
 * @typedef {{ name: string, label: string, means: string, at: string | null, seconds: number | null,
 *             status: 'done' | 'now' | 'next' | 'skipped' }} Step
 */

const STEPS = [
  { name: 'queued', label: 'Queued', means: 'Accepted by the portal; a worker takes it next.', starts: ['submit', 'requeue_request', 'continued', 'retried'] },
  { name: 'submitting', label: 'Preparing', means: 'Its folder is written and it is handed to the cluster.', starts: ['intent'] },
  { name: 'pending', label: 'Waiting', means: 'On the cluster, until processors are free.', starts: ['submitted', 'adopted'] },
  { name: 'running', label: 'Running', means: 'Computing.', starts: ['started'] },
  { name: 'collecting', label: 'Collecting', means: 'The job has ended; results are read and checked.', starts: ['left'] },
];
const ENDS = /** @type {Record<string, string>} */ ({ finished: 'Finished', failed: 'Failed', cancelled: 'Cancelled' });

/** @param {string | null | undefined} at */
const ms = (at) => (at ? new Date(at).getTime() : NaN);

/** Events since the run was last put into the queue. @param {RunEvent[]} events */
function latestTry(events) {
  const from = events.findLastIndex((e) => STEPS[0].starts.includes(e.kind));
  return from < 0 ? events : events.slice(from);
}

/** @param {any} run @param {number} now @returns {Step[]} */
export function stepsOf(run, now) {
  const events = latestTry(run.timeline ?? []);
  const manifest = run.attempts?.find((/** @type {any} */ a) => a.no === run.attempt)?.manifest;
  const reached = STEPS.map((step) => {
    const event = events.find((/** @type {RunEvent} */ e) => step.starts.includes(e.kind));
    if (step.name === 'running' && manifest?.started_at && event) return manifest.started_at;
    if (step.name === 'running' && event?.data?.start_s) return new Date(event.data.start_s * 1000).toISOString();
    if (step.name === 'collecting' && manifest?.ended_at && event) return manifest.ended_at;
    return event?.at ?? null;
  });
  const ended = ENDS[run.state];
  const held = run.state === 'held';
  const at = ended ? STEPS.length : held ? (run.site_job_id ? 2 : 0) : STEPS.findIndex((s) => s.name === run.state);
  const times = [...reached, ended ? run.ended_at : null];
  /** @type {Step[]} */
  const steps = STEPS.map((step, i) => {
    const next = times.slice(i + 1).find(Boolean);
    const until = i === at ? now : ms(next);
    const seconds = reached[i] && Number.isFinite(until) ? Math.max(0, (until - ms(reached[i])) / 1000) : null;
    const label = i === at && held ? 'Held' : step.label;
    return { name: i === at && held ? 'held' : step.name, label, means: step.means, at: reached[i], seconds, status: i === at ? 'now' : reached[i] ? 'done' : i < at ? 'skipped' : 'next' };
  });
  const last = ended ?? 'Finished';
  steps.push({ name: ended ? run.state : 'finished', label: last, means: 'The end.', at: ended ? run.ended_at : null, seconds: null, status: ended ? 'now' : 'next' });
  return steps;
}

/** @param {{ run: any, now: number }} props */
export function Timeline({ run, now }) {
  const steps = stepsOf(run, now);
  const mark = (/** @type {Step} */ step) => {
    if (step.status === 'now') return html`<${Icon} name=${step.name} />`;
    return step.status === 'done' ? html`<${Icon} name="check" />` : html`<span class="dot"></span>`;
  };
  const time = (/** @type {Step} */ step) => step.at && html`<time dateTime=${step.at} title=${when(step.at)}>${when(step.at).slice(11, 19)}</time>
    ${step.seconds !== null && html` <span class="num">${dur(step.seconds)}</span>`}`;
  return html`<ol class="steps" aria-label="Where the run is">${steps.map((step) => html`<li key=${step.name} data-status=${step.status} data-state=${step.name}
      aria-current=${step.status === 'now' ? 'step' : undefined} title=${step.means}>
    <span class="steps-mark">${mark(step)}</span>
    <span class="steps-label">${step.label}${step.status === 'skipped' && html`<span class="sr-only"> was left out</span>`}</span>
    <span class="steps-time muted">${time(step)}</span>
  </li>`)}</ol>`;
}

const OUTCOMES = /** @type {Record<string, string>} */ ({
  complete: 'Complete', continue: 'Used its time; went on from its checkpoint', failed: 'Failed', none: 'Ended without a word',
  retried: 'Lost by the cluster; tried again',
});

/** The tries of a run, when there was more than one. @param {{ run: any }} props */
export function Attempts({ run }) {
  const attempts = run.attempts ?? [];
  if (attempts.length < 2) return null;
  return html`<section class="stack tight"><h2>Attempts</h2><div class="table-scroll"><table class="table attempts">
    <caption class="sr-only">Attempts of this run</caption>
    <thead><tr><th scope="col" class="num">No.</th><th scope="col">Job</th><th scope="col">Started</th><th scope="col" class="num">Took</th>
      <th scope="col">Outcome</th><th scope="col"><span class="sr-only">Log</span></th></tr></thead>
    <tbody>${attempts.map((/** @type {any} */ a) => html`<tr key=${a.no}><th scope="row" class="num">${a.no}</th><td class="mono">${a.site_job_id ?? '–'}</td>
      <td><${Time} at=${a.manifest?.started_at ?? a.started_at} /></td>
      <td class="num">${a.manifest ? dur(a.manifest.elapsed_s) : '–'}</td>
      <td>${OUTCOMES[a.outcome] ?? a.outcome ?? html`<${State} plain state=${run.state} />`}</td>
      <td><a href=${`/runs/${run.id}/log?attempt=${a.no}`}>Log</a></td></tr>`)}</tbody>
  </table></div></section>`;
}

/** What an event adds to its sentence. @param {RunEvent} event */
function details(event) {
  const { data = {} } = event;
  if (event.kind === 'submitted' || event.kind === 'adopted') return `Job ${data.site_job_id}`;
  if (event.kind === 'started') return data.nodes ? `on ${data.nodes}` : '';
  if (event.kind === 'pending' || event.kind === 'held') return data.reason ? `The cluster’s word: ${data.reason}` : '';
  if (event.kind === 'left') return [data.state, data.reason !== 'None' && data.reason].filter(Boolean).join(', ');
  return data.text ?? '';
}

/** Everything that happened, in words. @param {{ run: any }} props */
export function Events({ run }) {
  const events = /** @type {RunEvent[]} */ (run.timeline ?? []);
  const line = (/** @type {any} */ e) => html`<li key=${e.id}><time class="num muted" dateTime=${e.at}>${when(e.at).slice(0, 19)}</time>
    <span>${e.text}${e.login && html` <span class="muted">by ${e.login}</span>`}${details(e) && html` <span class="muted">${details(e)}</span>`}</span></li>`;
  return html`<details class="events"><summary>Everything that happened <span class="muted">(${events.length})</span></summary>
    <ol>${events.toReversed().map(line)}</ol></details>`;
}
