// The overview of a run: what matters in its state first. A failed run opens with its cause, a waiting one with the reason,
// a running one with its curves; then what was asked, what it cost, and everything that happened.

import { html, useEffect, useState } from '/vendor/preact.js';
import { raw } from '../../api.js';
import { ago, bytes, dur, num, plural, when } from '../../fmt.js';
import { subscribe } from '../../live.js';
import { Button, Card, Copy, Facts, Notice, STATES, Time, toast } from '../../ui/index.js';
import { VERBS, inOneLine } from './actions.js';
import { Failure } from './failure.js';
import { hasEnded, useNow, useTemplate } from './live.js';
import { LivePlots, Stages, Tiles } from './progress.js';
import { paramText } from './results/parameters.js';
import { Attempts, Events, Timeline } from './timeline.js';

const TAIL_BYTES = 3000;
const TAIL_LINES = 8;
const TAIL_EVERY_MS = 3000;
const OLD_MS = 90000;

/** Why it waits, and until when as far as anybody can say. @param {{ run: any, reload: () => void }} props */
function Waiting({ run, reload }) {
  if (!['queued', 'held', 'submitting', 'pending'].includes(run.state)) return null;
  const release = async () => {
    try {
      await VERBS.release.ask(run.id);
      reload();
    } catch (error) {
      toast(inOneLine(error), { kind: 'bad' });
    }
  };
  const ahead = run.queue?.ahead ?? 0;
  const place = ahead > 0 ? `Of the ${num(run.queue.waiting)} runs waiting here, ${num(ahead)} ${ahead === 1 ? 'is' : 'are'} ahead of it.` : '';
  const soon = run.start_estimate && new Date(run.start_estimate).getTime() > Date.now();
  const start = soon ? `The cluster expects to start it ${ago(run.start_estimate)} (${when(run.start_estimate).slice(11, 16)}) at the latest.` : '';
  const held = run.state === 'held';
  const text = [run.reason?.text ?? (held ? 'It waits until somebody releases it.' : run.status), run.reason?.hint, place, start].filter(Boolean).join(' ');
  const button = VERBS.release.fits(run) && run.actions?.release && html`<${Button} size="small" icon="play" onClick=${release}>Release<//>`;
  return html`<${Notice} kind=${held ? 'warn' : 'info'} title=${held ? 'Held back' : 'Waiting'} actions=${button}>
    ${text}${run.reason?.code && html` <span class="muted small">(the cluster’s word: ${run.reason.code})</span>`}<//>`;
}

/** Who stopped it and when. @param {{ run: any }} props */
function Cancelled({ run }) {
  if (run.state !== 'cancelled') return null;
  const asked = run.timeline?.findLast((/** @type {any} */ e) => e.kind === 'cancel_request');
  const who = asked?.login ? `${asked.login} stopped it ${ago(asked.at)}. ` : 'It was stopped at the cluster. ';
  return html`<${Notice} kind="info" title="This run was cancelled">${who}What it had written until then is kept under Files; requeue it to go on, or rerun it with changes.<//>`;
}

/** What is not known, and since when. @param {{ run: any }} props */
function Unknown({ run }) {
  if (run.unknown_since) {
    const word = (STATES[run.state]?.word ?? run.state).toLowerCase();
    return html`<${Notice} kind="warn" title="What this run does now is not known">
      It was ${word} when the cluster was last heard of, ${ago(run.unknown_since)} (${when(run.unknown_since)}).
      A computation under way goes on; this page follows by itself when the cluster answers.<//>`;
  }
  const { site } = run;
  if (!hasEnded(run) && site?.unreachable_since) {
    return html`<${Notice} kind="warn" title=${`${site.title} does not answer`}>It was last heard of ${ago(site.as_of)}; what you see is as of then.<//>`;
  }
  return null;
}

/** @param {{ run: any }} props */
function Finished({ run }) {
  if (run.state !== 'finished') return null;
  const rows = (Array.isArray(run.summary) ? run.summary : []).filter((/** @type {any} */ r) => typeof r.value === 'number').slice(0, 6);
  return html`<${Card} title="Finished, results checked" actions=${html`<${Button} kind="primary" icon="plot" href=${`/runs/${run.id}/results`}>See the results<//>`}>
    <dl class="tile">${rows.map((/** @type {any} */ r) => html`<div key=${r.name}><dt>${r.label}</dt><dd>${num(r.value, { digits: r.digits })} <small>${r.unit}</small></dd></div>`)}</dl><//>`;
}

/** The last lines of the log while it is written. @param {{ run: any }} props */
function Tail({ run }) {
  const [lines, setLines] = useState(/** @type {string[]} */ ([]));
  const live = run.state === 'running' || run.state === 'collecting';
  useEffect(() => {
    if (!live) return undefined;
    const abort = new AbortController();
    let timer = 0;
    const read = async () => {
      timer = 0;
      try {
        const reply = await raw(`/runs/${run.id}/logs/stdout`, { query: { tail: TAIL_BYTES }, signal: abort.signal, allow: [404] });
        if (reply.ok) setLines((await reply.text()).trimEnd().split('\n').slice(-TAIL_LINES));
      } catch {
        // The page says when the server is away; the next event asks again.
      }
    };
    read();
    const off = subscribe([`run:${run.id}`], () => {
      timer ||= window.setTimeout(read, TAIL_EVERY_MS);
    });
    return () => {
      off();
      abort.abort();
      clearTimeout(timer);
    };
  }, [run.id, live]);
  if (!live || !lines.length) return null;
  const more = html`<${Button} kind="quiet" size="small" icon="log" href=${`/runs/${run.id}/log?follow=1`}>Follow the log<//>`;
  return html`<${Card} title="Last lines of the log" flush actions=${more}>
    <pre class="tail" tabIndex=${0} role="region" aria-label="What the job wrote last">${lines.join('\n')}</pre><//>`;
}

/** @param {{ run: any, template: any }} props */
function Asked({ run, template }) {
  const asked = run.resources ?? run.spec?.resources ?? {};
  const params = new Map((template?.params ?? []).map((/** @type {any} */ p) => [p.name, p]));
  const own = Object.keys(run.spec?.params ?? {});
  const preset = template?.presets?.find((/** @type {any} */ p) => p.name === run.spec?.preset)?.label ?? run.spec?.preset;
  const resources = [asked.cpus && plural(asked.cpus, 'CPU'), asked.gpus && plural(asked.gpus, 'GPU'), asked.memory_mb && bytes(asked.memory_mb * 1e6)].filter(Boolean).join(', ');
  const took = hasEnded(run) && run.timing?.took_s ? `estimated ${dur(run.timing.estimated_s)}, took ${dur(run.usage?.elapsed_s ?? run.timing.took_s)}` : dur(run.timing?.estimated_s);
  return html`<${Card} title="What was asked" actions=${html`<a class="small" href=${`/runs/${run.id}/provenance`}>All parameters</a>`}>
    <${Facts} items=${[
    preset && ['Preset', preset],
    ...own.slice(0, 10).map((name) => /** @type {[any, any]} */ ([params.get(name)?.label ?? name, paramText(params.get(name), run.spec.params[name])])),
    ['Resources', resources], ['Time limit', dur(asked.walltime_s)], ['Site', run.site?.title],
    run.site_job_id && ['Job', html`<span class="mono">${run.site_job_id}</span>`],
    run.timing?.estimated_s && ['Estimate', took],
    ['Run id', html`<${Copy} text=${run.id} label="Copy the id" />`],
  ]} /><//>`;
}

/** Runs made from this one. @param {{ run: any }} props */
function Children({ run }) {
  if (!run.children?.length) return null;
  const row = (/** @type {any} */ c) => html`<li key=${c.id}><a class="quiet truncate" href=${`/runs/${c.id}`}>${c.name}</a></li>`;
  return html`<${Card} title="Made from this run" flush><ul class="list">${run.children.map(row)}</ul><//>`;
}

/** @param {{ run: any, reload: () => void }} props */
export default function Overview({ run, reload }) {
  const live = !hasEnded(run);
  const now = useNow(live);
  const template = useTemplate(run.template.id);
  const asked = live && run.state !== 'held' && (run.cancel_requested || run.hold_requested);
  const heard = run.site?.as_of;
  const old = live && heard && !run.unknown_since && now - new Date(heard).getTime() > OLD_MS;
  return html`<div class="overview">
    ${run.state === 'failed' && html`<${Failure} run=${run} template=${template} reload=${reload} />`}
    <${Unknown} run=${run} />
    <${Waiting} run=${run} reload=${reload} />
    <${Cancelled} run=${run} />
    <div class="cols">
      <div class="stack">
        <section class="card progress-card" aria-label="Progress"><div class="body stack">
          <${Timeline} run=${run} now=${now} />
          <${Stages} run=${run} template=${template} now=${now} />
          ${asked && html`<p class="small muted">${run.status}</p>`}
          ${old && html`<p class="small muted">The cluster was last looked at <${Time} at=${heard} />; what you see is as of then.</p>`}
        </div></section>
        <${Finished} run=${run} />
        <${Tiles} run=${run} now=${now} />
        ${run.state !== 'finished' && html`<${LivePlots} run=${run} />`}
        <${Tail} run=${run} />
        <${Attempts} run=${run} />
        <${Events} run=${run} />
      </div>
      <aside class="stack"><${Asked} run=${run} template=${template} /><${Children} run=${run} /></aside>
    </div>
  </div>`;
}
