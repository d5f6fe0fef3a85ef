// The finished sample: a way into the results view before one has anything of one's own. Its curve is read from the run.

import { html, useEffect, useState } from '/vendor/preact.js';
import { raw, useApi } from '../../api.js';
import { num, plural } from '../../fmt.js';
import { Button, Card, Spark } from '../../ui/index.js';
import { Still, stillReady } from '../../chem/still.js';

const POINTS = 160;

/** Whether a run was made by `make up` to be explored. @param {any} run */
export function isSample(run) {
  return run.project_name === 'Samples' && run.name.startsWith('Sample: ');
}

/** The first topology a run's results offer, as PDB text; null until it is there. @param {any} run @param {any} trajectory @returns {string | null} */
function useTopology(run, trajectory) {
  const [pdb, setPdb] = useState(/** @type {string | null} */ (null));
  const name = trajectory?.name;
  useEffect(() => {
    if (!name) return undefined;
    const abort = new AbortController();
    const subset = trajectory.subsets?.[0]?.name;
    raw(`/runs/${run.id}/trajectories/${name}/topology`, { query: { subset }, signal: abort.signal })
      .then(async (reply) => {
        await stillReady();
        setPdb(await reply.text());
      }).catch(() => undefined);
    return () => abort.abort();
  }, [run.id, name]);
  return pdb;
}

/** @param {{ run: any }} props */
export function SampleCard({ run }) {
  const results = useApi(`/runs/${run.id}/results`);
  const document = results.data?.results;
  const shown = document?.series?.find((/** @type {any} */ s) => s.name === 'rmsd') ?? document?.series?.[0];
  const series = useApi(shown ? `/runs/${run.id}/series/${shown.name}` : null, { query: { points: POINTS, format: 'json' } });
  const trajectory = document?.trajectories?.[0];
  const pdb = useTopology(run, trajectory);
  const y = series.data?.data?.y;
  return html`<${Card} class="sample"><div class="sample-grid">
    <div class="stack tight"><p class="eyebrow">A finished simulation to explore</p><h2>${run.name.replace(/^Sample: /, '')}</h2>
      <p class="prose">${trajectory ? `${plural(trajectory.nframes, 'frame')} of a small protein moving in water. ` : ''}Play the trajectory, move through the plots with the same cursor, and see what a run keeps: inputs, log, methods and citations.</p>
      <div class="row"><${Button} kind="primary" icon="play" href=${`/runs/${run.id}/results`}>Open the results<//>
        <${Button} href=${`/new/${run.template}?from=${run.id}`}>Run it with changes<//></div></div>
    <a class="sample-still" href=${`/runs/${run.id}/results`}>
      <span class="sr-only">Open the results</span>
      ${pdb && html`<${Still} text=${pdb} format="pdb" atoms label="The protein of the sample" />`}</a>
    <div class="sample-plot">
      ${y && html`<${Spark} values=${y} label=${`${shown.label}, ${y.length} points`} /><span class="spread small muted">
        <span>${shown.label}</span><span>${num(Math.max(...y), { sig: 2, unit: shown.y.unit })} at most</span></span>`}
    </div></div><//>`;
}
