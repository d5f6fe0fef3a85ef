// A small molecule as its structure formula, drawn flat. For those who do not see it the formula is said in words.

import { html, useEffect, useRef, useState } from '/vendor/preact.js';
import { sheetLoad } from '../sheets.js';
import { Skeleton } from '../ui/index.js';
import { drawing, moleculeFacts, moleculeOf } from './molecule.js';

export { DEPICTABLE } from './molecule.js';

/**
 * @param {{ text?: string, format?: string, smiles?: string, width?: number, height?: number, label?: string }} props
 */
export function Depict({ text, format, smiles, width = 260, height = 180, label = 'Structure formula' }) {
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  const [state, setState] = useState({ loading: true, problem: '', words: '' });
  useEffect(() => {
    let gone = false;
    (async () => {
      await sheetLoad('/css/pages/viewer.css');
      const molecule = await moleculeOf({ text, format, smiles });
      if (gone || !box.current) return;
      box.current.replaceChildren(drawing(molecule, width, height));
      setState({ loading: false, problem: '', words: moleculeFacts(molecule).formula });
    })().catch((error) => gone || setState({ loading: false, problem: error instanceof Error ? error.message : String(error), words: '' }));
    return () => {
      gone = true;
    };
  }, [text, format, smiles, width, height]);
  return html`<div class="depict-box">
    ${state.loading && html`<${Skeleton} height=${height} />`}
    ${state.problem && html`<p class="muted small">${state.problem}</p>`}
    <div ref=${box} class="depict" role="img" aria-label=${`${label}: ${state.words}`} hidden=${state.loading || state.problem !== ''}></div>
  </div>`;
}
