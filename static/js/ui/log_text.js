// The part of a log that is in memory: a window of whole lines over a file of any size, read by byte ranges. It grows at
// either end as one scrolls, lets go of the other end beyond a few megabytes, and follows a file that is still written.
//
// A line is known by the byte it begins at, which never changes while a log only grows. Its number is known as well when
// the window has been joined to the beginning of the file; in the middle of a large file nobody has counted, so there
// the byte is its name ("b1048576").

import { raw } from '../api.js';

const CHUNK = 512 * 1024;
const WINDOW = 4 * 1024 * 1024;
const SCAN_CHUNK = 2 * 1024 * 1024;
const MATCHES_MAX = 5000;
const SHOWN_CHARS = 2000;
const NEWLINE = 10;

/**
 * @typedef {{ at: number, text: string }} Line
 * @typedef {{ at: number, line: number, text: string }} Match
 */

/** Colours and cursor moves of terminals. */
const TERMINAL = /\u001b\[[0-9;?]*[ -/]*[@-~]/g;

/** A line as it would look at the end of its writing. @param {string} text */
function settled(text) {
  let shown = text.includes('\u001b') ? text.replace(TERMINAL, '') : text;
  if (shown.includes('\r')) shown = shown.split('\r').findLast((part) => part !== '') ?? '';
  return shown.length > SHOWN_CHARS ? `${shown.slice(0, SHOWN_CHARS)} …` : shown;
}

/** Whole lines of some bytes; a last one without its newline is one too. @param {Uint8Array} data @param {number} at where they begin @returns {Line[]} */
export function linesOf(data, at) {
  /** @type {Line[]} */
  const lines = [];
  const decoder = new TextDecoder();
  const text = decoder.decode(data);
  if (text.length === data.length) {
    // Plain ASCII, as logs nearly always are: characters and bytes count alike.
    for (let from = 0; from < text.length;) {
      const found = text.indexOf('\n', from);
      const end = found < 0 ? text.length : found;
      lines.push({ at: at + from, text: settled(text.slice(from, end)) });
      from = end + 1;
    }
    return lines;
  }
  for (let from = 0; from < data.length;) {
    const found = data.indexOf(NEWLINE, from);
    const end = found < 0 ? data.length : found;
    lines.push({ at: at + from, text: settled(decoder.decode(data.subarray(from, end))) });
    from = end + 1;
  }
  return lines;
}

/** The number in "b123", else null. @param {string} name */
export const byteOf = (name) => (/^b\d+$/.test(name) ? Number(name.slice(1)) : null);

export class LogText {
  /** @param {string} path @param {Record<string, any>} query */
  constructor(path, query) {
    this.path = path;
    this.query = query;
    this.abort = new AbortController();
    this.size = 0;
    this.start = 0;
    this.end = 0;
    /** @type {Line[]} */
    this.lines = [];
    /** Number of the first line of the window; null where nobody has counted. @type {number | null} */
    this.first = 1;
    /** The last line has no newline yet. */
    this.open = false;
    this.reading = false;
  }

  stop() {
    this.abort.abort();
  }

  /** The whole file is in the window. */
  get whole() {
    return this.start === 0 && this.end >= this.size;
  }

  /** Asks how large the file is now. Asking for bytes that are not there yet would be an error in every console. */
  async measure() {
    const reply = await raw(this.path, { method: 'HEAD', query: this.query, signal: this.abort.signal });
    this.size = Number(reply.headers.get('Content-Length') ?? 0);
  }

  /** @param {number} from @param {number} to @returns {Promise<Uint8Array>} fewer bytes at the end of the file, none beyond it */
  async read(from, to) {
    if (from >= this.size) await this.measure();
    if (from >= this.size) return new Uint8Array(0);
    const reply = await raw(this.path, { query: this.query, headers: { Range: `bytes=${from}-${to - 1}` }, signal: this.abort.signal, allow: [416] });
    if (reply.status === 416) {
      await this.measure();
      return new Uint8Array(0);
    }
    const data = new Uint8Array(await reply.arrayBuffer());
    this.size = Number(reply.headers.get('Content-Range')?.split('/')[1] ?? data.length);
    return reply.status === 200 ? data.subarray(from, to) : data;
  }

  /** Puts the window around a byte, on a line's beginning; `at` 0 is the beginning of the file. @param {number} at */
  async openAt(at) {
    const from = Math.max(0, at - CHUNK / 2);
    const data = await this.read(from, from + CHUNK);
    const skip = from === 0 ? 0 : data.indexOf(NEWLINE) + 1;
    this.start = from + skip;
    this.first = this.start === 0 ? 1 : null;
    this.lines = linesOf(data.subarray(skip), this.start);
    this.end = from + data.length;
    this.open = data.length > 0 && data[data.length - 1] !== NEWLINE;
  }

  async openEnd() {
    await this.measure();
    await this.openAt(Math.max(0, this.size - CHUNK / 2));
    while (this.end < this.size) await this.down();
  }

  /** Reads on after the window. @returns {Promise<number>} lines let go of at the front */
  async down() {
    const from = this.open && this.lines.length ? this.lines[this.lines.length - 1].at : this.end;
    const data = await this.read(from, this.end + CHUNK);
    if (from + data.length <= this.end) return 0;
    if (this.open) this.lines.pop();
    this.lines = this.lines.concat(linesOf(data, from));
    this.end = from + data.length;
    this.open = data[data.length - 1] !== NEWLINE;
    return this.trimFront();
  }

  trimFront() {
    if (this.end - this.start <= WINDOW) return 0;
    const keep = this.lines.findIndex((line) => line.at >= this.end - WINDOW);
    if (keep <= 0) return 0;
    this.start = this.lines[keep].at;
    this.lines = this.lines.slice(keep);
    if (this.first !== null) this.first += keep;
    return keep;
  }

  /** Reads what is before the window. @returns {Promise<number>} lines put in front */
  async up() {
    const to = this.start;
    const from = Math.max(0, to - CHUNK);
    const data = await this.read(from, to);
    const skip = from === 0 ? 0 : data.indexOf(NEWLINE) + 1;
    const before = linesOf(data.subarray(skip), from + skip);
    this.start = from + skip;
    this.lines = before.concat(this.lines);
    if (this.start === 0) this.first = 1;
    else if (this.first !== null) this.first -= before.length;
    if (this.end - this.start > WINDOW) {
      const cut = this.lines.findIndex((line) => line.at > this.start + WINDOW);
      if (cut > 0) {
        this.end = this.lines[cut].at;
        this.lines = this.lines.slice(0, cut);
        this.open = false;
      }
    }
    return before.length;
  }

  /** Looks whether the file has grown; takes what is new when the window reaches to its end. @returns {Promise<number>} as down() */
  async grow() {
    const joined = this.end >= this.size;
    await this.measure();
    if (this.size < this.end) await this.openAt(0);
    return joined && this.end < this.size ? this.down() : 0;
  }

  /** What a line of the window is called: its number, or its byte. @param {number} index */
  nameOf(index) {
    return this.first !== null ? String(this.first + index) : `b${this.lines[index].at}`;
  }

  /** Where a named line is in the window, -1 when it is elsewhere. @param {string} name */
  indexOf(name) {
    const at = byteOf(name);
    if (at === null) {
      const index = this.first === null ? -1 : Number(name) - this.first;
      return index >= 0 && index < this.lines.length ? index : -1;
    }
    if (at < this.start || at >= Math.max(this.end, 1)) return -1;
    const after = this.lines.findIndex((line) => line.at > at);
    return (after < 0 ? this.lines.length : after) - 1;
  }

  /**
   * Brings a named line into the window. A number far from the beginning of a large file has to be counted for.
   * @param {string} name @returns {Promise<number>} its index, or that of the nearest there is
   */
  async bring(name) {
    const here = this.indexOf(name);
    if (here >= 0) return here;
    const at = byteOf(name) ?? (await this.count(Number(name)));
    await this.openAt(at);
    if (this.first === null && byteOf(name) === null) {
      const index = this.indexOf(`b${at}`);
      if (index >= 0) this.first = Number(name) - index;
    }
    return Math.max(0, this.indexOf(`b${at}`));
  }

  /** The byte at which a line begins. @param {number} number */
  async count(number) {
    let left = number - 1;
    for (let from = 0; left > 0;) {
      const data = await this.read(from, from + SCAN_CHUNK);
      if (!data.length) return Math.max(0, this.size - 1);
      for (let at = data.indexOf(NEWLINE); at >= 0; at = data.indexOf(NEWLINE, at + 1)) {
        left -= 1;
        if (left === 0) return from + at + 1;
      }
      from += data.length;
    }
    return 0;
  }

  /**
   * Goes through the whole log.
   *
   * @param {(text: string) => boolean} fits @param {AbortSignal} signal @param {(share: number, matches: Match[]) => void} onProgress
   * @returns {Promise<{ matches: Match[], all: boolean }>} all: false when there are more than are kept
   */
  async scan(fits, signal, onProgress) {
    /** @type {Match[]} */
    const matches = [];
    let number = 1;
    let from = 0;
    const take = (/** @type {Line[]} */ lines) => {
      for (const line of lines) {
        if (fits(line.text) && matches.length < MATCHES_MAX) matches.push({ at: line.at, line: number, text: line.text });
        number += 1;
      }
    };
    if (this.whole) {
      take(this.lines);
      return { matches, all: matches.length < MATCHES_MAX };
    }
    do {
      const data = await this.read(from, from + SCAN_CHUNK);
      signal.throwIfAborted();
      if (!data.length) break;
      const last = from + data.length >= this.size ? data.length : data.lastIndexOf(NEWLINE) + 1 || data.length;
      take(linesOf(data.subarray(0, last), from));
      from += last;
      onProgress(from / this.size, matches);
    } while (from < this.size && matches.length < MATCHES_MAX);
    return { matches, all: matches.length < MATCHES_MAX };
  }
}
