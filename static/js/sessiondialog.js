// Shown over a page whose session has ended: the page stays as it is, and goes on after the sign-in. Only the same
// person may go on; for another one there is a way out that forgets the page.

import { html, useEffect, useRef } from '/vendor/preact.js';
import { SignInForm } from './signinform.js';
import { session } from './store.js';

export function SessionDialog() {
  const box = useRef(/** @type {HTMLDialogElement | null} */ (null));
  useEffect(() => {
    const before = /** @type {HTMLElement | null} */ (document.activeElement);
    box.current?.showModal();
    return () => before?.focus?.({ preventScroll: true });
  }, []);
  const login = session.value?.account.login;
  // Esc would leave a page on which nothing answers: the dialog stays until it is signed in or left.
  return html`<dialog ref=${box} class="dialog session-dialog" aria-labelledby="session-title" onCancel=${(/** @type {Event} */ event) => event.preventDefault()}>
    <div class="stack">
      <h2 id="session-title">Your session has ended</h2>
      <p>Sign in again and this page goes on where it is. Nothing you typed is lost.</p>
      <${SignInForm} login=${login} fixed />
      <p class="small"><a href="/signin" target="_top">Sign in as somebody else</a>: leaves this page and what is on it.</p>
    </div></dialog>`;
}
