// A still picture of a structure as plain SVG, where a 3D viewer would be too much: cards and the home page.
//
// Flow: a text becomes heavy atoms (readers below) -> turned so that its longest axes lie in the picture -> proteins as
// the course of their backbone from blue to orange, all else as discs and sticks; what lies behind is drawn first and
// fainter; each part lies on one in the colour of the ground, so that nothing shows through. Colours: css/pages/still.css. Nothing here judges a structure; what cannot be drawn is left out.

import { html } from '/vendor/preact.js';
import { sheetLoad } from '../sheets.js';

/** @typedef {{ element: string, at: number[], trace?: string, water?: boolean, protein?: boolean }} Atom `trace`: the chain, of a backbone atom */
/** @typedef {{ element: string, x: number, y: number, z: number, trace?: string, water?: boolean, protein?: boolean }} Seen */

const DISCS_MAX = 600;
const TRACE_MAX = 1500;
const TRACE_LEAST = 8;
/** Backbone atoms further apart than this are not joined: residues between them are missing. */
const GAP_A = 4.6;
const BOND_A = 1.95;
const BOND_HEAVY_A = 2.5;
const MARGIN_A = 1.8;
const FADES_A = 7;
const HUES = 24;
const WATER = /^(HOH|WAT|SOL|TIP|DOD)/;
/** Radius of a disc in Å. @type {Record<string, number>} */
const RADIUS = { C: 0.42, N: 0.46, O: 0.48, S: 0.62, P: 0.6 };

const ready = sheetLoad('/css/pages/still.css');

/** @param {string} text @returns {Atom[]} */
function pdbAtoms(text) {
  const atoms = [];
  for (const line of text.split('\n')) {
    if (line.startsWith('ENDMDL')) break;
    if (!/^(ATOM|HETATM)/.test(line) || (line[16] !== ' ' && line[16] !== 'A')) continue;
    const name = line.slice(12, 16).trim();
    const residue = line.slice(17, 20);
    const protein = line.startsWith('ATOM');
    atoms.push({
      element: line.slice(76, 78).trim() || name.replace(/[^A-Za-z].*|\d/g, '')[0] || 'C', at: [30, 38, 46].map((from) => Number(line.slice(from, from + 8))),
      trace: protein && (name === 'CA' || name === 'P') ? line[21] : undefined, protein, water: WATER.test(residue),
    });
  }
  return atoms;
}

/** @param {string} text @returns {Atom[]} */
function xyzAtoms(text) {
  const lines = text.split('\n');
  return lines.slice(2, 2 + Number.parseInt(lines[0], 10)).map((line) => line.trim().split(/\s+/)).map(([element, ...at]) => ({ element, at: at.slice(0, 3).map(Number) }));
}

/** The first molecule of a MOL or SD file. @param {string} text @returns {Atom[]} */
function molAtoms(text) {
  const lines = text.split('\n');
  const count = Number.parseInt(lines[3]?.slice(0, 3), 10);
  return lines.slice(4, 4 + count).map((line) => ({ element: line.slice(31, 34).trim(), at: [0, 10, 20].map((from) => Number(line.slice(from, from + 10))) }));
}

/** @param {string} text @returns {Atom[]} */
function mol2Atoms(text) {
  const block = text.split(/@<TRIPOS>ATOM\r?\n/)[1]?.split('@<TRIPOS>')[0] ?? '';
  return block.split('\n').map((line) => line.trim().split(/\s+/)).filter((parts) => parts.length > 5).map((parts) => ({ element: parts[5].split('.')[0], at: parts.slice(2, 5).map(Number) }));
}

/** @type {Record<string, (text: string) => Atom[]>} */
const READERS = { pdb: pdbAtoms, xyz: xyzAtoms, mol: molAtoms, sdf: molAtoms, mol2: mol2Atoms };

/** Whether a picture can be made of a format. @param {string | null | undefined} format */
export const canDraw = (format) => Boolean(format && READERS[format]);

/** Heavy atoms without water. @param {string} text @param {string} format */
export function atomsOf(text, format) {
  return (READERS[format]?.(text) ?? []).filter((a) => !a.water && !/^[HD]$/i.test(a.element) && a.at.length === 3 && a.at.every(Number.isFinite));
}

const dot = (/** @type {number[]} */ a, /** @type {number[]} */ b) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];

/** The direction in which the points spread most, at right angles to `other`; by power iteration. @param {number[][]} points @param {number[]} [other] */
function axis(points, other) {
  let v = [1, 0.7, 0.4];
  for (let turn = 0; turn < 24; turn += 1) {
    if (other) {
      const along = dot(v, other);
      v = v.map((x, i) => x - along * other[i]);
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

/** As seen along the thinnest direction: x to the right, y down, z towards the reader. @param {Atom[]} atoms @returns {Seen[]} */
function turned(atoms) {
  const centre = [0, 1, 2].map((i) => atoms.reduce((sum, a) => sum + a.at[i], 0) / atoms.length);
  const points = atoms.map((a) => a.at.map((x, i) => x - centre[i]));
  const first = axis(points);
  const second = axis(points, first);
  const third = [first[1] * second[2] - first[2] * second[1], first[2] * second[0] - first[0] * second[2], first[0] * second[1] - first[1] * second[0]];
  return atoms.map(({ at, ...atom }, i) => ({ ...atom, x: dot(points[i], first), y: dot(points[i], second), z: dot(points[i], third) }));
}

const n = (/** @type {number} */ value) => value.toFixed(2);

/** The course of the backbone, piece by piece, each with its place in the sequence. @param {Seen[]} trace @param {(z: number) => string} shade */
function backbone(trace, shade) {
  const parts = [];
  for (let i = 0; i + 1 < trace.length; i += 1) {
    const [a, b] = [trace[i], trace[i + 1]];
    if (a.trace !== b.trace || Math.hypot(a.x - b.x, a.y - b.y, a.z - b.z) > GAP_A) continue;
    const before = trace[i - 1]?.trace === a.trace ? trace[i - 1] : a;
    const after = trace[i + 2]?.trace === b.trace ? trace[i + 2] : b;
    const c1 = { x: a.x + (b.x - before.x) / 6, y: a.y + (b.y - before.y) / 6 };
    const c2 = { x: b.x - (after.x - a.x) / 6, y: b.y - (after.y - a.y) / 6 };
    const hue = Math.floor((i / trace.length) * HUES);
    const z = (a.z + b.z) / 2;
    const d = `M${n(a.x)} ${n(a.y)}C${n(c1.x)} ${n(c1.y)} ${n(c2.x)} ${n(c2.y)} ${n(b.x)} ${n(b.y)}`;
    parts.push({ z, draw: html`<path class="under" d=${d} /><path d=${d} data-hue=${hue} opacity=${shade(z)} />` });
  }
  return parts;
}

/** Discs and sticks. @param {Seen[]} atoms @param {(z: number) => string} shade */
function discs(atoms, shade) {
  const parts = atoms.map((a) => ({ z: a.z, draw: html`<circle class="under" cx=${n(a.x)} cy=${n(a.y)}
    r=${RADIUS[a.element] ?? 0.58} />
    <circle cx=${n(a.x)} cy=${n(a.y)} r=${RADIUS[a.element] ?? 0.58} data-element=${a.element} opacity=${shade(a.z)} />` }));
  for (let i = 0; i < atoms.length; i += 1) {
    for (let j = i + 1; j < atoms.length; j += 1) {
      const [a, b] = [atoms[i], atoms[j]];
      const reach = RADIUS[a.element] < 0.5 && RADIUS[b.element] < 0.5 ? BOND_A : BOND_HEAVY_A;
      if (Math.abs(a.x - b.x) > reach || Math.hypot(a.x - b.x, a.y - b.y, a.z - b.z) > reach) continue;
      const z = (a.z + b.z) / 2;
      parts.push({ z: z - 0.1, draw: html`<line x1=${n(a.x)} y1=${n(a.y)} x2=${n(b.x)} y2=${n(b.y)} opacity=${shade(z)} />` });
    }
  }
  return parts;
}

/** @param {{ text: string, format: string, label: string, atoms?: boolean }} props `atoms`: also of proteins */
export function Still({ text, format, label, atoms: asAtoms }) {
  const atoms = atomsOf(text, format);
  if (atoms.length < 2) return null;
  const isLong = !asAtoms && atoms.filter((a) => a.trace).length >= TRACE_LEAST;
  const all = turned(isLong ? atoms.filter((a) => a.trace || !a.protein) : atoms);
  const trace = isLong ? all.filter((a) => a.trace) : [];
  const rest = isLong ? all.filter((a) => !a.protein) : all;
  if (trace.length > TRACE_MAX || rest.length > DISCS_MAX) return null;
  const depths = all.map((a) => a.z);
  // A flat molecule is no deeper than it is: it does not fade.
  const depth = Math.max(FADES_A, Math.max(...depths) - Math.min(...depths));
  const back = Math.max(...depths) - depth;
  const shade = (/** @type {number} */ z) => (0.35 + 0.65 * ((z - back) / depth)).toFixed(2);
  const parts = [...backbone(trace, shade), ...discs(rest, shade)].sort((a, b) => a.z - b.z);
  const edge = (/** @type {'x' | 'y'} */ k, /** @type {1 | -1} */ side) => side * Math.max(...all.map((a) => side * a[k])) + side * MARGIN_A;
  const [left, right, top, bottom] = [edge('x', -1), edge('x', 1), edge('y', -1), edge('y', 1)];
  return html`<svg class="still" viewBox=${[left, top, right - left, bottom - top].map(n).join(' ')} role="img"
    aria-label=${label}>${parts.map((p) => p.draw)}</svg>`;
}

/** Resolves when a picture can be shown in its colours. */
export const stillReady = () => ready;
