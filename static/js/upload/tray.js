// The uploads of this tab in the top bar: how many, how far, and the list behind the button. Nothing is shown while there
// is nothing to say.

import { html, useEffect, useRef, useState } from '/vendor/preact.js';
import { sheetLoad } from '../sheets.js';
import { Button, Icon, placeAt, useId } from '../ui/index.js';
import { CutRow, UploadRow } from './rows.js';
import { active, addUpload, clearOver, cut, uploads } from './upload.js';
import { PickFiles } from './drop.js';

const SHOWN_MAX = 60;

/** Files picked again find the upload they belong to. @param {import('./drop.js').Found[]} found */
function goOn(found) {
  for (const { file } of found) {
    const kept = cut.peek().find((one) => one.name === file.name && one.size === file.size);
    if (kept) addUpload(file, { project: kept.project, folder: kept.folder });
  }
}

export function Tray() {
  const id = useId('tray');
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  const anchor = useRef(/** @type {HTMLElement | null} */ (null));
  const [open, setOpen] = useState(false);
  const all = uploads.value;
  const going = active.value;
  const waiting = cut.value;
  useEffect(() => {
    sheetLoad('/css/pages/upload.css');
  }, []);
  if (!all.length && !waiting.length) return null;

  const total = going.reduce((sum, item) => sum + item.size, 0);
  const sent = going.reduce((sum, item) => sum + item.sent, 0);
  const bad = all.filter((item) => item.state === 'failed' || item.state === 'refused').length;
  const percent = total ? Math.floor((sent / total) * 100) : 0;
  const word = going.length ? `${going.length}, ${percent}\u2009%` : bad ? `${bad} failed` : waiting.length ? `${waiting.length} cut off` : 'stored';
  const icon = going.length ? 'upload' : bad ? 'failed' : waiting.length ? 'held' : 'finished';
  const toggled = (/** @type {any} */ event) => {
    setOpen(event.newState === 'open');
    if (event.newState === 'open' && box.current && anchor.current) placeAt(box.current, anchor.current, 'end');
  };
  return html`<span ref=${anchor} class="tooltip-anchor">
    <${Button} kind="quiet" size="small" icon=${icon} popovertarget=${id} aria-expanded=${open ? 'true' : 'false'} aria-label=${`Uploads: ${word}`}><span class="num">${word}</span><//>
    <div id=${id} ref=${box} class="menu upload-tray" popover="auto" role="group" aria-label="Uploads" onToggle=${toggled}>
      ${open && html`<header class="spread"><h2>Uploads</h2><div class="row">
          ${waiting.length > 0 && html`<${PickFiles} size="small" multiple onFiles=${goOn}>Choose again<//>`}
          ${all.some((item) => item.isOver) && html`<${Button} size="small" kind="quiet" onClick=${() => clearOver()}>Clear list<//>`}</div></header>
        <ul class="list">${waiting.map((kept) => html`<${CutRow} key=${kept.key} kept=${kept} />`)}
          ${all.slice(-SHOWN_MAX).reverse().map((item) => html`<${UploadRow} key=${item.id} item=${item} />`)}</ul>
        ${all.length > SHOWN_MAX && html`<p class="note">and ${all.length - SHOWN_MAX} earlier ones</p>`}
        ${going.length > 0 && html`<p class="note"><${Icon} name="info" /> They go on while you move about; closing this tab cuts them off.</p>`}`}
    </div></span>`;
}
