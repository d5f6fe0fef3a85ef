// The chains of a structure as rows of letters: an overview, the list of places with findings, and the keyboard's way to
// choose a residue in the 3D view. Ligands and ions follow as buttons.
//
// Caveat: one letter of the whole takes part in the tab order; arrows, Home, End and Page keys move along the chain.

import { html, useMemo, useRef, useState } from '/vendor/preact.js';
import { LETTERS, placeWords, residueName } from './words.js';

/** @typedef {import('./parts.js').Place} Place */
/** @typedef {import('./parts.js').Chain} Chain */
/** @typedef {{ level: string, text: string }} Mark */

const TEN = 10;

/** @param {Place} place */
export const placeKey = ({ chain = '', number, insert = '' }) => `${chain.trim()}:${number}${insert}`;

/** Whether there is anything to choose from: a chain, or more than one ligand. @param {Chain[]} outline */
export const hasSequence = (outline) => outline.some((c) => c.kind === 'polymer' || c.residues.length > 1) || outline.length > 1;

/** @param {string} name */
const letter = (name) => LETTERS[/** @type {keyof typeof LETTERS} */ (name)] ?? 'x';

/**
 * @param {{ chain: Chain, chosen: Set<string>, marks: Map<string, Mark>, onPick: (place: Place) => void }} props
 */
function Row({ chain, chosen, marks, onPick }) {
  const [at, setAt] = useState(0);
  const list = useRef(/** @type {HTMLElement | null} */ (null));
  /** @param {number} i */
  const place = (i) => ({ chain: chain.chain, ...chain.residues[i] });

  const key = (/** @type {KeyboardEvent} */ event) => {
    const last = chain.residues.length - 1;
    /** @type {Record<string, number>} */
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, ArrowDown: at + TEN, ArrowUp: at - TEN, PageDown: at + 5 * TEN, PageUp: at - 5 * TEN, Home: 0, End: last };
    if (event.key in to) {
      const next = Math.min(Math.max(to[event.key], 0), last);
      setAt(next);
      /** @type {HTMLElement | null | undefined} */ (list.current?.querySelector(`[data-at="${next}"]`))?.focus();
    } else if (event.key === 'Enter' || event.key === ' ') onPick(place(at));
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  const one = (/** @type {{ number: number, insert: string, name: string }} */ residue, /** @type {number} */ i) => {
    const id = placeKey(place(i));
    const mark = marks.get(id);
    const gap = i > 0 && residue.number > chain.residues[i - 1].number + 1;
    const words = `${residueName(residue.name)} ${residue.number}${residue.insert}`;
    return html`${gap && html`<span class="gap" key=${`g${i}`} aria-hidden="true" title=${`${residue.number - chain.residues[i - 1].number - 1} residues missing`}>⋯</span>`}
      <span key=${id} role="option" data-at=${i} tabIndex=${i === at ? 0 : -1} aria-selected=${chosen.has(id) ? 'true' : 'false'} data-mark=${mark?.level}
        data-ten=${residue.number % TEN === 0 ? residue.number : undefined} aria-label=${mark ? `${words}: ${mark.text}` : words} title=${mark ? `${words}: ${mark.text}` : words}
        onClick=${() => { setAt(i); onPick(place(i)); }}>${letter(residue.name)}</span>`;
  };

  return html`<div class="sequence-chain"><span class="name">${chain.chain.trim() ? `Chain ${chain.chain}` : 'Chain'}</span>
    <div ref=${list} class="sequence-letters" role="listbox" aria-label=${`Residues of chain ${chain.chain.trim() || 'without a name'}`} onKeyDown=${key}>
      ${chain.residues.map(one)}</div></div>`;
}

/**
 * @param {{ outline: Chain[], chosen?: Place[], marks?: Map<string, Mark>, onPick: (place: Place) => void }} props
 *   `marks`: what the checks found, by placeKey()
 */
export function Sequence({ outline, chosen = [], marks = new Map(), onPick }) {
  const picked = useMemo(() => new Set(chosen.map(placeKey)), [chosen]);
  const chains = outline.filter((c) => c.kind === 'polymer');
  const others = outline.filter((c) => c.kind !== 'polymer').flatMap((c) => c.residues.slice(0, 60).map((r) => ({ chain: c.chain, ...r })));
  return html`<div class="sequence">
    ${chains.map((chain) => html`<${Row} key=${chain.chain} chain=${chain} chosen=${picked} marks=${marks} onPick=${onPick} />`)}
    ${others.length > 0 && html`<div class="sequence-others row" role="group" aria-label="Ligands and ions">
      ${others.map((o) => html`<button key=${placeKey(o)} type="button" class="chip" aria-pressed=${picked.has(placeKey(o)) ? 'true' : 'false'}
        onClick=${() => onPick(o)}>${placeWords(o)}</button>`)}</div>`}
  </div>`;
}
