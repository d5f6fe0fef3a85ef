// What people ask of runs: words and calls of each verb, for one run (header of its page) and for many (bulk actions).
// Nothing here asks "are you sure" for what can be taken back: deleting is undone from its toast.

import { html, useState } from '/vendor/preact.js';
import { ApiError, del, post } from '../../api.js';
import { go } from '../../router.js';
import { Button, copyText, Menu, toast } from '../../ui/index.js';

/**
 * @typedef {{ name: string, verb: string, doing: string, done: string, icon: string, danger?: boolean,
 *             fits: (run: any) => boolean, ask: (id: string, signal?: AbortSignal) => Promise<unknown> }} Verb
 */

const ended = (/** @type {any} */ run) => ['finished', 'failed', 'cancelled'].includes(run.state);

/** @type {Record<string, Verb>} */
export const VERBS = {
  cancel: {
    name: 'cancel', verb: 'Cancel', doing: 'Cancelling', done: 'Asked to stop', icon: 'stop', danger: true,
    fits: (run) => !ended(run) && !run.cancel_requested, ask: (id, signal) => post(`/runs/${id}/cancel`, undefined, { signal }),
  },
  hold: {
    name: 'hold', verb: 'Hold', doing: 'Holding', done: 'Asked to wait', icon: 'pause',
    fits: (run) => ['queued', 'submitting', 'pending'].includes(run.state) && !run.hold_requested, ask: (id, signal) => post(`/runs/${id}/hold`, undefined, { signal }),
  },
  release: {
    name: 'release', verb: 'Release', doing: 'Releasing', done: 'Released', icon: 'play',
    fits: (run) => run.state === 'held' || Boolean(run.hold_requested && !ended(run)), ask: (id, signal) => post(`/runs/${id}/release`, undefined, { signal }),
  },
  requeue: {
    name: 'requeue', verb: 'Requeue', doing: 'Requeueing', done: 'Queued again', icon: 'refresh',
    fits: (run) => ['failed', 'cancelled'].includes(run.state), ask: (id, signal) => post(`/runs/${id}/requeue`, undefined, { signal }),
  },
  delete: {
    name: 'delete', verb: 'Delete', doing: 'Deleting', done: 'In the trash', icon: 'trash', danger: true,
    fits: (run) => !run.trashed_at, ask: (id, signal) => del(`/runs/${id}`, { signal }),
  },
  restore: {
    name: 'restore', verb: 'Restore', doing: 'Restoring', done: 'Restored', icon: 'restore',
    fits: (run) => Boolean(run.trashed_at), ask: (id, signal) => post(`/runs/${id}/restore`, undefined, { signal }),
  },
};

/** An error of the API in one line. @param {unknown} error */
export function inOneLine(error) {
  if (!(error instanceof ApiError)) throw error;
  return [error.detail || error.title, error.hint].filter(Boolean).join(' ');
}

/** The form of a new run that begins with what this one was asked. @param {any} run */
export const rerunHref = (run) => `/new/${encodeURIComponent(run.template.id)}?from=${encodeURIComponent(run.id)}`;

/**
 * Deletes one run and offers to take it back. @param {any} run @param {() => void} [back] after it was restored
 */
export async function deleteRun(run, back) {
  await VERBS.delete.ask(run.id);
  const undo = async () => {
    try {
      await VERBS.restore.ask(run.id);
      toast(`“${run.name}” is back`, { kind: 'good' });
      back?.();
    } catch (error) {
      toast(inOneLine(error), { kind: 'bad' });
    }
  };
  toast(ended(run) ? `“${run.name}” is in the trash` : `“${run.name}” is stopped and in the trash`, { action: { label: 'Undo', onClick: undo }, seconds: 10 });
}

/**
 * The buttons of a run's page: the next sensible step is a button, the rest is in the menu.
 *
 * @param {{ run: any, onRun: (run: any) => void, onRename: () => void, brief?: boolean }} props onRun: the run as the server
 *   answered; brief: the tab below has its own buttons, so all are in the menu
 */
export function RunActions({ run, onRun, onRename, brief }) {
  const [busy, setBusy] = useState('');
  /** @param {string} name */
  const ask = async (name) => {
    if (busy) return;
    setBusy(name);
    try {
      const answer = /** @type {any} */ (await VERBS[name].ask(run.id));
      if (answer?.data) onRun(answer.data);
      toast(`${VERBS[name].done}: ${run.name}`);
    } catch (error) {
      toast(inOneLine(error), { kind: 'bad' });
    } finally {
      setBusy('');
    }
  };
  const remove = async () => {
    setBusy('delete');
    try {
      await deleteRun(run, () => go(`/runs/${run.id}`));
      go(run.project ? `/projects/${run.project.id}/runs` : '/runs');
    } catch (error) {
      setBusy('');
      toast(inOneLine(error), { kind: 'bad' });
    }
  };
  const may = run.actions ?? {};
  const button = (/** @type {string} */ name) => html`<${Button} key=${name} icon=${VERBS[name].icon} busy=${busy === name}
    onClick=${() => ask(name)}>${VERBS[name].verb}<//>`;
  const shown = run.trashed_at ? ['restore'] : ['release', 'requeue', 'hold', 'cancel'].filter((name) => may[name] && VERBS[name].fits(run));
  const first = [
    ...shown.map((name) => ({ label: VERBS[name].verb, icon: VERBS[name].icon, onClick: () => ask(name) })),
    { label: 'Rerun with changes', icon: 'rerun', href: rerunHref(run) },
  ];
  const items = [
    ...(brief ? first : []),
    { label: 'Rename', icon: 'edit', onClick: onRename },
    { label: 'Copy link', icon: 'link', onClick: () => copyText(`${window.location.origin}/runs/${run.id}`).then(() => toast('The link is on the clipboard.')) },
    { label: 'Download the run folder', icon: 'download', href: run.links?.archive },
    { label: 'Compare with other runs', icon: 'compare', href: `/compare?runs=${run.id}` },
    { line: true },
    { label: ended(run) ? 'Delete' : 'Cancel and delete', icon: 'trash', danger: true, disabled: run.actions?.delete === false, onClick: remove },
  ];
  return html`${!brief && html`${shown.map(button)}<${Button} icon="rerun" href=${rerunHref(run)}>Rerun with changes<//>`}
    <${Menu} label="More actions" icon="more" align="end" items=${items} />`;
}
