// The palette (Ctrl-K): one box that goes everywhere. A combobox over a grouped listbox: the focus stays in the box, the
// arrow keys move the active option, Enter goes, Ctrl-Enter opens a new tab, Esc closes and gives the focus back.

import { html, useEffect, useLayoutEffect, useMemo, useRef, useState } from '/vendor/preact.js';
import { go } from '../router.js';
import { Icon } from '../ui/index.js';
import { actions, findRuns, pageCommands, recentCommands, things } from './commands.js';
import { currentProject, paletteShown } from './context.js';
import { match, pieces } from './match.js';

/** @typedef {import('./commands.js').Command} Command */
/** @typedef {Command & { score: number, hits: number[] }} Found */

const PER_GROUP = 6;
const RUNS_AFTER_MS = 120;
const ORDER = ['Recent', 'Go to', 'Projects', 'Runs', 'Structures', 'Templates', 'Actions', 'Settings'];

/** @param {string} typed @param {Command[]} all @returns {Array<{ name: string, items: Found[] }>} groups, best first */
export function search(typed, all) {
  /** @type {Map<string, Found[]>} */
  const groups = new Map();
  const seen = new Set();
  for (const command of all) {
    if (seen.has(command.id)) continue;
    seen.add(command.id);
    const byName = match(typed, command.label);
    const byWords = !byName && command.words && typed.trim().length > 1 ? match(typed, command.words) : null;
    const hit = byName ?? (byWords && byWords.score > 100 ? { score: byWords.score - 60, hits: [] } : null) ?? (command.group === 'Runs' ? { score: 1, hits: [] } : null);
    if (!hit) continue;
    const list = groups.get(command.group) ?? [];
    list.push({ ...command, ...hit });
    groups.set(command.group, list);
  }
  const best = (/** @type {Found[]} */ items) => (typed.trim() ? items[0].score : 0);
  return [...groups].map(([name, items]) => ({ name, items: items.sort((a, b) => b.score - a.score).slice(0, PER_GROUP) }))
    .sort((a, b) => best(b.items) - best(a.items) || ORDER.indexOf(a.name) - ORDER.indexOf(b.name));
}

/** @param {{ onSignOut: () => void, showKeys: () => void }} props */
export function Palette(props) {
  return paletteShown.value ? html`<${OpenPalette} ...${props} />` : null;
}

function OpenPalette(/** @type {{ onSignOut: () => void, showKeys: () => void }} */ { onSignOut, showKeys }) {
  const box = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const list = useRef(/** @type {HTMLElement | null} */ (null));
  const [typed, setTyped] = useState('');
  const [at, setAt] = useState(0);
  const [known, setKnown] = useState(/** @type {Command[]} */ ([]));
  const [runs, setRuns] = useState(/** @type {Command[]} */ ([]));
  const [asking, setAsking] = useState(false);
  const project = currentProject();

  // At once, before the next key arrives: what is typed right after Ctrl-K belongs to the box.
  useLayoutEffect(() => box.current?.showModal(), []);
  useEffect(() => {
    let wanted = true;
    things(project).then((found) => wanted && setKnown(found));
    return () => {
      wanted = false;
    };
  }, []);
  useEffect(() => {
    const text = typed.trim();
    if (text.length < 2) {
      setRuns([]);
      setAsking(false);
      return undefined;
    }
    const abort = new AbortController();
    setAsking(true);
    const timer = setTimeout(() => findRuns(text, abort.signal).then(setRuns, () => undefined).finally(() => !abort.signal.aborted && setAsking(false)), RUNS_AFTER_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [typed]);

  const groups = useMemo(() => search(typed, [...recentCommands(), ...pageCommands(), ...known, ...runs, ...actions({ onSignOut, showKeys })]), [typed, known, runs]);
  const flat = groups.flatMap((g) => g.items);
  const active = Math.min(at, flat.length - 1);
  useEffect(() => {
    list.current?.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest' });
  }, [active, groups]);

  const close = () => {
    box.current?.close();
    paletteShown.value = false;
  };
  const pick = (/** @type {Found | undefined} */ found, /** @type {boolean} */ newTab = false) => {
    if (!found) return;
    if (found.href && newTab) {
      window.open(found.href, '_blank', 'noopener');
      return;
    }
    close();
    if (found.href) go(found.href);
    else found.run?.();
  };
  const key = (/** @type {KeyboardEvent} */ event) => {
    const count = flat.length;
    if (event.key === 'ArrowDown' && count) setAt((active + 1) % count);
    else if (event.key === 'ArrowUp' && count) setAt((active - 1 + count) % count);
    else if (event.key === 'PageDown') setAt(Math.min(count - 1, active + 8));
    else if (event.key === 'PageUp') setAt(Math.max(0, active - 8));
    else if (event.key === 'Enter') pick(flat[active], event.ctrlKey || event.metaKey);
    else return;
    event.preventDefault();
  };
  const option = (/** @type {Found} */ found) => {
    const index = flat.indexOf(found);
    return html`<div key=${found.id} id=${`palette-${index}`} role="option" aria-selected=${index === active ? 'true' : 'false'}
      onMouseMove=${() => index !== active && setAt(index)}
      onClick=${(/** @type {MouseEvent} */ e) => pick(found, e.ctrlKey || e.metaKey)}>
      <${Icon} name=${found.icon} />
        <span class="truncate">${pieces(found.label, found.hits).map((p, i) => (p.hit ? html`<mark
        key=${i}>${p.text}</mark>` : p.text))}</span>
      ${found.note && html`<span class="note">${found.note}</span>`}</div>`;
  };

  return html`<dialog ref=${box} class="palette" aria-label="Go to" onClose=${close}
    onMouseDown=${(/** @type {any} */ e) => e.target === box.current && close()}>
    <div class="ask"><${Icon} name="search" large />
      <input type="text" role="combobox" aria-label="Go to a page, project, run, structure or setting" aria-expanded="true"
        aria-controls="palette-list" aria-autocomplete="list"
        aria-activedescendant=${flat.length ? `palette-${active}` : undefined} placeholder="Where to, or what to do?" autocomplete="off" spellcheck=${false} autofocus value=${typed}
        onKeyDown=${key} onInput=${(/** @type {any} */ e) => { setTyped(e.currentTarget.value); setAt(0); }} />
      ${asking && html`<span class="spinner" aria-hidden="true"></span>`}</div>
    <div id="palette-list" ref=${list} role="listbox" aria-label="Found">
      ${groups.map((g) => html`<div key=${g.name} role="group" aria-label=${g.name}>
        <div class="group-name" aria-hidden="true">${g.name}</div>${g.items.map(option)}</div>`)}
    </div>
    ${!flat.length && !asking && html`<p class="nothing"
      role="status">Nothing is called “${typed}”. Names of projects, runs, structures, templates, pages and settings are searched.</p>`}
    <div class="foot" aria-hidden="true"><span><kbd>↑</kbd> <kbd>↓</kbd> choose</span><span><kbd>Enter</kbd> go</span><span>
      <kbd>Ctrl Enter</kbd> new tab</span><span><kbd>Esc</kbd> close</span></div>
  </dialog>`;
}
