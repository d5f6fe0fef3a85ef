// The structures of a project: what they are, what the checks say, and the ways to bring in more: a file dropped or chosen,
// a formula drawn or typed, a pasted text.
//
// Flow: keyset pages of rows, read again when an upload of this tab is stored and every two seconds while one is under
// inspection. Filtering works on what is loaded; "Show more" loads the next page.

import { html, useEffect, useMemo, useState } from '/vendor/preact.js';
import { get, useApi } from '../../api.js';
import { MakeStructure } from '../../chem/make.js';
import { VIEWABLE } from '../../chem/molstar.js';
import { Thumb } from '../../chem/thumb.js';
import { bytes, plural } from '../../fmt.js';
import { go, setQuery } from '../../router.js';
import { sheetLoad } from '../../sheets.js';
import { Button, Empty, Icon, Menu, Problem, Search, Skeleton, Time, toast } from '../../ui/index.js';
import { PickFiles, useDrop } from '../../upload/drop.js';
import { addUploads, arrivals } from '../../upload/upload.js';
import { kindWords } from '../structure/facts.js';

/** @typedef {import('../../chem/structure.js').Structure} Structure */

const PAGE = 60;
const LOOK_S = 2;
const TEACH = 'Drop a PDB, mmCIF, SDF, MOL2 or XYZ file here, draw a molecule, or type its SMILES. Every structure is checked when it arrives.';
const ACCEPT = [...VIEWABLE].map((ext) => `.${ext}`).join(',');

/** @param {{ structure: Structure }} props */
function State({ structure }) {
  if (structure.state === 'inspecting') return html`<span data-level="info"><span class="spinner" aria-hidden="true"></span>Being inspected</span>`;
  if (structure.state === 'refused') return html`<span data-level="error"><${Icon} name="alert" />Not usable: ${structure.findings[0]?.text ?? 'see the page'}</span>`;
  const count = (/** @type {string} */ level) => structure.findings.filter((f) => f.level === level).length;
  const errors = count('error');
  const warnings = count('warning');
  if (!errors && !warnings) return html`<span data-level="good"><${Icon} name="finished" />Checks passed</span>`;
  return html`${errors > 0 && html`<span data-level="error"><${Icon} name="alert" />${errors} to fix</span>`}
    ${warnings > 0 && html`<span data-level="warning"><${Icon} name="warning" />${warnings} worth a look</span>`}`;
}

/** @param {{ structure: Structure & { created_by_login?: string } }} props */
function StructureCard({ structure }) {
  const f = structure.facts;
  return html`<li class="structure-card">
    <${Thumb} structure=${structure} />
    <h2><a class="main quiet" href=${`/structures/${structure.id}`}>${structure.name}</a></h2>
    ${f?.title && f.title !== structure.name && html`<p class="truncate" title=${f.title}>${f.title}</p>`}
    <p>${[kindWords(f), f?.atoms && plural(f.atoms, 'atom'), bytes(structure.bytes)].filter(Boolean).join(' · ')}</p>
    <div class="marks"><${State} structure=${structure} /></div>
    <p><${Time} at=${structure.created_at} />${structure.created_by_login ? ` by ${structure.created_by_login}` : ''}</p>
  </li>`;
}

/** @param {{ project: any, query: URLSearchParams }} props */
export default function Structures({ project, query }) {
  const path = `/projects/${project.id}/structures`;
  const [inspecting, setInspecting] = useState(false);
  const read = useApi(path, { query: { limit: PAGE }, deps: [arrivals.value], poll: inspecting ? LOOK_S : undefined });
  const [more, setMore] = useState(/** @type {{ items: Structure[], next: string | null } | null} */ (null));
  const [busy, setBusy] = useState(false);
  const make = query.get('new');
  const text = query.get('q') ?? '';
  const mayAdd = project.role !== 'viewer' && !project.archived_at;

  useEffect(() => {
    sheetLoad('/css/pages/structure.css');
  }, []);
  /** @type {Structure[]} */
  const items = useMemo(() => {
    const first = read.data?.items ?? [];
    const known = new Set(first.map((/** @type {Structure} */ s) => s.id));
    return [...first, ...(more?.items ?? []).filter((/** @type {Structure} */ s) => !known.has(s.id))];
  }, [read.data, more]);
  useEffect(() => setInspecting(items.some((s) => s.state === 'inspecting')), [items]);

  const add = (/** @type {any[]} */ found) => {
    addUploads(found, { project: project.id });
    toast(found.length === 1 ? `Adding ${found[0].file.name}` : `Adding ${found.length} files`);
  };
  const drop = useDrop(add, mayAdd);
  const next = more ? more.next : read.data?.next_cursor;
  const load = async () => {
    setBusy(true);
    try {
      const { data } = await get(path, { query: { limit: PAGE, cursor: next } });
      setMore({ items: [...(more?.items ?? []), ...data.items], next: data.next_cursor });
    } catch (error) {
      toast(error instanceof Error ? error.message : String(error), { kind: 'bad' });
    }
    setBusy(false);
  };
  const close = () => setQuery({ new: null }, { replace: true });
  const done = (/** @type {string} */ id) => {
    close(); // or Back would open the dialog again
    go(`/structures/${id}`);
  };
  const dialog = html`<${MakeStructure} open=${mayAdd && make !== null} way=${make === 'paste' ? 'paste' : 'draw'} project=${project.id} onClose=${close} onDone=${done} />`;
  const ways = mayAdd && html`<${Menu} label="New" icon="plus" items=${[
    { label: 'Draw or type a formula', icon: 'draw', onClick: () => setQuery({ new: 'draw' }) },
    { label: 'Paste a text', icon: 'copy', onClick: () => setQuery({ new: 'paste' }) },
  ]}>New<${Icon} name="down" /><//>
    <${PickFiles} onFiles=${add} multiple accept=${ACCEPT} icon="upload">Add structures<//>`;

  if (read.error && !read.data) return html`<${Problem} error=${read.error} retry=${read.reload} />`;
  if (!read.data) return html`<${Skeleton} lines=${6} />`;
  const shown = text ? items.filter((s) => `${s.name} ${s.facts?.title ?? ''} ${s.facts?.formula ?? ''}`.toLowerCase().includes(text.toLowerCase())) : items;
  return html`<div class="stack" ...${drop.props} data-over=${drop.over ? '' : undefined}>
    ${items.length > 0 && html`<div class="row structures-head"><${Search} label="Filter structures" value=${text}
      onInput=${(/** @type {string} */ q) => setQuery({ q: q || null }, { replace: true })} /><div class="row">${ways}</div></div>`}
    ${items.length === 0 && html`<div class="structure-drop" data-over=${drop.over ? '' : undefined}><${Empty} icon="structure" title="No structures yet" actions=${ways}>
      ${mayAdd ? TEACH : 'Members of this project can add them.'}<//></div>`}
    ${items.length > 0 && shown.length === 0 && html`<p class="muted">None of ${items.length} structures fits "${text}".</p>`}
    ${shown.length > 0 && html`<ul class="structure-list structure-drop-list">${shown.map((s) => html`<${StructureCard} key=${s.id} structure=${s} />`)}</ul>`}
    ${next && html`<div><${Button} busy=${busy} onClick=${load}>Show more<//></div>`}
    ${dialog}
  </div>`;
}
