// What is in a structure file, as pairs of term and value; what the file does not say is left out.

import { html } from '/vendor/preact.js';
import { bytes, num, plural } from '../../fmt.js';
import { Card, Copy, Facts, Time } from '../../ui/index.js';

/** C62H75 with its numbers below the line. @param {{ formula: string }} props */
export function Formula({ formula }) {
  return html`<span class="formula">${formula.split(/(\d+)/).map((part, i) => (/^\d+$/.test(part) ? html`<sub key=${i}>${part}</sub>` : part))}</span>`;
}

/** @param {number} n */
const signed = (n) => (n > 0 ? `+${n}` : n < 0 ? `−${-n}` : '0');
/** @param {number} n */
const count = (n) => num(n, { digits: 0 });

/** Kind of structure and its size, for lists: "Protein, 129 residues". @param {any} facts */
export function kindWords(facts) {
  if (!facts?.atoms) return '';
  if (facts.protein_residues) return `Protein, ${plural(facts.protein_residues, 'residue')}${facts.ligands.length ? `, ${plural(facts.ligands.length, 'ligand')}` : ''}`;
  if (facts.nucleic_residues) return `Nucleic acid, ${plural(facts.nucleic_residues, 'residue')}`;
  return facts.formula.length <= 24 ? facts.formula : 'Molecule';
}

/** @param {{ structure: import('../../chem/structure.js').Structure & { sha256?: string, created_by_login?: string } }} props */
export function StructureFacts({ structure }) {
  const f = structure.facts ?? {};
  const [low, high] = f.bounds_a ?? [];
  const sides = low ? low.map((/** @type {number} */ x, /** @type {number} */ i) => num((high[i] - x) / 10, { digits: 1 })).join(' × ') : '';
  const edges = f.box_a?.slice(0, 3).map((/** @type {number} */ x) => num(x / 10, { digits: 2 })).join(' × ');
  const angles = f.box_a?.slice(3).some((/** @type {number} */ a) => a !== 90) ? `, ${f.box_a.slice(3).join('°, ')}°` : '';
  const charge = f.charge ?? null;
  const guessed = f.protein_residues ? f.charge_ph7 ?? null : null;
  const chains = (f.chains ?? []).filter((/** @type {any} */ c) => c.kind !== 'water');
  return html`<${Card} title="Facts"><${Facts} items=${[
    ['Formula', f.formula && html`<${Formula} formula=${f.formula} />`],
    ['Atoms', f.atoms && `${count(f.atoms)}${f.hydrogens ? `, ${count(f.hydrogens)} of them hydrogen` : f.protein_residues ? ', no hydrogens' : ''}`],
    ['Chains', chains.length > 0 && chains.map((/** @type {any} */ c) => `${c.id || '–'} (${c.kind}, ${c.residues})`).join(', ')],
    ['Residues', f.residues > 1 && count(f.residues)],
    ['Ligands', f.ligands?.length > 0 && f.ligands.map((/** @type {any} */ l) => `${l.name}${l.count > 1 ? ` × ${l.count}` : ''}`).join(', ')],
    ['Waters', f.waters > 0 && count(f.waters)],
    ['Ions', f.ions > 0 && count(f.ions)],
    ['Models', f.models > 1 && count(f.models)],
    charge !== null ? ['Charge', signed(charge)] : ['Charge at pH 7', guessed !== null && html`${signed(guessed)} <span class="muted">estimated</span>`],
    ['Extent', sides && `${sides} nm`],
    ['Cell', edges && `${edges} nm${angles}`],
    ['File', `${structure.format?.toUpperCase() ?? 'unknown format'}, ${bytes(structure.bytes)}`],
    ['Added', html`<${Time} at=${structure.created_at} />${structure.created_by_login ? ` by ${structure.created_by_login}` : ''}`],
    ['SHA-256', structure.sha256 && html`<${Copy} text=${structure.sha256}><span class="mono">${structure.sha256.slice(0, 12)}…</span><//>`],
  ].map(([term, value]) => [term, value === false ? null : value])} /><//>`;
}
