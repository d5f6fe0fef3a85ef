// One verb for many runs: a few at a time, with progress, what became of each, and a way to stop in between. Runs the verb
// does not fit are said before anything is sent, not reported as failures afterwards.

import { html, useEffect, useRef, useState } from '/vendor/preact.js';
import { num, plural } from '../../fmt.js';
import { Button, Dialog, Icon, Progress, toast } from '../../ui/index.js';
import { VERBS, inOneLine } from '../run/actions.js';

const AT_ONCE = 4;
const COMPARE_MAX = 8;
const LISTED = 200;

/** @typedef {{ run: any, outcome: 'waits' | 'done' | 'refused', text: string }} Item */

/**
 * @param {{ verb: import('../run/actions.js').Verb, runs: any[], onDone: (done: Set<string>) => void, onClose: () => void }} props
 */
function BulkDialog({ verb, runs, onDone, onClose }) {
  const fitting = runs.filter(verb.fits);
  const left = runs.length - fitting.length;
  const [items, setItems] = useState(/** @type {Item[]} */ (fitting.map((run) => ({ run, outcome: 'waits', text: '' }))));
  const [phase, setPhase] = useState(/** @type {'asking' | 'running' | 'over'} */ ('asking'));
  const abort = useRef(new AbortController());
  useEffect(() => () => abort.current.abort(), []);

  const start = async () => {
    setPhase('running');
    const queue = items.map((item, at) => ({ item, at }));
    const done = new Set();
    const worker = async () => {
      for (let next = queue.shift(); next && !abort.current.signal.aborted; next = queue.shift()) {
        const { item, at } = next;
        /** @type {Item} */
        let now;
        try {
          await verb.ask(item.run.id, abort.current.signal);
          now = { ...item, outcome: 'done', text: verb.done };
          done.add(item.run.id);
        } catch (error) {
          if (abort.current.signal.aborted) return;
          now = { ...item, outcome: 'refused', text: inOneLine(error) };
        }
        setItems((was) => was.with(at, now));
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    setPhase('over');
    onDone(done);
    if (done.size === items.length) {
      onClose();
      const undo = verb.name === 'delete' ? { label: 'Undo', onClick: () => Promise.allSettled([...done].map((id) => VERBS.restore.ask(id))) } : undefined;
      toast(`${verb.done}: ${plural(done.size, 'run')}`, { kind: 'good', action: undo });
    }
  };
  const close = () => {
    abort.current.abort();
    onClose();
  };
  const over = items.filter((item) => item.outcome !== 'waits').length;
  const refused = items.filter((item) => item.outcome === 'refused').length;
  const title = phase === 'asking' ? `${verb.verb} ${plural(fitting.length, 'run')}?` : `${verb.doing} ${plural(items.length, 'run')}`;
  const footer = phase === 'asking'
    ? html`<${Button} onClick=${close}>Keep as they are<//>
      <${Button} kind=${verb.danger ? 'danger' : 'primary'} disabled=${!fitting.length} onClick=${start}>${verb.verb} ${plural(fitting.length, 'run')}<//>`
    : html`<${Button} onClick=${close}>${phase === 'running' ? 'Stop here' : 'Close'}<//>`;
  const icon = { waits: 'clock', done: 'check', refused: 'alert' };
  return html`<${Dialog} open title=${title} onClose=${close} footer=${footer}>
    <div class="stack tight">
      ${left > 0 && html`<p class="muted">${plural(left, 'selected run')} cannot be changed this way now and ${left === 1 ? 'is' : 'are'} left alone.</p>`}
      ${phase === 'asking' && verb.name === 'delete' && html`<p>They go to the trash, from where they can be restored for some weeks; what still computes is stopped first.</p>`}
      ${phase !== 'asking' && html`<${Progress} fraction=${items.length ? over / items.length : 1} label=${title} />
        <p role="status">${num(over)} of ${num(items.length)} done${refused ? `, ${num(refused)} refused` : ''}</p>`}
      <ul class="list bulk-list">${items.slice(0, LISTED).map((item) => html`<li key=${item.run.id} data-outcome=${item.outcome}><${Icon} name=${icon[item.outcome]} />
        <span class="truncate">${item.run.name}</span><span class="muted small">${item.text}</span></li>`)}</ul>
      ${items.length > LISTED && html`<p class="muted">and ${num(items.length - LISTED)} more</p>`}
    </div>
  <//>`;
}

/**
 * The line that replaces the filters' end while rows are selected.
 *
 * @param {{ selection: import('../../ui/table.js').Selection, rows: any[], total: number | null, onNeed: (last: number) => void,
 *           onDone: (verb: string, done: Set<string>) => void }} props
 */
export function BulkBar({ selection, rows, total, onNeed, onDone }) {
  const [verb, setVerb] = useState('');
  const [all, setAll] = useState(false);
  const picked = selection.value;
  const runs = rows.filter((row) => picked.has(row.id));

  // "All" selects what is still being loaded as it comes.
  useEffect(() => {
    if (!all) return;
    if (picked.size < rows.length) selection.value = new Set(rows.map((row) => row.id));
    if (total !== null && rows.length >= total) setAll(false);
  }, [all, rows.length]);

  if (!picked.size) return null;
  const trash = runs.length > 0 && runs.every((run) => run.trashed_at);
  const names = trash ? ['restore'] : ['cancel', 'hold', 'release', 'requeue', 'delete'];
  const takeAll = () => {
    setAll(true);
    onNeed((total ?? 1) - 1);
  };
  const compare = runs.length >= 2 && runs.length <= COMPARE_MAX;
  const more = total !== null && total > picked.size && picked.size >= Math.min(rows.length, total);
  return html`<div class="bulk" role="region" aria-label="Selected runs">
    <strong>${num(picked.size)} selected</strong>
    ${more && html`<${Button} kind="quiet" size="small" busy=${all} onClick=${takeAll}>Select all ${num(total)}<//>`}
    <span class="grow"></span>
    ${names.map((name) => html`<${Button} key=${name} size="small" kind=${VERBS[name].danger ? 'danger' : 'plain'} icon=${VERBS[name].icon}
      disabled=${!runs.some(VERBS[name].fits)} onClick=${() => setVerb(name)}>${VERBS[name].verb}<//>`)}
    <${Button} size="small" icon="compare" disabled=${!compare} href=${compare ? `/compare?runs=${runs.map((run) => run.id).join(',')}` : undefined}>Compare<//>
    <${Button} size="small" kind="quiet" icon="close" label="Select nothing" onClick=${() => { selection.value = new Set(); }} />
    ${verb && html`<${BulkDialog} verb=${VERBS[verb]} runs=${runs} onClose=${() => setVerb('')} onDone=${(/** @type {Set<string>} */ done) => onDone(verb, done)} />`}
  </div>`;
}
