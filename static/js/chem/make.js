// Making a structure without a file: a formula typed or drawn becomes a molecule in 3D, or a pasted text becomes a file.
// Both end as an upload like any other, so the server checks them like any other.
//
// Flow: <MakeStructure> → Sketch or text → shape3d() → shown → saved with addUpload() → onDone(structure id).

import { html, useEffect, useRef, useState } from '/vendor/preact.js';
import { addUpload } from '../upload/upload.js';
import { Button, Dialog, Field, Input, Notice, Problem, Radio } from '../ui/index.js';
import { Depict } from './depict.js';
import { moleculeFacts, moleculeOf, shape3d } from './molecule.js';
import { sniffFormat, VIEWABLE } from './molstar.js';
import { Sketch } from './sketch.js';
import { Viewer } from './viewer.js';

/** @typedef {{ molfile: string, atoms: number, relaxed: boolean, formula: string, charge: number }} Made */

const WAYS = [{ value: 'draw', label: 'Draw or SMILES' }, { value: 'paste', label: 'Paste a text' }];
const RELAXED = 'Relaxed with MMFF94s+; a start for a calculation, not its result.';
const UNRELAXED = 'The force field has no numbers for one of its elements: the shape comes from typical torsions.';
const PASTE_MAX = 8 << 20;

/** A file name of what somebody typed. @param {string} name @param {string} format */
function fileName(name, format) {
  const clean = name.trim().replace(/[/\\]/g, '-') || 'molecule';
  return clean.toLowerCase().endsWith(`.${format}`) ? clean : `${clean}.${format}`;
}

/** @param {{ smiles: string, onMade: (made: Made | null) => void, onSmiles: (smiles: string) => void }} props */
function Draw({ smiles, onMade, onSmiles }) {
  const [busy, setBusy] = useState(false);
  const [made, setMade] = useState(/** @type {Made | null} */ (null));
  const [error, setError] = useState(/** @type {unknown} */ (null));
  const changed = (/** @type {string} */ _molfile, /** @type {string} */ now) => {
    setMade(null);
    onMade(null);
    setError(null);
    onSmiles(now);
  };
  const make = async () => {
    setBusy(true);
    setError(null);
    try {
      await new Promise((resolve) => { setTimeout(resolve, 30); }); // let the button show that it works: what follows keeps the browser busy
      const molecule = await moleculeOf({ smiles });
      const next = { ...(await shape3d(molecule)), ...moleculeFacts(molecule) };
      setMade(next);
      onMade(next);
    } catch (problem) {
      setError(problem);
    }
    setBusy(false);
  };
  return html`<div class="stack">
    <${Sketch} smiles=${smiles} onChange=${changed} />
    ${error && html`<${Problem} error=${error} title="No 3D shape" />`}
    <div class="row"><${Button} icon="structure" busy=${busy} disabled=${!smiles} onClick=${make}>Make it 3D<//>
      ${smiles && !made && html`<span class="muted small">All hydrogens are added and the shape is relaxed with a force field.</span>`}</div>
    ${made && html`<div class="sketch-result"><${Depict} smiles=${smiles} width=${220} height=${150} />
      <${Viewer} label="The molecule in 3D" height=${220} compact load=${(/** @type {any} */ v) => v.load({ text: made.molfile, format: 'mol' })} loadKey=${made.molfile} /></div>
      <p class="small muted">${made.formula}, ${made.atoms} atoms, charge ${made.charge}. ${made.relaxed ? RELAXED : UNRELAXED}</p>`}
  </div>`;
}

/** @param {{ text: string, onText: (text: string) => void }} props */
function Paste({ text, onText }) {
  const format = text.trim() ? sniffFormat(text) : '';
  return html`<${Field} label="Structure as text" hint="PDB, mmCIF, SDF, MOL, MOL2, XYZ or GRO; the format is seen from its first lines."
    error=${text.length > PASTE_MAX ? 'This is too long to paste: add it as a file.' : ''}>
      <${Input} multiline class="mono" rows="14" value=${text} onInput=${onText} spellcheck="false" autocomplete="off" wrap="off" />
    <//>
    ${format && html`<p class="small muted">Looks like ${format.toUpperCase()}.</p>`}`;
}

/**
 * @param {{ open: boolean, project: string, onClose: () => void, onDone: (structureId: string, name: string) => void, way?: string }} props
 */
export function MakeStructure({ open, project, onClose, onDone, way: firstWay = 'draw' }) {
  const [way, setWay] = useState(firstWay);
  const [smiles, setSmiles] = useState('');
  const [text, setText] = useState('');
  const [name, setName] = useState('');
  const [made, setMade] = useState(/** @type {Made | null} */ (null));
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState(/** @type {any} */ (null));
  const here = useRef(true);
  useEffect(() => () => {
    here.current = false;
  }, []);
  useEffect(() => {
    if (open) setWay(firstWay);
  }, [open, firstWay]);

  const format = way === 'draw' ? 'mol' : text.trim() ? sniffFormat(text) : 'pdb';
  const ready = way === 'draw' ? made !== null : VIEWABLE.has(format) && text.trim().length > 0 && text.length <= PASTE_MAX;
  const save = async () => {
    setBusy(true);
    setError(null);
    const content = way === 'draw' && made ? made.molfile.replace(/^.*\n/, `${name.trim().slice(0, 80)}\n`) : text; // the first line of a molfile is its title
    const file = new File([content.endsWith('\n') ? content : `${content}\n`], fileName(name, format), { type: 'text/plain' });
    const item = addUpload(file, { project });
    await item.done;
    if (!here.current) return;
    setBusy(false);
    if (item.state === 'stored' && item.structureId) {
      setSmiles('');
      setText('');
      setName('');
      setMade(null);
      onDone(item.structureId, item.name);
    } else setError(item.error ?? { title: 'Not stored', detail: `The upload ended as ${item.state}.` });
  };
  const footer = html`<${Button} onClick=${onClose}>Cancel<//><${Button} kind="primary" icon="save" busy=${busy} disabled=${!ready} onClick=${save}>Save to the project<//>`;
  return html`<${Dialog} open=${open} title="New structure" wide onClose=${onClose} footer=${footer}>
    <div class="stack">
      <${Radio} label="How" segmented value=${way} options=${WAYS} onInput=${setWay} />
      ${open && (way === 'draw' ? html`<${Draw} smiles=${smiles} onSmiles=${setSmiles} onMade=${setMade} />` : html`<${Paste} text=${text} onText=${setText} />`)}
      <${Field} label="Name" hint=${`Saved as ${fileName(name, format)}`}><${Input} value=${name} onInput=${setName} maxlength="120" placeholder="molecule"
        autocomplete="off" /><//>
      ${error && (error.requestId || error.code ? html`<${Problem} error=${error} />` : html`<${Notice} kind="bad" title=${error.title}>${error.detail}<//>`)}
    </div>
  <//>`;
}
