// A viewer without its buttons: one scene, what it shows, and the clock that plays it. Its state is signals; the panel
// (viewer.js) draws buttons for them, pages may drive it alone.
//
// Flow: createViewer(element) → load(text) or loadTrajectory(run) → setFrame, play, style, select → dispose().
// Frames: setFrame() notes the wish and one loop serves the latest, so a dragged slider never queues up work; the clock
// shows every frame it comes to, at most `fps` a second, slower where fetching or drawing is slower.

import { batch, effect, signal } from '/vendor/preact.js';
import { theme } from '../store.js';
import { Frames, openTrajectory } from './frames.js';
import { hasWebgl, readModels } from './molstar.js';
import { countParts, findPlaces, outlineOf, spotOf } from './parts.js';
import { createScene } from './scene.js';
import { firstStyle } from './styles.js';
import { placeWords, residueName, spotWords } from './words.js';

/** @typedef {import('./parts.js').Place} Place */
/** @typedef {import('./styles.js').Style} Style */
/** @typedef {{ count: number, frame(i: number, stride: number): Promise<Float32Array>, ahead(i: number, stride: number): void, close(): void }} Source */

const SLOW_MS = 90; // a frame that takes longer than this, several times in a row, makes the picture coarser while it moves
const SLOW_FRAMES = 6;
const TURN_MS = 140;
const FEW_FRAMES = 40; // these would be over before one has seen them

export class NoWebgl extends Error {
  constructor() {
    super('This browser cannot draw in 3D: WebGL is switched off or missing.');
    this.name = 'NoWebgl';
  }
}

const reducedMotion = () => window.matchMedia('(prefers-reduced-motion: reduce)').matches;
const nextFrame = () => new Promise((resolve) => {
  requestAnimationFrame(resolve);
});

/**
 * Frames of a file with several models, such as an NMR entry or the steps of an optimisation.
 * @param {any} scene
 * @param {{ count: number, model(i: number): Promise<any> }} models
 * @returns {Source}
 */
function modelSource(scene, models) {
  return {
    count: models.count,
    frame: async (i) => scene.coordinates(await models.model(i)),
    ahead() {},
    close() {},
  };
}

export class Viewer3D {
  /** @param {HTMLElement} host @param {any} scene */
  constructor(host, scene) {
    this.host = host;
    this.scene = scene;
    this.frame = signal(0);
    this.frameCount = signal(1);
    this.playing = signal(false);
    this.waiting = signal(false);
    this.fps = signal(20);
    this.stride = signal(1);
    this.loop = signal(true);
    this.look = signal(/** @type {Style} */ ({ representation: 'cartoon', color: 'chain', hydrogens: false, water: false }));
    this.chosen = signal(/** @type {Place[]} */ ([]));
    this.info = signal('');
    this.measuring = signal(false);
    this.counts = signal({ atoms: 0, polymerResidues: 0, chains: 0, hasWater: false, onlyWater: false });
    this.outline = signal(/** @type {import('./parts.js').Chain[]} */ ([]));
    this.error = signal(/** @type {unknown} */ (null));
    /** @type {{ start: number, step: number } | null} time in ps of the first frame and between two */
    this.times = null;
    /** @type {Source | null} */
    this.source = null;
    /** @type {Set<(frame: number) => void>} */
    this.listeners = new Set();
    /** @type {any[]} */
    this.measured = [];
    this.wanted = 0;
    /** @type {Promise<void> | null} */
    this.moving = null;
    this.fast = 0;
    this.media = window.matchMedia('(prefers-color-scheme: dark)');
    this.recolor = () => this.background();
    this.media.addEventListener('change', this.recolor);
    this.stopTheme = effect(() => {
      theme.value; // a subscription
      requestAnimationFrame(this.recolor); // after the page has taken the theme
    });
    const { hover, click } = scene.canvas3d.interaction;
    this.subscriptions = [
      hover.subscribe((/** @type {any} */ e) => this.hovered(e.current.loci)),
      click.subscribe((/** @type {any} */ e) => this.clicked(e.current.loci)),
      scene.context.contextLost.subscribe(() => {
        this.playing.value = false;
        this.error.value = new Error('The browser took the graphics away, as it does when the driver restarts or memory is short.');
      }),
      scene.context.contextRestored.subscribe(() => {
        this.error.value = null;
      }),
    ];
  }

  background() {
    if (this.scene.disposed) return;
    const [r, g, b] = (getComputedStyle(this.host).backgroundColor.match(/[\d.]+/g) ?? ['255', '255', '255']).map(Number);
    this.scene.background((r << 16) | (g << 8) | b);
  }

  /* --- what is shown ------------------------------------------------------------------ */

  /**
   * Shows the first model of a text; the others become frames.
   * @param {{ text: string, format?: string, label?: string }} structure
   * @param {Partial<Style>} [style] instead of the one that fits the structure
   */
  async load({ text, format }, style = {}) {
    const models = await readModels(text, format);
    await this.show(await models.model(0), style);
    if (models.count > 1) this.attach(modelSource(this.scene, models), null);
  }

  /**
   * Plays a trajectory of a run, fetched as it plays.
   * @param {{ runId: string, name: string, subset?: string, signal?: AbortSignal }} what
   * @param {Partial<Style>} [style]
   */
  async loadTrajectory(what, style = {}) {
    const opened = await openTrajectory(what);
    const models = await readModels(opened.topology);
    const model = await models.model(0);
    await this.show(model, style);
    const { trajectory } = opened;
    const source = new Frames(opened.path, { subset: opened.subset.name, atoms: model.atomicHierarchy.atoms._rowCount, count: trajectory.nframes });
    this.attach(source, { start: trajectory.t0_ps, step: trajectory.dt_ps });
    return opened;
  }

  /** @param {any} model @param {Partial<Style>} style */
  async show(model, style) {
    this.stop();
    const counts = countParts(this.scene.M, model);
    const look = { ...firstStyle(counts), ...style };
    this.background();
    await this.scene.show(model, look);
    if (this.scene.disposed) return;
    batch(() => {
      this.counts.value = counts;
      this.look.value = look;
      this.outline.value = outlineOf(this.scene.M, this.scene.parts);
      this.chosen.value = [];
      this.frame.value = 0;
      this.frameCount.value = 1;
    });
  }

  /** @param {Source} source @param {{ start: number, step: number } | null} times */
  attach(source, times) {
    this.source = source;
    this.times = times;
    this.wanted = -1;
    this.fps.value = source.count < FEW_FRAMES ? 5 : 20;
    this.frameCount.value = source.count;
  }

  /** More frames of a job that is still running. @param {number} count */
  grow(count) {
    if (this.source instanceof Frames && count > this.frameCount.peek()) {
      this.source.grow(count);
      this.frameCount.value = count;
    }
  }

  /* --- frames ------------------------------------------------------------------------- */

  /** Time of a frame in ps, or null where frames have none. @param {number} i */
  timeOf(i) {
    return this.times ? this.times.start + i * this.times.step : null;
  }

  /** The frame nearest to a time in ps. @param {number} ps */
  frameAt(ps) {
    if (!this.times || !(this.times.step > 0)) return 0;
    return Math.min(Math.max(Math.round((ps - this.times.start) / this.times.step), 0), this.frameCount.peek() - 1);
  }

  /**
   * Shows a frame; the promise ends when the latest wish is on the screen.
   * @param {number} i
   */
  setFrame(i) {
    this.wanted = Math.min(Math.max(Math.round(i), 0), this.frameCount.peek() - 1);
    if (this.source) this.moving ??= this.serve().finally(() => {
      this.moving = null;
    });
    return this.moving ?? Promise.resolve();
  }

  async serve() {
    const late = setTimeout(() => {
      this.waiting.value = true;
    }, 250);
    try {
      let shown = -1;
      while (this.source && shown !== this.wanted) {
        const i = this.wanted;
        const xyz = await this.source.frame(i, this.stride.peek());
        if (this.wanted !== i && !this.playing.peek()) continue; // overtaken while it was fetched
        await this.scene.move(xyz);
        shown = i;
        this.frame.value = i;
        this.error.value = null;
        this.remeasure();
        for (const tell of this.listeners) tell(i);
      }
    } catch (error) {
      if (!this.scene.disposed && !(error instanceof DOMException && error.name === 'AbortError')) {
        this.error.value = error;
        this.playing.value = false;
      }
    } finally {
      clearTimeout(late);
      this.waiting.value = false;
    }
  }

  /** @param {(frame: number) => void} tell @returns {() => void} off */
  onFrame(tell) {
    this.listeners.add(tell);
    return () => this.listeners.delete(tell);
  }

  /** @param {{ fps?: number, stride?: number, loop?: boolean }} [how] */
  play({ fps, stride, loop } = {}) {
    if (fps) this.fps.value = fps;
    if (stride) this.stride.value = stride;
    if (loop !== undefined) this.loop.value = loop;
    if (this.playing.peek() || this.frameCount.peek() < 2) return;
    this.playing.value = true;
    this.clock();
  }

  pause() {
    this.playing.value = false;
  }

  async clock() {
    let slow = 0;
    let coarse = false;
    let again = this.frame.peek() >= this.frameCount.peek() - 1; // played to its end before: from the start
    while (this.playing.peek() && !this.scene.disposed) {
      const began = performance.now();
      let next = this.frame.peek() + this.stride.peek();
      if (next >= this.frameCount.peek()) {
        if (!this.loop.peek() && !again) break;
        next = 0;
      }
      again = false;
      await this.setFrame(next);
      this.source?.ahead(next, this.stride.peek());
      do await nextFrame(); while (performance.now() - began < 1000 / this.fps.peek() - 4 && this.playing.peek());
      this.fast = performance.now() - began;
      slow = this.fast > Math.max(SLOW_MS, 1500 / this.fps.peek()) ? slow + 1 : 0;
      if (slow === SLOW_FRAMES && !coarse) {
        coarse = true;
        this.scene.draft(true);
      }
    }
    this.playing.value = false;
    if (coarse && !this.scene.disposed) this.scene.draft(false);
  }

  /* --- looks -------------------------------------------------------------------------- */

  /** @param {Partial<Style>} change */
  async style(change) {
    this.look.value = { ...this.look.peek(), ...change };
    await this.scene.style(this.look.peek());
  }

  /**
   * Marks places and looks at them; null clears.
   * @param {Place[] | null} places
   * @param {{ focus?: boolean }} [how]
   */
  async select(places, { focus = false } = {}) {
    this.chosen.value = places ?? [];
    return this.scene.select(places, { focus, duration: reducedMotion() ? 0 : TURN_MS });
  }

  /**
   * Looks at places; where one has no atoms, such as a residue the experiment did not see, at its neighbours in the chain.
   * @param {Place[]} places
   */
  async lookAt(places) {
    if (await this.select(places, { focus: true })) return;
    const [place] = places;
    const chain = this.outline.peek().find((c) => c.kind === 'polymer' && c.chain.trim() === (place?.chain ?? '').trim());
    if (!chain || place.number === undefined) return;
    const { number } = place;
    const below = chain.residues.filter((r) => r.number < number).at(-1);
    const above = chain.residues.find((r) => r.number > number);
    await this.select([below, above].filter((r) => r !== undefined).map((r) => ({ chain: chain.chain, number: r.number, insert: r.insert })), { focus: true });
    this.info.value = `${placeWords(place)} is not in the file; its neighbours are shown.`;
  }

  /** Looks at what is selected, or at everything. */
  focus() {
    const places = this.chosen.peek();
    if (places.length) this.select(places, { focus: true });
    else this.reset();
  }

  reset() {
    this.scene.reset(reducedMotion() ? 0 : TURN_MS);
  }

  /** @returns {Promise<Blob>} PNG */
  screenshot() {
    return this.scene.picture();
  }

  /* --- pointing ----------------------------------------------------------------------- */

  /** @param {any} loci */
  hovered(loci) {
    this.scene.hover(loci);
    const spot = spotOf(this.scene.M, loci);
    if (spot) this.info.value = spotWords(spot);
    else if (this.measured.length === 2) this.remeasure();
    else this.info.value = '';
  }

  /** @param {any} loci */
  clicked(loci) {
    const spot = spotOf(this.scene.M, loci);
    if (this.measuring.peek()) {
      if (spot) this.measure(spot);
      return;
    }
    if (!spot) {
      if (this.chosen.peek().length) this.select(null);
      return;
    }
    const place = { chain: spot.chain, number: spot.number, insert: spot.insert, name: spot.name };
    const [old] = this.chosen.peek();
    const same = old && old.chain === place.chain && old.number === place.number && old.insert === place.insert;
    this.select(same ? null : [place]);
  }

  /** @param {boolean} on */
  setMeasuring(on) {
    this.measuring.value = on;
    this.measured = [];
    this.info.value = on ? 'Choose two atoms, or two residues in the sequence.' : '';
    this.select(null);
  }

  /** @param {any} spot */
  measure(spot) {
    this.measured = this.measured.length === 2 ? [spot] : [...this.measured, spot];
    this.select(this.measured.map(({ chain, number, insert, atom }) => ({ chain, number, insert, atom })));
    if (this.measured.length === 1) this.info.value = `From ${spotWords(spot)}. Choose the second atom.`;
    else this.remeasure();
  }

  /** The keyboard's way: a residue stands for its alpha carbon, or its first atom. @param {Place} place */
  measurePlace(place) {
    const { M, parts } = this.scene;
    const [loci] = [...findPlaces(M, parts, [{ ...place, atom: 'CA' }]), ...findPlaces(M, parts, [place])];
    const spot = loci && spotOf(M, loci);
    if (spot) this.measure(spot);
  }

  /** The distance follows the frames. */
  remeasure() {
    if (this.measured.length !== 2) return;
    const [a, b] = this.measured;
    const p = this.scene.position(a.index);
    const q = this.scene.position(b.index);
    const distance = Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]);
    this.info.value = `${residueName(a.name)} ${a.number} ${a.atom} to ${residueName(b.name)} ${b.number} ${b.atom}: ${distance.toFixed(2)}\u2009Å`;
  }

  stop() {
    this.playing.value = false;
    this.source?.close();
    this.source = null;
    this.times = null;
    this.measured = [];
  }

  dispose() {
    this.stop();
    this.stopTheme();
    this.media.removeEventListener('change', this.recolor);
    for (const subscription of this.subscriptions) subscription.unsubscribe();
    this.listeners.clear();
    this.scene.dispose();
  }
}

/**
 * A viewer on an element; the element's background becomes the scene's.
 * @param {HTMLElement} element
 */
export async function createViewer(element) {
  if (!hasWebgl()) throw new NoWebgl();
  return new Viewer3D(element, await createScene(element));
}
