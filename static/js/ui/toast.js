// Short news of what just happened, with at most one thing to do about it, and words for screen readers. Toasts wait
// while the pointer or the focus is on them, and lie in the top layer so that a dialog never hides them.

import { html, signal, useEffect, useRef } from '/vendor/preact.js';
import { Button } from './button.js';
import { Icon } from './icon.js';

/** @typedef {{ id: number, text: any, kind: 'info' | 'good' | 'warn' | 'bad', action?: { label: string, onClick: () => void }, seconds: number }} ToastItem */

const toasts = signal(/** @type {ToastItem[]} */ ([]));
const said = signal({ text: '', times: 0 });
const ICON = { info: 'info', good: 'finished', warn: 'warning', bad: 'alert' };
let made = 0;

/**
 * @param {any} text
 * @param {{ kind?: 'info' | 'good' | 'warn' | 'bad', action?: { label: string, onClick: () => void }, seconds?: number }} [options]
 * @returns {() => void} takes it away
 */
export function toast(text, { kind = 'info', action, seconds } = {}) {
  const id = (made += 1);
  const item = { id, text, kind, action, seconds: seconds ?? (action || kind === 'bad' ? 10 : 5) };
  toasts.value = [...toasts.value.slice(-3), item];
  announce(action ? `${text}. ${action.label} is offered.` : String(text));
  return () => dismiss(id);
}

/** Says something to screen readers without showing it. @param {string} text */
export function announce(text) {
  said.value = { text, times: said.value.times + 1 };
}

function dismiss(/** @type {number} */ id) {
  toasts.value = toasts.value.filter((t) => t.id !== id);
}

function Toast(/** @type {{ item: ToastItem }} */ { item }) {
  const timer = useRef(0);
  const wait = () => clearTimeout(timer.current);
  const run = () => {
    wait();
    timer.current = window.setTimeout(() => dismiss(item.id), item.seconds * 1000);
  };
  useEffect(() => {
    run();
    return wait;
  }, []);
  const act = () => {
    dismiss(item.id);
    item.action?.onClick();
  };
  return html`<div class="toast" data-kind=${item.kind} onMouseEnter=${wait} onMouseLeave=${run} onFocusIn=${wait} onFocusOut=${run}>
    <${Icon} name=${ICON[item.kind]} /><span>${item.text}</span>
    ${item.action ? html`<${Button} onClick=${act}>${item.action.label}<//>` : html`<span></span>`}
    <${Button} kind="quiet" icon="close" label="Dismiss" onClick=${() => dismiss(item.id)} /></div>`;
}

/** Where toasts and announcements appear; the shell mounts it once. */
export function ToastHost() {
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  const shown = toasts.value;
  useEffect(() => {
    // Shown anew with each change, so that it lies above a dialog opened meanwhile.
    if (box.current?.matches(':popover-open')) box.current.hidePopover();
    if (shown.length) box.current?.showPopover();
  }, [shown]);
  return html`<div ref=${box} class="toasts" popover="manual" role="region"
    aria-label="Notifications">${shown.map((item) => html`<${Toast} key=${item.id} item=${item} />`)}</div>
    <div class="sr-only" role="status" aria-live="polite"><span key=${said.value.times}>${said.value.text}</span></div>`;
}
