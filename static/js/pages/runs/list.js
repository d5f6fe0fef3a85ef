// The rows of a list of runs: loaded page after page ahead of the scrolling, kept true by events, and remembered, so that
// coming back from a run shows the list as it was left. The total is the server's; past 100,000 it counts no further.
//
// An event changes its row at once. What an event cannot tell (a new run, a run that has come into or gone out of the
// filter) is read again from the first page, at most every few seconds.

import { useEffect, useRef, useState } from '/vendor/preact.js';
import { ApiError, get } from '../../api.js';
import { subscribe } from '../../live.js';
import { filterQuery, stateFits } from './filters.js';

const FIRST_ROWS = 100;
const PAGE_ROWS = 500;
const SETTLE_MS = 1500;
const REMEMBERED = 4;

/**
 * @typedef {import('./filters.js').Filter} Filter
 * @typedef {{ rows: any[] | undefined, total: number | null, exact: boolean, error: ApiError | null, stale: ApiError | null }} List
 *   error: nothing could be read; stale: what is shown could not be brought up to date
 * @typedef {List & { cursor: string | null, top: number }} Kept
 */

/** Lists left behind, newest last, by their filter. @type {Map<string, Kept>} */
const remembered = new Map();

/** @param {string} key @param {Kept} kept */
function remember(key, kept) {
  remembered.delete(key);
  if (kept.rows) remembered.set(key, kept);
  for (const old of [...remembered.keys()].slice(0, -REMEMBERED)) remembered.delete(old);
}

/** @returns {Kept} */
const nothing = () => ({ rows: undefined, total: null, exact: true, error: null, stale: null, cursor: null, top: 0 });

/** What an event tells about a row. @param {any} row @param {any} event */
function patched(row, event) {
  const told = { ...row, state: event.state, attempt: event.attempt ?? row.attempt, unknown_since: event.unknown_since ?? null };
  if (event.progress) told.progress = event.progress;
  if (event.type !== 'run') return told;
  told.name = event.name ?? row.name;
  told.reason = event.reason ?? null;
  if (event.kind === 'started') told.started_at = event.at;
  if (event.kind === 'cancel_request') told.cancel_requested = true;
  if (event.kind === 'hold_request') told.hold_requested = true;
  if (event.kind === 'release_request') told.hold_requested = false;
  if (['finished', 'failed', 'cancelled'].includes(event.kind)) {
    told.ended_at = event.at;
    told.failure = event.data?.text ?? null;
  } else if (event.kind === 'requeue_request') {
    Object.assign(told, { ended_at: null, started_at: null, failure: null, cancel_requested: false });
  }
  return told;
}

/** The newly read first rows before those of the old list that come after them. @param {any[]} head @param {any[]} old @param {boolean} oldest */
function joined(head, old, oldest) {
  const last = head.at(-1)?.id;
  if (!last) return [];
  return [...head, ...old.filter((row) => (oldest ? row.id > last : row.id < last))];
}

/** The reading behind useRunList: one object a filter. */
class Reader {
  /** @param {Filter} filter @param {() => void} changed */
  constructor(filter, changed) {
    this.filter = filter;
    this.key = JSON.stringify(filter);
    this.kept = remembered.get(this.key) ?? nothing();
    this.changed = changed;
    this.abort = new AbortController();
    this.wanted = -1;
    this.reading = false;
    this.timer = 0;
    this.query = filterQuery(filter);
    if (this.kept.rows) this.refresh();
    else this.more();
  }

  /** @param {Partial<Kept>} change */
  set(change) {
    this.kept = { ...this.kept, ...change };
    this.changed();
  }

  stop() {
    this.abort.abort();
    clearTimeout(this.timer);
    remember(this.key, this.kept);
  }

  /** @param {Record<string, any>} query */
  async page(query) {
    const { data } = await get('/runs', { query: { ...this.query, ...query }, signal: this.abort.signal });
    return data;
  }

  /** @param {number} index */
  need(index) {
    this.wanted = Math.max(this.wanted, index);
    if (!this.reading && this.kept.cursor) this.more();
  }

  /** Reads on until what is wanted is there. */
  async more() {
    this.reading = true;
    try {
      do {
        const first = this.kept.rows === undefined;
        const data = await this.page(first ? { limit: FIRST_ROWS, count: true } : { limit: PAGE_ROWS, cursor: this.kept.cursor });
        const rows = [...(this.kept.rows ?? []), ...data.items];
        const known = first ? { total: data.total ?? null, exact: data.total_exact !== false } : {};
        this.set({ ...known, rows, cursor: data.next_cursor, error: null, stale: null });
        if (!data.next_cursor) this.set({ total: rows.length, exact: true });
      } while (this.kept.cursor && (this.kept.rows?.length ?? 0) <= this.wanted);
    } catch (error) {
      this.failed(error);
    } finally {
      this.reading = false;
    }
  }

  /** @param {unknown} error */
  failed(error) {
    if (this.abort.signal.aborted) return;
    if (!(error instanceof ApiError)) throw error;
    if (this.kept.rows === undefined) this.set({ error });
    else this.set({ stale: error });
  }

  /** Reads the first page again and puts it before what follows. */
  async refresh() {
    this.timer = 0;
    if (this.reading) {
      this.later();
      return;
    }
    this.reading = true;
    this.query = filterQuery(this.filter);
    try {
      const data = await this.page({ limit: FIRST_ROWS, count: true });
      const fitting = (this.kept.rows ?? []).filter((row) => stateFits(this.filter, row.state));
      const rows = data.next_cursor ? joined(data.items, fitting, this.filter.order === 'oldest') : data.items;
      const cursor = rows.length > data.items.length ? this.kept.cursor : data.next_cursor;
      this.set({ rows, cursor, total: data.total ?? (cursor ? null : rows.length), exact: data.total_exact !== false, error: null, stale: null });
    } catch (error) {
      this.failed(error);
    } finally {
      this.reading = false;
    }
  }

  later() {
    if (!this.timer && !this.abort.signal.aborted) this.timer = window.setTimeout(() => this.refresh(), SETTLE_MS);
  }

  /** @param {any} event */
  onEvent(event) {
    if (event.type === 'resync' || event.type === 'poll') {
      this.later();
      return;
    }
    const { rows } = this.kept;
    const at = rows?.findIndex((row) => row.id === event.run) ?? -1;
    if (rows && at >= 0) {
      const row = patched(rows[at], event);
      this.set({ rows: rows.with(at, row) });
      if (event.type === 'run' && (!stateFits(this.filter, row.state) || ['trashed', 'restored', 'failed', 'pending'].includes(event.kind))) this.later();
    } else if (event.type === 'run') {
      this.later();
    }
  }

  /** Takes rows out that were deleted here. @param {Set<string>} ids */
  drop(ids) {
    const rows = (this.kept.rows ?? []).filter((row) => !ids.has(row.id));
    const gone = (this.kept.rows?.length ?? 0) - rows.length;
    this.set({ rows, total: this.kept.total === null ? null : this.kept.total - gone });
    this.later();
  }
}

/**
 * @param {Filter} filter
 * @returns {List & { need: (lastIndex: number) => void, reload: () => void, drop: (ids: Set<string>) => void, top: number, setTop: (top: number) => void }}
 */
export function useRunList(filter) {
  const key = JSON.stringify(filter);
  const [, setTurn] = useState(0);
  const reader = useRef(/** @type {Reader | null} */ (null));
  if (reader.current?.key !== key) {
    reader.current?.stop();
    reader.current = new Reader(filter, () => setTurn((n) => n + 1));
  }
  const now = reader.current;
  useEffect(() => subscribe([filter.project ? `project:${filter.project}` : 'mine'], (event) => reader.current?.onEvent(event)), [filter.project ?? '']);
  useEffect(() => () => {
    reader.current?.stop();
    reader.current = null;
  }, []);
  const { rows, total, exact, error, stale, top } = now.kept;
  const setTop = (/** @type {number} */ y) => {
    now.kept.top = y;
  };
  const reload = () => (now.kept.rows === undefined ? now.more() : now.refresh());
  return { rows, total, exact, error, stale, top, setTop, need: (i) => now.need(i), reload, drop: (ids) => now.drop(ids) };
}
