// The frame of every page: its heading, its actions, its content. The way to the page (crumbs) is handed to the top bar
// of the shell, which shows it as the context one works in.

import { html, signal, useEffect, useLayoutEffect, useRef } from '/vendor/preact.js';

/** @typedef {{ label: string, href?: string }} Crumb */

/** A heading went while it had the focus: a page showed that it loads, and now shows itself. */
let focusLost = false;

/** What the page on screen says about where it is. */
export const place = signal(/** @type {{ title: string, crumbs: Crumb[] }} */ ({ title: '', crumbs: [] }));

/**
 * @param {{ title: any, name?: string, crumbs?: Crumb[], actions?: any, lead?: any, children?: any, here?: string }} props
 *   `name` is the title as plain text where `title` is more than that; `here` stands last in the crumbs instead of it
 */
export function Page({ title, name, crumbs = [], actions, lead, children, here }) {
  const plain = here ?? name ?? (typeof title === 'string' ? title : '');
  const way = JSON.stringify(crumbs);
  const heading = useRef(/** @type {HTMLElement | null} */ (null));
  useLayoutEffect(() => {
    if (focusLost && document.activeElement === document.body) heading.current?.focus({ preventScroll: true });
    focusLost = false;
    const mine = heading.current;
    return () => {
      focusLost = document.activeElement === mine;
    };
  }, []);
  useEffect(() => {
    place.value = { title: plain, crumbs: JSON.parse(way) };
    return () => {
      place.value = { title: '', crumbs: [] };
    };
  }, [plain, way]);
  return html`<div class="page">
    <div class="page-head"><div class="grow">
      <h1 ref=${heading} tabIndex=${-1}>${title}</h1>${lead && html`<div class="page-lead">${lead}</div>`}</div>
      ${actions && html`<div class="page-actions row">${actions}</div>`}</div>
    ${children}
  </div>`;
}
