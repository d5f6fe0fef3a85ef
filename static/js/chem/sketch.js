// Drawing a small molecule. The canvas of OpenChemLib is for the pointer; the SMILES line above it is the same thing for the
// keyboard, and either follows the other.
//
// Caveat: the canvas is always light, because its maker draws for white paper; it does not know the keyboard, so the
// SMILES line, a file or a structure of the project are the equal ways in.

import { html, useEffect, useRef, useState } from '/vendor/preact.js';
import { sheetLoad } from '../sheets.js';
import { Field, Input, Skeleton } from '../ui/index.js';
import { openchemlib } from './molecule.js';

const TYPE_MS = 350;

/**
 * @param {{ smiles?: string, onChange: (molfile: string, smiles: string) => void, canvas?: boolean }} props
 *   empty strings while there is nothing or it cannot be read
 */
export function Sketch({ smiles: first = '', onChange, canvas = true }) {
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  const editor = useRef(/** @type {any} */ (null));
  const timer = useRef(0);
  const [text, setText] = useState(first);
  const [problem, setProblem] = useState('');
  const [ready, setReady] = useState(false);

  /** @param {any} molecule @param {string} smiles */
  const tell = (molecule, smiles) => onChange(molecule.getAllAtoms() ? molecule.toMolfile() : '', smiles);

  /** @param {string} smiles */
  const read = async (smiles) => {
    const OCL = await openchemlib();
    if (!smiles.trim()) {
      editor.current?.clearAll();
      setProblem('');
      onChange('', '');
      return;
    }
    try {
      const molecule = OCL.Molecule.fromSmiles(smiles.trim());
      setProblem('');
      editor.current?.setMolecule(molecule.getCompactCopy());
      tell(molecule, smiles.trim());
    } catch (error) {
      const words = (error instanceof Error ? error.message : String(error)).replace(/^\S*Class\S*:\s*(SmilesParser:\s*)?/, '');
      setProblem(`This is not a SMILES line yet: ${words}`);
      onChange('', '');
    }
  };

  useEffect(() => {
    let gone = false;
    (async () => {
      await sheetLoad('/css/pages/structure.css');
      const OCL = await openchemlib();
      if (gone) return;
      setReady(true);
      if (canvas && box.current) {
        editor.current = new OCL.CanvasEditor(box.current);
        editor.current.setOnChangeListener((/** @type {any} */ event) => {
          if (event.type !== 'molecule' || !event.isUserEvent) return;
          const molecule = editor.current.getMolecule();
          const smiles = molecule.getAllAtoms() ? molecule.toSmiles() : '';
          setText(smiles);
          setProblem('');
          tell(molecule, smiles);
        });
      }
      if (first) read(first);
    })().catch((error) => gone || setProblem(error instanceof Error ? error.message : String(error)));
    return () => {
      gone = true;
      clearTimeout(timer.current);
      editor.current?.destroy();
      editor.current = null;
    };
  }, []);

  const typed = (/** @type {string} */ value) => {
    setText(value);
    clearTimeout(timer.current);
    timer.current = window.setTimeout(() => read(value), TYPE_MS);
  };
  return html`<div class="sketch">
    <${Field} label="SMILES" hint="For example CC(=O)Oc1ccccc1C(=O)O. Paste a line, or draw below." error=${problem}>
      <${Input} class="mono" value=${text} onInput=${typed} spellcheck="false" autocapitalize="none" autocomplete="off" />
    <//>
    ${canvas && html`${!ready && html`<${Skeleton} height=${380} />`}<div ref=${box} class="sketch-canvas" hidden=${!ready} role="group"
      aria-label="Drawing area, for the pointer; the SMILES line above is its equal for the keyboard"></div>`}
  </div>`;
}
