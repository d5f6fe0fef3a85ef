// Which colour, dash and marker a series has.
//
// A series keeps its look in every plot of the application: common names have a fixed place, any other name hashes to
// one, and two names that meet in one plot are moved apart in the order they are given. Colour is never the only sign:
// plots of several series also differ in dash and marker. The colours themselves are the tokens --series-1 … 8.

/** @typedef {{ colour: number, dash: number[], marker: 'circle' | 'square' | 'triangle' | 'diamond' }} Look */

/** @type {Record<string, number>} */
const FIXED = {
  potential: 0, total_energy: 1, temperature: 4, pressure: 5, density: 2, rmsd: 6, gyration: 3, rmsf: 3,
  minimise_potential: 0, nvt_temperature: 4, npt_density: 2, energy: 0, gradient: 5, ir: 4,
  potential_kj_mol: 0, total_energy_kj_mol: 1, temperature_k: 4, pressure_bar: 5, density_kg_m3: 2, ns_per_day: 6,
};

const DASHES = [[], [9, 4], [3, 3], [12, 4, 3, 4], [6, 3], [2, 5], [14, 5], [8, 3, 2, 3, 2, 3]];

/** @type {Look['marker'][]} */
const MARKERS = ['circle', 'square', 'triangle', 'diamond'];

/** How many looks there are before they repeat. */
export const LOOKS = DASHES.length;

/** @param {string} name */
function place(name) {
  if (name in FIXED) return FIXED[name];
  let hash = 2166136261;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 16777619);
  return (hash >>> 0) % LOOKS;
}

/** @param {number} index @returns {Look} */
export function lookAt(index) {
  const i = index % LOOKS;
  return { colour: i, dash: DASHES[i], marker: MARKERS[i % MARKERS.length] };
}

/**
 * The looks of the series of one plot, no two alike as long as there are enough.
 *
 * @param {string[]} names
 * @returns {Look[]}
 */
export function looks(names) {
  const taken = new Set();
  return names.map((name) => {
    let i = place(name);
    for (let tries = 0; taken.has(i) && tries < LOOKS; tries++) i = (i + 1) % LOOKS;
    taken.add(i);
    return lookAt(i);
  });
}
