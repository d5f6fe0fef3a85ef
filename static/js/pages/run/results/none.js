// The results tab of a run that has none: not yet, or never. What went wrong, what to do, and what was measured until then.

import { html, useMemo } from '/vendor/preact.js';
import { Button, Code, Empty, Notice } from '../../../ui/index.js';
import { useApi } from '../../../api.js';
import { Plot } from '../../../plot/plot.js';
import { rerunHref } from '../actions.js';

const ENDED = new Set(['failed', 'cancelled']);

/** Names of live values end in their unit: temperature_k, pressure_bar, potential_kj_mol. */
const UNITS = /** @type {[RegExp, string][]} */ ([
  [/_kj_mol$/, 'kJ/mol'], [/_kcal_mol$/, 'kcal/mol'], [/_kg_m3$/, 'kg/m³'], [/_bar$/, 'bar'], [/_k$/, 'K'], [/_nm$/, 'nm'],
  [/_ps$/, 'ps'], [/_ev$/, 'eV'], [/_eh$/, 'Eh'],
]);

/** @param {string} name @returns {{ label: string, unit: string }} */
export function liveName(name) {
  const found = UNITS.find(([ending]) => ending.test(name));
  const words = (found ? name.replace(found[0], '') : name).replaceAll('_', ' ');
  return { label: words.charAt(0).toUpperCase() + words.slice(1), unit: found?.[1] ?? '' };
}

/** Values reported while the run went on. @param {{ run: any }} props */
function Partial({ run }) {
  const { data } = useApi(`/runs/${run.id}/progress`, { deps: [run.id], topics: ENDED.has(run.state) ? undefined : [`run:${run.id}`] });
  const plots = useMemo(() => {
    const t = data?.series?.t ?? [];
    const start = t[0] ?? 0;
    const x = t.map((/** @type {number} */ v) => v - start);
    return Object.entries(data?.series?.values ?? {})
      .filter(([, y]) => /** @type {any[]} */ (y).filter((v) => v !== null).length > 1)
      .map(([name, y]) => ({ ...liveName(name), series: [{ name, label: liveName(name).label, unit: liveName(name).unit, x, y: /** @type {(number | null)[]} */ (y) }] }));
  }, [data]);
  if (plots.length === 0) return null;
  return html`<section class="stack tight"><h2>Measured while it ran</h2>
    <div class="plots">${plots.map((p) => html`<${Plot} key=${p.label} title=${p.label} series=${p.series} xLabel="Time since the start" xUnit="s" />`)}</div>
  </section>`;
}

/** @param {{ run: any }} props */
export function NoResults({ run }) {
  const failure = run.failure;
  const again = html`<${Button} icon="rerun" href=${rerunHref(run)}>Rerun with changes<//>`;
  const log = html`<${Button} icon="log" href=${`/runs/${run.id}/log`}>Open the log<//>`;
  const files = html`<${Button} icon="folder" href=${`/runs/${run.id}/files`}>Look at its files<//>`;

  if (run.state === 'failed') {
    return html`<div class="results stack loose">
      <${Notice} kind="bad" title=${failure?.text ?? 'The run failed before it had results.'} actions=${html`${again}${log}${files}`}>
        ${failure?.hint && html`<p>${failure.hint}</p>`}
      <//>
      ${failure?.lines?.length > 0 && html`<section class="stack tight"><h2>The lines that show it${failure.log && html` <span class="mono muted small">${failure.log}</span>`}</h2>
        <${Code} text=${failure.lines.join('\n')} label="Lines of the log" /></section>`}
      <${Partial} run=${run} />
    </div>`;
  }
  if (run.state === 'cancelled') {
    return html`<div class="results stack loose"><${Empty} icon="cancelled" title="This run was cancelled before it had results" actions=${html`${again}${files}`}>
      Its files are kept until it is deleted.<//><${Partial} run=${run} /></div>`;
  }
  return html`<div class="results stack loose"><${Empty} icon="clock" title="Results come when the run has finished"
      actions=${html`<${Button} kind="primary" href=${`/runs/${run.id}`}>Watch its progress<//>`}>
    Energies, structures, the trajectory, methods text and citations appear here by themselves.<//><${Partial} run=${run} /></div>`;
}
