// The address bar is the page. Links are plain <a href>: a click on one of ours changes the address and `location`
// follows; everything else (files, the API, other origins, a held modifier key) stays the browser's.
//
// Each entry of the history carries its number and where it was scrolled to, so that Back returns to the place left, and
// a page with unsaved work can refuse to be left by Back too: the step is taken back, and taken again if all agree.

import { signal, useEffect } from '/vendor/preact.js';
import { notFound, routes } from './routes.js';

/**
 * @typedef {import('./routes.js').Row} Row
 * @typedef {{ path: string, params: Record<string, string>, query: URLSearchParams, row: Row, hash: string }} Location
 * @typedef {() => boolean | Promise<boolean>} LeaveCheck true: may be left
 */

/** Addresses of the server itself, which no page has. */
const SERVER = /^\/(api|healthz|readyz|metrics|vendor|css|js)(\/|$)/;
const RESTORE_MS = 1500;

/** @param {string} text */
function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** @param {string} pattern @param {string} path @returns {Record<string, string> | null} */
export function match(pattern, path) {
  const want = pattern.split('/').slice(1);
  const have = path.replace(/(.)\/+$/, '$1').split('/').slice(1);
  /** @type {Record<string, string>} */
  const params = {};
  for (const [i, part] of want.entries()) {
    if (part === '*') {
      params.rest = have.slice(i).map(decode).join('/');
      return params;
    }
    const optional = part.endsWith('?');
    if (have[i] === undefined || (have[i] === '' && part !== '')) return optional ? params : null;
    if (part.startsWith(':')) params[part.slice(1, optional ? -1 : undefined)] = decode(have[i]);
    else if (part !== have[i]) return null;
  }
  return have.length > want.length ? null : params;
}

/** @param {URL} url @returns {Location} */
function locate(url) {
  const about = { path: url.pathname, query: url.searchParams, hash: url.hash };
  for (const row of routes) {
    const params = match(row.path, url.pathname) ?? (row.path.endsWith('/*') ? match(row.path.slice(0, -2), url.pathname) : null);
    if (params) return { ...about, params, row };
  }
  return { ...about, params: {}, row: notFound };
}

const here = () => new URL(window.location.href);

/** Where we are. */
export const location = signal(locate(here()));

/** @type {Set<LeaveCheck>} */
const checks = new Set();
let current = Number(history.state?.n ?? 0);
let returning = false;

history.scrollRestoration = 'manual';
history.replaceState({ ...history.state, n: current }, '');

async function mayLeave() {
  for (const check of [...checks]) if (!(await check())) return false;
  return true;
}

/** Pages may take a moment to have their height back. @param {number} top */
function scrollBack(top) {
  const until = performance.now() + RESTORE_MS;
  const step = () => {
    window.scrollTo(0, top);
    if (Math.abs(window.scrollY - top) > 2 && performance.now() < until) requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
}

/** @param {string} target @returns {URL} */
const resolve = (target) => new URL(target, window.location.href);

/** @param {URL} url whether an address is a page of ours */
function isPage(url) {
  const last = url.pathname.slice(url.pathname.lastIndexOf('/') + 1);
  return url.origin === window.location.origin && !SERVER.test(url.pathname)
    && (!last.includes('.') || url.pathname.startsWith('/modules/') || url.pathname.startsWith('/help/'));
}

/** @param {URL} url @param {boolean} [replace] */
function show(url, replace) {
  const before = location.peek();
  if (replace) {
    history.replaceState(history.state, '', url);
  } else {
    history.replaceState({ ...history.state, top: window.scrollY }, '');
    current += 1;
    history.pushState({ n: current }, '', url);
  }
  location.value = locate(url);
  if (!replace && before.path !== url.pathname && before.row !== location.peek().row) window.scrollTo(0, 0);
}

/** Goes to a page of ours. @param {string} target @param {{ replace?: boolean }} [how] */
export async function go(target, { replace } = {}) {
  const url = resolve(target);
  if (!isPage(url)) {
    window.location.assign(url);
    return;
  }
  if (url.pathname !== window.location.pathname && !(await mayLeave())) return;
  show(url, replace || url.href === window.location.href);
}

/**
 * Changes parts of the query: a string sets, null or '' removes. Choosing something adds to the history, typing replaces.
 *
 * @param {Record<string, string | number | null | undefined>} changes @param {{ replace?: boolean }} [how]
 */
export function setQuery(changes, { replace } = {}) {
  const url = here();
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === undefined || value === '') url.searchParams.delete(name);
    else url.searchParams.set(name, String(value));
  }
  if (url.href !== window.location.href) show(url, replace);
}

/** Asked before the page is left, as long as it is not taken back. @param {LeaveCheck} check @returns {() => void} */
export function blockLeave(check) {
  checks.add(check);
  return () => checks.delete(check);
}

/** The title of the page while a component shows. @param {string | null | undefined} text */
export function useTitle(text) {
  useEffect(() => {
    if (text) document.title = `${text} · Athanor`;
  }, [text]);
}

window.addEventListener('popstate', async ({ state }) => {
  if (returning) {
    returning = false;
    return;
  }
  const target = here();
  if (!state) {
    // A link to a place in this page: the browser goes there itself, the entry only gets its number.
    current += 1;
    history.replaceState({ n: current }, '');
    location.value = locate(target);
    return;
  }
  const n = Number(state.n ?? 0);
  const steps = n - current;
  if (checks.size && target.pathname !== location.peek().path && steps !== 0) {
    returning = true;
    history.go(-steps);
    if (!(await mayLeave())) return;
    checks.clear();
    history.go(steps);
    return;
  }
  current = n;
  location.value = locate(target);
  scrollBack(state.top ?? 0);
});

window.addEventListener('beforeunload', (event) => {
  if (checks.size) event.preventDefault();
});

document.addEventListener('click', (event) => {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = event.target instanceof Element ? event.target.closest('a[href]') : null;
  if (!(link instanceof HTMLAnchorElement) || link.target || link.hasAttribute('download')) return;
  const url = resolve(link.href);
  if (!isPage(url)) return;
  if (url.hash && url.pathname === window.location.pathname && url.search === window.location.search) return;
  event.preventDefault();
  go(url.href);
});
