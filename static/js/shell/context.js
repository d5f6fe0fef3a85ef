// What the shell, its palette and home all need to know; the palette itself is loaded when the first page is there.

import { signal } from '/vendor/preact.js';
import { location } from '../router.js';
import { place } from '../ui/page.js';

export const paletteShown = signal(false);

/** The project the page on screen belongs to, or null. @returns {string | null} */
export function currentProject() {
  const crumb = place.value.crumbs.find((c) => /^\/projects\/prj_/.test(c.href ?? ''));
  return crumb?.href?.split(/[/?]/)[2] ?? (location.value.params?.id?.startsWith('prj_') ? location.value.params.id : location.value.query?.get('project')) ?? null;
}

/** The sign of a kind of thing. @type {Record<string, string>} */
export const KIND_ICON = { run: 'runs', project: 'projects', structure: 'structure', template: 'templates', module: 'modules' };
