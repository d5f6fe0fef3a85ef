// The still picture of a structure in a list: read when it comes into sight, kept while the tab lives, and left out where
// it would be large or of a format that is not drawn.

import { html, useEffect, useRef, useState } from '/vendor/preact.js';
import { raw } from '../api.js';
import { Icon } from '../ui/index.js';
import { atomsOf, canDraw, Still, stillReady } from './still.js';

const BYTES_MAX = 1.5e6;
const KEPT_MAX = 100;

/** @type {Map<string, string>} */
const kept = new Map();

/** @param {string} id @param {AbortSignal} signal @returns {Promise<string>} */
async function read(id, signal) {
  const known = kept.get(id);
  if (known !== undefined) return known;
  const [text] = await Promise.all([raw(`/structures/${id}/content`, { signal }).then((reply) => reply.text()), stillReady()]);
  if (kept.size >= KEPT_MAX) kept.delete(/** @type {string} */ (kept.keys().next().value));
  kept.set(id, text);
  return text;
}

/** @param {{ structure: { id: string, name: string, state: string, format?: string | null, bytes?: number | null } }} props */
export function Thumb({ structure }) {
  const { id, name, format, state } = structure;
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  const [text, setText] = useState(/** @type {string | null} */ (kept.get(id) ?? null));
  const drawn = state === 'ready' && canDraw(format) && (structure.bytes ?? 0) <= BYTES_MAX;
  useEffect(() => {
    if (!drawn || text !== null || !box.current) return undefined;
    const abort = new AbortController();
    const sight = new IntersectionObserver((entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      sight.disconnect();
      read(id, abort.signal).then(setText, () => undefined);
    }, { rootMargin: '200px' });
    sight.observe(box.current);
    return () => {
      sight.disconnect();
      abort.abort();
    };
  }, [id, drawn]);
  const shown = drawn && text !== null && atomsOf(text, format ?? '').length > 1;
  return html`<div class="structure-thumb" ref=${box}>${shown ? html`<${Still} text=${text} format=${format}
    label=${`Picture of ${name}`} />` : html`<${Icon} name="structure" />`}</div>`;
}
