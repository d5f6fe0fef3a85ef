// One structure: the molecule in 3D and flat, what is in it, what the checks say, what can be done with it.
//
// Flow: the structure's row is read, again every two seconds while it is being inspected → its content feeds the 3D view and
// the formula → places of findings and letters of the sequence move the view. Refused files say why and can only be downloaded.

import { html, useEffect, useState } from '/vendor/preact.js';
import { del, get, post, useApi } from '../api.js';
import { DEPICTABLE, Depict } from '../chem/depict.js';
import { StructureView, useContent } from '../chem/structure.js';
import { placesOf } from '../chem/words.js';
import { go, useTitle } from '../router.js';
import { visited } from '../store.js';
import { Button, Card, Menu, Notice, Page, Problem, Skeleton, toast } from '../ui/index.js';
import { StructureFacts } from './structure/facts.js';
import { Findings } from './structure/findings.js';
import { Fits, newRunHref, UsedBy, useFits } from './structure/uses.js';

/** @typedef {import('../chem/control.js').Viewer3D} Viewer3D */
/** @typedef {import('../chem/structure.js').Structure} Structure */

const LOOK_S = 2;
const FORMULA_ATOMS_MAX = 200;

/** @param {{ structure: Structure }} props */
function NotReady({ structure }) {
  if (structure.state === 'inspecting') {
    return html`<${Notice} title="Being inspected" live>The file has arrived and is being read and checked. This takes a few seconds;
      the page shows the structure as soon as it is there.<//>`;
  }
  const download = html`<${Button} icon="download" href=${`/api/v1/structures/${structure.id}/content`}>Download<//>`;
  return html`<${Notice} kind="bad" title="This file could not be used as a structure" actions=${download}>
    ${structure.findings.map((f) => html`<p key=${f.code}>${f.text} ${f.why}</p>`)}
    <p>The file itself is kept as it came. Correct it and add it again.</p><//>`;
}

/** @param {Structure} structure @param {string} projectId */
async function trash(structure, projectId) {
  const path = `/files/${structure.file_id}`;
  const { etag } = await get(path);
  await del(path, { etag });
  go(`/projects/${projectId}/structures`);
  const undo = async () => {
    await post(`${path}/restore`);
    go(`/structures/${structure.id}`);
  };
  toast(`${structure.name} is in the trash.`, { action: { label: 'Undo', onClick: undo }, seconds: 10 });
}

/** @param {{ structure: Structure, project: any }} props */
function Ready({ structure, project }) {
  const [viewer, setViewer] = useState(/** @type {Viewer3D | null} */ (null));
  const content = useContent(structure);
  const { fits, error, reload } = useFits(structure);
  const mayRun = project ? project.role !== 'viewer' && !project.archived_at : false;
  const flat = DEPICTABLE.has(structure.format) && structure.facts.atoms <= FORMULA_ATOMS_MAX;
  const look = (/** @type {string} */ where) => {
    viewer?.lookAt(placesOf(where));
    document.querySelector('.viewer-stage')?.scrollIntoView({ block: 'nearest' });
  };
  return html`<div class="cols structure-cols">
    <div class="stack">
      <${StructureView} structure=${structure} content=${content} onViewer=${setViewer} />
      <${Findings} findings=${structure.findings} onPlace=${viewer ? look : undefined} />
    </div>
    <div class="stack">
      ${flat && content.text !== undefined && html`<${Card} title="Formula"><${Depict} text=${content.text} format=${structure.format} width=${270} height=${190} /><//>`}
      <${Fits} structure=${structure} fits=${fits} error=${error} reload=${reload} mayRun=${mayRun} />
      <${StructureFacts} structure=${structure} />
      <${UsedBy} structure=${structure} />
    </div>
  </div>`;
}

/** @param {{ params: { id: string } }} props */
export default function StructurePage({ params }) {
  const [waiting, setWaiting] = useState(false);
  const read = useApi(`/structures/${params.id}`, { poll: waiting ? LOOK_S : undefined });
  /** @type {Structure | undefined} */
  const structure = read.data;
  const project = useApi(structure ? `/projects/${structure.project}` : null).data;
  const templates = useApi(structure?.state === 'ready' ? '/templates' : null).data?.items ?? [];
  useTitle(structure?.name ?? 'Structure');
  useEffect(() => {
    setWaiting(structure?.state === 'inspecting');
    if (structure) visited({ href: `/structures/${structure.id}`, title: structure.name, kind: 'structure' });
  }, [structure?.id, structure?.state]);

  const crumbs = [{ label: 'Projects', href: '/projects' },
    ...(project ? [{ label: project.name, href: `/projects/${project.id}` }, { label: 'Structures', href: `/projects/${project.id}/structures` }] : [])];
  if (read.error && !structure) return html`<${Page} title="Structure" crumbs=${crumbs.slice(0, 1)}><${Problem} error=${read.error} retry=${read.reload} /><//>`;
  if (!structure) return html`<${Page} title="Structure" crumbs=${crumbs.slice(0, 1)}><${Skeleton} height=${460} /><//>`;

  const mayWork = project && project.role !== 'viewer' && !project.archived_at;
  const able = templates.filter((/** @type {any} */ t) => t.structures.formats.includes(structure.format));
  const remove = () => trash(structure, structure.project).catch((error) => toast(error.detail || error.message, { kind: 'bad' }));
  const actions = html`<${Button} icon="download" href=${`/api/v1/structures/${structure.id}/content`} download=${structure.name}>Download<//>
    ${mayWork && html`<${Menu} label="More" icon="more" align="end" items=${[{ label: 'Move to trash', icon: 'trash', danger: true, onClick: remove }]} />`}
    ${mayWork && able.length > 0 && html`<${Menu} label="Start a run" kind="primary" align="end"
      items=${able.map((/** @type {any} */ t) => ({ label: t.title, icon: 'play', href: newRunHref(structure, t) }))} />`}`;
  return html`<${Page} title=${structure.name} crumbs=${crumbs} actions=${actions} lead=${structure.facts?.title}>
    ${structure.state === 'ready' ? html`<${Ready} key=${structure.id} structure=${structure} project=${project} />` : html`<${NotReady} structure=${structure} />`}
  <//>`;
}
