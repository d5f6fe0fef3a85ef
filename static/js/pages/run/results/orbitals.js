// Orbital energies as levels: occupied below, empty above, the gap between the frontier orbitals marked.
//
// Levels that lie closer than can be drawn apart stand side by side. The table beside it holds the same numbers.

import { html, useMemo } from '/vendor/preact.js';
import { num } from '../../../fmt.js';

/** @typedef {{ name: string, energy: number, occupation: number, slot: number, slots: number }} Level */

const WIDTH = 300;
const HEIGHT = 380;
const LEFT = 44;
const RIGHT = 96;
const TOP = 14;
const BOTTOM = 14;
/** Levels closer than this many units stand side by side. */
const APART = 5;
/** Orbitals shown on each side of the gap. */
const AROUND = 9;

/**
 * The levels of a table of orbitals, or null when it is none.
 *
 * @param {import('./tables.js').ResultTableData} table
 * @returns {{ name: string, energy: number, occupation: number }[] | null}
 */
export function orbitalLevels(table) {
  const column = (/** @type {string} */ name) => table.columns.findIndex((c) => c.name === name);
  const [energy, occupation, name] = [column('energy'), column('occupation'), column('name')];
  if (energy < 0 || occupation < 0 || table.rows.length < 2) return null;
  return table.rows
    .map((row, i) => ({ name: String(row[name] ?? i + 1), energy: Number(row[energy]), occupation: Number(row[occupation] ?? 0) }))
    .sort((a, b) => a.energy - b.energy);
}

/** Places for ticks: 1, 2 or 5 times a power of ten. @param {number} low @param {number} high */
function tickPlaces(low, high) {
  const rough = (high - low) / 6;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((m) => m * power >= rough) ?? 10);
  const places = [];
  for (let v = Math.ceil(low / step) * step; v <= high + 1e-9; v += step) places.push(Number(v.toFixed(6)));
  return places;
}

/** @param {{ levels: { name: string, energy: number, occupation: number }[], unit: string }} props */
export function OrbitalDiagram({ levels, unit }) {
  const drawn = useMemo(() => {
    const lumo = levels.findIndex((l) => l.occupation < 0.5);
    const edge = lumo < 0 ? levels.length : lumo;
    const near = levels.slice(Math.max(0, edge - AROUND), edge + AROUND);
    const low = near[0].energy;
    const high = near[near.length - 1].energy;
    const pad = Math.max(0.5, (high - low) * 0.04);
    const y = (/** @type {number} */ e) => TOP + ((high + pad - e) / (high - low + 2 * pad)) * (HEIGHT - TOP - BOTTOM);
    /** @type {Level[][]} */
    const groups = [];
    for (const level of near) {
      const group = groups[groups.length - 1];
      const placed = { ...level, slot: 0, slots: 1 };
      if (group && y(group[0].energy) - y(level.energy) < APART && (group[0].occupation >= 0.5) === (level.occupation >= 0.5)) group.push(placed);
      else groups.push([placed]);
    }
    for (const group of groups) group.forEach((level, i) => { level.slot = i; level.slots = group.length; });
    const homo = edge > 0 ? levels[edge - 1] : null;
    return { y, near: groups.flat(), homo, lumo: lumo < 0 ? null : levels[lumo], ticks: tickPlaces(low - pad, high + pad) };
  }, [levels]);
  const { y, near, homo, lumo, ticks } = drawn;
  const room = WIDTH - LEFT - RIGHT;
  const gap = homo && lumo ? lumo.energy - homo.energy : null;
  const text = gap === null ? `${near.length} orbital levels`
    : `Orbital levels: highest occupied at ${num(homo?.energy ?? 0, { digits: 2, unit })}, lowest empty at ${num(lumo?.energy ?? 0, { digits: 2, unit })}, gap ${num(gap, { digits: 2, unit })}`;

  return html`<svg class="orbitals" viewBox=${`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label=${text}>
    <text x="4" y="10" class="orbital-unit">${unit}</text>
    ${ticks.map((v) => html`<g key=${v}>
      <line x1=${LEFT} x2=${WIDTH - RIGHT + 8} y1=${y(v)} y2=${y(v)} class="orbital-grid" />
      <text x=${LEFT - 8} y=${y(v) + 3.5} text-anchor="end" class="orbital-tick">${num(v, { digits: 0 })}</text>
    </g>`)}
    ${near.map((l) => {
      const width = (room - (l.slots - 1) * 6) / l.slots;
      const x = LEFT + 4 + l.slot * (width + 6);
      return html`<line key=${l.name} x1=${x} x2=${x + width} y1=${y(l.energy)} y2=${y(l.energy)}
        class=${l.occupation >= 0.5 ? 'orbital-level occupied' : 'orbital-level empty'}>
        <title>${`${l.name}: ${num(l.energy, { digits: 3, unit })}, occupation ${num(l.occupation, { digits: 1 })}`}</title></line>`;
    })}
    ${[lumo, homo].map((l, i) => l && html`<text key=${i} x=${WIDTH - RIGHT + 14} y=${y(l.energy) + (i === 0 ? -1 : 9)} class="orbital-label">
      <tspan class="orbital-name">${i === 0 ? 'LUMO' : 'HOMO'}</tspan> ${num(l.energy, { digits: 2 })}</text>`)}
    ${gap !== null && homo && lumo && y(homo.energy) - y(lumo.energy) > 26 && html`<g class="orbital-gap">
      <path d=${`M${LEFT + room / 2} ${y(lumo.energy) + 5}V${y(homo.energy) - 5}m-3.5 -6 3.5 6 3.5 -6M${LEFT + room / 2 - 3.5} ${y(lumo.energy) + 11}l3.5 -6 3.5 6`} />
      <text x=${LEFT + room / 2 + 9} y=${(y(homo.energy) + y(lumo.energy)) / 2 + 4} class="orbital-label">${num(gap, { digits: 2, unit })} gap</text>
    </g>`}
  </svg>`;
}
