// Loads Mol* when the first 3D view opens, and reads structure texts with it into its models.
//
// Flow: molstar() imports the bundle once; readModels(text, format) answers a list of models (one a frame of the file).
// Caveat: the bundle exports internals of one pinned version; its entry file names every one that is used here.

/** @type {Promise<any> | null} */
let loading = null;

/** The Mol* bundle; asked for once, and again after a failed load (a lost connection must not stick). */
export function molstar() {
  loading ??= import('/vendor/molstar.js').catch((error) => {
    loading = null;
    throw error;
  });
  return loading;
}

/** Whether this browser can draw at all: a context is made and given back at once. */
export function hasWebgl() {
  const gl = document.createElement('canvas').getContext('webgl2');
  gl?.getExtension('WEBGL_lose_context')?.loseContext();
  return gl !== null;
}

/** Formats of the portal that the viewer reads. */
export const VIEWABLE = new Set(['pdb', 'ent', 'pdbqt', 'pqr', 'cif', 'mmcif', 'gro', 'mol', 'sdf', 'mol2', 'xyz']);

/**
 * The format of a text whose name was not told, from its first lines.
 * @param {string} text
 */
export function sniffFormat(text) {
  const head = text.slice(0, 4000);
  if (/^data_/m.test(head)) return 'cif';
  if (/^@<TRIPOS>/m.test(head)) return 'mol2';
  if (/V[23]000\s*$/m.test(head)) return 'sdf';
  if (/^(HEADER|TITLE|REMARK|CRYST1|MODEL|ATOM {2}|HETATM)/m.test(head)) return 'pdb';
  if (/^\s*\d+\s*$/.test(head.split('\n', 1)[0])) return 'xyz';
  return 'gro';
}

/**
 * @param {any} M the Mol* bundle
 * @param {string} text
 * @param {string} format
 */
async function readTrajectory(M, text, format) {
  /** @param {any} task */
  const run = async (task) => {
    const answer = await task.run();
    if (answer.isError) throw new Error(answer.message);
    return answer.result;
  };
  switch (format) {
    case 'pdb':
    case 'ent':
      return M.trajectoryFromPDB(await run(M.parsePDB(text, '', 'pdb'))).run();
    case 'pdbqt':
    case 'pqr':
      return M.trajectoryFromPDB(await run(M.parsePDB(text, '', format))).run();
    case 'cif':
    case 'mmcif': {
      const file = await run(M.CIF.parse(text));
      return M.trajectoryFromMmCIF(file.blocks[0], file).run();
    }
    case 'gro':
      return M.trajectoryFromGRO(await run(M.parseGRO(text))).run();
    case 'mol':
      return M.trajectoryFromMol(await run(M.parseMol(text))).run();
    case 'sdf':
      return M.trajectoryFromSdf((await run(M.parseSdf(text))).compounds[0]).run();
    case 'mol2':
      return M.trajectoryFromMol2(await run(M.parseMol2(text, ''))).run();
    case 'xyz':
      return M.trajectoryFromXyz(await run(M.parseXyz(text))).run();
    default:
      throw new Error(`The viewer does not read "${format}" files.`);
  }
}

/**
 * The models of a structure text.
 * @param {string} text
 * @param {string} [format] guessed from the text when left out
 * @returns {Promise<{count: number, model(i: number): Promise<any>}>}
 */
export async function readModels(text, format) {
  const M = await molstar();
  let trajectory;
  try {
    trajectory = await readTrajectory(M, text, (format || sniffFormat(text)).toLowerCase());
  } catch (error) {
    throw new Error(`This structure could not be read for the 3D view: ${error instanceof Error ? error.message : error}`);
  }
  if (!trajectory.frameCount) throw new Error('This structure has no atoms to draw.');
  return { count: trajectory.frameCount, model: (i) => Promise.resolve(trajectory.getFrameAtIndex(i)) };
}
