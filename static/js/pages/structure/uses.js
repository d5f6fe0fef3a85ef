// What can be done with a structure, and what has been: the templates that take it, judged by the server's own rules, and
// the runs that used it.

import { html, useEffect, useState } from '/vendor/preact.js';
import { post, useApi } from '../../api.js';
import { Button, Card, Icon, Problem, Skeleton, State, Time } from '../../ui/index.js';

/** @typedef {import('../../chem/structure.js').Structure} Structure */
/** @typedef {{ field: string, text: string, hint: string }} Trouble */
/** @typedef {{ template: any, errors: Trouble[], warnings: Trouble[], asked: boolean }} Fit */

/** @param {Structure} structure @param {any} template */
export const newRunHref = (structure, template) => `/new/${encodeURIComponent(template.id)}?project=${structure.project}&structure=${structure.id}`;

/**
 * The templates that read this format, each with what its rules say about this structure.
 * @param {Structure} structure
 */
export function useFits(structure) {
  const list = useApi(structure.state === 'ready' ? '/templates' : null);
  const [fits, setFits] = useState(/** @type {Fit[] | null} */ (null));
  useEffect(() => {
    if (!list.data) return undefined;
    const stop = new AbortController();
    const able = list.data.items.filter((/** @type {any} */ t) => t.structures.formats.includes(structure.format));
    setFits(able.map((/** @type {any} */ template) => ({ template, errors: [], warnings: [], asked: false })));
    Promise.all(able.map(async (/** @type {any} */ template) => {
      const body = { project: structure.project, structure: structure.id, params: {} };
      const { data } = await post(`/templates/${encodeURIComponent(template.id)}/estimate`, body, { signal: stop.signal });
      const about = (/** @type {Trouble[]} */ all) => all.filter((t) => t.field === 'structure');
      return { template, errors: about(data.errors), warnings: about(data.warnings), asked: true };
    })).then(setFits, () => {}); // without an answer the list stands: the form asks again
    return () => stop.abort();
  }, [list.data, structure.id]);
  return { fits, error: list.error, reload: list.reload };
}

/** @param {{ structure: Structure, fits: Fit[] | null, error: any, reload: () => void, mayRun: boolean }} props */
export function Fits({ structure, fits, error, reload, mayRun }) {
  const one = (/** @type {Fit} */ { template, errors, warnings }) => html`<li key=${template.id}>
    <div class="spread"><a href=${`/templates/${encodeURIComponent(template.id)}`}>${template.title}</a>
      ${mayRun && !errors.length && html`<${Button} size="small" icon="play" href=${newRunHref(structure, template)}>Start<//>`}</div>
    ${errors.map((t) => html`<p class="fit" data-level="error"><${Icon} name="alert" /><span>${t.text} ${t.hint}</span></p>`)}
    ${warnings.map((t) => html`<p class="fit" data-level="warning"><${Icon} name="warning" /><span>${t.text}</span></p>`)}
    ${!template.available && html`<p class="fit" data-level="warning"><${Icon} name="offline" /><span>Its software is on none of your sites now.</span></p>`}</li>`;
  return html`<${Card} title="What can be done with it" flush>
    ${error && html`<${Problem} error=${error} retry=${reload} />`}
    ${!fits && !error && html`<${Skeleton} lines=${3} />`}
    ${fits && (fits.length ? html`<ul class="list uses">${fits.map(one)}</ul>`
    : html`<p class="pad muted">No template reads ${structure.format?.toUpperCase()} files. Convert it to PDB or SDF and add that.</p>`)}
  <//>`;
}

/** @param {{ structure: Structure }} props */
export function UsedBy({ structure }) {
  const runs = useApi('/runs', { query: { structure: structure.id, limit: 8 }, topics: [`project:${structure.project}`] });
  const items = runs.data?.items ?? [];
  if (runs.error) return null; // a list beside the matter: the runs page has it all
  return html`<${Card} title="Used by" flush>
    ${!runs.data ? html`<${Skeleton} lines=${2} />` : items.length === 0 ? html`<p class="pad muted">No run yet.</p>`
    : html`<ul class="list uses">${items.map((/** @type {any} */ r) => html`<li key=${r.id}><div class="spread">
        <a class="truncate" href=${`/runs/${r.id}`}>${r.name}</a><${State} state=${r.state} /></div>
        <p class="small muted"><${Time} at=${r.created_at} /></p></li>`)}
      ${runs.data.next_cursor && html`<li><a href=${`/runs?project=${structure.project}&structure=${structure.id}`}>All runs with it</a></li>`}</ul>`}
  <//>`;
}
