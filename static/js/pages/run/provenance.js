// How a result came to be, complete enough to do it again: who and where, engine and modules, seed, inputs by hash, every
// parameter as asked and as resolved, every command, and what changed against the run it was made from.

import { html } from '/vendor/preact.js';
import { Button, Card, Code, Copy, Facts, Notice, Skeleton, Time } from '../../ui/index.js';
import { useApi } from '../../api.js';
import { bytes, dur, num, pct } from '../../fmt.js';
import { saveBlob } from '../../ui/save.js';
import { sheetLoad } from '../../sheets.js';
import { ParameterTable, ParentChanges } from './results/parameters.js';

await sheetLoad('/css/pages/results.css');

/** @param {{ hashes: [string, string][] }} props */
function Hashes({ hashes }) {
  return html`<div class="table-scroll" tabindex="0" role="region" aria-label="Inputs and their hashes"><table class="table">
    <caption class="sr-only">Inputs and their hashes</caption>
    <thead><tr><th scope="col">Input</th><th scope="col">SHA-256</th></tr></thead>
    <tbody>${hashes.map(([name, hash]) => html`<tr key=${name}><th scope="row">${name}</th><td class="hash"><${Copy} text=${hash} label=${`Copy the hash of ${name}`} /></td></tr>`)}</tbody>
  </table></div>`;
}

/** Everything on this page as one document. @param {any} run @param {any} provenance */
function saveRecord(run, provenance) {
  const record = {
    run: run.id, name: run.name, template: run.template, structure: run.spec?.structure ?? null, parent: run.parent?.id ?? null,
    params: run.spec?.params, resolved: run.spec?.resolved, derived: run.spec?.derived, resources: run.spec?.resources,
    provenance, usage: run.usage, attempts: run.attempts,
  };
  saveBlob(`${run.id}-provenance.json`, new Blob([`${JSON.stringify(record, null, 2)}\n`], { type: 'application/json' }));
}

/** Share of the processors that was used. @param {any} run */
function efficiency(run) {
  const usage = run.usage;
  const cpus = run.spec?.resources?.cpus;
  if (!usage?.elapsed_s || !cpus) return null;
  return Math.min(1, (usage.user_cpu_s + usage.system_cpu_s) / (usage.elapsed_s * cpus));
}

/** @param {{ run: any }} props */
export default function Provenance({ run }) {
  const { data, loading } = useApi(run.has_results ? `/runs/${run.id}/results` : null, { deps: [run.id, run.has_results] });
  const made = data?.results?.provenance ?? {};
  const spec = run.spec ?? {};
  const used = efficiency(run);
  const hashes = /** @type {[string, string][]} */ (Object.entries(made.inputs ?? (spec.structure ? { [spec.structure.name]: spec.structure.sha256 } : {})));
  const derived = Object.entries(spec.derived ?? {});

  return html`<div class="provenance stack loose">
    <div class="spread"><${ParentChanges} run=${run} /><span></span>
      <${Button} icon="download" class="no-print" onClick=${() => saveRecord(run, made)}>Download as JSON<//></div>
    ${!run.has_results && html`<${Notice} kind="info">The commands and hashes of the job come with its results; what was asked for is below.<//>`}
    <div class="provenance-pair">
      <${Card} title="Computed with">
        ${loading && !data ? html`<${Skeleton} lines=${5} />` : html`<${Facts} items=${[
          ['Engine', made.engine],
          ['Modules', (made.modules ?? spec.modules ?? []).join(', ')],
          ['Template', `${run.template.id} ${run.template.version}`],
          ['Random seed', made.seed === undefined || made.seed === null ? null : String(made.seed)],
          ['Host', made.host ?? run.usage?.host],
          ['Site', run.site?.title],
          ['Scheduler job', run.site_job_id],
          ['Attempts', run.usage?.attempts ?? run.attempt],
          ['Results hash', data?.sha256 && html`<${Copy} text=${data.sha256} label="Copy the hash of the results" />`],
        ]} />`}
      <//>
      <${Card} title="Asked for and used">
        <${Facts} items=${[
          ['Launched by', run.account?.display_name ?? run.account?.login],
          ['Launched', html`<${Time} at=${run.created_at} exact />`],
          ['Started', run.started_at && html`<${Time} at=${run.started_at} exact />`],
          ['Ended', run.ended_at && html`<${Time} at=${run.ended_at} exact />`],
          ['Time', run.usage && `${dur(run.usage.elapsed_s)}${run.timing?.estimated_s ? `, estimated ${dur(run.timing.estimated_s)}` : ''}`],
          ['Processors', spec.resources && `${spec.resources.cpus} CPU${spec.resources.gpus ? `, ${spec.resources.gpus} GPU` : ''}${used === null ? '' : `, ${pct(used)} busy`}`],
          ['Memory', run.usage && `${bytes(run.usage.max_rss_kb * 1024)} at most of ${bytes((spec.resources?.memory_mb ?? 0) * 1e6)}`],
          ['Disk', run.usage && bytes(run.usage.disk_b)],
        ]} />
      <//>
    </div>
    <${Card} title="Parameters" flush><div class="table-scroll" tabindex="0" role="region" aria-label="Parameters of this run"><${ParameterTable} run=${run} /></div><//>
    ${hashes.length > 0 && html`<${Card} title="Inputs" flush><${Hashes} hashes=${hashes} /><//>`}
    ${derived.length > 0 && html`<details class="derived"><summary>Values the template derived from them (${derived.length})</summary>
      <dl class="facts">${derived.map(([name, value]) => html`<dt key=${name} class="mono">${name}</dt><dd key=${`${name}-v`}>${typeof value === 'number' ? num(value, { sig: 6 }) : String(value)}</dd>`)}</dl></details>`}
    ${made.commands?.length > 0 && html`<section class="stack tight"><h2>Commands</h2><${Code} text=${made.commands.join('\n')} lang="sh" label="Commands of the run" /></section>`}
  </div>`;
}
