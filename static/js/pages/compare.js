// Two to eight runs beside each other: which parameters differ, what that did to the key numbers, and their series laid
// over each other. The runs are in the address (`?runs=a,b`), the first one is what the others are measured against.

import { html, useEffect, useMemo, useRef, useState } from '/vendor/preact.js';
import { Button, Empty, Notice, Page, Problem, Skeleton, State } from '../ui/index.js';
import { get } from '../api.js';
import { go, useTitle } from '../router.js';
import { sheetLoad } from '../sheets.js';
import { RunPicker } from './compare/picker.js';
import { ParametersCompared, SummaryCompared } from './compare/tables.js';
import { SeriesCompared } from './compare/series.js';

await sheetLoad('/css/pages/results.css');

/** @typedef {{ id: string, run: any, results: any | null }} Compared */

export const RUNS_MAX = 8;

/**
 * The chosen runs with their results; what is known already is not asked again.
 *
 * @param {string[]} ids
 * @returns {{ runs: Compared[], errors: { id: string, error: any }[], loading: boolean }}
 */
function useRuns(ids) {
  const known = useRef(/** @type {Map<string, Compared>} */ (new Map()));
  const [state, setState] = useState(/** @type {{ key: string, runs: Compared[], errors: { id: string, error: any }[] }} */ ({ key: '', runs: [], errors: [] }));
  const key = ids.join(',');
  useEffect(() => {
    const stop = new AbortController();
    /** @param {string} id */
    const load = async (id) => {
      const have = known.current.get(id);
      if (have) return have;
      const { data: run } = await get(`/runs/${id}`, { signal: stop.signal });
      const results = run.has_results ? (await get(`/runs/${id}/results`, { signal: stop.signal })).data.results : null;
      const made = { id, run, results };
      known.current.set(id, made);
      return made;
    };
    Promise.allSettled(ids.map(load)).then((settled) => {
      if (stop.signal.aborted) return;
      const runs = settled.flatMap((s) => (s.status === 'fulfilled' ? [s.value] : []));
      const errors = settled.flatMap((s, i) => (s.status === 'rejected' ? [{ id: ids[i], error: s.reason }] : []));
      setState({ key, runs, errors });
    });
    return () => stop.abort();
  }, [key]);
  return { runs: state.runs, errors: state.errors, loading: state.key !== key };
}

/** @param {Compared[]} runs */
function templatesText(runs) {
  const kinds = [...new Set(runs.map((r) => r.run.template.id))];
  if (kinds.length < 2) return null;
  return `These runs come from different templates (${kinds.join(', ')}). Parameters are listed by name; figures and series are compared where name and unit agree.`;
}

/** @param {{ query: URLSearchParams }} props */
export default function Compare({ query }) {
  const ids = useMemo(() => [...new Set((query.get('runs') ?? '').split(',').filter(Boolean))].slice(0, RUNS_MAX), [query.get('runs')]);
  const { runs, errors, loading } = useRuns(ids);
  useTitle('Compare runs');

  /* Written by hand: a comma in the address stays a comma. */
  const put = (/** @type {string[]} */ next) => go(next.length ? `/compare?runs=${next.map(encodeURIComponent).join(',')}` : '/compare');
  const add = (/** @type {string} */ id) => put([...ids, id].slice(0, RUNS_MAX));
  const remove = (/** @type {string} */ id) => put(ids.filter((other) => other !== id));
  const first = (/** @type {string} */ id) => put([id, ...ids.filter((other) => other !== id)]);
  const mixed = templatesText(runs);
  const without = runs.filter((r) => !r.results);

  return html`<${Page} title="Compare runs" crumbs=${[{ label: 'Runs', href: '/runs' }]}>
    <div class="compare stack loose">
      <section class="stack tight" aria-label="Runs compared">
        <ol class="compare-runs">
          ${runs.map(({ id, run }, i) => html`<li key=${id} class=${`compare-run series-${i + 1}`}>
            <span class="compare-letter" aria-hidden="true">${'ABCDEFGH'[i]}</span>
            <span class="compare-name"><a class="quiet strong" href=${`/runs/${id}/results`}>${run.name}</a>
              <span class="muted small">${run.project?.name} · ${run.template.id} ${run.template.version}</span></span>
            ${run.state !== 'finished' && html`<${State} state=${run.state} unknownSince=${run.unknown_since} />`}
            ${i === 0 ? html`<span class="chip">Reference</span>` : html`<${Button} kind="quiet" size="small" onClick=${() => first(id)}>Make reference<//>`}
            <${Button} kind="quiet" size="small" icon="close" label=${`Take ${run.name} out`} onClick=${() => remove(id)} />
          </li>`)}
        </ol>
        ${ids.length < RUNS_MAX
          ? html`<${RunPicker} chosen=${ids} template=${runs[0]?.run.template.id ?? null} project=${runs[0]?.run.project ?? null} onPick=${add} />`
          : html`<p class="muted small">Eight runs are as many as can be told apart.</p>`}
      </section>
      ${errors.map(({ id, error }) => html`<${Problem} key=${id} error=${error} title=${`The run ${id} cannot be compared`} retry=${() => remove(id)} />`)}
      ${mixed && html`<${Notice} kind="info" title="Different templates">${mixed}<//>`}
      ${without.length > 0 && html`<${Notice} kind="warn">${without.map((r) => r.run.name).join(', ')}: no results yet, so only parameters are compared.<//>`}
      ${loading && runs.length === 0 && ids.length > 0 && html`<${Skeleton} height=${240} />`}
      ${!loading && runs.length < 2 && html`<${Empty} icon="compare" title=${runs.length === 0 ? 'Choose two runs' : 'Choose one more run'}>
        Search by name above. Their parameters, key numbers and series are then laid side by side.<//>`}
      ${runs.length >= 2 && html`
        <${ParametersCompared} runs=${runs} />
        <${SummaryCompared} runs=${runs} />
        <${SeriesCompared} runs=${runs} />`}
    </div>
  <//>`;
}
