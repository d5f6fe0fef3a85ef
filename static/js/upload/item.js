// One upload: from the file in the browser to the stored file, by the tus protocol.
//
// waiting -> sending <-> paused -> checking -> stored | refused, or failed. Bytes the server has are never sent again:
// each start asks how many those are. What goes wrong on the way (network away, server restarted, session ended) is
// waited out; what the server refuses for a reason ends the upload with that reason in words.

import { ApiError, get, raw } from '../api.js';
import { session } from '../store.js';
import { checksum } from './checksum.js';
import { forget, keep, keyOf, recall, release } from './memory.js';

const API = '/api/v1';
const CHUNK_B = 64 * 2 ** 20;
const WITH_CREATION_B = 2 ** 20;
const WAITS_MS = [500, 1000, 2000, 5000, 10000];
const CHECK_MS = [150, 300, 500, 1000, 2000];
const KEEP_EVERY_MS = 1000;
const SPEED_OVER_MS = 3000;
const BROKEN_TRIES = 4;
const AWAY = 'The server is not reached; goes on by itself';

/** Statuses that pass: out of step with what the server has, locked by the connection that was cut, busy. */
const PASSING = new Set([409, 423, 429, 460, 502, 503, 504]);

/**
 * @typedef {'waiting' | 'sending' | 'paused' | 'checking' | 'stored' | 'refused' | 'failed' | 'cancelled'} UploadState
 * @typedef {{ title: string, detail: string, hint: string, code: string, status: number, field?: string | null,
 *             requestId?: string | null, errors?: any[] }} UploadError
 * @typedef {{ project: string, folder?: string }} Target
 */

let made = 0;

export class UploadItem {
  /** @param {File} file @param {Target} to @param {(item: UploadItem) => void} changed */
  constructor(file, { project, folder = '' }, changed) {
    this.id = (made += 1);
    this.file = file;
    this.name = file.name;
    this.size = file.size;
    this.project = project;
    this.folder = folder;
    this.sent = 0;
    /** @type {number | null} bytes a second */
    this.speed = null;
    /** @type {UploadState} */
    this.state = 'waiting';
    /** What it waits for, in words. */
    this.note = '';
    /** @type {UploadError | null} */
    this.error = null;
    /** @type {string | null} */
    this.fileId = null;
    /** @type {string | null} */
    this.structureId = null;
    this.changed = changed;
    this.key = keyOf(file, { project, folder });
    /** @type {any} the tus client */
    this.tus = null;
    this.tries = 0;
    this.timer = 0;
    /** @type {Array<[number, number]>} */
    this.samples = [];
    this.keptAt = 0;
    /** Resolves when nothing more will happen: stored, refused, failed or cancelled. */
    this.done = new Promise((/** @type {(item: UploadItem) => void} */ resolve) => {
      this.settle = resolve;
    });
  }

  /** Seconds to go. */
  get eta() {
    return this.state === 'sending' && this.speed ? (this.size - this.sent) / this.speed : null;
  }

  get isActive() {
    return this.state === 'sending' || this.state === 'checking' || (this.state === 'waiting' && this.tus !== null);
  }

  get isOver() {
    return ['stored', 'refused', 'failed', 'cancelled'].includes(this.state);
  }

  /** @param {UploadState} state @param {string} [note] */
  become(state, note = '') {
    this.state = state;
    this.note = note;
    if (state !== 'sending') {
      this.samples = [];
      this.speed = null;
    }
    this.changed(this);
    if (this.isOver) this.settle?.(this);
  }

  /** Begins or goes on. */
  async start() {
    if (this.isOver) return;
    clearTimeout(this.timer);
    if (!this.tus) {
      this.tus = {};
      this.become('waiting', 'Working out the checksum');
      const parts = await Promise.all([checksum(this.file), import('/vendor/tus.js')]).catch(() => null);
      this.tus = null;
      if (/** @type {UploadState} */ (this.state) !== 'waiting') return;
      if (!parts) {
        this.again(AWAY);
        return;
      }
      this.tus = this.client(parts[1].Upload, parts[0]);
    }
    this.become('sending');
    this.tus.start();
  }

  /** @param {any} Upload @param {string | null} sha256 */
  client(Upload, sha256) {
    const metadata = { filename: this.name, project: this.project, ...(this.folder ? { folder: this.folder } : {}), ...(sha256 ? { sha256 } : {}) };
    return new Upload(this.file, {
      endpoint: `${API}/uploads`,
      uploadUrl: recall(this.key),
      metadata,
      chunkSize: CHUNK_B,
      retryDelays: null,
      storeFingerprintForResuming: false,
      uploadDataDuringCreation: this.size <= WITH_CREATION_B,
      onBeforeRequest: (/** @type {any} */ request) => {
        const csrf = session.peek()?.csrf;
        if (csrf) request.setHeader('X-CSRF', csrf);
      },
      onUploadUrlAvailable: () => this.remember(true),
      onProgress: (/** @type {number} */ sent) => this.progress(sent),
      onSuccess: () => this.check(),
      onError: (/** @type {any} */ error) => this.trouble(error),
    });
  }

  /** @param {boolean} [now] */
  remember(now) {
    if (!this.tus?.url || (!now && Date.now() - this.keptAt < KEEP_EVERY_MS)) return;
    this.keptAt = Date.now();
    const { key, name, size, sent, project, folder } = this;
    keep({ key, url: this.tus.url, name, size, sent, project, folder });
  }

  /** @param {number} sent */
  progress(sent) {
    if (this.state !== 'sending') return;
    const now = performance.now();
    this.tries = 0;
    this.sent = sent;
    this.samples = [...this.samples.filter(([at]) => now - at < SPEED_OVER_MS), [now, sent]];
    const [first] = this.samples;
    this.speed = now - first[0] > 300 ? ((sent - first[1]) / (now - first[0])) * 1000 : this.speed;
    this.remember();
    this.changed(this);
  }

  /** @param {any} error of the tus client */
  async trouble(error) {
    const reply = error?.originalResponse;
    const status = reply?.getStatus() ?? 0;
    if (this.state !== 'sending') return;
    if (status === 401) {
      this.become('waiting', 'Waits until you have signed in again');
      // Any call that needs a session shows the sign-in dialog and returns when it has done its work.
      await get(`/projects/${this.project}`).catch(() => null);
      if (/** @type {UploadState} */ (this.state) === 'waiting') this.start();
      return;
    }
    if (!reply && error && !error.originalRequest) {
      // The file changed or went away under the browser.
      this.fail({ title: 'The file could not be read', detail: String(error.message ?? error), hint: 'Pick it again.', code: 'unreadable', status: 0 });
      return;
    }
    const problem = problemOf(reply, status);
    if (problem.code === 'csrf') await get('/session').then(({ data }) => { session.value = data; }, () => null);
    if (status === 0 || PASSING.has(status) || (status === 500 && this.tries < BROKEN_TRIES) || (problem.code === 'csrf' && this.tries < 2)) {
      this.again(status === 0 ? AWAY : 'The server is busy; goes on by itself');
      return;
    }
    this.fail(problem);
  }

  /** @param {string} note */
  again(note) {
    const wait = WAITS_MS[Math.min(this.tries, WAITS_MS.length - 1)];
    this.tries += 1;
    this.become('waiting', note);
    this.timer = window.setTimeout(() => this.start(), wait);
  }

  /** @param {UploadError} problem */
  fail(problem) {
    forget(this.key);
    this.error = problem;
    this.become('failed');
  }

  /** All bytes are there: the server compares, stores and inspects. */
  async check() {
    this.sent = this.size;
    this.become('checking', 'The server checks and stores it');
    const id = this.tus.url.slice(this.tus.url.lastIndexOf('/') + 1);
    for (let i = 0; !this.isOver; i += 1) {
      await new Promise((resolve) => setTimeout(resolve, CHECK_MS[Math.min(i, CHECK_MS.length - 1)]));
      try {
        const { data } = await get(`/uploads/${id}`);
        if (data.state === 'stored') {
          forget(this.key);
          this.fileId = data.file_id;
          this.structureId = data.structure_id;
          this.become('stored');
        } else if (data.state === 'refused') {
          forget(this.key);
          this.error = { title: 'The server refused this file', detail: data.reason ?? '', hint: '', code: 'refused', status: 0 };
          this.become('refused');
        } else if (['expired', 'ended'].includes(data.state)) {
          this.fail({ title: 'The upload has ended', detail: 'It was given up before it was stored.', hint: 'Upload the file again.', code: 'ended', status: 410 });
        }
      } catch (error) {
        if (error instanceof ApiError && [403, 404, 410].includes(error.status)) this.fail(error);
      }
    }
  }

  pause() {
    if (this.isOver || this.state === 'checking') return;
    clearTimeout(this.timer);
    this.tus?.abort?.();
    this.remember(true);
    this.become('paused');
  }

  resume() {
    if (this.state !== 'paused') return;
    if (this.tus) this.start();
    else this.become('waiting');
  }

  /** Gives up; what the server already has is dropped there. */
  async cancel() {
    if (this.isOver || this.state === 'checking') return;
    clearTimeout(this.timer);
    const url = this.tus?.url;
    this.tus?.abort?.();
    forget(this.key);
    this.become('cancelled');
    if (url) await drop(url).catch(() => null);
  }

  /** The page lets go of it without giving it up: it is offered again later. */
  leave() {
    if (this.isOver) return;
    clearTimeout(this.timer);
    this.tus?.abort?.();
    release(this.key);
    this.state = 'cancelled';
  }
}

/** Tells the server that these bytes are not wanted any more. @param {string} url of the upload */
export function drop(url) {
  const path = new URL(url, window.location.href).pathname.replace(API, '');
  return raw(path, { method: 'DELETE', headers: { 'Tus-Resumable': '1.0.0' }, allow: [404, 410] });
}

/** @param {any} reply @param {number} status @returns {UploadError} */
function problemOf(reply, status) {
  let problem;
  try {
    problem = JSON.parse(reply.getBody());
  } catch {
    problem = {};
  }
  return new ApiError(status, problem);
}
