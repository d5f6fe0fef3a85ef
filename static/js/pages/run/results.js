// The results of a run: what to mind first, then the moving molecule beside two plots, the key numbers, everything else
// that was measured, and the words and files to take away. The same for every engine: it shows what results.json holds.
//
// A run without results says why and shows what there is: the values reported while it ran.
// On paper it is a report: parameters are printed with it, handles are not.

import { html, useMemo } from '/vendor/preact.js';
import { Button, Card, Icon, Notice, Problem, Skeleton } from '../../ui/index.js';
import { useApi } from '../../api.js';
import { when } from '../../fmt.js';
import { RunPlot } from '../../plot/run_plot.js';
import { sheetLoad } from '../../sheets.js';
import { rerunHref } from './actions.js';
import { Linked, besidePlayer, bringBeside, isLinked, useLinked } from './results/linked.js';
import { OrbitalDiagram, orbitalLevels } from './results/orbitals.js';
import { ParameterTable, ParentChanges } from './results/parameters.js';
import { NoResults } from './results/none.js';
import { ResultFiles, Structures } from './results/takeaway.js';
import { Summary } from './results/summary.js';
import { ResultTable } from './results/tables.js';
import { Citations, Methods } from './results/texts.js';

await sheetLoad('/css/pages/results.css');

/** @typedef {import('../../plot/run_plot.js').SeriesSpec} SeriesSpec */

/** Series in the order their stages were computed. @param {any} run @param {SeriesSpec[]} series */
function byStage(run, series) {
  const order = run.progress?.stages ?? [];
  return [...series].sort((a, b) => order.indexOf(a.stage) - order.indexOf(b.stage));
}

/** @param {{ run: any }} props */
function Toolbar({ run }) {
  return html`<div class="row results-actions no-print">
    <${Button} icon="rerun" href=${rerunHref(run)}>Rerun with changes<//>
    <${Button} icon="compare" href=${`/compare?runs=${run.id}`}>Compare with…<//>
    <${Button} icon="archive" href=${`/api/v1/runs/${run.id}/archive?format=zip`} download>Download all (zip)<//>
    <${Button} icon="print" onClick=${() => window.print()}>Print report<//>
  </div>`;
}

/** @param {{ warnings: string[] }} props */
function Warnings({ warnings }) {
  if (warnings.length === 0) return html`<p class="no-warnings"><${Icon} name="check" />The analysis found nothing to warn of.</p>`;
  return html`<${Notice} kind="warn" title=${warnings.length === 1 ? 'Mind this before you conclude' : `Mind these ${warnings.length} points before you conclude`}>
    <ul class="warning-list">${warnings.map((text) => html`<li key=${text}>${text}</li>`)}</ul>
  <//>`;
}

/** @param {{ run: any, query: URLSearchParams }} props */
export default function Results({ run, query }) {
  const { data, error, loading, reload } = useApi(run.has_results ? `/runs/${run.id}/results` : null, { deps: [run.id, run.has_results] });
  const results = data?.results;
  const parts = useMemo(() => {
    if (!results) return null;
    const trajectory = results.trajectories?.[0];
    const series = results.series ?? [];
    const linked = series.filter((/** @type {any} */ s) => isLinked(s, trajectory, series));
    return { trajectory, linked, other: series.filter((/** @type {any} */ s) => !linked.includes(s)), summary: results.summary ?? [] };
  }, [results]);

  if (!run.has_results) return html`<${NoResults} run=${run} />`;
  if (error) return html`<${Problem} error=${error} retry=${reload} />`;
  if (loading || !parts) return html`<div class="stack"><${Skeleton} height=${160} /><${Skeleton} height=${420} /></div>`;

  return html`<${Report} run=${run} query=${query} results=${results} ...${parts} />`;
}

/** @param {{ run: any, query: URLSearchParams, results: any, trajectory: any, linked: SeriesSpec[], other: SeriesSpec[], summary: any[] }} props */
function Report({ run, query, results, trajectory, linked, other, summary }) {
  const { cursor, zoom } = useLinked(query, trajectory?.t0_ps ?? 0);
  const tables = results.tables ?? [];
  const player = Boolean(trajectory || results.structures?.length);
  const beside = player ? besidePlayer(linked, query) : [];
  const more = [...linked.filter((s) => !beside.includes(s)), ...byStage(run, other)];
  const heading = trajectory?.label ?? results.structures?.[0]?.label;
  const plot = (/** @type {SeriesSpec} */ spec, /** @type {number | undefined} */ height) => html`<${RunPlot} key=${spec.name} runId=${run.id} spec=${spec}
    summary=${summary} height=${height} cursor=${linked.includes(spec) ? cursor : undefined} zoom=${linked.includes(spec) ? zoom : undefined}
    menu=${player && linked.includes(spec) && !beside.includes(spec) ? [{ label: 'Show beside the 3D view', icon: 'structure', onClick: () => bringBeside(beside, spec.name) }] : undefined} />`;

  return html`<div class="results stack loose">
    <div class="stack tight">
      <div class="spread results-top">
        <h2 class="results-title">${results.title}</h2>
        <${Toolbar} run=${run} />
      </div>
      <${ParentChanges} run=${run} />
      <${Warnings} warnings=${results.warnings ?? []} />
    </div>
    ${player && html`<section class="stack tight" aria-label=${heading}>
      <h2 class="sr-only">${heading}</h2>
      <${Linked} run=${run} query=${query} cursor=${cursor}>${beside.map((spec) => plot(spec, 150))}<//>
    </section>`}
    <${Summary} rows=${summary} />
    <div class="print-only"><${ParameterTable} run=${run} /></div>

    ${more.length > 0 && html`<section class="stack tight" aria-label="Plots">
      <h2>${beside.length > 0 ? 'More plots' : 'Plots'}</h2>
      <div class="plots">${more.map((spec) => plot(spec, undefined))}</div>
    </section>`}

    ${tables.length > 0 && html`<section class="stack tight" aria-label="Tables">
      <h2>Tables</h2>
      <div class="result-tables">${tables.map((/** @type {any} */ table) => {
        const levels = table.name === 'orbitals' ? orbitalLevels(table) : null;
        const unit = table.columns.find((/** @type {any} */ c) => c.name === 'energy')?.unit ?? '';
        return html`<${ResultTable} key=${table.name} table=${table} runName=${run.name} around=${levels?.findIndex((level) => level.occupation < 0.5)}>
          ${levels && html`<${OrbitalDiagram} levels=${levels} unit=${unit} />`}
        <//>`;
      })}</div>
    </section>`}

    <div class="results-pair">
      <${Structures} run=${run} structures=${results.structures ?? []} />
      <${ResultFiles} run=${run} files=${results.files ?? []} />
    </div>
    <div class="results-pair">
      ${results.methods && html`<${Methods} text=${results.methods} />`}
      ${results.citations?.length > 0 && html`<${Citations} citations=${results.citations} />`}
    </div>
    ${!results.methods && !results.citations?.length && html`<${Card} title="Provenance"><a href=${`/runs/${run.id}/provenance`}>How this was computed</a><//>`}
    <p class="print-only small muted">Run ${run.id}, template ${run.template.id} ${run.template.version}, ${results.provenance?.engine},
      launched ${when(run.created_at)} by ${run.account?.display_name ?? run.account?.login}. ${window.location.origin}/runs/${run.id}</p>
  </div>`;
}
