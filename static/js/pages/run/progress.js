// How far a run is: its stages with their shares, the time that is left, the figures of the moment, and the curves that
// grow while it computes. All of it is what the job itself reports; nothing is guessed that it does not say, except the
// time left, which is said to be about.

import { html, useEffect, useMemo, useRef } from '/vendor/preact.js';
import { useApi } from '../../api.js';
import { subscribe } from '../../live.js';
import { bytes, dur, num, pct } from '../../fmt.js';
import { Plot } from '../../plot/plot.js';
import { liveName } from './results/none.js';
import { hasEnded, roughly, timeLeft } from './live.js';

const POINTS = 600;
const PLOT_EVERY_MS = 4000;

/** @typedef {{ name: string, label: string, weight: number, share: number }} Stage share: 0 to 1 done */

/** @param {any} run @param {any} template @returns {Stage[]} */
export function stagesOf(run, template) {
  const names = /** @type {string[]} */ (run.progress?.stages ?? []);
  const known = new Map((template?.stages ?? []).map((/** @type {any} */ s) => [s.name, s]));
  const weights = names.map((name) => known.get(name)?.weight ?? 1);
  const whole = weights.reduce((a, b) => a + b, 0) || 1;
  const at = names.indexOf(run.progress?.stage);
  const fraction = run.progress?.fraction ?? 0;
  let before = 0;
  return names.map((name, i) => {
    const part = weights[i] / whole;
    const inside = Math.min(1, Math.max(0, (fraction - before) / part));
    before += part;
    const share = run.state === 'finished' || i < at ? 1 : i === at ? inside : 0;
    return { name, label: known.get(name)?.label ?? name, weight: weights[i], share };
  });
}

/** @param {{ run: any, template: any, now: number }} props */
export function Stages({ run, template, now }) {
  const stages = stagesOf(run, template);
  const fraction = run.progress?.fraction ?? null;
  const left = timeLeft(run, now);
  if (!stages.length && fraction === null) return null;
  const current = hasEnded(run) ? undefined : stages.find((s) => s.name === run.progress?.stage);
  const grow = (/** @type {number} */ weight) => (/** @type {HTMLElement | null} */ e) => e?.style.setProperty('--weight', String(weight));
  const steps = run.progress?.steps > 1 && !hasEnded(run) ? `step ${num(run.progress.step)} of ${num(run.progress.steps)}` : '';
  const done = run.state === 'finished';
  return html`<div class="stages-box">
    <div class="spread"><span><strong class="num">${pct(done ? 1 : fraction)}</strong>${current && html` <span>${current.label}</span>`}
        ${steps && html` <span class="muted">${steps}</span>`}</span>
      ${left !== null && html`<span><span class="muted">about</span> <span class="num">${dur(roughly(left))}</span>
        <span class="muted"> left, until ${clockAt(now + left * 1000)}</span></span>`}</div>
    <ol class="stages" aria-label="Stages">${stages.map((s) => html`<li key=${s.name} ref=${grow(s.weight)} aria-current=${s === current ? 'step' : undefined}>
      <progress max="1" value=${s.share} aria-label=${s.label}></progress><span>${s.label}</span></li>`)}</ol>
  </div>`;
}

/** Hour and minute; with the day when it is another one. @param {number} at */
function clockAt(at) {
  const d = new Date(at);
  const time = `${String(d.getHours()).padStart(2, '0')}:${String(d.getMinutes()).padStart(2, '0')}`;
  return d.toDateString() === new Date().toDateString() ? time : `${d.getDate()} ${d.toLocaleString('en', { month: 'short' })} ${time}`;
}

const HOUR = 3600;
const MINUTE = 60;
const LEAST_HOURS = 0.01;

/** Seconds of computing so far, of all attempts. @param {any} run @param {number} now */
export function computed(run, now) {
  if (hasEnded(run) && run.usage?.elapsed_s !== undefined) return run.usage.elapsed_s;
  const before = run.attempt > 1 ? run.usage?.elapsed_s ?? 0 : 0;
  if (!run.started_at || !['running', 'collecting'].includes(run.state)) return run.usage?.elapsed_s ?? null;
  return before + Math.max(0, (now - new Date(run.started_at).getTime()) / 1000);
}

/** @param {number} seconds */
const hours = (seconds) => (seconds > 0 && seconds < LEAST_HOURS * HOUR ? `<\u2009${LEAST_HOURS}` : num(seconds / HOUR, { sig: 3 }));

/** @param {{ run: any, now: number }} props */
export function Tiles({ run, now }) {
  const p = run.progress ?? {};
  const seconds = computed(run, now);
  const asked = run.resources ?? run.spec?.resources ?? {};
  const live = !hasEnded(run);
  /** @type {Array<[string, any, string?]>} */
  const tiles = [];
  if (seconds !== null) tiles.push(['Computing', dur(seconds), run.timing?.estimated_s ? `estimated ${dur(run.timing.estimated_s)}` : '']);
  if (typeof p.ns_per_day === 'number') tiles.push(['Speed', html`${num(p.ns_per_day, { sig: 3 })} <small>ns/day</small>`]);
  if (live) {
    for (const [name, value] of Object.entries(p.values ?? {}).slice(0, 3)) {
      const { label, unit } = liveName(name);
      tiles.push([label, html`${num(/** @type {number} */ (value), { sig: 5 })} <small>${unit}</small>`]);
    }
  }
  if (seconds !== null && asked.cpus) tiles.push(['Cost', html`${hours(seconds * asked.cpus)} <small>CPU-hours</small>`, `${num(asked.cpus)} CPUs`]);
  if (seconds !== null && asked.gpus) tiles.push(['GPU', html`${hours(seconds * asked.gpus)} <small>GPU-hours</small>`, `${num(asked.gpus)} GPUs`]);
  if (run.usage?.max_rss_kb) tiles.push(['Memory at most', bytes(run.usage.max_rss_kb * 1024), asked.memory_mb ? `of ${bytes(asked.memory_mb * 1e6)} asked` : '']);
  if (run.usage?.disk_b) tiles.push(['On disk', bytes(run.usage.disk_b)]);
  if (!tiles.length) return null;
  return html`<dl class="tile run-tiles">${tiles.map(([term, value, note]) => html`<div key=${term}><dt>${term}</dt><dd>${value}</dd>${note && html`<dd class="note">${note}</dd>`}</div>`)}</dl>`;
}

/** The curves of what the job reported. @param {{ run: any }} props */
export function LivePlots({ run }) {
  const { data, reload } = useApi(`/runs/${run.id}/progress`, { query: { points: POINTS }, deps: [run.attempt, hasEnded(run)] });
  const last = useRef(0);
  useEffect(() => {
    if (hasEnded(run)) return undefined;
    let timer = 0;
    const off = subscribe([`run:${run.id}`], () => {
      if (timer || document.hidden) return;
      timer = window.setTimeout(() => {
        timer = 0;
        last.current = Date.now();
        reload();
      }, Math.max(0, last.current + PLOT_EVERY_MS - Date.now()));
    });
    return () => {
      off();
      clearTimeout(timer);
    };
  }, [run.id, hasEnded(run)]);

  const plots = useMemo(() => {
    const series = data?.series;
    if (!series) return [];
    const start = series.t.find((/** @type {number | null} */ t) => t !== null) ?? 0;
    const long = (series.t.at(-1) ?? start) - start > 2 * HOUR;
    const all = /** @type {Array<[string, Array<number | null>]>} */ (Object.entries(series.values));
    if (series.ns_per_day.some((/** @type {number | null} */ v) => v !== null)) all.push(['ns_per_day', series.ns_per_day]);
    return all.flatMap(([name, values]) => {
      const told = values.flatMap((v, i) => (v === null || series.t[i] === null ? [] : [i]));
      if (told.length < 2) return [];
      const x = Float64Array.from(told, (i) => (series.t[i] - start) / (long ? HOUR : MINUTE));
      const y = Float64Array.from(told, (i) => /** @type {number} */ (values[i]));
      const { label, unit } = name === 'ns_per_day' ? { label: 'Speed', unit: 'ns/day' } : liveName(name);
      return [{ name, label, unit, xUnit: long ? 'h' : 'min', series: [{ name, label, unit, x, y }] }];
    });
  }, [data]);
  if (!plots.length) return null;
  return html`<section class="stack tight"><h2>${hasEnded(run) ? 'Reported while it ran' : 'Curves so far'}</h2>
    <div class="plots">${plots.map((p) => html`<${Plot} key=${p.name} title=${p.label} series=${p.series} xLabel="Time since the start" xUnit=${p.xUnit} height=${150} />`)}</div></section>`;
}
