// A few words about what is under the pointer or the focus. It stays while the pointer is on its anchor, goes on Esc,
// and describes the anchor to assistive technology; nothing needed to work is told only here.

import { html, useEffect, useRef, useState } from '/vendor/preact.js';
import { useId } from './field.js';
import { place } from './menu.js';

const DELAY_MS = 350;

/** @param {{ text: any, children?: any, focusable?: boolean }} props `focusable` when the anchor itself takes no focus */
export function Tooltip({ text, children, focusable }) {
  const id = useId('tip');
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  const anchor = useRef(/** @type {HTMLElement | null} */ (null));
  const timer = useRef(0);
  const [open, setOpen] = useState(false);
  useEffect(() => {
    if (!open || !box.current || !anchor.current) return undefined;
    box.current.showPopover();
    place(box.current, anchor.current, 'center');
    const escape = (/** @type {KeyboardEvent} */ event) => event.key === 'Escape' && setOpen(false);
    document.addEventListener('keydown', escape);
    return () => document.removeEventListener('keydown', escape);
  }, [open]);
  useEffect(() => () => clearTimeout(timer.current), []);

  if (!text) return children;
  const show = (/** @type {number} */ after) => {
    clearTimeout(timer.current);
    timer.current = window.setTimeout(() => setOpen(true), after);
  };
  const hide = () => {
    clearTimeout(timer.current);
    setOpen(false);
  };
  return html`<span class="tooltip-anchor" ref=${anchor} tabIndex=${focusable ? 0 : undefined} aria-describedby=${open ? id : undefined}
    onMouseEnter=${() => show(DELAY_MS)} onMouseLeave=${hide} onFocusIn=${() => show(0)} onFocusOut=${hide}>${children}
    ${open && html`<span id=${id} ref=${box} class="tooltip" role="tooltip" popover="manual">${text}</span>`}</span>`;
}
