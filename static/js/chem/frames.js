// Frames of a trajectory, fetched in pieces ahead of the player and forgotten behind it.
//
// Flow: frame(i) answers at once from a piece that is there, or fetches it; ahead(i) asks for the next pieces. A piece is
// one request of up to 32 frames (about a megabyte); the pieces used last stay, so memory does not grow with the length.
// With a stride the server skips frames, so a long trajectory is looked through without fetching all of it.
// Caveat: a running job lengthens its trajectory; grow() forgets the piece that was cut short by the old end.

import { get, raw } from '../api.js';

const PIECE_FRAMES = 32;
const PIECE_BYTES = 1 << 20;
const KEEP_BYTES = 12 << 20;
const KEEP_PIECES = 4;

/**
 * @typedef {{ name: string, label: string, natoms: number, nframes: number, dt_ps: number, t0_ps: number,
 *   subsets: { name: string, label: string, topology: boolean, all_atoms: boolean }[], raw?: string | null }} Trajectory
 */

export class Frames {
  /**
   * @param {string} path of the trajectory, below /api/v1
   * @param {{ subset: string, atoms: number, count: number }} what atoms of the subset
   */
  constructor(path, { subset, atoms, count }) {
    this.path = path;
    this.subset = subset;
    this.atoms = atoms;
    this.count = count;
    this.stop = new AbortController();
    const bytes = 12 * atoms;
    this.perPiece = Math.max(1, Math.min(PIECE_FRAMES, Math.floor(PIECE_BYTES / bytes)));
    this.keep = Math.max(KEEP_PIECES, Math.floor(KEEP_BYTES / (bytes * this.perPiece)));
    /** @type {Map<string, Promise<Float32Array>>} oldest use first */
    this.pieces = new Map();
    this.requests = 0;
    this.bytes = 0;
  }

  /** @param {number} i @param {number} stride */
  where(i, stride) {
    const step = stride > 1 && i % stride === 0 ? stride : 1;
    const nth = Math.floor(i / step);
    return { step, first: Math.floor(nth / this.perPiece) * this.perPiece, at: nth % this.perPiece };
  }

  /**
   * The piece that starts with the `first`-th frame of those `step` apart.
   * @param {number} first
   * @param {number} step
   */
  piece(first, step) {
    const key = `${step}:${first}`;
    const known = this.pieces.get(key);
    if (known) {
      this.pieces.delete(key);
      this.pieces.set(key, known);
      return known;
    }
    const count = Math.min(this.perPiece, Math.ceil(this.count / step) - first);
    const asked = this.fetch(first * step, count, step).catch((error) => {
      this.pieces.delete(key);
      throw error;
    });
    this.pieces.set(key, asked);
    for (const old of this.pieces.keys()) {
      if (this.pieces.size <= this.keep) break;
      this.pieces.delete(old);
    }
    return asked;
  }

  /** @param {number} start @param {number} count @param {number} stride */
  async fetch(start, count, stride) {
    const query = { subset: this.subset, start, count, stride };
    const reply = await raw(`${this.path}/frames`, { query, signal: this.stop.signal });
    const got = await reply.arrayBuffer();
    this.requests += 1;
    this.bytes += got.byteLength;
    if (got.byteLength !== 12 * this.atoms * count) {
      throw new Error(`Frames ${start + 1} to ${start + count * stride} came incomplete: ${got.byteLength} bytes instead of ${12 * this.atoms * count}.`);
    }
    return new Float32Array(got);
  }

  /**
   * Places of all atoms in one frame; a view into its piece, not to be changed.
   * @param {number} i
   * @param {number} [stride] of the player, so that its pieces are used
   */
  async frame(i, stride = 1) {
    const { step, first, at } = this.where(i, stride);
    const piece = await this.piece(first, step);
    return piece.subarray(3 * this.atoms * at, 3 * this.atoms * (at + 1));
  }

  /**
   * Asks for what the player needs next; a failure shows when the frame itself is asked for.
   * @param {number} i
   * @param {number} stride
   */
  ahead(i, stride) {
    const { step, first, at } = this.where(i, stride);
    if (at < this.perPiece / 4) return;
    const next = first + this.perPiece;
    this.piece(next * step < this.count ? next : 0, step).catch(() => {});
  }

  /** @param {number} count frames there are now */
  grow(count) {
    if (count <= this.count) return;
    for (const key of this.pieces.keys()) {
      const [step, first] = key.split(':').map(Number);
      if ((first + this.perPiece) * step >= this.count) this.pieces.delete(key);
    }
    this.count = count;
  }

  close() {
    this.stop.abort(new DOMException('The viewer was closed.', 'AbortError'));
    this.pieces.clear();
  }
}

/**
 * What there is to play: the trajectory, the text of its topology, and its frames.
 * @param {{ runId: string, name: string, subset?: string, signal?: AbortSignal }} what
 */
export async function openTrajectory({ runId, name, subset, signal }) {
  const path = `/runs/${runId}/trajectories/${encodeURIComponent(name)}`;
  /** @type {Trajectory} */
  const trajectory = (await get(path, { signal })).data;
  const drawable = trajectory.subsets.filter((s) => s.topology);
  const chosen = drawable.find((s) => s.name === subset) ?? drawable[0];
  if (!chosen) throw new Error('This trajectory has no topology to draw it with. Its frames can be downloaded.');
  const reply = await raw(`${path}/topology`, { query: { subset: chosen.name }, signal });
  return { path, trajectory, subset: chosen, subsets: drawable, topology: await reply.text() };
}
