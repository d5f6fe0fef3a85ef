// A structure without a file: drawn, or given as SMILES or as the text of a file. A drawn molecule gets a first shape in
// the browser; a calculation starts from it, and the server inspects it like any file.

import { html, useEffect, useState } from '/vendor/preact.js';
import { Button, Field, Input, Notice, Skeleton } from '../../ui/index.js';

const NAME = 'molecule';

/** @param {string} name @param {string} text @param {string} format */
const fileOf = (name, text, format) => new File([text], `${name.trim().replace(/[/\\]/g, '-') || NAME}.${format}`, { type: 'chemical/x-unknown' });

/** What a pasted text is, by how its lines look. @param {string} text @returns {string | null} */
export function textFormat(text) {
  const lines = text.trimStart().split(/\r?\n/);
  if (/^@<TRIPOS>/m.test(text)) return 'mol2';
  if (/^\$\$\$\$/m.test(text)) return 'sdf';
  if (/^.{33}\s+V[23]000\s*$/m.test(text) || /^M {2}END/m.test(text)) return 'mol';
  if (/^data_/.test(lines[0]) || /^_atom_site\./m.test(text)) return 'cif';
  if (/^(ATOM {2}|HETATM)/m.test(text)) return 'pdb';
  if (/^\s*\d+\s*$/.test(lines[0]) && /^\s*[A-Z][a-z]?\s+-?\d/.test(lines[2] ?? '')) return 'xyz';
  if (/^\s*\d+\s*$/.test(lines[1] ?? '') && /^.{5}[A-Z]/.test(lines[2] ?? '')) return 'gro';
  return null;
}

/** The drawing board, if this browser can load it. @param {{ onChange: (molfile: string, smiles: string) => void }} props */
function Board({ onChange }) {
  const [part, setPart] = useState(/** @type {{ Sketch?: any, failed?: boolean }} */ ({}));
  useEffect(() => {
    import('../../chem/sketch.js').then((module) => setPart({ Sketch: module.Sketch }), () => setPart({ failed: true }));
  }, []);
  if (part.failed) return html`<${Notice} kind="warn" title="The drawing board could not be loaded">SMILES below does the same.<//>`;
  return part.Sketch ? html`<${part.Sketch} onChange=${onChange} />` : html`<${Skeleton} height=${300} />`;
}

/**
 * @param {{ formats: string[], molecules: boolean, onFile: (file: File) => void }} props molecules: whether the template
 *   reads formats of small molecules
 */
export function WriteMolecule({ formats, molecules, onFile }) {
  const [name, setName] = useState('');
  const [text, setText] = useState('');
  const [drawn, setDrawn] = useState('');
  const [error, setError] = useState('');
  const [busy, setBusy] = useState(false);
  const use = async () => {
    setError('');
    const format = textFormat(text);
    if (text.trim() && format) {
      if (formats.length && !formats.includes(format)) setError(`This is a ${format} text; the template reads ${formats.join(', ')}.`);
      else onFile(fileOf(name, text, format));
      return;
    }
    const lines = text.trim().split(/\s+/).filter(Boolean);
    if (lines.length > 1 || !molecules || (!lines.length && !drawn)) {
      setError(molecules ? 'Draw a molecule, or give SMILES or the text of a structure file.' : `Give the text of a structure file (${formats.join(', ')}).`);
      return;
    }
    setBusy(true);
    try {
      const { moleculeOf, shape3d } = await import('../../chem/molecule.js');
      const molecule = await moleculeOf(lines.length ? { smiles: lines[0] } : { text: drawn, format: 'mol' });
      const shape = await shape3d(molecule);
      onFile(fileOf(name, shape.molfile, formats.includes('sdf') && !formats.includes('mol') ? 'sdf' : 'mol'));
    } catch (problem) {
      setError(problem instanceof Error ? problem.message : String(problem));
    } finally {
      setBusy(false);
    }
  };
  const drew = (/** @type {string} */ molfile, /** @type {string} */ smiles) => {
    setDrawn(molfile);
    if (smiles) setText(smiles);
  };
  return html`<div class="stack">
    ${molecules && html`<${Board} onChange=${drew} />`}
    <${Field} label=${molecules ? 'SMILES, or the text of a structure file' : 'Text of a structure file'} error=${error}
      hint=${molecules ? 'For example CC(=O)Oc1ccccc1C(=O)O. Hydrogens and a first 3D shape are added.' : `Paste the whole file (${formats.join(', ')}).`}>
      <${Input} multiline class="mono" rows="4" spellcheck="false" value=${text} onInput=${setText} /><//>
    <div class="row"><${Field} label="Name of it" hideLabel><${Input} value=${name} placeholder="Name, for example aspirin" maxlength="120" onInput=${setName} /><//>
      <${Button} icon="check" busy=${busy} onClick=${use}>Use it<//></div></div>`;
}
