// Keyboard shortcuts and the dialog that shows them. Single keys never work while one types or a dialog is open, and a
// person may switch them off (WCAG 2.1.4); Ctrl-K stays. A page adds its own with useKeys.

import { html, signal, useEffect } from '/vendor/preact.js';
import { prefs, savePref } from '../store.js';
import { Check, Dialog, toast } from '../ui/index.js';
import { paletteShown } from './context.js';

/** @typedef {{ keys: string, text: string, either?: boolean, run?: (event: KeyboardEvent) => void }} Shortcut  keys: 'j', '?', 'g h', 'Space'; without `run` only shown; `either`: one of them, not one after the other */
/** @typedef {{ title: string, shortcuts: Shortcut[] }} Group */

const groups = signal(/** @type {Group[]} */ ([]));
const SEQUENCE_MS = 1200;
const TYPING = 'input:not([type=checkbox], [type=radio], [type=range]), textarea, select, [contenteditable=true], [role=menu], [role=listbox]';
let leader = '';
let leaderAt = 0;

export const keysShown = signal(false);

/** Whether single-key shortcuts are on. */
export const singleKeys = () => /** @type {any} */ (prefs.value)?.single_keys !== false;

/**
 * Offers shortcuts as long as the calling component is on screen. `shortcuts` may be made anew at each rendering.
 * @param {string} title @param {Shortcut[]} shortcuts
 */
export function useKeys(title, shortcuts) {
  const group = { title, shortcuts };
  useEffect(() => {
    groups.value = [...groups.peek(), group];
    return () => {
      groups.value = groups.peek().filter((g) => g !== group);
    };
  }, [title]);
  // The latest functions, without another registration.
  useEffect(() => {
    const mine = groups.peek().find((g) => g.title === title);
    if (mine) mine.shortcuts = shortcuts;
  });
}

/** Whether a key belongs to what has the focus. @param {EventTarget | null} target */
function types(target) {
  const element = /** @type {HTMLElement | null} */ (target);
  return Boolean(element?.closest?.(TYPING));
}

const named = (/** @type {KeyboardEvent} */ event) => (event.key === ' ' ? 'Space' : event.key);

/** @param {KeyboardEvent} event */
function dispatch(event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || !singleKeys()) return;
  if (types(event.target) || paletteShown.value || document.querySelector('dialog[open]')) return;
  const key = named(event);
  // Space and Enter on a control press it.
  if ((key === 'Space' || key === 'Enter') && /** @type {HTMLElement} */ (event.target)?.closest?.('button, a, summary, input, [role=tab]')) return;
  const sequence = leader && performance.now() - leaderAt < SEQUENCE_MS ? `${leader} ${key}` : '';
  const all = groups.peek().flatMap((g) => g.shortcuts).reverse();
  const hit = (sequence && all.find((s) => s.keys === sequence && s.run)) || all.find((s) => s.keys === key && s.run);
  leader = '';
  if (hit) {
    event.preventDefault();
    hit.run?.(event);
  } else if (all.some((s) => s.keys.startsWith(`${key} `))) {
    leader = key;
    leaderAt = performance.now();
  }
}

/** Listens for shortcuts; the shell calls it once. @returns {() => void} stops */
export function listenForKeys() {
  document.addEventListener('keydown', dispatch);
  return () => document.removeEventListener('keydown', dispatch);
}

function switchKeys(/** @type {boolean} */ on) {
  savePref('single_keys', on).catch((error) => toast(`The setting was not kept: ${error.message}`, { kind: 'bad' }));
}

/**
 * What answers keys while it has the focus, shown when one of it is on screen. The keys themselves live in the component.
 * @type {Array<Group & { on: string }>}
 */
const PARTS = [
  {
    on: '.viewer-stage', title: '3D view', shortcuts: [
      { keys: '← →', either: true, text: 'Turn' }, { keys: '+ −', either: true, text: 'Zoom' }, { keys: 'Home', text: 'Show everything' },
      { keys: 'Space', text: 'Play or pause' }, { keys: ', .', either: true, text: 'Previous, next frame' },
    ],
  },
  {
    on: '.plot-canvas', title: 'Plots', shortcuts: [
      { keys: '← →', either: true, text: 'Move the cursor' }, { keys: '+ −', either: true, text: 'Zoom' }, { keys: '0', text: 'Show everything' },
    ],
  },
  {
    on: '.log', title: 'Logs', shortcuts: [
      { keys: 'Home End', either: true, text: 'Start, end' }, { keys: 'n N', either: true, text: 'Next, previous match' },
    ],
  },
];

/** The dialog behind `?`. */
export function KeysHelp() {
  if (!keysShown.value) return null;
  const close = () => {
    keysShown.value = false;
  };
  const keys = (/** @type {Shortcut} */ s) => s.keys.split(' ').map((k, i) => html`${i > 0 && !s.either && html`<span>then</span>`}<kbd key=${i}>${k}</kbd>`);
  const shown = [...groups.value, ...PARTS.filter((part) => document.querySelector(part.on))];
  return html`<${Dialog} open=${true} wide=${shown.length > 1} title="Keyboard" onClose=${close}>
    <div class="stack loose">
      <div class="keys">${shown.map((group) => html`<section key=${group.title}><h3>${group.title}</h3>
        <dl>${group.shortcuts.map((s) => html`<dt key=${s.keys}>${s.text}</dt><dd>${keys(s)}</dd>`)}</dl></section>`)}</div>
      <${Check} checked=${singleKeys()} onInput=${switchKeys} label="Single-key shortcuts"
        hint="Switch them off when you dictate or press keys by accident. Ctrl K always works." />
    </div>
  <//>`;
}
