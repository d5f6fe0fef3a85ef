// Profile, storage and password. A new password ends every session and starts one for this browser, so the answer's
// session is taken over; the other tabs of this browser follow by themselves.

import { html, useState } from '/vendor/preact.js';
import { ApiError, patch, post, useApi } from '../../api.js';
import { bytes } from '../../fmt.js';
import { sessionTake } from '../../session.js';
import { session } from '../../store.js';
import { Button, Card, Facts, Field, Input, Meter, Problem, Time, toast } from '../../ui/index.js';

const PASSWORD_MIN = 10;

function Profile() {
  const account = session.value?.account;
  const [name, setName] = useState(account?.display_name ?? '');
  const [email, setEmail] = useState(account?.email ?? '');
  const [error, setError] = useState(/** @type {ApiError | null} */ (null));
  const [busy, setBusy] = useState(false);
  if (!account) return null;
  const changed = name !== account.display_name || email !== (account.email ?? '');

  const save = async (/** @type {Event} */ event) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      const { data } = await patch('/account', { display_name: name.trim(), email: email.trim() });
      if (session.value) session.value = { ...session.value, account: data };
      toast('Your profile is saved.', { kind: 'good' });
    } catch (problem) {
      if (!(problem instanceof ApiError)) throw problem;
      setError(problem);
    } finally {
      setBusy(false);
    }
  };
  const { limit_bytes: limit, used_bytes: used } = account.storage;
  return html`<${Card} title="Profile"><div class="stack">
    <${Facts} items=${[['Login', html`<span class="mono">${account.login}</span>`], ['Role', account.role === 'admin' ? 'Administrator' : 'User'], ['Since', html`<${Time} at=${account.created_at} />`]]} />
    <form class="stack" onSubmit=${save}>
      ${error && html`<${Problem} error=${error} />`}
      <${Field} label="Name others see" error=${error?.field?.endsWith('display_name') && error.detail}><${Input} name="display_name" autocomplete="name" maxlength="100" value=${name} onInput=${setName} required /><//>
      <${Field} label="E-mail" optional error=${error?.field?.endsWith('email') && error.detail}><${Input} name="email" type="email" autocomplete="email" maxlength="200" value=${email} onInput=${setEmail} /><//>
      <div><${Button} type="submit" kind="primary" busy=${busy} disabled=${!changed}>Save profile<//></div>
    </form>
    ${limit ? html`<${Meter} label="Storage" value=${used ?? 0} max=${limit} text=${`${bytes(used)} of ${bytes(limit)}`} />` : null}
  </div><//>`;
}

function Password() {
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const [repeat, setRepeat] = useState('');
  const [error, setError] = useState(/** @type {ApiError | null} */ (null));
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const differ = tried && next !== repeat;
  const about = (/** @type {string} */ field) => (error?.field === `/${field}` || error?.field === field ? [error?.detail, error?.hint].filter(Boolean).join(' ') : undefined);

  const save = async (/** @type {Event} */ event) => {
    event.preventDefault();
    setTried(true);
    setError(null);
    if (next !== repeat) return;
    setBusy(true);
    try {
      const { data } = await post('/account/password', { current, new: next });
      sessionTake(data);
      for (const clear of [setCurrent, setNext, setRepeat]) clear('');
      setTried(false);
      toast('The password is changed. You are signed out everywhere else.', { kind: 'good' });
    } catch (problem) {
      if (!(problem instanceof ApiError)) throw problem;
      setError(problem);
    } finally {
      setBusy(false);
    }
  };
  return html`<${Card} title="Password"><form class="stack" onSubmit=${save}>
    ${error && !about('current') && !about('new') && html`<${Problem} error=${error} />`}
    <input class="sr-only" tabIndex=${-1} aria-hidden="true" name="username" autocomplete="username" readonly value=${session.value?.account.login} />
    <${Field} label="Current password" error=${about('current')}><${Input} name="current-password" type="password" autocomplete="current-password" maxlength="1024" required value=${current} onInput=${setCurrent} /><//>
    <${Field} label="New password" error=${about('new')} hint=${`At least ${PASSWORD_MIN} characters. A few unrelated words are easy to keep and hard to guess.`}>
      <${Input} name="new-password" type="password" autocomplete="new-password" minlength=${PASSWORD_MIN} maxlength="1024" required value=${next} onInput=${setNext} /><//>
    <${Field} label="New password again" error=${differ && 'The two are not the same.'}><${Input} name="repeat-password" type="password" autocomplete="new-password" maxlength="1024" required value=${repeat} onInput=${setRepeat} /><//>
    <p class="muted small">Changing it signs you out on every other device. Tokens stay valid: revoke those you no longer trust.</p>
    <div><${Button} type="submit" kind="primary" busy=${busy}>Change password<//></div>
  </form><//>`;
}

export default function Account() {
  // The numbers of the session are as old as the sign-in.
  const { data } = useApi('/session');
  if (data && session.peek() && data.account.version !== session.peek()?.account.version) session.value = data;
  return html`<div class="settings-pair"><${Profile} key=${session.value?.account.version} /><${Password} /></div>`;
}
