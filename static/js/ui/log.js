// A log of any size: only the lines in sight are in the document, only a few megabytes of it in memory (log_text.js).
// It follows a file that is still written, searches through all of it, shows warnings and errors alone, and every line
// has an address. Search, level and line belong to the address of the page; this file only says what was asked for.
//
// Keys in the log: arrows and Page Up/Down scroll, Home and End go to its ends, n and N to the next and previous match.

import { html, useEffect, useLayoutEffect, useMemo, useRef, useState } from '/vendor/preact.js';
import { ApiError } from '../api.js';
import { bytes, num, pct, plural } from '../fmt.js';
import { Button } from './button.js';
import { Empty, Problem, Skeleton } from './card.js';
import { Search, Select } from './input.js';
import { levelOf } from './log_levels.js';
import { LogText, byteOf } from './log_text.js';
import { announce } from './toast.js';

const LINE_PX = 20;
const SPARE = 40;
const EDGE_LINES = 300;
const GROW_MS = 2000;
const TYPING_MS = 300;
const LEVELS = [{ value: '', label: 'All lines' }, { value: 'warning', label: 'Warnings and errors' }, { value: 'error', label: 'Errors' }];

/**
 * @typedef {{ path: string, query?: Record<string, any>, growing?: boolean, line?: string, find?: string, level?: string, follow?: boolean,
 *             label?: string, lineHref: (line: string) => string, onAsk: (asked: { find?: string, level?: string, follow?: boolean, line?: null }) => void,
 *             downloadHref?: string, end?: any }} LogProps
 *   line: a number, or "b" and the byte a line begins at; onAsk: what the reader wants to see next; end: more controls
 */

/** @param {string} text @param {string} find */
function marked(text, find) {
  if (!find) return text;
  const parts = [];
  const low = text.toLowerCase();
  let from = 0;
  for (let at = low.indexOf(find); at >= 0 && parts.length < 40; at = low.indexOf(find, from)) {
    parts.push(text.slice(from, at), html`<mark>${text.slice(at, at + find.length)}</mark>`);
    from = at + find.length;
  }
  return parts.length ? [...parts, text.slice(from)] : text;
}

/** The rest of lines in sight: where they are drawn. @param {{ count: number, first: number, children: any }} props */
function Lines({ count, first, children }) {
  const room = (/** @type {HTMLElement | null} */ e) => e?.style.setProperty('height', `${count * LINE_PX}px`);
  const shift = (/** @type {HTMLElement | null} */ e) => e?.style.setProperty('transform', `translateY(${first * LINE_PX}px)`);
  return html`<div class="log-room" ref=${room}><div class="log-lines" ref=${shift}>${children}</div></div>`;
}

/** What all of a log says about a search or a level. @param {LogText | null} log @param {string} find @param {string} level @param {number} size */
function useScan(log, find, level, size) {
  const [found, setFound] = useState({ matches: /** @type {import('./log_text.js').Match[]} */ ([]), share: 1, all: true, of: '' });
  const asked = `${find}\n${level}`;
  useEffect(() => {
    if (!log || !log.size || (!find && !level)) {
      setFound({ matches: [], share: 1, all: true, of: '' });
      return undefined;
    }
    const abort = new AbortController();
    const wanted = find.toLowerCase();
    const fits = (/** @type {string} */ text) => {
      if (find && !text.toLowerCase().includes(wanted)) return false;
      if (!level) return true;
      const own = levelOf(text);
      return own === 'error' || (level === 'warning' && own === 'warning');
    };
    const timer = setTimeout(async () => {
      try {
        const { matches, all } = await log.scan(fits, abort.signal, (share, so) => !abort.signal.aborted && setFound({ matches: so.slice(), share, all: true, of: asked }));
        if (!abort.signal.aborted) setFound({ matches, share: 1, all, of: asked });
      } catch (error) {
        if (!abort.signal.aborted && !(error instanceof ApiError) && /** @type {any} */ (error)?.name !== 'AbortError') throw error;
      }
    }, find ? TYPING_MS : 0);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [log, asked, log?.whole ? size : 0]);
  return found;
}

/** @param {LogProps} props */
export function Log({ path, query = {}, growing = false, line, find = '', level = '', follow = false, label = 'Log', lineHref, onAsk, downloadHref, end }) {
  const box = useRef(/** @type {HTMLDivElement | null} */ (null));
  const [, setTurn] = useState(0);
  const [view, setView] = useState({ first: 0, end: 80 });
  const [error, setError] = useState(/** @type {ApiError | null} */ (null));
  const [ready, setReady] = useState(false);
  const [at, setAt] = useState(-1);
  const [typed, setTyped] = useState(find);
  const wanted = useRef(/** @type {{ index: number } | null} */ (null));
  const busy = useRef(false);
  const log = useMemo(() => new LogText(path, query), [path, JSON.stringify(query)]);
  const redraw = () => setTurn((n) => n + 1);
  const found = useScan(ready ? log : null, find, level, log.size);
  const only = Boolean(level);
  const count = only ? found.matches.length : log.lines.length;

  /** Reads, one thing at a time; moves the scroll by the lines that came or went above. @param {() => Promise<number | void>} read @param {number} [sign] */
  const reading = async (read, sign = 0) => {
    if (busy.current) return;
    busy.current = true;
    try {
      const moved = await read();
      if (box.current && moved && sign) box.current.scrollTop += sign * moved * LINE_PX;
      setError(null);
    } catch (problem) {
      if (log.abort.signal.aborted) return;
      if (!(problem instanceof ApiError)) throw problem;
      setError(problem);
    } finally {
      busy.current = false;
      redraw();
    }
  };

  const toBottom = () => {
    if (box.current) box.current.scrollTop = box.current.scrollHeight;
  };
  const show = (/** @type {number} */ index) => {
    wanted.current = { index };
    redraw();
  };

  // Opening: at the line asked for, at the end when following or when it is a long log still written, else at the top.
  useEffect(() => {
    setReady(false);
    reading(async () => {
      if (line) {
        await log.measure();
        show(await log.bring(line));
      } else if (follow) {
        await log.openEnd();
        show(log.lines.length - 1);
      } else {
        await log.openAt(0);
        while (log.end < log.size && log.size < 1e6) await log.down();
      }
    }).then(() => setReady(true));
    return () => log.stop();
  }, [log]);

  useEffect(() => {
    if (ready && line) reading(async () => show(await log.bring(line)));
  }, [line]);

  useEffect(() => {
    if (!growing) return undefined;
    const timer = setInterval(() => {
      if (document.hidden) return;
      reading(async () => {
        const gone = await log.grow();
        if (follow && log.end < log.size) await log.openEnd();
        return gone;
      }, -1);
    }, GROW_MS);
    return () => clearInterval(timer);
  }, [log, growing, follow]);

  useEffect(() => {
    if (!follow || !ready) return;
    reading(() => (log.end < log.size ? log.openEnd() : Promise.resolve()));
  }, [follow]);

  useLayoutEffect(() => {
    if (follow && !line) toBottom();
  }, [log.end, follow, ready]);

  useLayoutEffect(() => {
    const target = wanted.current;
    if (!target || !box.current) return;
    wanted.current = null;
    box.current.scrollTop = Math.max(0, target.index * LINE_PX - box.current.clientHeight / 3);
    look();
  });

  useEffect(() => setTyped(find), [find]);
  useEffect(() => {
    if (typed === find) return undefined;
    const timer = setTimeout(() => onAsk({ find: typed }), TYPING_MS);
    return () => clearTimeout(timer);
  }, [typed]);

  // A search without a line shows its last match: what went wrong stands at the end.
  useEffect(() => {
    setAt(-1);
    if (found.of && found.share === 1 && found.matches.length && find && !line) goMatch(found.matches.length - 1);
  }, [found.of, found.share === 1]);

  function look() {
    const element = box.current;
    if (!element) return;
    const first = Math.max(0, Math.floor(element.scrollTop / LINE_PX) - SPARE);
    const last = Math.ceil((element.scrollTop + element.clientHeight) / LINE_PX) + SPARE;
    setView((was) => (was.first === first && was.end === last ? was : { first, end: last }));
    if (only || !ready) return;
    if (first < EDGE_LINES && log.start > 0) reading(() => log.up(), 1);
    else if (last > log.lines.length - EDGE_LINES && log.end < log.size) reading(() => log.down(), -1);
  }

  const onScroll = () => {
    const element = box.current;
    if (follow && element && element.scrollHeight - element.scrollTop - element.clientHeight > 3 * LINE_PX && !busy.current) onAsk({ follow: false });
    look();
  };

  /** @param {number} index */
  const goMatch = (index) => {
    const match = found.matches[index];
    if (!match) return;
    setAt(index);
    announce(`Match ${index + 1} of ${found.matches.length}, line ${match.line}: ${match.text.trim()}`);
    if (only) show(index);
    else reading(async () => show(await log.bring(log.first !== null ? String(match.line) : `b${match.at}`)));
  };
  const step = (/** @type {number} */ by) => found.matches.length && goMatch((at + by + found.matches.length) % found.matches.length);
  const toStart = () => reading(async () => (log.start > 0 ? log.openAt(0) : undefined)).then(() => show(0));
  const toEnd = () => reading(async () => (log.end < log.size ? log.openEnd() : undefined)).then(() => show(log.lines.length - 1));
  const toPlace = (/** @type {any} */ event) => {
    const place = Number(event.currentTarget.value);
    reading(async () => {
      await log.openAt(place);
      show(Math.max(0, log.indexOf(`b${place}`)));
    });
  };
  const onFindKey = (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== 'Enter') return;
    event.preventDefault();
    step(event.shiftKey ? -1 : 1);
  };
  const onKey = (/** @type {KeyboardEvent} */ event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'n' || event.key === 'N') step(event.key === 'n' ? 1 : -1);
    else if (event.key === 'Home') toStart();
    else if (event.key === 'End') toEnd();
    else return;
    event.preventDefault();
  };

  const current = only ? -1 : line ? log.indexOf(line) : -1;
  const needle = find.toLowerCase();
  const rows = [];
  for (let i = Math.min(view.first, Math.max(0, count - 1)); i < Math.min(view.end, count); i += 1) {
    const match = only ? found.matches[i] : null;
    const text = match ? match.text : log.lines[i].text;
    const name = match ? String(match.line) : log.nameOf(i);
    const isMatch = match ? i === at : at >= 0 && found.matches[at]?.at === log.lines[i].at;
    const no = byteOf(name) === null ? name : num(byteOf(name));
    rows.push(html`<div key=${name} class="log-line" data-level=${levelOf(text) ?? undefined} data-current=${i === current || isMatch ? '' : undefined}>
      <a class="log-no" href=${lineHref(name)} aria-label=${`${no === name ? 'Line' : 'Byte'} ${no}`} tabIndex=${-1}>${no}</a><span>${marked(text, needle) || ' '}</span></div>`);
  }

  if (error && !log.lines.length) {
    const words = growing ? 'The log begins when the run does; it appears here by itself.' : 'This run has no such log.';
    if (error.status === 404) return html`<${Empty} icon="log" title="Nothing was written yet">${words}<//>`;
    return html`<${Problem} error=${error} />`;
  }
  const part = !log.whole && log.size > 0;
  const share = log.start / Math.max(1, log.size);
  const going = found.share < 1;
  const counted = found.of ? `${found.all ? '' : 'first '}${plural(found.matches.length, going ? 'match so far' : 'match', going ? 'matches so far' : 'matches')}` : '';
  const where = log.first !== null && log.whole ? `${plural(log.lines.length, 'line')}, ${bytes(log.size)}`
    : `${bytes(log.size)}, in parts: ${pct(share)} to ${pct(Math.min(1, log.end / Math.max(1, log.size)))} are here`;
  const none = only ? (going ? 'Looking …' : 'No line of this kind.') : growing ? 'Nothing was written yet.' : 'This log is empty.';
  return html`<div class="log-box">
    <div class="log-bar">
      ${end}
      <div class="log-find"><${Search} label="Search the log" value=${typed} onInput=${setTyped} onKeyDown=${onFindKey} /></div>
      ${find && html`<span class="row nowrap">
        <${Button} size="small" icon="up" label="Previous match" disabled=${!found.matches.length} onClick=${() => step(-1)} />
        <${Button} size="small" icon="down" label="Next match" disabled=${!found.matches.length} onClick=${() => step(1)} />
        <span class="small muted num" role="status">${at >= 0 ? `${num(at + 1)} of ${counted}` : counted}${going ? `, ${pct(found.share)}` : ''}</span></span>`}
      <${Select} aria-label="Lines shown" value=${level} options=${LEVELS} onInput=${(/** @type {string} */ v) => onAsk({ level: v })} />
      <span class="grow"></span>
      ${growing && html`<${Button} icon=${follow ? 'pause' : 'play'} aria-pressed=${follow ? 'true' : 'false'}
        onClick=${() => onAsk({ follow: !follow, line: null })}>Follow<//>`}
      <${Button} kind="quiet" icon="first" label="Go to the beginning" onClick=${toStart} />
      <${Button} kind="quiet" icon="last" label="Go to the end" onClick=${toEnd} />
      ${downloadHref && html`<${Button} kind="quiet" icon="download" label="Download the log" href=${downloadHref} download />`}
    </div>
    <div class="log" ref=${box} tabIndex=${0} role="region" aria-label=${label} aria-busy=${ready ? undefined : 'true'} onScroll=${onScroll} onKeyDown=${onKey}>
      ${!ready && !log.lines.length ? html`<${Skeleton} lines=${12} />`
    : count ? html`<${Lines} count=${count} first=${Math.min(view.first, Math.max(0, count - 1))}>${rows}<//>`
      : html`<p class="log-none muted">${none}</p>`}
    </div>
    <div class="log-foot small muted"><span role="status">${ready ? where : ''}${only && counted ? ` · ${counted}` : ''}</span>
      ${error && html`<span class="log-away">Not reached; shown as last read.</span>`}
      ${part && !only && html`<label class="log-place">Place <input type="range" min="0" max=${log.size} step=${Math.max(1, Math.floor(log.size / 200))}
        value=${log.start} aria-valuetext=${pct(share)} onChange=${toPlace} /></label>`}
    </div>
  </div>`;
}
