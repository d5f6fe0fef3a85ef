// One 3D scene: a canvas of Mol*, the parts of one structure on it, their representations, colours and marks.
// Nothing here knows the API, the page or Preact.
//
// Flow: createScene(host) → show(model) splits it into parts and draws them → move(xyz) gives all atoms new places
// (the representations are updated in place: no bonds, no colours are computed again) → dispose() frees the context.
// Caveats: parts are structures of their own, so a bond between a ligand and its chain is not drawn. Effects that cost
// much without a graphics card (occlusion, outlines, shadows) are off. Secondary structure is that of the first frame.

import { BFACTOR_COLOURS, CHAIN_COLOURS, POSITION_COLOURS, plan } from './styles.js';
import { molstar } from './molstar.js';

/** @typedef {import('./styles.js').Style} Style */
/** @typedef {import('./styles.js').PartKind} PartKind */
/** @typedef {{ kind: PartKind, structure: any, drawn: Map<string, any>, residues: number }} Part */
/** @typedef {{ chain: string, number: number, insert: string, name: string, atom: string, element: string, kind: string }} Spot */
/** @typedef {{ chain?: string, number?: number, insert?: string, name?: string, atom?: string }} Place */

const OFF = { name: 'off', params: {} };
const SMOOTH = { name: 'fxaa', params: { edgeThresholdMin: 0.03, edgeThresholdMax: 0.06, iterations: 12, subpixelQuality: 0.5 } };
const PLAIN = {
  camera: { manualReset: true, helper: { axes: OFF } },
  cameraFog: { name: 'on', params: { intensity: 30 } },
  multiSample: { mode: 'off' },
  postprocessing: { enabled: true, occlusion: OFF, shadow: OFF, outline: OFF, antialiasing: SMOOTH, sharpening: OFF, dof: OFF, bloom: OFF },
  marking: { enabled: false },
  illumination: { enabled: false },
  hiZ: { enabled: false },
};

/** @param {any} M @param {any} structure */
function splitParts(M, structure) {
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
    parts.push({ kind, structure: part, drawn: new Map(), residues: kind === 'polymer' ? part.polymerResidueCount : 0 });
  }
  return parts;
}

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
function colorTheme(M, color, structure) {
  /** @param {number[]} colors @param {'set' | 'interpolate'} kind */
  const list = (colors, kind) => ({ name: 'colors', params: { list: { kind, colors } } });
  /** @type {Record<string, [any, Record<string, unknown>]>} */
  const themes = {
    chain: [M.ChainIdColorThemeProvider, { asymId: 'auth', palette: list(CHAIN_COLOURS, 'set') }],
    element: [M.ElementSymbolColorThemeProvider, { carbonColor: { name: 'element-symbol', params: {} } }],
    residue: [M.ResidueNameColorThemeProvider, {}],
    secondary: [M.SecondaryStructureColorThemeProvider, {}],
    bfactor: [M.UncertaintyColorThemeProvider, { list: { kind: 'interpolate', colors: BFACTOR_COLOURS } }],
  };
  if (color === 'position') return positionTheme(M, structure);
  const [provider, own] = themes[color] ?? themes.element;
  return provider.factory({ structure }, { ...provider.defaultValues, ...own });
}

export class Scene {
  /**
   * @param {any} M
   * @param {HTMLElement} host
   * @param {HTMLCanvasElement} canvas
   */
  constructor(M, host, canvas) {
    this.M = M;
    this.host = host;
    this.canvas = canvas;
    this.assets = new M.AssetManager();
    this.context = M.Canvas3DContext.fromCanvas(canvas, this.assets, { antialias: false, preserveDrawingBuffer: false }, { transparency: 'blended' });
    this.canvas3d = M.Canvas3D.create(this.context);
    this.canvas3d.setProps(PLAIN);
    /** @type {Part[]} */
    this.parts = [];
    /** @type {any} */
    this.model = null;
    this.order = new Int32Array(0);
    this.disposed = false;
    /** @type {any} Mol*'s own scene, which alone knows the bounds of what is drawn */
    this.world = null;
    /** @type {Style | null} */
    this.look = null;
    /** @type {any} drawn over the rest: the selected residues as sticks */
    this.chosen = null;
    /** @type {any[]} */
    this.marks = [];
    /** @type {any[]} */
    this.glow = [];
    this.providers = {
      cartoon: M.CartoonRepresentationProvider,
      'ball-and-stick': M.BallAndStickRepresentationProvider,
      line: M.LineRepresentationProvider,
      spacefill: M.SpacefillRepresentationProvider,
      'gaussian-surface': M.GaussianSurfaceRepresentationProvider,
    };
    this.sizes = { physical: M.PhysicalSizeThemeProvider, uniform: M.UniformSizeThemeProvider };
    this.subscriptions = [];
    this.resizer = new ResizeObserver(() => this.resize());
    this.resizer.observe(host);
    this.resize();
    this.canvas3d.animate();
  }

  resize() {
    const { offsetWidth: width, offsetHeight: height } = this.host;
    if (!width || !height || this.disposed) return;
    const scale = window.devicePixelRatio * this.context.pixelScale;
    this.canvas.width = Math.round(width * scale);
    this.canvas.height = Math.round(height * scale);
    this.context.syncPixelScale();
    this.canvas3d.requestResize();
  }

  /**
   * Fewer pixels and rough edges, for movement where drawing is slow.
   * @param {boolean} on
   */
  draft(on) {
    this.context.setProps({ pixelScale: on ? 0.6 : 1 });
    this.canvas3d.setProps({ postprocessing: { antialiasing: on ? OFF : SMOOTH } });
    this.resize();
  }

  /** @param {number} color 0xrrggbb */
  background(color) {
    const dark = ((color >> 16) & 255) + ((color >> 8) & 255) + (color & 255) < 384;
    this.canvas3d.setProps({
      renderer: { backgroundColor: color, highlightColor: dark ? 0xffb37a : 0xc4490c, selectColor: dark ? 0xff9a5c : 0xb8430c, highlightStrength: 0.45, selectStrength: 0.55 },
    });
  }

  /* --- structure ---------------------------------------------------------------------- */

  /**
   * Shows one model instead of what is there.
   * @param {any} model
   * @param {Style} style
   */
  async show(model, style) {
    this.clear();
    this.model = model;
    // The model's atoms in the order of the file: readers group them by chain.
    this.order = model.atomicHierarchy.atomSourceIndex.toArray({ array: Int32Array });
    this.parts = splitParts(this.M, this.M.Structure.ofModel(model));
    for (const part of this.parts) {
      if (part.kind === 'polymer') await this.M.CartoonRepresentationProvider.ensureCustomProperties.attach({ assetManager: this.assets }, part.structure);
    }
    await this.style(style);
    this.reset(0);
  }

  /**
   * Gives every atom a new place; the file's order of atoms.
   * @param {Float32Array} xyz x, y, z of each atom
   */
  async move(xyz) {
    const { M, model, order } = this;
    const n = model.atomicHierarchy.atoms._rowCount;
    if (xyz.length !== 3 * n) throw new Error(`The frame has ${xyz.length / 3} atoms, the structure ${n}.`);
    const x = new Float32Array(n);
    const y = new Float32Array(n);
    const z = new Float32Array(n);
    for (let i = 0; i < n; i += 1) {
      const from = 3 * order[i];
      x[i] = xyz[from];
      y[i] = xyz[from + 1];
      z[i] = xyz[from + 2];
    }
    const moved = {
      ...model,
      id: M.UUID.create22(),
      atomicConformation: { ...model.atomicConformation, id: M.UUID.create22(), x, y, z },
      _dynamicPropertyData: Object.create(null),
    };
    M.Model.CoarseGrained.set(moved, false);
    for (const part of this.parts) {
      part.structure = this.moved(part.structure, moved);
      for (const repr of part.drawn.values()) await repr.createOrUpdate({}, part.structure).run();
    }
    if (this.chosen) {
      this.chosen.structure = this.moved(this.chosen.structure, moved);
      await this.chosen.repr.createOrUpdate({}, this.chosen.structure).run();
    }
    if (this.disposed) return;
    this.canvas3d.commit(true);
    this.fit();
  }

  /** Places of all atoms of another model of the same file, in the file's order. @param {any} model */
  coordinates(model) {
    const { x, y, z } = model.atomicConformation;
    const order = model.atomicHierarchy.atomSourceIndex.toArray({ array: Int32Array });
    const xyz = new Float32Array(3 * x.length);
    for (let i = 0; i < x.length; i += 1) xyz.set([x[i], y[i], z[i]], 3 * order[i]);
    return xyz;
  }

  /** @param {any} structure @param {any} model */
  moved(structure, model) {
    const next = structure.remapModel(model);
    // Secondary structure and the like stay those of the first frame: found once, and a ribbon does not flicker.
    Object.assign(next.inheritedPropertyData, structure.inheritedPropertyData);
    return next;
  }

  /** @param {Style} style */
  async style(style) {
    this.look = style;
    for (const part of this.parts) {
      const wanted = plan(part.kind, style, part.residues);
      for (const [key, repr] of part.drawn) {
        if (!wanted.some((w) => w.key === key)) {
          this.drop(repr);
          part.drawn.delete(key);
        }
      }
      for (const { key, provider, color, params } of wanted) {
        const known = part.drawn.get(key);
        const repr = known ?? this.representation(provider, part.structure);
        repr.setTheme({ color: colorTheme(this.M, color, part.structure), size: repr.theme.size });
        part.drawn.set(key, repr);
        await repr.createOrUpdate({ ...this.providersOf(provider).defaultValues, ...this.paramsOf(provider, part.structure), quality: 'auto', ...params }, part.structure).run();
        if (this.disposed) return;
        if (!known) this.canvas3d.add(repr);
      }
    }
    this.mark();
    this.canvas3d.commit(true);
    this.fit();
    this.canvas3d.requestDraw();
  }

  /** @param {string} name @returns {any} */
  providersOf(name) {
    return this.providers[/** @type {keyof typeof this.providers} */ (name)];
  }

  /** Parameters that depend on the structure, such as which visuals a cartoon has. @param {string} name @param {any} structure */
  paramsOf(name, structure) {
    const params = this.providersOf(name).getParams({}, structure);
    return { visuals: params.visuals.defaultValue };
  }

  /** @param {string} name @param {any} structure */
  representation(name, structure) {
    const provider = this.providersOf(name);
    const repr = provider.factory({ webgl: this.canvas3d.webgl }, provider.getParams);
    const size = this.sizes[/** @type {'physical' | 'uniform'} */ (provider.defaultSizeTheme.name)];
    repr.setTheme({ color: colorTheme(this.M, 'element', structure), size: size.factory({ structure }, size.defaultValues) });
    return repr;
  }

  /** @param {any} repr */
  drop(repr) {
    this.canvas3d.remove(repr);
    repr.destroy();
  }

  clear() {
    this.unchoose();
    for (const part of this.parts) for (const repr of part.drawn.values()) this.drop(repr);
    this.parts = [];
    this.marks = [];
    this.glow = [];
    this.model = null;
  }

  /* --- places ------------------------------------------------------------------------- */

  /**
   * The atoms of some places, as Mol*'s loci, one a part.
   * @param {Place[]} places
   */
  find(places) {
    const { M } = this;
    const P = M.StructureProperties;
    const found = [];
    for (const part of this.parts) {
      const elements = [];
      for (const unit of part.structure.units) {
        const at = M.StructureElement.Location.create(part.structure, unit, unit.elements[0]);
        const indices = [];
        for (let i = 0; i < unit.elements.length; i += 1) {
          at.element = unit.elements[i];
          const hit = places.some((p) => (p.chain === undefined || p.chain.trim() === P.chain.auth_asym_id(at).trim())
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
   * Marks places, draws them as sticks, and looks at them when asked.
   * @param {Place[] | null} places
   * @param {{ focus?: boolean, duration?: number }} [how]
   * @returns {Promise<number>} atoms found
   */
  async select(places, { focus = false, duration = 0 } = {}) {
    this.unchoose();
    const loci = places?.length ? this.find(places) : [];
    this.marks = loci;
    this.mark();
    const atoms = loci.reduce((sum, l) => sum + this.M.StructureElement.Loci.size(l), 0);
    const polymer = loci.find((l) => this.parts.some((p) => p.kind === 'polymer' && p.structure === l.structure));
    if (polymer && this.look && !['ball-and-stick', 'spacefill'].includes(this.look.representation)) {
      const structure = this.M.StructureElement.Loci.toStructure(polymer);
      const repr = this.representation('ball-and-stick', structure);
      this.chosen = { structure, repr };
      await repr.createOrUpdate({ ...this.providersOf('ball-and-stick').defaultValues, sizeFactor: 0.22 }, structure).run();
      if (this.disposed || this.chosen?.repr !== repr) return atoms;
      this.canvas3d.add(repr);
    }
    this.canvas3d.commit(true);
    if (focus && loci.length) {
      const sphere = this.sphere(loci);
      this.canvas3d.camera.focus(sphere.center, Math.max(sphere.radius + 3, 6), duration);
    }
    this.canvas3d.requestDraw();
    return atoms;
  }

  /** @param {any[]} loci */
  sphere(loci) {
    const spheres = loci.map((l) => this.M.Loci.getBoundingSphere(l));
    const center = this.M.Vec3();
    for (const s of spheres) this.M.Vec3.scaleAndAdd(center, center, s.center, 1 / spheres.length);
    const radius = Math.max(...spheres.map((s) => s.radius + this.M.Vec3.distance(center, s.center)));
    return { center, radius };
  }

  unchoose() {
    if (this.chosen) this.drop(this.chosen.repr);
    this.chosen = null;
  }

  /** Puts the marks of the selection on the representations again, which a new style has lost. */
  mark() {
    const { MarkerAction, EveryLoci } = this.M;
    this.canvas3d.mark({ loci: EveryLoci }, MarkerAction.Clear);
    for (const loci of this.marks) this.canvas3d.mark({ loci }, MarkerAction.Select);
  }

  /**
   * Lights up the residue under the pointer.
   * @param {any} loci
   */
  hover(loci) {
    const { MarkerAction, StructureElement } = this.M;
    for (const old of this.glow) this.canvas3d.mark({ loci: old }, MarkerAction.RemoveHighlight);
    this.glow = [];
    const atoms = this.atomsOf(loci);
    if (!atoms) return;
    this.glow = [StructureElement.Loci.extendToWholeResidues(atoms)];
    this.canvas3d.mark({ loci: this.glow[0] }, MarkerAction.Highlight);
  }

  /** @param {any} loci */
  atomsOf(loci) {
    const { Bond, StructureElement } = this.M;
    const atoms = Bond.isLoci(loci) ? Bond.toStructureElementLoci(loci) : loci;
    return StructureElement.Loci.is(atoms) && !StructureElement.Loci.isEmpty(atoms) ? atoms : null;
  }

  /**
   * What is there, in plain words' parts.
   * @param {any} loci
   * @returns {(Spot & { x: number, y: number, z: number, index: number }) | null}
   */
  spot(loci) {
    const atoms = this.atomsOf(loci);
    if (!atoms) return null;
    const { M } = this;
    const P = M.StructureProperties;
    const at = M.StructureElement.Loci.getFirstLocation(atoms);
    return {
      chain: P.chain.auth_asym_id(at), number: P.residue.auth_seq_id(at), insert: P.residue.pdbx_PDB_ins_code(at),
      name: P.atom.auth_comp_id(at), atom: P.atom.auth_atom_id(at), element: P.atom.type_symbol(at),
      kind: P.entity.type(at), x: P.atom.x(at), y: P.atom.y(at), z: P.atom.z(at), index: at.element,
    };
  }

  /**
   * The place of an atom now.
   * @param {number} index as spot() told it
   */
  position(index) {
    const { x, y, z } = (this.parts[0]?.structure.model ?? this.model).atomicConformation;
    return [x[index], y[index], z[index]];
  }

  /** Chains and residues in order, for lists. @returns {{ chain: string, kind: string, residues: { number: number, insert: string, name: string }[] }[]} */
  outline() {
    const { M } = this;
    const P = M.StructureProperties;
    const chains = new Map();
    for (const part of this.parts) {
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
          const key = `${part.kind}:${P.chain.auth_asym_id(at)}`;
          if (!chains.has(key)) chains.set(key, { chain: P.chain.auth_asym_id(at), kind: part.kind, residues: [] });
          chains.get(key).residues.push({ number, insert, name: P.atom.auth_comp_id(at) });
        }
      }
    }
    return [...chains.values()];
  }

  /** Counts that choose the first style and describe the picture. @param {any} model */
  count(model) {
    const parts = splitParts(this.M, this.M.Structure.ofModel(model));
    const polymer = parts.find((p) => p.kind === 'polymer');
    return {
      atoms: model.atomicHierarchy.atoms._rowCount,
      polymerResidues: polymer?.residues ?? 0,
      chains: polymer ? new Set(polymer.structure.units.map((/** @type {any} */ u) => u.chainIndex[u.elements[0]])).size : 0,
      hasWater: parts.some((p) => p.kind === 'water'),
    };
  }

  /* --- camera ------------------------------------------------------------------------- */

  /** @param {number} [duration] ms */
  reset(duration = 0) {
    this.canvas3d.requestCameraReset({ durationMs: duration, snapshot: (/** @type {any} */ world) => {
      this.world = world;
      return this.overview();
    } });
    this.canvas3d.commit(true);
  }

  /** A view of everything with the longest axis across: of all views the one that hides least. */
  overview() {
    const main = this.parts.find((p) => p.kind === 'polymer') ?? this.parts[0];
    const { center, radius } = this.world.boundingSphereVisible;
    if (!main || !(radius > 0)) return {};
    const { momentsAxes } = this.M.StructureElement.Loci.getPrincipalAxes(this.M.Structure.toStructureElementLoci(main.structure));
    return this.canvas3d.camera.getFocus(center, radius * 0.85, momentsAxes.dirB, momentsAxes.dirC);
  }

  /** The depth of the view follows what is drawn, or atoms that move away would be cut off. */
  fit() {
    if (this.world) this.canvas3d.camera.setState({ radiusMax: this.world.boundingSphere.radius }, 0);
  }

  /**
   * Turns the view, as if the molecule were taken by its front.
   * @param {number} right radians
   * @param {number} down radians
   */
  turn(right, down) {
    const { Vec3 } = this.M;
    const { camera } = this.canvas3d;
    const { position, target, up } = camera.getSnapshot();
    const eye = Vec3.sub(Vec3(), position, target);
    const side = Vec3.normalize(Vec3(), Vec3.cross(Vec3(), up, eye));
    /** @param {any} v @param {any} axis @param {number} angle */
    const rotate = (v, axis, angle) => { // Rodrigues
      const out = Vec3.scale(Vec3(), v, Math.cos(angle));
      Vec3.scaleAndAdd(out, out, Vec3.cross(Vec3(), axis, v), Math.sin(angle));
      return Vec3.scaleAndAdd(out, out, axis, Vec3.dot(axis, v) * (1 - Math.cos(angle)));
    };
    const unitUp = Vec3.normalize(Vec3(), up);
    const eye2 = rotate(rotate(eye, unitUp, -right), side, -down);
    camera.setState({ position: Vec3.add(Vec3(), target, eye2), up: rotate(unitUp, side, -down) }, 0);
    this.canvas3d.requestDraw();
  }

  /** @param {number} factor below 1: nearer */
  zoom(factor) {
    const { Vec3 } = this.M;
    const { camera } = this.canvas3d;
    const { position, target } = camera.getSnapshot();
    const eye = Vec3.scale(Vec3(), Vec3.sub(Vec3(), position, target), factor);
    camera.setState({ position: Vec3.add(Vec3(), target, eye) }, 0);
    this.canvas3d.requestDraw();
  }

  /** The picture as PNG, in twice the size of the screen. @returns {Promise<Blob>} */
  async picture() {
    const { width, height } = this.canvas;
    const pass = this.canvas3d.getImagePass({ multiSample: { mode: 'on', sampleLevel: 2 }, postprocessing: this.canvas3d.props.postprocessing });
    const size = [Math.min(2 * width, 4096), Math.min(2 * height, 4096)];
    pass.setSize(size[0], size[1]);
    const data = await pass.getImageData(this.M.SyncRuntimeContext, size[0], size[1]);
    const sheet = document.createElement('canvas');
    [sheet.width, sheet.height] = size;
    sheet.getContext('2d')?.putImageData(data, 0, 0);
    return new Promise((resolve, reject) => {
      sheet.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('The picture could not be written.'))), 'image/png');
    });
  }

  dispose() {
    if (this.disposed) return;
    this.clear();
    this.disposed = true;
    this.resizer.disconnect();
    this.canvas3d.dispose();
    this.context.dispose();
    this.canvas.remove();
  }
}

/**
 * A scene on an element.
 * @param {HTMLElement} host
 */
export async function createScene(host) {
  const M = await molstar();
  const canvas = document.createElement('canvas');
  canvas.className = 'viewer-canvas';
  host.append(canvas);
  try {
    return new Scene(M, host, canvas);
  } catch (error) {
    canvas.remove();
    throw error;
  }
}
