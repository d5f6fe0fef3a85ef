// One 3D scene: a canvas of Mol*, the parts of one structure on it, their representations, colours and marks.
// Nothing here knows the API, the page or Preact.
//
// Flow: createScene(host) → show(model) splits it into parts and draws them → move(xyz) gives all atoms new places
// (the representations are updated in place: no bonds, no colours are computed again) → dispose() frees the context.
// Caveats: parts are structures of their own, so a bond between a ligand and its chain is not drawn. Effects that cost
// much without a graphics card (occlusion, outlines, shadows) are off. Secondary structure is that of the first frame.

import { molstar } from './molstar.js';
import { atomsOf, findPlaces, splitParts } from './parts.js';
import { plan } from './styles.js';
import { colorTheme } from './themes.js';

/** @typedef {import('./styles.js').Style} Style */
/** @typedef {import('./parts.js').Part} Part */
/** @typedef {import('./parts.js').Place} Place */

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
      const wanted = plan(part.kind, style, part.size);
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
   * Marks places, draws them as sticks, and looks at them when asked.
   * @param {Place[] | null} places
   * @param {{ focus?: boolean, duration?: number }} [how]
   * @returns {Promise<number>} atoms found
   */
  async select(places, { focus = false, duration = 0 } = {}) {
    this.unchoose();
    const loci = places?.length ? findPlaces(this.M, this.parts, places) : [];
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
    const atoms = atomsOf(this.M, loci);
    if (!atoms) return;
    this.glow = [StructureElement.Loci.extendToWholeResidues(atoms)];
    this.canvas3d.mark({ loci: this.glow[0] }, MarkerAction.Highlight);
  }

  /**
   * The place of an atom now.
   * @param {number} index as spotOf() told it
   */
  position(index) {
    const { x, y, z } = (this.parts[0]?.structure.model ?? this.model).atomicConformation;
    return [x[index], y[index], z[index]];
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

  /** A view of everything with the longest axis across, as near as the shape of the stage allows. */
  overview() {
    const main = this.parts.find((p) => p.kind === 'polymer') ?? this.parts[0];
    const { center, radius } = this.world.boundingSphereVisible;
    if (!main || !(radius > 0)) return {};
    const { Structure, StructureElement, Vec3 } = this.M;
    const { boxAxes } = StructureElement.Loci.getPrincipalAxes(Structure.toStructureElementLoci(main.structure));
    const [long, middle, short] = [boxAxes.dirA, boxAxes.dirB, boxAxes.dirC].map((axis) => Vec3.magnitude(axis));
    const aspect = Math.max(this.host.offsetWidth / Math.max(this.host.offsetHeight, 1), 0.3);
    const [across, upright] = aspect >= 1 ? [long / aspect, middle] : [long, middle * aspect];
    const near = Math.min(Math.max(across, upright) * 1.12 + short * 0.3 + 1.5, radius * 1.05);
    return { ...this.canvas3d.camera.getFocus(center, near, boxAxes.dirB, boxAxes.dirC), radius };
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
    const pass = this.canvas3d.getImagePass({ multiSample: { mode: 'on', sampleLevel: 2 }, postprocessing: this.canvas3d.props.postprocessing, cameraHelper: { axes: OFF } });
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
