// A still picture of a molecule as plain SVG, for places that must not load a 3D viewer: laid along its longest axes,
// heavy atoms as discs, bonds by distance, what lies behind fades. Coordinates are those of a PDB text.

import { html } from '/vendor/preact.js';

const ATOMS_MAX = 1500;
const BOND_A = 1.95;
const MARGIN_A = 1.6;
/** Radius in Å of the drawn disc; the colour is in pages/home.css by element. @type {Record<string, number>} */
const RADIUS = { C: 0.42, N: 0.46, O: 0.48, S: 0.62, P: 0.6 };

/** @typedef {{ element: string, at: number[] }} Atom */

/** Heavy atoms of a PDB text. @param {string} text @returns {Atom[]} */
export function atomsOf(text) {
  const atoms = [];
  for (const line of text.split('\n')) {
    if (line.startsWith('ENDMDL')) break;
    if (!/^(ATOM|HETATM)/.test(line)) continue;
    const element = (line.slice(76, 78).trim() || line.slice(12, 16).replace(/[\d\s]/g, '')[0] || 'C').toUpperCase();
    if (element === 'H') continue;
    atoms.push({ element, at: [30, 38, 46].map((from) => Number(line.slice(from, from + 8))) });
  }
  return atoms;
}

/** The direction in which the points spread most, orthogonal to `others`; by power iteration. @param {number[][]} points @param {number[][]} others */
function axis(points, others) {
  let v = [1, 0.7, 0.4];
  for (let turn = 0; turn < 24; turn += 1) {
    for (const o of others) {
      const along = dot(v, o);
      v = v.map((x, i) => x - along * o[i]);
    }
    const next = [0, 0, 0];
    for (const p of points) {
      const along = dot(p, v);
      for (let i = 0; i < 3; i += 1) next[i] += p[i] * along;
    }
    const size = Math.hypot(...next) || 1;
    v = next.map((x) => x / size);
  }
  return v;
}

const dot = (/** @type {number[]} */ a, /** @type {number[]} */ b) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];

/** The atoms seen along their thinnest direction: x to the right, y down, z towards the reader. @param {Atom[]} atoms */
function turned(atoms) {
  const centre = [0, 1, 2].map((i) => atoms.reduce((sum, a) => sum + a.at[i], 0) / atoms.length);
  const points = atoms.map((a) => a.at.map((x, i) => x - centre[i]));
  const first = axis(points, []);
  const second = axis(points, [first]);
  const third = [first[1] * second[2] - first[2] * second[1], first[2] * second[0] - first[0] * second[2], first[0] * second[1] - first[1] * second[0]];
  return atoms.map((a, i) => ({ element: a.element, x: dot(points[i], first), y: dot(points[i], second), z: dot(points[i], third) }));
}

/** @param {{ pdb: string, label: string }} props */
export function Still({ pdb, label }) {
  const atoms = atomsOf(pdb);
  if (atoms.length < 2 || atoms.length > ATOMS_MAX) return null;
  const seen = turned(atoms);
  const bonds = [];
  for (let i = 0; i < seen.length; i += 1) {
    for (let j = i + 1; j < seen.length; j += 1) {
      const [a, b] = [seen[i], seen[j]];
      if (Math.abs(a.x - b.x) < BOND_A && Math.hypot(a.x - b.x, a.y - b.y, a.z - b.z) < BOND_A) bonds.push({ a, b, z: (a.z + b.z) / 2 - 0.1 });
    }
  }
  const back = Math.min(...seen.map((a) => a.z));
  const depth = Math.max(...seen.map((a) => a.z)) - back || 1;
  const shade = (/** @type {number} */ z) => (0.35 + 0.65 * ((z - back) / depth)).toFixed(2);
  const n = (/** @type {number} */ v) => v.toFixed(2);
  const [left, right] = [Math.min(...seen.map((a) => a.x)) - MARGIN_A, Math.max(...seen.map((a) => a.x)) + MARGIN_A];
  const [top, bottom] = [Math.min(...seen.map((a) => a.y)) - MARGIN_A, Math.max(...seen.map((a) => a.y)) + MARGIN_A];
  const parts = [
    ...bonds.map(({ a, b, z }) => ({ z, draw: html`<line x1=${n(a.x)} y1=${n(a.y)} x2=${n(b.x)} y2=${n(b.y)} opacity=${shade(z)} />` })),
    ...seen.map((a) => ({ z: a.z, draw: html`<circle cx=${n(a.x)} cy=${n(a.y)} r=${RADIUS[a.element] ?? 0.55} data-element=${a.element} opacity=${shade(a.z)} />` })),
  ].sort((one, other) => one.z - other.z);
  return html`<svg class="still" viewBox=${`${n(left)} ${n(top)} ${n(right - left)} ${n(bottom - top)}`} role="img" aria-label=${label}>${parts.map((p) => p.draw)}</svg>`;
}
