// Structures in words: what a screen reader hears of a 3D view, and the line under it about the atom one points at.

import { plural } from '../fmt.js';

/** Three letters to one, for the residues a chain is usually made of. */
export const LETTERS = {
  ALA: 'A', ARG: 'R', ASN: 'N', ASP: 'D', CYS: 'C', GLN: 'Q', GLU: 'E', GLY: 'G', HIS: 'H', ILE: 'I', LEU: 'L', LYS: 'K', MET: 'M', PHE: 'F', PRO: 'P',
  SER: 'S', THR: 'T', TRP: 'W', TYR: 'Y', VAL: 'V', MSE: 'M', SEC: 'U', PYL: 'O', HID: 'H', HIE: 'H', HIP: 'H', HSD: 'H', HSE: 'H', HSP: 'H', CYX: 'C', CYM: 'C',
  ASH: 'D', GLH: 'E', LYN: 'K', DA: 'A', DC: 'C', DG: 'G', DT: 'T', A: 'A', C: 'C', G: 'G', U: 'U',
};

const ELEMENTS = {
  H: 'hydrogen', C: 'carbon', N: 'nitrogen', O: 'oxygen', S: 'sulfur', P: 'phosphorus', F: 'fluorine', CL: 'chlorine', BR: 'bromine', I: 'iodine',
  NA: 'sodium', K: 'potassium', MG: 'magnesium', CA: 'calcium', ZN: 'zinc', FE: 'iron', MN: 'manganese', CU: 'copper', SE: 'selenium', AS: 'arsenic', B: 'boron', SI: 'silicon',
};

/** "Tyr" for TYR, but "ATP" stays: only residues of chains are words. @param {string} name */
export function residueName(name) {
  return name in LETTERS && name.length === 3 ? name[0] + name.slice(1).toLowerCase() : name;
}

/**
 * "Tyr 2, chain A".
 * @param {{ chain?: string, number?: number, insert?: string, name?: string }} place
 */
export function placeWords({ chain, number, insert = '', name }) {
  const what = [name && residueName(name), number !== undefined && `${number}${insert}`].filter(Boolean).join(' ');
  return chain?.trim() ? `${what}, chain ${chain}` : what;
}

/** @param {import('./parts.js').Spot} spot */
export function spotWords(spot) {
  const element = ELEMENTS[/** @type {keyof typeof ELEMENTS} */ (spot.element.toUpperCase())] ?? spot.element;
  return `${placeWords(spot)} · atom ${spot.atom} (${element})`;
}

/**
 * Places as findings write them: "A:23", "A:23B", pairs "A:6-A:127", and "23" alone where the chain has no name.
 * @param {string} text
 * @returns {import('./parts.js').Place[]}
 */
export function placesOf(text) {
  return [...text.matchAll(/(?:([^:\s-]+):)?(-?\d+)([A-Za-z]?)(?:-|$)/g)].map(([, chain = '', number, insert]) => ({ chain, number: Number(number), insert }));
}

/**
 * One sentence for those who do not see the picture.
 * @param {{ atoms: number, polymerResidues: number, chains: number, onlyWater: boolean }} count
 * @param {{ frames?: number, representation?: string }} [more]
 */
export function sceneWords({ atoms, polymerResidues, chains, onlyWater }, { frames, representation } = {}) {
  const what = polymerResidues
    ? `${plural(chains, 'chain')}, ${plural(polymerResidues, 'residue')}, ${plural(atoms, 'atom')}`
    : `${onlyWater ? 'Water' : 'A molecule'}, ${plural(atoms, 'atom')}`;
  return [what, frames && frames > 1 && plural(frames, 'frame'), representation && `shown as ${representation.toLowerCase()}`].filter(Boolean).join(', ') + '.';
}
