// Who belongs to a project and what they may do. A lead adds people by login, changes roles and removes; everybody may
// leave. The last lead stays: the server refuses in words, and the page says so before it is tried.

import { html, useState } from '/vendor/preact.js';
import { del, put, useApi } from '../../api.js';
import { go } from '../../router.js';
import { session } from '../../store.js';
import { Button, Card, confirm, Field, Input, Problem, Select, Skeleton, Time, toast, Tooltip } from '../../ui/index.js';

const ROLES = [
  { value: 'viewer', label: 'Viewer', may: 'sees everything, changes nothing' },
  { value: 'member', label: 'Member', may: 'adds files and structures, launches and stops runs' },
  { value: 'lead', label: 'Lead', may: 'also manages members, name and archive' },
];

/** @param {{ project: any, reload: () => void }} props */
export default function Members({ project, reload }) {
  const path = `/projects/${project.id}/members`;
  const read = useApi(path, { query: { limit: 500 }, topics: [`project:${project.id}`] });
  const [error, setError] = useState(/** @type {any} */ (null));
  const [busy, setBusy] = useState('');
  const isLead = project.role === 'lead';
  const members = read.data?.items ?? [];
  const leads = members.filter((/** @type {any} */ m) => m.role === 'lead' && !m.disabled).length;
  const me = session.value?.account?.id;

  const act = async (/** @type {any} */ member, /** @type {() => Promise<any>} */ what, /** @type {string} */ done) => {
    setBusy(member.account);
    setError(null);
    try {
      await what();
      toast(done, { kind: 'good' });
      read.reload();
      if (member.account === me) reload();
    } catch (problem) {
      setError(problem);
      read.reload();
    }
    setBusy('');
  };
  const change = (/** @type {any} */ member) => async (/** @type {string} */ role) => {
    if (member.account === me && role !== 'lead') {
      const sure = await confirm({
        title: 'Give up leading this project?', verb: `Become ${role}`,
        text: 'You will no longer manage members, name and archive. Only another lead can give it back to you.',
      });
      if (!sure) return read.reload();
    }
    return act(member, () => put(`${path}/${member.account}`, { role }), `${member.display_name || member.login} is now ${role}`);
  };
  const remove = async (/** @type {any} */ member) => {
    const own = member.account === me;
    const name = member.display_name || member.login;
    const sure = await confirm({
      title: own ? 'Leave this project?' : `Remove ${name}?`, danger: true, verb: own ? 'Leave project' : 'Remove',
      text: own ? 'You will no longer see it. What you added stays.' : `${name} will no longer see this project. Runs and files they added stay.`,
    });
    if (!sure) return;
    await act(member, () => del(`${path}/${member.account}`), own ? 'You left the project' : `${name} was removed`);
    if (own) go('/projects');
  };

  const row = (/** @type {any} */ m) => {
    const name = m.display_name || m.login;
    const lastLead = m.role === 'lead' && leads === 1;
    const why = lastLead ? 'A project keeps at least one lead. Make somebody else lead first.' : '';
    const role = isLead ? html`<${Tooltip} text=${why}>
      <${Select} aria-label=${`Role of ${name}`} value=${m.role} options=${ROLES} disabled=${lastLead || busy === m.account}
      onInput=${change(m)} /><//>` : ROLES.find((r) => r.value === m.role)?.label ?? m.role;
    return html`<tr key=${m.account}>
      <th scope="row">${name}${' '}
        ${m.account === me && html`<span class="chip">you</span>`}${m.disabled && html`<span class="chip" data-kind="warn">disabled</span>`}
        <span class="sub mono">${m.login}</span></th>
      <td class="role-cell">${role}</td><td class="num wide-cell"><${Time} at=${m.added_at} /></td>
      <td class="num">${(isLead || m.account === me) && html`<${Tooltip} text=${why}>
        <${Button} kind="quiet" size="small" icon=${m.account === me ? 'sign-out' : 'close'} disabled=${lastLead}
        busy=${busy === m.account}
        label=${m.account === me ? 'Leave this project' : `Remove ${name}`} onClick=${() => remove(m)} /><//>`}</td></tr>`;
  };
  return html`<div class="cols">
    <div class="stack">
      ${(error ?? (read.data ? null : read.error)) && html`<${Problem} error=${error ?? read.error}
        retry=${error ? undefined : read.reload} />`}
      <${Card} flush title="Members">${!read.data && !read.error
    ? html`<div class="pad"><${Skeleton} lines=${4} /></div>`
    : html`<table class="table members"><caption class="sr-only">Members of ${project.name}</caption>
        <thead><tr><th scope="col">Person</th><th scope="col">Role</th><th scope="col" class="num wide-cell">Since</th>
          <th scope="col"><span class="sr-only">Remove</span></th></tr></thead>
        <tbody>${members.map(row)}</tbody></table>`}<//>
    </div>
    <aside class="stack">
      ${isLead && html`<${AddMember} path=${path} members=${members} onAdded=${read.reload} />`}
      <${Card} title="What roles may do"><dl class="facts">${ROLES.map((r) => html`<dt key=${r.value}>${r.label}</dt>
        <dd>${r.may}</dd>`)}</dl><//>
    </aside></div>`;
}

function AddMember(/** @type {{ path: string, members: any[], onAdded: () => void }} */ { path, members, onAdded }) {
  const [login, setLogin] = useState('');
  const [role, setRole] = useState('member');
  const [error, setError] = useState(/** @type {any} */ (null));
  const [busy, setBusy] = useState(false);
  const submit = async (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const who = login.trim();
    if (members.some((m) => m.login === who)) {
      setError({ detail: `${who} already belongs to this project.`, hint: 'Change the role in the list.' });
      return;
    }
    setBusy(true);
    setError(null);
    try {
      const { data } = await put(`${path}/${encodeURIComponent(who)}`, { role });
      toast(`${data.display_name || data.login} was added`, { kind: 'good' });
      setLogin('');
      onAdded();
    } catch (problem) {
      const unknown = /** @type {any} */ (problem).status === 404;
      setError(unknown ? { detail: `Nobody has the login “${who}”.`, hint: 'Logins are what people sign in with; an administrator makes them.' } : problem);
    }
    setBusy(false);
  };
  return html`<${Card} title="Add a person"><form class="stack" onSubmit=${submit}>
    <${Field} label="Login" error=${error && [error.detail ?? error.title, error.hint].filter(Boolean).join(' ')}>
      <${Input} name="login" value=${login} onInput=${setLogin} autocomplete="off" autocapitalize="none"
      spellcheck=${false} required /><//>
    <${Field} label="Role" hint=${ROLES.find((r) => r.value === role)?.may}>
      <${Select} value=${role} options=${ROLES} onInput=${setRole} /><//>
    <div><${Button} kind="primary" type="submit" icon="plus" busy=${busy} disabled=${!login.trim()}>Add person<//></div></form><//>`;
}
