// What a representation and a colour mean for each part of a structure: the one table behind the viewer's two lists.
//
// Flow: the scene splits a structure into parts (polymer, ligand, ion, water) and asks plan() what to draw of each.
// Caveat: numbers are Mol*'s own parameters; impostors keep spheres and cylinders cheap where drawing is done in software.

const WATERS_AS_BALLS = 1500; // atoms; more are drawn as lines

/** Choices of the toolbar, in its order. */
export const REPRESENTATIONS = [
  { value: 'cartoon', label: 'Cartoon' },
  { value: 'cartoon-sticks', label: 'Cartoon + sticks' },
  { value: 'ball-and-stick', label: 'Ball and stick' },
  { value: 'line', label: 'Lines' },
  { value: 'spacefill', label: 'Space filling' },
  { value: 'surface', label: 'Surface' },
];

export const COLOURS = [
  { value: 'chain', label: 'Chain' },
  { value: 'element', label: 'Element' },
  { value: 'position', label: 'Chain position' },
  { value: 'residue', label: 'Residue type' },
  { value: 'secondary', label: 'Secondary structure' },
  { value: 'bfactor', label: 'B factor' },
];

/** @typedef {{ representation: string, color: string, hydrogens: boolean, water: boolean }} Style */
/** @typedef {'polymer' | 'ligand' | 'ion' | 'water'} PartKind */
/** @typedef {{ key: string, provider: string, color: string, params: Record<string, unknown> }} Drawing */

/**
 * The first style of a structure: ribbons where there is a chain long enough to read one, atoms where there is none.
 * @param {{ polymerResidues: number, atoms: number, chains: number, onlyWater: boolean }} facts
 * @returns {Style}
 */
export function firstStyle({ polymerResidues, atoms, chains, onlyWater }) {
  if (polymerResidues < 3) {
    return { representation: atoms > 2000 ? 'line' : 'ball-and-stick', color: 'element', hydrogens: true, water: onlyWater || atoms < 60 };
  }
  const representation = polymerResidues <= 40 ? 'cartoon-sticks' : 'cartoon';
  return { representation, color: chains > 1 ? 'chain' : 'position', hydrogens: false, water: false };
}

/**
 * What to draw of one part.
 * @param {PartKind} kind
 * @param {Style} style
 * @param {number} size polymer residues of a chain, atoms of everything else
 * @returns {Drawing[]}
 */
export function plan(kind, style, size) {
  const ignoreHydrogens = !style.hydrogens;
  const sticks = (sizeFactor = 0.16) => ({ ignoreHydrogens, sizeFactor, sizeAspectRatio: 0.8 });
  // Chain, position and residue type say nothing about a ligand or an ion: those keep the colours of their elements.
  const atomColor = style.color === 'bfactor' ? 'bfactor' : 'element';
  if (kind === 'water') {
    if (style.water && size > WATERS_AS_BALLS) return [{ key: 'water-lines', provider: 'line', color: 'element', params: { sizeFactor: 2, ignoreHydrogens: false } }];
    return style.water ? [{ key: 'water', provider: 'ball-and-stick', color: 'element', params: { ...sticks(0.12), ignoreHydrogens: false } }] : [];
  }
  if (kind === 'ion') {
    return [{ key: 'ion', provider: 'spacefill', color: 'element', params: { sizeFactor: style.representation === 'spacefill' ? 1 : 0.45 } }];
  }
  if (kind === 'ligand') {
    if (style.representation === 'line') return [{ key: 'line', provider: 'line', color: atomColor, params: { ignoreHydrogens, sizeFactor: 3 } }];
    if (style.representation === 'spacefill') return [{ key: 'fill', provider: 'spacefill', color: atomColor, params: { ignoreHydrogens, sizeFactor: 1 } }];
    return [{ key: 'stick', provider: 'ball-and-stick', color: atomColor, params: { ...sticks(0.22), ignoreHydrogens: false } }];
  }
  switch (style.representation) {
    case 'ball-and-stick':
      return [{ key: 'stick', provider: 'ball-and-stick', color: style.color, params: sticks(0.2) }];
    case 'line':
      return [{ key: 'line', provider: 'line', color: style.color, params: { ignoreHydrogens, sizeFactor: 2.5 } }];
    case 'spacefill':
      return [{ key: 'fill', provider: 'spacefill', color: style.color, params: { ignoreHydrogens, sizeFactor: 1 } }];
    case 'surface':
      return [{ key: 'surface', provider: 'gaussian-surface', color: style.color, params: { ignoreHydrogens: true, resolution: size > 300 ? 2 : 1.2, tryUseGpu: false, smoothness: 1.2 } }];
    case 'cartoon-sticks':
      return [
        { key: 'cartoon', provider: 'cartoon', color: style.color, params: { sizeFactor: 0.2, ...ribbon(size) } },
        { key: 'stick', provider: 'ball-and-stick', color: 'element', params: sticks(0.13) },
      ];
    default:
      return [{ key: 'cartoon', provider: 'cartoon', color: style.color, params: { sizeFactor: 0.22, ...ribbon(size) } }];
  }
}

/**
 * How finely ribbons are cut: smooth for a short chain, coarser for a long one, whose triangles would otherwise cost most of a frame.
 * @param {number} residues
 */
function ribbon(residues) {
  if (residues <= 60) return { quality: 'custom', linearSegments: 8, radialSegments: 16 };
  if (residues <= 1500) return { quality: 'custom', linearSegments: 6, radialSegments: 8 };
  return { quality: 'custom', linearSegments: 4, radialSegments: 6 };
}

/** Okabe and Ito's colours, in an order whose neighbours differ most, for chains. */
export const CHAIN_COLOURS = [0x0072b2, 0xe69f00, 0x009e73, 0xcc79a7, 0x56b4e9, 0xd55e00, 0xb8a500, 0x7a7f87];

/** The usual colours of the common elements, quieter, and hydrogen visible on white and on slate. */
export const ELEMENT_COLOURS = { H: 0xc3c9d1, D: 0xc3c9d1, C: 0x858c96, N: 0x3f62d8, O: 0xd83c2e, S: 0xd6a419, P: 0xe07f1c };

/** Blue to ember over the length of a chain: readable without green against red. */
export const POSITION_COLOURS = [0x2f6fbf, 0x56b4e9, 0xb9c9d6, 0xe8b04a, 0xc4490c];

/** From rigid to loose. */
export const BFACTOR_COLOURS = [0x2166ac, 0xd8dde3, 0xb2401a];
