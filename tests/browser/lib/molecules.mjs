// Molecules and trajectories made by rule, for tests of the 3D view: alpha helices of alanines with ten atoms a residue,
// bent over time; and what a test can see of a picture.

import { runFolder, seedResult, seedRun, writeFile } from '../../api/lib/runs.mjs';
import fs from 'node:fs';
import { sql, VAR } from './stack.mjs';

const stack = { dir: fs.realpathSync(VAR), sql };

/** One residue on the axis of an ideal helix: name, element, radius in Å, angle in degrees, height in Å. */
const ALANINE = [
  ['N', 'N', 1.55, -27.7, -0.9], ['H', 'H', 1.6, -30, -1.9], ['CA', 'C', 2.28, 0, 0], ['HA', 'H', 2.9, 15, -0.45], ['CB', 'C', 3.3, -13, -0.95],
  ['HB1', 'H', 4.2, -16, -1.3], ['HB2', 'H', 3.5, -28, -0.5], ['HB3', 'H', 3.2, -8, -2.0], ['C', 'C', 1.68, 26.1, 1.12], ['O', 'O', 2.0, 24, 2.31],
];
const RISE = 1.5;
const TWIST = 100;
const LONG = 30; // residues of one helix; more stand beside it
const APART = 12;

/** Atoms of a bundle of helices in one chain: residue, atom, element and place. @param {number} residues @param {number} [first] number of the first residue */
export function helix(residues, first = 1) {
  const atoms = [];
  for (let r = 0; r < residues; r += 1) {
    for (const [name, element, radius, angle, height] of ALANINE) {
      const turn = ((angle + r * TWIST) * Math.PI) / 180;
      const nth = Math.floor(r / LONG);
      const foot = [APART * (nth % 4), APART * Math.floor(nth / 4)];
      atoms.push({ residue: first + r, name, element, at: [foot[0] + radius * Math.cos(turn), foot[1] + radius * Math.sin(turn), height + (r % LONG) * RISE] });
    }
  }
  return atoms;
}

/** @param {ReturnType<typeof helix>} atoms @param {string} [title] */
export function pdbOf(atoms, title = 'A HELIX MADE BY RULE') {
  const line = ({ residue, name, element, at }, i) => `ATOM  ${String(i + 1).padStart(5)} ${(name.length < 4 ? ` ${name}` : name).padEnd(4)} ALA A${String(residue).padStart(4)}    `
    + `${at.map((x) => x.toFixed(3).padStart(8)).join('')}  1.00  0.00          ${element.padStart(2)}`;
  return [`TITLE     ${title}`, ...atoms.map(line), 'TER', 'END', ''].join('\n');
}

/** The bundle bends more and more; every atom moves in every frame. @param {ReturnType<typeof helix>} atoms @param {number} frames */
function bending(atoms, frames) {
  const values = new Float32Array(3 * atoms.length * frames);
  const top = Math.max(...atoms.map((a) => a.at[2]));
  let k = 0;
  for (let f = 0; f < frames; f += 1) {
    const bend = 0.35 * top * Math.sin((2 * Math.PI * f) / frames);
    for (const { at: [x, y, z] } of atoms) {
      values[k] = x + bend * (z / top) ** 2;
      values[k + 1] = y + 0.3 * Math.sin(f + z);
      values[k + 2] = z;
      k += 3;
    }
  }
  return Buffer.from(values.buffer);
}

/**
 * A finished run with a trajectory to play.
 * @param {import('../../api/lib/stack.mjs').Caller} who
 * @param {string} projectId
 * @param {{ residues?: number, frames?: number, name?: string, dt?: number }} [about]
 */
export async function trajectoryRun(who, projectId, { residues = 300, frames = 200, name = 'A bending helix', dt = 2 } = {}) {
  const atoms = helix(residues);
  const id = await seedRun(stack, projectId, who.id, { name, template: 'protein-md' });
  const folder = runFolder(stack, projectId, id);
  writeFile(folder, 'results/preview.f32', bending(atoms, frames));
  writeFile(folder, 'results/preview.pdb', pdbOf(atoms));
  writeFile(folder, 'work/md.xtc', 'not read by the browser');
  await seedResult(stack, id, {
    version: 1, template: 'protein-md', title: name, summary: [], series: [], tables: [], structures: [], warnings: [], files: [], citations: [], methods: '',
    provenance: { engine: 'none', modules: [], host: 'here', commands: ['true'], seed: 1, inputs: {} },
    trajectories: [{
      name: 'preview', label: 'Bending', natoms: atoms.length, nframes: frames, dt_ps: dt, t0_ps: 0, file: 'preview.f32', raw: 'work/md.xtc',
      subsets: [{ name: 'all', label: 'All atoms', topology: 'preview.pdb', indices: null }],
    }],
  });
  return id;
}

/**
 * How uneven the light of a picture is (0: one colour), and a coarse print of it to compare with another.
 * @param {import('playwright-core').Locator} locator
 */
export async function lookOf(locator) {
  const png = (await locator.screenshot()).toString('base64');
  return locator.page().evaluate(async (text) => {
    const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    const image = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
    const sheet = new OffscreenCanvas(96, 64);
    const pen = sheet.getContext('2d');
    pen.drawImage(image, 0, 0, 96, 64);
    const { data } = pen.getImageData(0, 0, 96, 64);
    const light = [];
    for (let i = 0; i < data.length; i += 4) light.push(0.2126 * data[i] + 0.7152 * data[i + 1] + 0.0722 * data[i + 2]);
    const mean = light.reduce((a, b) => a + b, 0) / light.length;
    return { variance: light.reduce((a, b) => a + (b - mean) ** 2, 0) / light.length, light };
  }, png);
}

/** How far two looks are apart: mean difference of light, 0 to 255. */
export const apart = (a, b) => a.light.reduce((sum, x, i) => sum + Math.abs(x - b.light[i]), 0) / a.light.length;
