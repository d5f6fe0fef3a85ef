// The fields of signing in, for the sign-in page and for the dialog over a page whose session has ended. Names and
// autocomplete are what password managers look for; pasting works; what was typed stays after a refusal.

import { html, useEffect, useRef, useState } from '/vendor/preact.js';
import { ApiError } from './api.js';
import { signIn } from './session.js';
import { Button } from './ui/button.js';
import { Notice } from './ui/card.js';
import { Field } from './ui/field.js';
import { Input } from './ui/input.js';

/** @param {ApiError} error */
function words(error) {
  if (error.status === 429) {
    return `Too many attempts. Wait ${error.retryAfter ? `${error.retryAfter}\u2009s` : 'a moment'} and try again.`;
  }
  return [error.detail || error.title, error.hint].filter(Boolean).join(' ');
}

/** @param {{ login?: string, fixed?: boolean, onDone?: () => void }} props `login` prefilled; `fixed`: only this one */
export function SignInForm({ login: known = '', fixed, onDone }) {
  const [login, setLogin] = useState(known);
  const [password, setPassword] = useState('');
  const [error, setError] = useState(/** @type {ApiError | null} */ (null));
  const [busy, setBusy] = useState(false);
  const form = useRef(/** @type {HTMLFormElement | null} */ (null));

  useEffect(() => {
    /** @type {HTMLInputElement | null | undefined} */ (form.current?.querySelector(known ? '[name=password]' : '[name=login]'))?.focus();
  }, []);

  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setError(null);
    try {
      await signIn(login.trim(), password);
      onDone?.();
    } catch (problem) {
      if (!(problem instanceof ApiError)) throw problem;
      setError(problem);
      const field = /** @type {HTMLInputElement | null | undefined} */ (form.current?.querySelector('[name=password]'));
      field?.focus();
      field?.select();
    } finally {
      setBusy(false);
    }
  };

  return html`<form ref=${form} class="stack" onSubmit=${submit}>
    ${error && html`<${Notice} kind="bad" live title=${error.status === 0 ? error.title : 'Not signed in'}>${words(error)}<//>`}
    <${Field} label="Login"><${Input} name="login" value=${login} onInput=${setLogin} autocomplete="username" autocapitalize="none"
      spellcheck="false" maxlength="63" required readonly=${fixed} /><//>
    <${Field} label="Password"><${Input} name="password" type="password" value=${password} onInput=${setPassword}
      autocomplete="current-password" maxlength="1024" required /><//>
    <${Button} kind="primary" type="submit" busy=${busy}>Sign in<//>
  </form>`;
}
