// Sign-in. Comes back to the address somebody asked for (`to`), which must be a page of ours.

import { html } from '/vendor/preact.js';
import { go, useTitle } from '../router.js';
import { SignInForm } from '../signinform.js';
import { session } from '../store.js';

/** @param {string | null} to an address below this one, never another host's */
export function backTo(to) {
  if (!to) return '/';
  const url = new URL(to, window.location.origin);
  const ours = url.origin === window.location.origin && to.startsWith('/') && url.pathname !== '/signin';
  return ours ? url.pathname + url.search + url.hash : '/';
}

/** @param {{ query: URLSearchParams }} props */
export default function Page({ query }) {
  useTitle('Sign in');
  const to = backTo(query.get('to'));
  const who = session.value?.account;
  return html`<div class="signin">
    <div class="signin-card">
      <div class="signin-name"><img src="/favicon.svg" alt="" width="40" height="40" /><h1>Athanor</h1></div>
      ${to !== '/' && !who && html`<p class="muted">Sign in to go on to <span class="mono">${to}</span></p>`}
      ${who
    ? html`<p>You are signed in as <strong>${who.display_name || who.login}</strong>.</p><a class="button" data-kind="primary" href=${to}>Go on</a>`
    : html`<${SignInForm} onDone=${() => go(to, { replace: true })} />`}
    </div>
    <p class="signin-foot muted small">No account yet? Your administrator makes one.</p>
  </div>`;
}
