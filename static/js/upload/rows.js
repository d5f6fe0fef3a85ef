// One upload as a row: what, how far, how fast, and what can be done about it. The same in the tray and in the files tab.

import { html } from '/vendor/preact.js';
import { bytes, dur } from '../fmt.js';
import { Button, Icon, Progress } from '../ui/index.js';
import { clearOver, dropCut } from './upload.js';

/** @type {Record<string, { icon: string, word: string, kind?: string }>} */
const STATES = {
  waiting: { icon: 'queued', word: 'Waiting' },
  sending: { icon: 'upload', word: 'Sending' },
  paused: { icon: 'held', word: 'Paused' },
  checking: { icon: 'collecting', word: 'Checking' },
  stored: { icon: 'finished', word: 'Stored', kind: 'good' },
  refused: { icon: 'failed', word: 'Refused', kind: 'bad' },
  failed: { icon: 'failed', word: 'Failed', kind: 'bad' },
  cancelled: { icon: 'cancelled', word: 'Cancelled' },
};

/** @param {import('./item.js').UploadItem} item */
function detail(item) {
  if (item.state === 'sending') {
    const speed = item.speed ? `, ${bytes(item.speed)}/s` : '';
    const eta = item.eta !== null && item.eta > 1 ? `, ${dur(item.eta)} left` : '';
    return `${bytes(item.sent)} of ${bytes(item.size)}${speed}${eta}`;
  }
  if (item.state === 'paused') return `${bytes(item.sent)} of ${bytes(item.size)}`;
  if (item.state === 'stored') return bytes(item.size);
  return item.note;
}

/** What to do about storage that is full. @param {{ project: string }} props */
function FullHelp({ project }) {
  return html`<p class="row"><a href=${`/projects/${project}/files?sort=bytes`}>Largest files</a> <a href=${`/projects/${project}/files?trash=1`}>Empty the trash</a></p>`;
}

/** @param {{ item: import('./item.js').UploadItem }} props */
export function UploadRow({ item }) {
  const { icon, word, kind } = STATES[item.state];
  const going = ['waiting', 'sending', 'paused'].includes(item.state);
  const fraction = item.size ? item.sent / item.size : item.isOver ? 1 : 0;
  const path = item.folder ? `${item.folder}/${item.name}` : item.name;
  return html`<li class="upload-row" data-kind=${kind}>
    <${Icon} name=${icon} />
    <div class="grow">
      <div class="spread nowrap"><span class="truncate name" title=${path}>${item.name}</span><span class="muted small nowrap">${word}</span></div>
      ${going && html`<${Progress} plain fraction=${item.state === 'waiting' && !item.sent ? 0 : fraction} label=${`Upload of ${item.name}`} />`}
      ${item.state === 'checking' && html`<${Progress} plain label=${`${item.name} is checked`} />`}
      <div class="muted small truncate">${detail(item)}</div>
      ${item.error && html`<div class="why small"><p>${item.error.detail || item.error.title}</p>${item.error.hint && html`<p class="muted">${item.error.hint}</p>`}
        ${item.error.status === 507 && html`<${FullHelp} project=${item.project} />`}</div>`}
    </div>
    <div class="row nowrap">
      ${['waiting', 'sending'].includes(item.state) && html`<${Button} size="small" kind="quiet" icon="pause" label=${`Pause ${item.name}`} onClick=${() => item.pause()} />`}
      ${item.state === 'paused' && html`<${Button} size="small" kind="quiet" icon="play" label=${`Go on with ${item.name}`} onClick=${() => item.resume()} />`}
      ${going && html`<${Button} size="small" kind="quiet" icon="close" label=${`Cancel ${item.name}`} onClick=${() => item.cancel()} />`}
      ${item.isOver && html`<${Button} size="small" kind="quiet" icon="close" label=${`Take ${item.name} off the list`} onClick=${() => clearOver(item)} />`}
    </div>
  </li>`;
}

/**
 * An upload a closed tab has cut off.
 * @param {{ kept: import('./memory.js').Kept }} props
 */
export function CutRow({ kept }) {
  const part = kept.size ? Math.floor((kept.sent / kept.size) * 100) : 0;
  return html`<li class="upload-row"><${Icon} name="held" />
    <div class="grow"><div class="spread nowrap"><span class="truncate name" title=${kept.name}>${kept.name}</span><span class="muted small nowrap">Cut off at ${part} %</span></div>
      <div class="muted small">Choose the same file again and it goes on from there: a browser may not reopen files by itself.</div></div>
    <${Button} size="small" kind="quiet" icon="close" label=${`Give up ${kept.name}`} onClick=${() => dropCut(kept)} /></li>`;
}
