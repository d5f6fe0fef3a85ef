// Colours of atoms, as themes of Mol*: its own ones with our colours, and one along each chain, which it lacks.

import { BFACTOR_COLOURS, CHAIN_COLOURS, ELEMENT_COLOURS, POSITION_COLOURS } from './styles.js';

/** @param {number[]} colors @param {number} f 0 to 1 */
function blend(colors, f) {
  const at = Math.min(Math.max(f, 0), 1) * (colors.length - 1);
  const low = Math.min(Math.floor(at), colors.length - 2);
  const mix = (/** @type {number} */ shift) => Math.round(((colors[low] >> shift) & 255) * (low + 1 - at) + ((colors[low + 1] >> shift) & 255) * (at - low));
  return (mix(16) << 16) | (mix(8) << 8) | mix(0);
}

/** From the first to the last residue of each chain. @param {any} M @param {any} structure */
function positionTheme(M, structure) {
  /** @type {Map<number, [number, number]>} */
  const ends = new Map();
  for (const unit of structure.units) {
    const first = unit.residueIndex[unit.elements[0]];
    const last = unit.residueIndex[unit.elements[unit.elements.length - 1]];
    const known = ends.get(unit.invariantId);
    ends.set(unit.invariantId, known ? [Math.min(first, known[0]), Math.max(last, known[1])] : [first, last]);
  }
  /** @param {any} unit @param {number} element */
  const colorOf = (unit, element) => {
    const [first, last] = ends.get(unit.invariantId) ?? [0, 1];
    return blend(POSITION_COLOURS, (unit.residueIndex[element] - first) / Math.max(1, last - first));
  };
  const factory = () => positionTheme(M, structure);
  return {
    factory, granularity: 'group', props: {}, description: 'Position in the chain',
    color: (/** @type {any} */ at) => (M.Bond.isLocation(at) ? colorOf(at.aUnit, at.aUnit.elements[at.aIndex]) : colorOf(at.unit, at.element)),
  };
}

/** @param {any} M @param {string} color @param {any} structure */
export function colorTheme(M, color, structure) {
  /** @param {number[]} colors @param {'set' | 'interpolate'} kind */
  const list = (colors, kind) => ({ name: 'colors', params: { list: { kind, colors } } });
  /** @type {Record<string, [any, Record<string, unknown>]>} */
  const themes = {
    chain: [M.ChainIdColorThemeProvider, { asymId: 'auth', palette: list(CHAIN_COLOURS, 'set') }],
    element: [M.ElementSymbolColorThemeProvider, { carbonColor: { name: 'element-symbol', params: {} }, colors: { name: 'custom', params: { ...M.ElementSymbolColors, ...ELEMENT_COLOURS } } }],
    residue: [M.ResidueNameColorThemeProvider, {}],
    secondary: [M.SecondaryStructureColorThemeProvider, {}],
    bfactor: [M.UncertaintyColorThemeProvider, { list: { kind: 'interpolate', colors: BFACTOR_COLOURS } }],
  };
  if (color === 'position') return positionTheme(M, structure);
  const [provider, own] = themes[color] ?? themes.element;
  return provider.factory({ structure }, { ...provider.defaultValues, ...own });
}
