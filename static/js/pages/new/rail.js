// The right side of a new run: what it will cost, what stands in the way, and the way off. The figures are the server's
// for exactly this form; while a newer answer is on its way the older stays, greyed.

import { html, useEffect, useState } from '/vendor/preact.js';
import { post } from '../../api.js';
import { bytes, dur, num } from '../../fmt.js';
import { Button, Card, Facts, Field, Input, Meter, Notice, Problem, Skeleton } from '../../ui/index.js';

const ESTIMATE_WAIT_MS = 250;
/** Steps an estimate is told in: seconds for short ones, whole minutes, five minutes, half hours. */
const STEPS_S = [[60, 5], [600, 30], [3600, 60], [36000, 300], [Infinity, 1800]];

/** A duration as exact as an estimate may pretend to be. @param {number} seconds */
export function about(seconds) {
  const [, step] = /** @type {number[]} */ (STEPS_S.find(([below]) => seconds < below));
  return dur(Math.max(1, seconds < step ? seconds : Math.round(seconds / step) * step));
}

/**
 * @param {string} template @param {any} body what would be launched; null: nothing to ask yet
 * @returns {{ data: any, error: any, fresh: boolean, retry: () => void }}
 */
export function useEstimate(template, body) {
  const text = body ? JSON.stringify(body) : '';
  const [state, setState] = useState(/** @type {{ data: any, error: any, of: string }} */ ({ data: null, error: null, of: '' }));
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    if (!text) return undefined;
    const abort = new AbortController();
    const timer = setTimeout(() => {
      post(`/templates/${template}/estimate`, JSON.parse(text), { signal: abort.signal }).then(
        ({ data }) => setState({ data, error: null, of: text }),
        (error) => !abort.signal.aborted && setState((was) => ({ ...was, error, of: text })),
      );
    }, ESTIMATE_WAIT_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [text, turn]);
  return { data: state.data, error: state.of === text ? state.error : null, fresh: state.of === text, retry: () => setTurn(turn + 1) };
}

/** Whether and when it would start, from what the site said last. @param {any} e */
function startText(e) {
  const { site, resources } = e;
  if (!site) return 'No site can run this at the moment.';
  if (!site.reachable) return `${site.title} does not answer at the moment. The run waits there until it does.`;
  const { cpus, cpus_idle: idle, nodes_up: up } = site.facts ?? {};
  if (up === 0) return `All computers of ${site.title} are down. The run waits until one is back.`;
  if (idle === undefined || cpus === undefined) return '';
  return idle >= resources.cpus ? `At once: ${idle} of ${cpus} CPUs are free.` : `When ${resources.cpus} CPUs are free; now ${idle} of ${cpus} are.`;
}

/** What keeps it from being faster. @param {any} e */
function limitText(e) {
  const { resolved, resources, site } = e;
  if (resolved.cpus > resources.cpus) return `The site's ${resources.cpus} CPUs; ${resolved.cpus} were allowed.`;
  if (resolved.use_gpu && site?.facts?.gpus === 0) return 'The site has no GPUs.';
  if (resources.gpus) return `${resources.gpus} GPU${resources.gpus > 1 ? 's' : ''} and ${resources.cpus} CPUs asked for.`;
  return `The ${resources.cpus} CPU${resources.cpus > 1 ? 's' : ''} asked for.`;
}

/** @param {{ label: string, quota: any }} props */
function Quota({ label, quota }) {
  if (!quota?.limit_b) return null;
  const over = quota.after_b > quota.limit_b;
  return html`<${Meter} label=${label} value=${quota.after_b} max=${quota.limit_b}
    text=${html`${bytes(quota.before_b)} → ${bytes(quota.after_b)} of ${bytes(quota.limit_b)}${over ? html`, <strong>too much</strong>` : ''}`} name=${label} />`;
}

/** @param {{ estimate: ReturnType<typeof useEstimate>, hasStructure: boolean, template: any }} props */
export function Estimate({ estimate, hasStructure, template }) {
  const e = estimate.data;
  if (!e) return html`<${Card} title="Estimate">${estimate.error ? html`<${Problem} error=${estimate.error} retry=${estimate.retry} />` : html`<${Skeleton} lines=${6} />`}<//>`;
  if (template.structures.required && !hasStructure) {
    return html`<${Card} title="Estimate"><p class="muted">Choose a structure, and time, memory and disk appear here, and follow every change.</p><//>`;
  }
  const { estimate: time, resources: r } = e;
  const worked = (/** @type {number} */ n) => (n * (time?.wall_s ?? 0) < 3600 ? about(n * (time?.wall_s ?? 0)) : num((n * time.wall_s) / 3600, { sig: 2, unit: 'h' }));
  const rows = [
    ['Starts', startText(e)], ['Limited by', limitText(e)],
    ['Ends by', `${about(r.walltime_s)} after its start at the latest${template.checkpoint?.continues ? '; then it goes on from its checkpoint' : ''}.`],
    ['Runs on', `${e.site?.title ?? '–'}, ${e.modules.join(', ') || 'module missing'}`],
  ];
  return html`<${Card} title="Estimate" actions=${!estimate.fresh && html`<span class="muted small" role="status">updating</span>`} class="estimate">
    <div data-stale=${estimate.fresh ? undefined : ''}>
      <p class="wall"><span class="muted">about</span> <strong>${time?.wall_s ? about(time.wall_s) : '–'}</strong></p>
      <dl class="tile small-tile">
        <div><dt>Atoms</dt><dd>${num(time?.atoms)}</dd></div>
        <div><dt>${r.gpus ? 'GPU time' : 'CPU time'}</dt><dd>${worked(r.gpus || r.cpus)}</dd></div>
        <div><dt>Memory</dt><dd>${bytes(r.memory_mb * 1e6)}</dd></div>
        <div><dt>Disk</dt><dd>${bytes(r.disk_b)}</dd></div>
      </dl>
      <${Facts} items=${rows} />
      <div class="stack tight"><${Quota} label="Project" quota=${e.quota?.project} /><${Quota} label="Your storage" quota=${e.quota?.account} /></div>
      ${time?.note && html`<p class="muted small">${time.note}</p>`}
    </div><//>`;
}

/** Opens what hides a field and gives it the focus. @param {string} id */
export function showField(id) {
  const element = document.getElementById(id);
  if (!element) return;
  for (let box = element.closest('details'); box; box = box.parentElement?.closest('details') ?? null) box.open = true;
  element.scrollIntoView({ block: 'center' });
  element.focus({ preventScroll: true });
}

/** What stands in the way, each with the way to it. @param {{ problems: any[], warnings: any[], labels: Record<string, string> }} props */
export function Problems({ problems, warnings, labels }) {
  const line = (/** @type {any} */ p, /** @type {number} */ i) => html`<li key=${i}><a href=${`#${fieldId(p.field)}`} onClick=${jump(p.field)}>${labels[p.field] ?? p.field}</a>: ${p.text} ${p.hint && html`<span class="muted">${p.hint}</span>`}</li>`;
  const jump = (/** @type {string} */ field) => (/** @type {Event} */ event) => {
    event.preventDefault();
    showField(fieldId(field));
  };
  return html`<div id="problems" tabindex="-1" role="group" aria-label="What stands in the way">
    ${problems.length > 0 && html`<${Notice} kind="bad" title=${problems.length === 1 ? 'One thing to settle before launch' : `${problems.length} things to settle before launch`}><ul class="problem-list">${problems.map(line)}</ul><//>`}
    ${warnings.length > 0 && html`<${Notice} kind="warn" title=${warnings.length === 1 ? 'One thing to know' : `${warnings.length} things to know`}><ul class="problem-list">${warnings.map(line)}</ul><//>`}</div>`;
}

/** @param {string} field */
const fieldId = (field) => (['structure', 'project', 'name'].includes(field) ? `part-${field}` : `param-${field}`);

/**
 * @param {{ sentence: any, name: string, suggested: string, onName: (name: string) => void, onLaunch: () => void, onInputs: () => void,
 *   busy: boolean, blocked: boolean, error: any, project: any }} props
 */
export function Launch({ sentence, name, suggested, onName, onLaunch, onInputs, busy, blocked, error, project }) {
  return html`<${Card} class="launch"><div class="stack">
    <${Field} id="part-name" label="Name"><${Input} name="name" value=${name} maxlength="200" placeholder=${suggested} onInput=${onName} /><//>
    ${sentence && html`<p class="sentence">${sentence}</p>`}
    ${error && html`<${Problem} error=${error} />`}
    <div class="row"><${Button} kind="primary" icon="play" busy=${busy} aria-disabled=${blocked ? 'true' : undefined} onClick=${onLaunch}>${busy ? 'Launching' : 'Launch run'}<//>
      <${Button} icon="eye" onClick=${onInputs}>View input files<//></div>
    ${project && html`<p class="muted small">Everybody in ${project.name} will see it. You can undo right after launching.</p>`}
  </div><//>`;
}
