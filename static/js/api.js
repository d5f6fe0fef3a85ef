// The only fetch. Every call knows about problem+json, ETags, Idempotency-Keys, the CSRF word and being given up.
//
// A call that meets an expired session waits for the sign-in dialog and is sent again; one that did not reach the server
// is sent again when repeating it is harmless: it reads, or it carries an Idempotency-Key. Then an ApiError is thrown,
// with status 0 for a server that was not reached. A call that was given up throws what its signal says (AbortError).

import { useEffect, useRef, useState } from '/vendor/preact.js';
import { subscribe } from './live.js';
import { expired, reachable, session } from './store.js';

const PREFIX = '/api/v1';
const AGAIN_MS = [400, 1500];
const WAIT_MAX_S = 5;
const EVENTS_SETTLE_MS = 300;

/**
 * @typedef {{ field: string, code: string, text: string, hint: string }} Fault
 * @typedef {Record<string, string | number | boolean | null | undefined | Array<string | number>>} Query
 * @typedef {{ query?: Query, body?: unknown, headers?: Record<string, string>, etag?: string | null, key?: string,
 *             signal?: AbortSignal, allow?: number[], anonymous?: boolean }} Options
 *   allow: statuses that are answers here, not errors; anonymous: about signing in itself, never waits for a session
 * @typedef {{ data: any, etag: string | null, headers: Headers, status: number }} Answer
 */

export class ApiError extends Error {
  /** @param {number} status 0: the server was not reached @param {any} problem @param {Headers} [headers] */
  constructor(status, problem, headers) {
    super(problem.detail ?? problem.title ?? `The server answered ${status}.`);
    this.name = 'ApiError';
    this.status = status;
    /** @type {string} */
    this.code = problem.code ?? 'unknown';
    /** @type {string} */
    this.title = problem.title ?? `The server answered ${status}`;
    /** @type {string} */
    this.detail = problem.detail ?? '';
    /** @type {string} */
    this.hint = problem.hint ?? '';
    /** @type {string | null} */
    this.field = problem.field ?? null;
    /** @type {Fault[]} */
    this.errors = problem.errors ?? [];
    /** @type {string | null} */
    this.requestId = problem.request_id ?? headers?.get('X-Request-Id') ?? null;
    /** @type {number | null} seconds */
    this.retryAfter = headers?.has('Retry-After') ? Number(headers.get('Retry-After')) : null;
  }
}

const notReached = () => new ApiError(0, {
  code: 'not_reached',
  title: 'The server was not reached',
  detail: 'Your network or the server is away.',
  hint: 'Nothing you typed is lost; try again when the connection is back.',
});

/** A key for a request that must take effect once; 128 random bits (randomUUID is not there without TLS). */
export function keyMake() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** @param {string} path @param {Query} [query] left out where null, undefined or '' */
export function address(path, query = {}) {
  const pairs = Object.entries(query).flatMap(([name, value]) => {
    if (value === null || value === undefined || value === '') return [];
    return [[name, Array.isArray(value) ? value.join(',') : String(value)]];
  });
  const search = new URLSearchParams(pairs).toString();
  return `${PREFIX}${path}${search ? `?${search}` : ''}`;
}

/** @param {number} ms @param {AbortSignal} [signal] */
function pause(ms, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(signal.reason);
    }, { once: true });
  });
}

/** Asks for a sign-in and resolves when it has happened. @param {AbortSignal} [signal] @returns {Promise<void>} */
function sessionBack(signal) {
  expired.value = true;
  return new Promise((resolve, reject) => {
    const off = expired.subscribe((gone) => {
      if (gone) return;
      queueMicrotask(() => off());
      resolve();
    });
    signal?.addEventListener('abort', () => {
      off();
      reject(signal.reason);
    }, { once: true });
  });
}

/** Another tab signed in again, so the word changed; the account must not have. */
async function csrfRefresh() {
  const { data } = await request('GET', '/session');
  if (data.account.id === session.peek()?.account.id) session.value = data;
  else window.location.replace('/');
}

/** @param {Response} reply */
async function problemOf(reply) {
  const text = await reply.text().catch(() => '');
  try {
    return JSON.parse(text);
  } catch {
    return { title: `The server answered ${reply.status}`, detail: reply.statusText };
  }
}

/** One attempt. @param {string} method @param {string} url @param {Options} options @param {string} [key] */
async function sendOnce(method, url, { body, headers = {}, etag, signal }, key) {
  const isRaw = body instanceof Blob || body instanceof ArrayBuffer;
  /** @type {Record<string, string>} */
  const all = { Accept: 'application/json', ...headers };
  if (body !== undefined && !isRaw) all['Content-Type'] ??= 'application/json';
  if (key) all['Idempotency-Key'] = key;
  if (etag) all[method === 'GET' ? 'If-None-Match' : 'If-Match'] = etag;
  const csrf = session.peek()?.csrf;
  if (csrf && method !== 'GET') all['X-CSRF'] = csrf;
  try {
    const reply = await fetch(url, {
      method, headers: all, signal, cache: 'no-store',
      body: /** @type {BodyInit | undefined} */ (body === undefined || isRaw ? body : JSON.stringify(body)),
    });
    reachable.value = true;
    return reply;
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    if (!(error instanceof TypeError)) throw error;
    reachable.value = false;
    return null;
  }
}

/**
 * Sends until there is an answer that stands: the Response, or an ApiError.
 *
 * @param {string} method @param {string} path @param {Options} options
 */
async function send(method, path, options) {
  const { signal, allow = [], anonymous } = options;
  const url = address(path, options.query);
  const key = options.key ?? (method === 'POST' && !anonymous ? keyMake() : undefined);
  const harmless = method === 'GET' || key !== undefined;
  let refreshed = false;
  for (let attempt = 0; ; attempt += 1) {
    const reply = await sendOnce(method, url, options, key);
    if (!reply) {
      if (!harmless || attempt >= AGAIN_MS.length) throw notReached();
      await pause(AGAIN_MS[attempt], signal);
      continue;
    }
    if (reply.ok || reply.status === 304 || allow.includes(reply.status)) return reply;
    const error = new ApiError(reply.status, await problemOf(reply), reply.headers);
    if (error.status === 401 && !anonymous && session.peek()) {
      await sessionBack(signal);
    } else if (error.code === 'csrf' && !refreshed && !anonymous) {
      refreshed = true;
      await csrfRefresh();
    } else if (error.status === 503 && harmless && attempt < AGAIN_MS.length && (error.retryAfter ?? 1) <= WAIT_MAX_S) {
      await pause((error.retryAfter ?? 1) * 1000, signal);
    } else {
      throw error;
    }
  }
}

/**
 * @param {string} method @param {string} path without /api/v1 @param {Options} [options]
 * @returns {Promise<Answer>}
 */
export async function request(method, path, options = {}) {
  const reply = await send(method, path, options);
  const text = reply.status === 204 || reply.status === 304 ? '' : await reply.text();
  return {
    data: text && reply.headers.get('Content-Type')?.includes('json') ? JSON.parse(text) : text || null,
    etag: reply.headers.get('ETag'),
    headers: reply.headers,
    status: reply.status,
  };
}

/** @param {string} path @param {Options} [options] with `etag` the answer may be 304, without data */
export const get = (path, options) => request('GET', path, options);
/** @param {string} path @param {unknown} [body] @param {Options} [options] */
export const post = (path, body, options) => request('POST', path, { ...options, body });
/** @param {string} path @param {unknown} body @param {Options} [options] */
export const put = (path, body, options) => request('PUT', path, { ...options, body });
/** @param {string} path @param {unknown} body @param {Options} [options] `etag` of what was read */
export const patch = (path, body, options) => request('PATCH', path, { ...options, body });
/** @param {string} path @param {Options} [options] `etag` of what was read */
export const del = (path, options) => request('DELETE', path, options);

/**
 * The Response itself, for bytes: frames, logs, binary series.
 *
 * @param {string} path @param {Options & { method?: string }} [options]
 */
export const raw = (path, { method = 'GET', ...options } = {}) => send(method, path, { headers: { Accept: '*/*' }, ...options });

/**
 * All items of a list, page after page.
 *
 * @param {string} path @param {Query} [query] @param {AbortSignal} [signal]
 * @returns {AsyncGenerator<any, void, void>}
 */
export async function* pages(path, query = {}, signal) {
  /** @type {string | null} */
  let cursor = null;
  do {
    const { data } = await get(path, { query: { limit: 200, ...query, cursor }, signal });
    yield* data.items;
    cursor = data.next_cursor;
  } while (cursor);
}

/**
 * @typedef {{ query?: Query, deps?: unknown[], topics?: string[], poll?: number }} ApiUse
 *   topics: reads again when an event of them arrives; poll: seconds between readings while the page is seen
 * @typedef {{ data: any, error: ApiError | null, loading: boolean, etag: string | null }} ApiState
 */

/**
 * What a path answers, kept fresh. Another path starts from nothing; another query, an event or a failure keeps what is
 * shown until something newer is there.
 *
 * @param {string | null} path null: nothing is asked
 * @param {ApiUse} [use]
 * @returns {ApiState & { reload: () => void }}
 */
export function useApi(path, { query, deps = [], topics = [], poll } = {}) {
  const url = path === null ? null : address(path, query);
  const [state, setState] = useState(/** @type {ApiState & { path: string | null }} */ ({ data: undefined, error: null, loading: path !== null, etag: null, path }));
  const [turn, setTurn] = useState(0);
  const last = useRef(/** @type {{ url: string | null, etag: string | null }} */ ({ url: null, etag: null }));
  const reload = useRef(() => setTurn((n) => n + 1)).current;

  useEffect(() => {
    if (path === null || url === null) {
      setState({ data: undefined, error: null, loading: false, etag: null, path });
      return undefined;
    }
    const abort = new AbortController();
    const etag = last.current.url === url ? last.current.etag : null;
    setState((was) => (was.path === path ? { ...was, loading: true } : { data: undefined, error: null, loading: true, etag: null, path }));
    request('GET', path, { query, etag, signal: abort.signal }).then(
      (answer) => {
        last.current = { url, etag: answer.etag ?? etag };
        setState((was) => ({
          data: answer.status === 304 ? was.data : answer.data, error: null, loading: false, etag: answer.etag ?? was.etag, path,
        }));
      },
      (error) => {
        if (abort.signal.aborted) return;
        if (!(error instanceof ApiError)) throw error;
        setState((was) => ({ ...was, error, loading: false, path }));
      },
    );
    return () => abort.abort();
  }, [url, turn, ...deps]);

  const about = topics.join(',');
  useEffect(() => {
    if (url === null || (!about && !poll)) return undefined;
    let timer = 0;
    let stale = false;
    const again = () => {
      stale = document.hidden;
      clearTimeout(timer);
      if (!stale) timer = window.setTimeout(reload, EVENTS_SETTLE_MS);
    };
    const seen = () => {
      if (!document.hidden && stale) again();
    };
    const off = about ? subscribe(about.split(','), again) : () => {};
    const ticking = poll ? setInterval(again, poll * 1000) : 0;
    document.addEventListener('visibilitychange', seen);
    return () => {
      off();
      clearTimeout(timer);
      clearInterval(ticking);
      document.removeEventListener('visibilitychange', seen);
    };
  }, [url, about, poll]);

  const current = state.path === path ? state : { data: undefined, error: null, loading: path !== null, etag: null };
  return { data: current.data, error: current.error, loading: current.loading, etag: current.etag, reload };
}
