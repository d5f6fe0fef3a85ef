// Dialogs on the native element: it keeps the focus inside, closes on Esc and hands the focus back. `confirm` is one
// shown by the host at the end of the page; it resolves to whether the verb was pressed.

import { html, signal, useLayoutEffect, useRef } from '/vendor/preact.js';
import { Button } from './button.js';
import { useId } from './field.js';

/**
 * @param {{ open: boolean, title: string, onClose: () => void, children?: any, footer?: any, wide?: boolean, role?: string }} props
 */
export function Dialog({ open, title, onClose, children, footer, wide, role }) {
  const box = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const id = useId('dialog');
  // Before the next key arrives, so that none goes to the page below.
  useLayoutEffect(() => {
    const dialog = box.current;
    if (!dialog) return undefined;
    if (open && !dialog.open) dialog.showModal();
    if (!open && dialog.open) dialog.close();
    return () => dialog.open && dialog.close();
  }, [open]);

  if (!open) return null;
  const cancel = (/** @type {Event} */ event) => {
    event.preventDefault();
    onClose();
  };
  // A press that begins and ends on the backdrop closes; one that only ends there (selecting text) does not.
  const press = (/** @type {any} */ event) => {
    if (event.target === box.current) onClose();
  };
  return html`<dialog ref=${box} class=${wide ? 'dialog wide' : 'dialog'} role=${role} aria-labelledby=${id} onCancel=${cancel}
    onMouseDown=${press}>
    <header><h2 id=${id}>${title}</h2><${Button} kind="quiet" icon="close" label="Close" onClick=${onClose} /></header>
    <div class="body">${children}</div>
    ${footer && html`<footer>${footer}</footer>`}
  </dialog>`;
}

/** @typedef {{ title: string, text?: any, verb?: string, danger?: boolean, cancel?: string, done: (yes: boolean) => void }} Question */

const question = signal(/** @type {Question | null} */ (null));

/**
 * @param {{ title: string, text?: any, verb?: string, danger?: boolean, cancel?: string }} asked
 * @returns {Promise<boolean>}
 */
export function confirm(asked) {
  question.value?.done(false);
  return new Promise((resolve) => {
    question.value = {
      ...asked,
      done: (yes) => {
        question.value = null;
        resolve(yes);
      },
    };
  });
}

/** Where confirmations appear; the shell mounts it once. */
export function ConfirmHost() {
  const asked = question.value;
  if (!asked) return null;
  const footer = html`<${Button} onClick=${() => asked.done(false)}>${asked.cancel ?? 'Keep as it is'}<//>
    <${Button} kind=${asked.danger ? 'danger' : 'primary'} autofocus onClick=${() => asked.done(true)}>${asked.verb ?? 'Go on'}<//>`;
  return html`<${Dialog} open=${true} role="alertdialog" title=${asked.title} onClose=${() => asked.done(false)} footer=${footer}>
    ${typeof asked.text === 'string' ? html`<p>${asked.text}</p>` : asked.text}
  <//>`;
}
