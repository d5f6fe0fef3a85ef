// The parts of a structure and the places in it: what is a chain, a ligand, an ion, water; which atoms a place means; what
// lies under the pointer. Functions over Mol*'s structures, without anything drawn.

/** @typedef {import('./styles.js').PartKind} PartKind */
/** @typedef {{ kind: PartKind, structure: any, drawn: Map<string, any>, size: number }} Part  size: residues of a chain, atoms of others */
/** @typedef {{ chain: string, number: number, insert: string, name: string, atom: string, element: string, kind: string }} Spot */
/** @typedef {{ chain?: string, number?: number, insert?: string, name?: string, atom?: string }} Place */
/** @typedef {{ chain: string, kind: PartKind, residues: { number: number, insert: string, name: string }[] }} Chain */

/** @param {any} M @param {any} structure */
export function splitParts(M, structure) {
  /** @type {Record<PartKind, any[]>} */
  const units = { polymer: [], ligand: [], ion: [], water: [] };
  const P = M.StructureProperties;
  for (const unit of structure.units) {
    const at = M.StructureElement.Location.create(structure, unit, unit.elements[0]);
    const type = P.entity.type(at);
    if (type === 'polymer' || type === 'branched') units.polymer.push(unit);
    else if (type === 'water') units.water.push(unit);
    else if (unit.elements.length === 1) units.ion.push(unit);
    else units.ligand.push(unit);
  }
  /** @type {Part[]} */
  const parts = [];
  for (const kind of /** @type {PartKind[]} */ (['polymer', 'ligand', 'ion', 'water'])) {
    if (!units[kind].length) continue;
    const part = M.Structure.create(units[kind], { masterModel: structure.model });
    parts.push({ kind, structure: part, drawn: new Map(), size: kind === 'polymer' ? part.polymerResidueCount : part.elementCount });
  }
  return parts;
}

/**
 * Counts that choose the first style and describe the picture.
 * @param {any} M
 * @param {any} model
 */
export function countParts(M, model) {
  const parts = splitParts(M, M.Structure.ofModel(model));
  const polymer = parts.find((p) => p.kind === 'polymer');
  return {
    atoms: /** @type {number} */ (model.atomicHierarchy.atoms._rowCount),
    polymerResidues: polymer?.size ?? 0,
    chains: polymer ? new Set(polymer.structure.units.map((/** @type {any} */ u) => u.chainIndex[u.elements[0]])).size : 0,
    hasWater: parts.some((p) => p.kind === 'water'),
    onlyWater: parts.every((p) => p.kind === 'water'),
  };
}

/**
 * The atoms of some places, as Mol*'s loci, one a part.
 * @param {any} M
 * @param {Part[]} parts
 * @param {Place[]} places
 * @returns {any[]}
 */
export function findPlaces(M, parts, places) {
  const P = M.StructureProperties;
  const found = [];
  for (const part of parts) {
    const elements = [];
    for (const unit of part.structure.units) {
      const at = M.StructureElement.Location.create(part.structure, unit, unit.elements[0]);
      const indices = [];
      for (let i = 0; i < unit.elements.length; i += 1) {
        at.element = unit.elements[i];
        const hit = places.some((p) => (!p.chain?.trim() || p.chain.trim() === P.chain.auth_asym_id(at).trim()) // no name: any chain
          && (p.number === undefined || p.number === P.residue.auth_seq_id(at))
          && (!p.insert || p.insert === P.residue.pdbx_PDB_ins_code(at))
          && (p.name === undefined || p.name === P.atom.auth_comp_id(at))
          && (p.atom === undefined || p.atom === P.atom.auth_atom_id(at)));
        if (hit) indices.push(i);
      }
      if (indices.length) elements.push({ unit, indices: M.OrderedSet.ofSortedArray(new Int32Array(indices)) });
    }
    if (elements.length) found.push(M.StructureElement.Loci(part.structure, elements));
  }
  return found;
}

/**
 * The atoms of what lies under the pointer: of a bond both, of nothing null.
 * @param {any} M
 * @param {any} loci
 */
export function atomsOf(M, loci) {
  const { Bond, StructureElement } = M;
  const atoms = Bond.isLoci(loci) ? Bond.toStructureElementLoci(loci) : loci;
  return StructureElement.Loci.is(atoms) && !StructureElement.Loci.isEmpty(atoms) ? atoms : null;
}

/**
 * What it is, for words; `index` finds the atom again in every frame.
 * @param {any} M
 * @param {any} loci
 * @returns {(Spot & { index: number }) | null}
 */
export function spotOf(M, loci) {
  const atoms = atomsOf(M, loci);
  if (!atoms) return null;
  const P = M.StructureProperties;
  const at = M.StructureElement.Loci.getFirstLocation(atoms);
  return {
    chain: P.chain.auth_asym_id(at), number: P.residue.auth_seq_id(at), insert: P.residue.pdbx_PDB_ins_code(at),
    name: P.atom.auth_comp_id(at), atom: P.atom.auth_atom_id(at), element: P.atom.type_symbol(at), kind: P.entity.type(at), index: at.element,
  };
}

/**
 * Chains and residues in order, for lists; without water.
 * @param {any} M
 * @param {Part[]} parts
 * @returns {Chain[]}
 */
export function outlineOf(M, parts) {
  const P = M.StructureProperties;
  /** @type {Map<string, Chain>} */
  const chains = new Map();
  for (const part of parts) {
    if (part.kind === 'water') continue;
    for (const unit of part.structure.units) {
      const at = M.StructureElement.Location.create(part.structure, unit, unit.elements[0]);
      let last = '';
      for (const element of unit.elements) {
        at.element = element;
        const number = P.residue.auth_seq_id(at);
        const insert = P.residue.pdbx_PDB_ins_code(at);
        if (last === `${number}${insert}`) continue;
        last = `${number}${insert}`;
        const chain = P.chain.auth_asym_id(at);
        const key = `${part.kind}:${chain}`;
        /** @type {Chain} */
        const row = chains.get(key) ?? { chain, kind: part.kind, residues: [] };
        row.residues.push({ number, insert, name: P.atom.auth_comp_id(at) });
        chains.set(key, row);
      }
    }
  }
  return [...chains.values()];
}
