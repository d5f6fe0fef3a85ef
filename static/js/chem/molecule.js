// Small molecules with OpenChemLib: read from SMILES, MOL, SDF or MOL2, drawn flat, folded up in 3D. Loaded when first needed.
//
// Flow: moleculeOf({text, format} | {smiles}) → a molecule of OpenChemLib → drawing() or shape3d().
// Caveats: 3D shapes need the torsion tables (openchemlib-resources.json, half a megabyte), fetched for the first shape
// only. The shape is a start for a calculation, not its result; the server inspects whatever is saved.

/** @type {Promise<any> | null} */
let loading = null;
/** @type {Promise<void> | null} */
let tables = null;

/** The OpenChemLib bundle. */
export function openchemlib() {
  loading ??= import('/vendor/openchemlib.js').catch((error) => {
    loading = null;
    throw error;
  });
  return loading;
}

/** Formats a flat drawing can be made of: those that know their bonds. */
export const DEPICTABLE = new Set(['sdf', 'mol', 'mol2', 'smi', 'smiles']);
const MOL2_ORDER = { 1: 1, 2: 2, 3: 3, ar: 4, am: 1 };
const MOLFILE_MAX = 999; // atoms or bonds a V2000 molfile can hold

/**
 * A MOL2 text as a molfile; its first molecule.
 * @param {string} text
 */
export function molfileOfMol2(text) {
  /** @param {string} name */
  const section = (name) => (text.split(`@<TRIPOS>${name}`)[1] ?? '').split('@<TRIPOS>')[0].split('\n').map((l) => l.trim().split(/\s+/)).filter((l) => l.length > 1);
  const atoms = section('ATOM');
  const bonds = section('BOND');
  if (!atoms.length || atoms.length > MOLFILE_MAX || bonds.length > MOLFILE_MAX) throw new Error('This MOL2 file cannot be drawn flat.');
  const number = new Map(atoms.map((a, i) => [a[0], i + 1]));
  /** @param {number} n @param {number} width */
  const pad = (n, width) => String(n).padStart(width);
  const lines = ['', '', '', `${pad(atoms.length, 3)}${pad(bonds.length, 3)}  0  0  0  0  0  0  0  0999 V2000`];
  for (const a of atoms) lines.push(`${a.slice(2, 5).map((x) => Number(x).toFixed(4).padStart(10)).join('')} ${a[5].split('.')[0].padEnd(3)} 0  0  0  0  0  0  0  0  0  0  0  0`);
  for (const b of bonds) lines.push(`${pad(number.get(b[1]) ?? 0, 3)}${pad(number.get(b[2]) ?? 0, 3)}${pad(MOL2_ORDER[/** @type {keyof typeof MOL2_ORDER} */ (b[3])] ?? 1, 3)}  0`);
  return [...lines, 'M  END'].join('\n');
}

/** @param {unknown} error what OpenChemLib threw, without the name of its class */
const words = (error) => (error instanceof Error ? error.message : String(error)).replace(/^\S*Class\S*:\s*/, '');

/**
 * @param {{ text?: string, format?: string, smiles?: string }} source
 */
export async function moleculeOf({ text = '', format = '', smiles }) {
  const OCL = await openchemlib();
  try {
    const own = smiles ?? (format.startsWith('smi') ? text.trim().split(/\s/)[0] : undefined);
    const molecule = own !== undefined ? OCL.Molecule.fromSmiles(own) : OCL.Molecule.fromMolfile(format === 'mol2' ? molfileOfMol2(text) : text.split('$$$$')[0]);
    if (!molecule.getAllAtoms()) throw new Error('There are no atoms in it.');
    return molecule;
  } catch (error) {
    throw new Error(`This is not a structure formula we can read: ${words(error)}`);
  }
}

/** Formula, mass and charge. @param {any} molecule */
export function moleculeFacts(molecule) {
  const formula = molecule.getMolecularFormula();
  let charge = 0;
  for (let i = 0; i < molecule.getAllAtoms(); i += 1) charge += molecule.getAtomCharge(i);
  return { formula: /** @type {string} */ (formula.formula), mass: /** @type {number} */ (formula.relativeWeight), charge };
}

const SHAPES = new Set(['svg', 'g', 'line', 'polygon', 'polyline', 'path', 'circle', 'ellipse', 'rect', 'text']);
const ATTRIBUTES = new Set([
  'viewBox', 'x', 'y', 'x1', 'x2', 'y1', 'y2', 'cx', 'cy', 'r', 'rx', 'ry', 'd', 'points', 'width', 'height',
  'font-size', 'stroke-width', 'stroke-dasharray', 'text-anchor',
]);

/**
 * Colours of the drawing on our own grounds: black is the text's colour, the others keep their hue and reach their contrast.
 * @param {SVGElement} to
 * @param {'fill' | 'stroke'} name
 * @param {string | null} color
 */
function paint(to, name, color) {
  const rgb = color?.match(/\d+/g)?.map(Number);
  if (!rgb || rgb.length < 3) {
    if (color) to.setAttribute(name, color === 'none' ? 'none' : 'currentColor');
  } else if (Math.max(...rgb) < 60) to.setAttribute(name, 'currentColor');
  else {
    const dark = rgb.map((c) => Math.round(c + (255 - c) * 0.5)).join(' ');
    const light = rgb.map((c) => Math.round(c * 0.78)).join(' ');
    to.style.setProperty(name, `light-dark(rgb(${light}), rgb(${dark}))`);
  }
}

/** @param {Element} from @returns {SVGElement | null} */
function clean(from) {
  if (!SHAPES.has(from.localName) || from.getAttribute('class')) return null; // classes mark the editor's hot spots
  const to = document.createElementNS('http://www.w3.org/2000/svg', from.localName);
  for (const { name, value } of from.attributes) if (ATTRIBUTES.has(name)) to.setAttribute(name, value);
  paint(to, 'fill', from.getAttribute('fill'));
  paint(to, 'stroke', from.getAttribute('stroke'));
  if (from.localName === 'line') to.setAttribute('stroke-linecap', 'round');
  if (from.localName === 'text') to.textContent = from.textContent;
  else for (const child of from.children) to.append(...[clean(child)].filter((c) => c !== null));
  return to;
}

/**
 * The structure formula as an SVG element. It is copied shape by shape: the maker's own text carries a style sheet, which
 * the page's content rules forbid, and colours for white paper only.
 * @param {any} molecule
 * @param {number} width
 * @param {number} height
 */
export function drawing(molecule, width, height) {
  const flat = molecule.getCompactCopy();
  flat.removeExplicitHydrogens();
  flat.inventCoordinates();
  const text = flat.toSVG(width, height, 'formula', { autoCrop: true, autoCropMargin: 6, suppressChiralText: true, noStereoProblem: true });
  const svg = clean(new DOMParser().parseFromString(text.replace(/<(style)>[^<]*<\/\1>/, ''), 'image/svg+xml').documentElement);
  if (!svg) throw new Error('The formula could not be drawn.');
  return svg;
}

/**
 * A likely shape in space, all hydrogens added, relaxed by a force field where it knows the atoms.
 * @param {any} molecule
 * @returns {Promise<{ molfile: string, atoms: number, relaxed: boolean }>}
 */
export async function shape3d(molecule) {
  const OCL = await openchemlib();
  tables ??= OCL.Resources.registerFromUrl('/vendor/openchemlib-resources.json').catch((/** @type {unknown} */ error) => {
    tables = null;
    throw error;
  });
  await tables;
  const shaped = new OCL.ConformerGenerator(7).getOneConformerAsMolecule(molecule.getCompactCopy());
  if (!shaped) throw new Error('No shape without clashes was found for this formula. Upload a file with 3D coordinates instead.');
  let relaxed = true;
  try {
    new OCL.ForceFieldMMFF94(shaped, 'MMFF94s+').minimise();
  } catch {
    relaxed = false; // an element the force field has no numbers for: the shape from the tables stands
  }
  return { molfile: shaped.toMolfile(), atoms: shaped.getAllAtoms(), relaxed };
}
