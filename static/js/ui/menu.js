// A button that opens a menu, on the native popover: it lies above everything, closes on Esc or a press elsewhere.
// Arrow keys, Home, End and first letters move; Tab closes. `place` keeps a floating box at its anchor and on screen.

import { html, useLayoutEffect, useRef, useState } from '/vendor/preact.js';
import { Button } from './button.js';
import { useId } from './field.js';
import { Icon } from './icon.js';

/**
 * Puts a box below its anchor (above where there is no room), inside the window.
 * @param {HTMLElement} box @param {Element} anchor @param {'start' | 'end' | 'center'} [align]
 */
export function place(box, anchor, align = 'start') {
  const a = anchor.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = box;
  const edge = document.documentElement.clientWidth - width - 8;
  const wanted = align === 'end' ? a.right - width : align === 'center' ? a.left + a.width / 2 - width / 2 : a.left;
  const below = a.bottom + 4;
  const top = below + height > window.innerHeight - 8 && a.top - height - 4 > 8 ? a.top - height - 4 : below;
  box.style.setProperty('left', `${Math.max(8, Math.min(wanted, edge))}px`);
  box.style.setProperty('top', `${Math.max(8, top)}px`);
}

/**
 * @typedef {{ label?: any, icon?: string, onClick?: () => void, href?: string, danger?: boolean, disabled?: boolean,
 *   checked?: boolean, note?: any, line?: boolean }} MenuItem  `line` is a separator, `note` plain words
 */

/**
 * @param {{ label: any, items: MenuItem[], icon?: string, kind?: 'plain' | 'quiet' | 'primary', size?: 'small',
 *   align?: 'start' | 'end', children?: any, onOpen?: () => void, [attribute: string]: any }} props
 *   `label` is read out, and shown unless `children` or only an icon are
 */
export function Menu({ label, items, icon, kind = 'plain', size, align = 'start', children, onOpen, ...rest }) {
  const id = useId('menu');
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  const anchor = useRef(/** @type {HTMLElement | null} */ (null));
  const [open, setOpen] = useState(false);

  const entries = () => /** @type {HTMLElement[]} */ ([...(box.current?.querySelectorAll('[role^=menuitem]:not([aria-disabled])') ?? [])]);
  const focus = (/** @type {number} */ index) => {
    const all = entries();
    all[(index + all.length) % all.length]?.focus();
  };
  const toggled = (/** @type {any} */ event) => setOpen(event.newState === 'open');
  // Only when its entries are there can the box be measured and one of them take the focus.
  useLayoutEffect(() => {
    if (!open || !box.current || !anchor.current) return;
    place(box.current, anchor.current, align);
    focus(0);
    onOpen?.();
  }, [open]);
  const close = () => box.current?.hidePopover();
  const pick = (/** @type {MenuItem} */ item) => {
    close();
    item.onClick?.();
  };
  const key = (/** @type {KeyboardEvent} */ event) => {
    const all = entries();
    const at = all.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    if (event.key === 'ArrowDown') focus(at + 1);
    else if (event.key === 'ArrowUp') focus(at - 1);
    else if (event.key === 'Home') focus(0);
    else if (event.key === 'End') focus(-1);
    else if (event.key === 'Tab') return close();
    else if (event.key.length === 1 && /\S/.test(event.key) && !event.ctrlKey && !event.metaKey) {
      const next = [...all.slice(at + 1), ...all].find((e) => e.textContent?.trim().toLowerCase().startsWith(event.key.toLowerCase()));
      if (!next) return undefined;
      next.focus();
    } else return undefined;
    event.preventDefault();
    return event.stopPropagation();
  };
  const openByKey = (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== 'ArrowDown' || open) return;
    event.preventDefault();
    box.current?.showPopover();
  };
  const line = (/** @type {MenuItem} */ item, /** @type {number} */ index) => {
    if (item.line) return html`<hr key=${index} />`;
    if (item.note) return html`<div key=${index} class="note" role="presentation">${item.note}</div>`;
    const shared = {
      role: item.checked === undefined ? 'menuitem' : 'menuitemradio', tabIndex: -1, 'data-danger': item.danger ? '' : undefined,
      'aria-checked': item.checked === undefined ? undefined : String(item.checked), 'aria-disabled': item.disabled ? 'true' : undefined,
    };
    const inside = html`${item.icon ? html`<${Icon} name=${item.icon} />` : item.checked !== undefined && html`<${Icon}
      name=${item.checked ? 'check' : 'none'} />`}<span>${item.label}</span>`;
    return item.href && !item.disabled
      ? html`<a key=${index} ...${shared} href=${item.href} onClick=${() => pick(item)}>${inside}</a>`
      : html`<button key=${index} ...${shared} type="button" onClick=${() => !item.disabled && pick(item)}>${inside}</button>`;
  };

  const only = !children && icon;
  return html`<span class="tooltip-anchor" ref=${anchor}>
    <${Button} ...${rest} kind=${kind} size=${size} icon=${icon} label=${only ? label : undefined}
      aria-label=${children ? label : undefined} popovertarget=${id}
      aria-haspopup="menu" aria-expanded=${open ? 'true' : 'false'}
        onKeyDown=${openByKey}>${children ?? (only ? null : html`${label}<${Icon} name="down" />`)}<//>
    <div id=${id} ref=${box} class="menu" popover="auto" role="menu" aria-label=${typeof label === 'string' ? label : undefined}
      onToggle=${toggled}
      onKeyDown=${key}>${open && items.map(line)}</div>
  </span>`;
}
