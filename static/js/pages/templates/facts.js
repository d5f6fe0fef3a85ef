// What both template pages say about a template: whether it can run here, how long it took others, its engines.

import { html } from '/vendor/preact.js';
import { useApi } from '../../api.js';
import { dur } from '../../fmt.js';
import { Icon } from '../../ui/index.js';

const TIMES_OF = 20;

/** The middle of how long the last finished runs of a template took, and the sample among them. @param {string} id */
export function useFinished(id) {
  const runs = useApi('/runs', { query: { template: id, state: 'finished', limit: TIMES_OF } }).data?.items ?? [];
  const seconds = runs.map((/** @type {any} */ r) => (Date.parse(r.ended_at) - Date.parse(r.started_at)) / 1000)
    .filter((/** @type {number} */ s) => s >= 0).sort((/** @type {number} */ a, /** @type {number} */ b) => a - b);
  return {
    count: runs.length,
    median: seconds.length ? seconds[Math.floor(seconds.length / 2)] : null,
    example: runs.find((/** @type {any} */ r) => r.project_name === 'Samples') ?? runs[0] ?? null,
  };
}

/** @param {ReturnType<typeof useFinished>} finished */
export function timeText({ count, median }) {
  if (median === null) return 'No run has finished yet; the form estimates it';
  return `${dur(median)}, the middle of the last ${count === 1 ? 'run' : `${count} runs`}`;
}

/** @param {{ about: any }} props about: an item of GET /templates, or GET /templates/:id */
export function Availability({ about }) {
  if (about.available) {
    const away = about.sites.filter((/** @type {any} */ s) => s.available).every((/** @type {any} */ s) => !s.reachable);
    return away ? html`<span class="chip" data-kind="warn"><${Icon} name="offline" />Site not reached; runs wait</span>` : html`<span class="chip" data-kind="good"><${Icon} name="check" />Ready to run</span>`;
  }
  return html`<span class="chip" data-kind="warn"><${Icon} name="warning" />Not installed here</span>`;
}

/** Why it cannot run, in the words of the server. @param {any} about @returns {string[]} */
export function missingOf(about) {
  if (!about.sites.length) return ['No site is configured yet.'];
  return about.available ? [] : [...new Set(about.sites.flatMap((/** @type {any} */ s) => s.missing))];
}

/** The modules it would load, each a link into the catalogue. @param {{ about: any }} props */
export function Engines({ about }) {
  const site = about.sites.find((/** @type {any} */ s) => s.available);
  const names = about.engines.map((/** @type {any} */ e, /** @type {number} */ i) => ({ module: e.module, text: site?.modules[i] ?? `${e.module} ${e.min_version ?? ''} or newer` }));
  return html`${names.map((/** @type {any} */ n, /** @type {number} */ i) => html`${i > 0 && ', '}<a href=${`/modules/${n.module}`}>${n.text}</a>`)}`;
}
