// The finished sample: a way into the results view before one has anything of one's own. Its curve is read from the run.

import { html } from '/vendor/preact.js';
import { useApi } from '../../api.js';
import { num } from '../../fmt.js';
import { Button, Card, Spark } from '../../ui/index.js';

const POINTS = 160;

/** Whether a run was made by `make up` to be explored. @param {any} run */
export function isSample(run) {
  return run.project_name === 'Samples' && run.name.startsWith('Sample: ');
}

/** @param {{ run: any }} props */
export function SampleCard({ run }) {
  const results = useApi(`/runs/${run.id}/results`);
  const document = results.data?.results;
  const shown = document?.series?.find((/** @type {any} */ s) => s.name === 'rmsd') ?? document?.series?.[0];
  const series = useApi(shown ? `/runs/${run.id}/series/${shown.name}` : null, { query: { points: POINTS, format: 'json' } });
  const y = series.data?.data?.y;
  const frames = document?.trajectories?.[0];
  return html`<${Card} class="sample"><div class="sample-grid">
    <div class="stack tight"><p class="eyebrow">A finished simulation to explore</p><h2>${run.name.replace(/^Sample: /, '')}</h2>
      <p class="prose">${document?.title ? `${document.title}. ` : ''}Play its trajectory, move through the plots with the same cursor, and see what a run keeps: inputs, log, methods and citations.</p>
      <div class="row"><${Button} kind="primary" icon="play" href=${`/runs/${run.id}/results`}>Open the results<//><${Button} href=${`/new/${run.template}?from=${run.id}`}>Run it with changes<//></div></div>
    <a class="sample-plot" href=${`/runs/${run.id}/results`} aria-label="Open the results of the sample">
      ${y && html`<${Spark} values=${y} label=${`${shown.label}, ${y.length} points`} /><span class="spread small muted"><span>${shown.label}</span><span>${num(Math.max(...y), { sig: 2, unit: shown.y.unit })} at most${frames?.frames ? `, ${frames.frames} frames` : ''}</span></span>`}
    </a></div><//>`;
}
