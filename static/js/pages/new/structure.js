// The structure of a new run: one of the project, or a new one by file, drawing or text. Whatever way it comes in, it ends
// as a stored structure that the server has inspected; what it found is told before anything is launched.

import { html, useEffect, useRef, useState } from '/vendor/preact.js';
import { post, raw, useApi } from '../../api.js';
import { bytes, num, plural } from '../../fmt.js';
import { DropZone, useDrop } from '../../upload/drop.js';
import { UploadRow } from '../../upload/rows.js';
import { addUpload, uploads } from '../../upload/upload.js';
import { Button, Card, Empty, Icon, Notice, Problem, Radio, Search, Skeleton, Time, toast } from '../../ui/index.js';

const LIST_SHOWN = 50;
const INSPECT_POLL_S = 1;
/** @type {Record<string, string>} other names of the same formats */
const SAME = { ent: 'pdb', mmcif: 'cif', sd: 'sdf', mdl: 'mol' };

/** @param {string} name */
const formatOf = (name) => {
  const extension = name.slice(name.lastIndexOf('.') + 1).toLowerCase();
  return SAME[extension] ?? extension;
};

/** What it is, in one line. @param {any} structure */
export function factLine(structure) {
  const f = structure.facts;
  if (!f) return structure.state === 'refused' ? 'could not be read' : 'being inspected';
  const protein = f.protein_residues ? [plural(f.protein_residues, 'residue'), plural((f.chains ?? []).filter((/** @type {any} */ c) => c.kind === 'protein').length, 'chain')] : [f.formula];
  return [...protein, `${num(f.atoms)} atoms`].filter(Boolean).join(', ');
}

/** @param {{ structure: any }} props */
function Findings({ structure }) {
  const findings = structure.findings ?? [];
  const worst = findings.some((/** @type {any} */ f) => f.level === 'error') ? 'bad' : findings.some((/** @type {any} */ f) => f.level === 'warning') ? 'warn' : 'info';
  if (!findings.length) return html`<p class="small"><span class="chip" data-kind="good"><${Icon} name="check" />Inspected, nothing to note</span></p>`;
  return html`<${Notice} kind=${worst} title=${`Inspection noted ${plural(findings.length, 'thing')}`}><ul class="problem-list">
    ${findings.map((/** @type {any} */ f) => html`<li key=${f.code}>${f.text} ${f.why && html`<span class="muted">${f.why}</span>`}</li>`)}</ul><//>`;
}

/** The picture, loaded when it is asked for: the viewer is the largest part of the application. @param {{ structure: any }} props */
function Picture({ structure }) {
  const [View, setView] = useState(/** @type {any} */ (null));
  const [error, setError] = useState(false);
  const [wanted, setWanted] = useState(false);
  useEffect(() => {
    if (!wanted) return;
    import('../../chem/structure.js').then((module) => setView(() => module.StructureView), () => setError(true));
  }, [wanted]);
  if (!wanted) return html`<div><${Button} icon="structure" size="small" onClick=${() => setWanted(true)}>Show in 3D<//></div>`;
  if (error) return html`<${Notice} kind="warn" title="The viewer could not be loaded">The rest of the page works without it.<//>`;
  return View ? html`<${View} structure=${structure} height=${320} sequence=${false} compact />` : html`<${Skeleton} height=${320} />`;
}

/** @param {{ id: string, template: any, onChange: () => void, onFacts: (structure: any) => void }} props */
function Chosen({ id, template, onChange, onFacts }) {
  const [waits, setWaits] = useState(true);
  const read = useApi(`/structures/${id}`, { poll: waits ? INSPECT_POLL_S : undefined });
  const structure = read.data;
  useEffect(() => {
    if (structure) setWaits(structure.state === 'inspecting');
    onFacts(structure ?? null);
  }, [structure]);
  const change = html`<${Button} size="small" icon="edit" onClick=${onChange}>Choose another<//>`;
  if (read.error && !structure) return html`<div class="stack"><${Problem} error=${read.error} retry=${read.reload} title="The chosen structure cannot be read" /><div>${change}</div></div>`;
  if (!structure) return html`<${Skeleton} lines=${3} />`;
  const misfit = template.structures.formats.length && structure.format && !template.structures.formats.includes(structure.format);
  return html`<div class="stack chosen"><div class="spread">
      <div class="grow"><a class="strong" href=${`/structures/${id}`}>${structure.name}</a>
        <div class="muted small">${[factLine(structure), structure.format, structure.bytes ? bytes(structure.bytes) : ''].filter(Boolean).join(', ')}</div></div>
      ${change}</div>
    ${misfit && html`<${Notice} kind="bad" title=${`This template does not read ${structure.format} files`}>It takes ${template.structures.formats.join(', ')}.<//>`}
    ${structure.state === 'inspecting' && html`<p class="row muted" role="status"><span class="spinner" aria-hidden="true"></span> Being inspected; this takes seconds.</p>`}
    ${structure.state === 'refused' && html`<${Notice} kind="bad" title="The structure could not be read">${structure.findings?.[0]?.text ?? ''} Its <a href=${`/structures/${id}`}>page</a> says more.<//>`}
    ${structure.state === 'ready' && html`<${Findings} structure=${structure} /><${Picture} key=${id} structure=${structure} />`}</div>`;
}

/** @param {{ project: any, template: any, onPick: (id: string) => void }} props */
function FromProject({ project, template, onPick }) {
  const read = useApi(`/projects/${project.id}/structures`, { query: { limit: 500 } });
  const [text, setText] = useState('');
  if (read.error && !read.data) return html`<${Problem} error=${read.error} retry=${read.reload} />`;
  if (!read.data) return html`<${Skeleton} lines=${5} />`;
  const fits = read.data.items.filter((/** @type {any} */ s) => s.state !== 'refused' && (!template.structures.formats.length || template.structures.formats.includes(s.format ?? formatOf(s.name))));
  const other = read.data.items.length - fits.length;
  if (!fits.length) {
    return html`<${Empty} icon="structure" title="No structure here yet">${other ? `${project.name} has ${plural(other, 'structure')}, but none this template reads (${template.structures.formats.join(', ')}).` : `${project.name} has no structures. Drop a file here, upload or paste one.`}<//>`;
  }
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const hits = fits.filter((/** @type {any} */ s) => words.every((word) => `${s.name} ${s.facts?.formula ?? ''} ${s.facts?.title ?? ''}`.toLowerCase().includes(word)));
  return html`<div class="stack tight">
    ${fits.length > 6 && html`<${Search} label="Find a structure" value=${text} onInput=${setText} />`}
    <ul class="list pick-list">${hits.slice(0, LIST_SHOWN).map((/** @type {any} */ s) => html`<li key=${s.id}>
      <button type="button" class="pick" onClick=${() => onPick(s.id)}><${Icon} name="structure" /><span class="grow"><span class="strong truncate">${s.name}</span><span class="muted small truncate">${factLine(s)}</span></span>
        <span class="muted small"><${Time} at=${s.created_at} /></span></button></li>`)}</ul>
    ${hits.length > LIST_SHOWN && html`<p class="muted small">${hits.length - LIST_SHOWN} more; type to narrow them down.</p>`}
    ${!hits.length && html`<p class="muted">No structure with this text.</p>`}</div>`;
}

/** The upload that belongs to this form, followed until the server has a structure of it. */
function useIncoming(/** @type {any} */ project, /** @type {string[]} */ formats, /** @type {(id: string) => void} */ onPick) {
  const [item, setItem] = useState(/** @type {any} */ (null));
  const add = (/** @type {File} */ file) => {
    if (!project) return;
    if (formats.length && !formats.includes(formatOf(file.name))) {
      toast(`${file.name} is not a file this template reads (${formats.join(', ')}).`, { kind: 'warn' });
      return;
    }
    const made = addUpload(file, { project: project.id });
    setItem(made);
    made.done.then(async (over) => {
      if (over.state !== 'stored' || !over.fileId) return;
      try {
        const id = over.structureId ?? (await post(`/projects/${project.id}/structures`, { file_id: over.fileId })).data.id;
        setItem(null);
        onPick(id);
      } catch (error) {
        toast(`${over.name} is stored, but it could not be taken as a structure: ${/** @type {any} */ (error).detail ?? error}`, { kind: 'bad' });
      }
    });
  };
  return { item: item && uploads.value.includes(item) ? item : null, add };
}

/**
 * The structure of a run one may only look at, offered to be taken along.
 * @param {{ parent: any, project: any, onPick: (id: string) => void }} props
 */
export function TakeAlong({ parent, project, onPick }) {
  const [state, setState] = useState(/** @type {{ busy?: boolean, error?: any }} */ ({}));
  const { name, id } = parent.structure;
  const copy = async () => {
    setState({ busy: true });
    try {
      const content = await (await raw(`/structures/${id}/content`)).blob();
      const item = await addUpload(new File([content], name), { project: project.id }).done;
      if (!item.structureId) throw item.error ?? new Error('It was not stored.');
      onPick(item.structureId);
    } catch (error) {
      setState({ error });
    }
  };
  return html`<${Notice} title=${`${name} lies in ${parent.project.name}`} actions=${html`<${Button} size="small" icon="copy" busy=${state.busy} onClick=${copy}>Copy it into ${project.name}<//>`}>
    You may look at that project but not launch in it.${state.error && html` <strong>It could not be copied: ${state.error.detail ?? state.error.message}</strong>`}<//>`;
}

/** Drawing or pasting one; the part that can do it is loaded when it is asked for. @param {{ project: any, way: string, onClose: () => void, onDone: (id: string) => void }} props */
function Make({ project, way, onClose, onDone }) {
  const [part, setPart] = useState(/** @type {{ Dialog?: any }} */ ({}));
  useEffect(() => {
    import('../../chem/make.js').then((module) => setPart({ Dialog: module.MakeStructure }), () => {
      toast('This part of the page could not be loaded. Try again, or upload a file.', { kind: 'bad' });
      onClose();
    });
  }, []);
  const done = (/** @type {string} */ id) => {
    onClose();
    onDone(id);
  };
  return part.Dialog ? html`<${part.Dialog} open project=${project.id} way=${way} onClose=${onClose} onDone=${done} />` : null;
}

/**
 * @param {{ template: any, project: any, structure: string | null, onPick: (id: string | null) => void, onFacts: (structure: any) => void,
 *   children?: any }} props children: the choice of the project
 */
export function StructurePart({ template, project, structure, onPick, onFacts, children }) {
  const [way, setWay] = useState('project');
  const [making, setMaking] = useState('');
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  const before = useRef(structure);
  // What was pressed has gone with the choice; the focus must not go with it.
  useEffect(() => {
    if (before.current !== structure && document.activeElement === document.body) box.current?.focus({ preventScroll: true });
    before.current = structure;
  }, [structure]);
  const { formats } = template.structures;
  const incoming = useIncoming(project, formats, onPick);
  const { over, props } = useDrop((found) => incoming.add(found[0].file), Boolean(project));
  const molecules = !formats.length || formats.some((/** @type {string} */ f) => ['mol', 'sdf', 'xyz', 'mol2'].includes(f));
  const ways = [{ value: 'project', label: 'From the project', icon: 'projects' }, { value: 'file', label: 'Upload', icon: 'upload' }];
  const ask = project && html`<div class="stack"><div class="row loose"><${Radio} segmented label="Where the structure comes from" value=${way} options=${ways} onInput=${setWay} />
      <div class="row">${molecules && html`<${Button} icon="draw" onClick=${() => setMaking('draw')}>Draw or SMILES<//>`}<${Button} icon="copy" onClick=${() => setMaking('paste')}>Paste text<//></div></div>
    ${incoming.item && html`<ul class="list"><${UploadRow} item=${incoming.item} /></ul>`}
    ${way === 'project' && html`<${FromProject} key=${project.id} project=${project} template=${template} onPick=${onPick} />`}
    ${way === 'file' && html`<${DropZone} onFiles=${(/** @type {any[]} */ found) => incoming.add(found[0].file)} text="Drop a structure file here" accept=${formats.map((/** @type {string} */ f) => `.${f}`).join(',') || undefined}
      hint=${`${formats.join(', ') || 'Any format'}. It is stored in ${project.name} and inspected; large files go on after an interruption.`} />`}
    ${making && html`<${Make} project=${project} way=${making} onClose=${() => setMaking('')} onDone=${onPick} />`}</div>`;
  return html`<div id="part-structure" ref=${box} tabindex="-1" class="drop-target" data-over=${over ? '' : undefined} ...${props}><${Card} title="Structure" class="part" actions=${children}>
    ${!project ? html`<p class="muted">Structures lie in projects. With a project of your own, drop one here.</p>` : structure ? html`<${Chosen} key=${structure} id=${structure} template=${template} onChange=${() => onPick(null)} onFacts=${onFacts} />` : ask}
  <//></div>`;
}
