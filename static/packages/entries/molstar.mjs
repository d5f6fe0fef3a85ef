// What the 3D viewer (js/chem/) takes from Mol*: its canvas, readers, model and four representations, by name.
// Not its plugin, state tree or React interface: they weigh three times as much, and frames of a
// trajectory would take the way through the state tree. Internals of one pinned version: the browser tests tell when they move.

export { Canvas3D, Canvas3DContext } from 'molstar/lib/mol-canvas3d/canvas3d.js';
export { CIF } from 'molstar/lib/mol-io/reader/cif.js';
export { parseGRO } from 'molstar/lib/mol-io/reader/gro/parser.js';
export { parseMol } from 'molstar/lib/mol-io/reader/mol/parser.js';
export { parseMol2 } from 'molstar/lib/mol-io/reader/mol2/parser.js';
export { parsePDB } from 'molstar/lib/mol-io/reader/pdb/parser.js';
export { parseSdf } from 'molstar/lib/mol-io/reader/sdf/parser.js';
export { parseXyz } from 'molstar/lib/mol-io/reader/xyz/parser.js';
export { OrderedSet } from 'molstar/lib/mol-data/int.js';
export { Vec3 } from 'molstar/lib/mol-math/linear-algebra.js';
export { EveryLoci, Loci } from 'molstar/lib/mol-model/loci.js';
export { Model, Structure, StructureElement, StructureProperties, Bond } from 'molstar/lib/mol-model/structure.js';
export { trajectoryFromGRO } from 'molstar/lib/mol-model-formats/structure/gro.js';
export { trajectoryFromMmCIF } from 'molstar/lib/mol-model-formats/structure/mmcif.js';
export { trajectoryFromMol } from 'molstar/lib/mol-model-formats/structure/mol.js';
export { trajectoryFromMol2 } from 'molstar/lib/mol-model-formats/structure/mol2.js';
export { trajectoryFromPDB } from 'molstar/lib/mol-model-formats/structure/pdb.js';
export { trajectoryFromSdf } from 'molstar/lib/mol-model-formats/structure/sdf.js';
export { trajectoryFromXyz } from 'molstar/lib/mol-model-formats/structure/xyz.js';
export { SecondaryStructureProvider } from 'molstar/lib/mol-model-props/computed/secondary-structure.js';
export { BallAndStickRepresentationProvider } from 'molstar/lib/mol-repr/structure/representation/ball-and-stick.js';
export { CartoonRepresentationProvider } from 'molstar/lib/mol-repr/structure/representation/cartoon.js';
export { GaussianSurfaceRepresentationProvider } from 'molstar/lib/mol-repr/structure/representation/gaussian-surface.js';
export { LineRepresentationProvider } from 'molstar/lib/mol-repr/structure/representation/line.js';
export { SpacefillRepresentationProvider } from 'molstar/lib/mol-repr/structure/representation/spacefill.js';
export { ChainIdColorThemeProvider } from 'molstar/lib/mol-theme/color/chain-id.js';
export { ElementSymbolColors, ElementSymbolColorThemeProvider } from 'molstar/lib/mol-theme/color/element-symbol.js';
export { ResidueNameColorThemeProvider } from 'molstar/lib/mol-theme/color/residue-name.js';
export { SecondaryStructureColorThemeProvider } from 'molstar/lib/mol-theme/color/secondary-structure.js';
export { UncertaintyColorThemeProvider } from 'molstar/lib/mol-theme/color/uncertainty.js';
export { PhysicalSizeThemeProvider } from 'molstar/lib/mol-theme/size/physical.js';
export { UniformSizeThemeProvider } from 'molstar/lib/mol-theme/size/uniform.js';
export { AssetManager } from 'molstar/lib/mol-util/assets.js';
export { MarkerAction } from 'molstar/lib/mol-util/marker-action.js';
export { UUID } from 'molstar/lib/mol-util/uuid.js';
export { SyncRuntimeContext } from 'molstar/lib/mol-task/execution/synchronous.js';
