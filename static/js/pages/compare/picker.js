// Finding a run to compare with by typing: a combobox over the server's own search, runs of the same template first.

import { html, useEffect, useRef, useState } from '/vendor/preact.js';
import { Field, Input, State, announce } from '../../ui/index.js';
import { get } from '../../api.js';
import { plural } from '../../fmt.js';

const SETTLE_MS = 200;
const OFFERED = 8;

/** @typedef {{ id: string, name: string, template: string, project: string, project_name: string, state: string, unknown_since: string | null }} Item */

/** @param {{ chosen: string[], template: string | null, project: { id: string } | null, onPick: (id: string) => void }} props */
export function RunPicker({ chosen, template, project, onPick }) {
  const [text, setText] = useState('');
  const [items, setItems] = useState(/** @type {Item[]} */ ([]));
  const [open, setOpen] = useState(false);
  const [at, setAt] = useState(0);
  const box = useRef(/** @type {HTMLDivElement | null} */ (null));
  const key = chosen.join(',');

  useEffect(() => {
    if (!open) return undefined;
    const stop = new AbortController();
    const timer = setTimeout(async () => {
      try {
        const query = { q: text || undefined, state: 'finished', template: template ?? undefined, limit: 50 };
        const { data } = await get('/runs', { query, signal: stop.signal });
        const near = (/** @type {Item} */ item) => (project && item.project === project.id ? 0 : 1);
        const found = /** @type {Item[]} */ (data.items).filter((item) => !chosen.includes(item.id)).sort((a, b) => near(a) - near(b)).slice(0, OFFERED);
        setItems(found);
        setAt(0);
        announce(found.length ? `${plural(found.length, 'run')} found` : 'No run found');
      } catch {
        if (!stop.signal.aborted) setItems([]);
      }
    }, SETTLE_MS);
    return () => { clearTimeout(timer); stop.abort(); };
  }, [text, open, key, template]);

  /** @param {Item | undefined} item */
  const pick = (item) => {
    if (!item) return;
    setText('');
    setOpen(false);
    onPick(item.id);
  };
  /** @param {KeyboardEvent} event */
  const onKey = (event) => {
    if (event.key === 'ArrowDown') { setOpen(true); setAt(Math.min(items.length - 1, at + (open ? 1 : 0))); }
    else if (event.key === 'ArrowUp') setAt(Math.max(0, at - 1));
    else if (event.key === 'Enter' && open) pick(items[at]);
    else if (event.key === 'Escape' && open) setOpen(false);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  /** @param {FocusEvent} event */
  const onLeave = (event) => {
    if (!box.current?.contains(/** @type {Node} */ (event.relatedTarget))) setOpen(false);
  };

  return html`<div class="run-picker" ref=${box} onFocusOut=${onLeave}>
    <${Field} label=${chosen.length ? 'Compare with' : 'Run'} hint=${template ? 'Finished runs of the same template' : 'Finished runs of your projects'}>
      <${Input} type="search" value=${text} placeholder="Search by name" role="combobox" aria-expanded=${open ? 'true' : 'false'} aria-controls="run-picker-list"
        aria-autocomplete="list" aria-activedescendant=${open && items[at] ? `pick-${items[at].id}` : undefined} autocomplete="off"
        onInput=${(/** @type {string} */ value) => { setText(value); setOpen(true); }} onFocus=${() => setOpen(true)} onClick=${() => setOpen(true)} onKeyDown=${onKey} />
    <//>
    <ul id="run-picker-list" class="run-picker-list" role="listbox" aria-label="Runs found" hidden=${!open}>
      ${items.map((item, i) => html`<li key=${item.id} id=${`pick-${item.id}`} role="option" aria-selected=${i === at ? 'true' : 'false'}
          onMouseDown=${(/** @type {MouseEvent} */ e) => e.preventDefault()} onMouseMove=${() => setAt(i)} onClick=${() => pick(item)}>
        <span class="grow truncate">${item.name}</span><span class="muted small">${item.project_name} · ${item.template}</span>
        ${item.state !== 'finished' && html`<${State} state=${item.state} plain />`}
      </li>`)}
      ${open && items.length === 0 && html`<li class="muted" role="option" aria-selected="false" aria-disabled="true">No other finished run found.</li>`}
    </ul>
  </div>`;
}
