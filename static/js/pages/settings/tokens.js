// Tokens let scripts and notebooks in. Each has a name, what it may do, perhaps one project, and an end; its secret is
// shown once, right after it was made, and never again.

import { html, useEffect, useState } from '/vendor/preact.js';
import { ApiError, del, keyMake, pages, post, useApi } from '../../api.js';
import { draft } from '../../store.js';
import { Button, Card, Check, confirm, Copy, Empty, Field, Input, Notice, Problem, Select, Skeleton, Time, toast } from '../../ui/index.js';

const SCOPES = [
  { id: 'projects:read', label: 'See projects' }, { id: 'projects:write', label: 'Change projects and members' },
  { id: 'files:read', label: 'Read files and structures' }, { id: 'files:write', label: 'Upload and change files' },
  { id: 'runs:read', label: 'Read runs and results' }, { id: 'runs:write', label: 'Launch and control runs' },
];
const DAYS = [
  { value: '7', label: '7 days' }, { value: '30', label: '30 days' }, { value: '90', label: '90 days' }, { value: '365', label: 'A year' },
];
const FRESH = { name: '', days: '90', project: '', scopes: ['projects:read', 'files:read', 'runs:read'] };

function useProjects() {
  const [items, setItems] = useState(/** @type {any[]} */ ([]));
  useEffect(() => {
    const abort = new AbortController();
    (async () => {
      const found = [];
      for await (const project of pages('/projects', {}, abort.signal)) found.push(project);
      setItems(found);
    })().catch(() => undefined); // the choice of a project is then simply not offered
    return () => abort.abort();
  }, []);
  return items;
}

/** @param {{ onMade: (token: any) => void }} props */
function Make({ onMade }) {
  const memory = draft('token');
  const [form, setForm] = useState(() => ({ ...FRESH, ...memory.load() }));
  const [key, setKey] = useState(keyMake);
  const [error, setError] = useState(/** @type {ApiError | null} */ (null));
  const [busy, setBusy] = useState(false);
  const projects = useProjects();
  const change = (/** @type {Partial<typeof FRESH>} */ part) => {
    const next = { ...form, ...part };
    setForm(next);
    setKey(keyMake());
    memory.save(next);
  };
  const toggle = (/** @type {string} */ scope, /** @type {boolean} */ on) => change({ scopes: SCOPES.map(({ id }) => id).filter((id) => (id === scope ? on : form.scopes.includes(id))) });

  const make = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setError(null);
    try {
      const body = { name: form.name.trim(), scopes: form.scopes, expires_in_days: Number(form.days), ...(form.project && { project: form.project }) };
      const { data } = await post('/tokens', body, { key });
      memory.clear();
      setForm(FRESH);
      setKey(keyMake());
      onMade(data);
    } catch (problem) {
      if (!(problem instanceof ApiError)) throw problem;
      setError(problem);
    } finally {
      setBusy(false);
    }
  };
  return html`<${Card} title="New token"><form class="stack" onSubmit=${make}>
    ${error && html`<${Problem} error=${error} />`}
    <${Field} label="Name" hint="Where it will be used: a notebook, a workstation, a pipeline."><${Input} name="token-name" maxlength="100" required value=${form.name} onInput=${(/** @type {string} */ name) => change({ name })} /><//>
    <div class="settings-two">
      <${Field} label="Valid for"><${Select} value=${form.days} options=${DAYS} onInput=${(/** @type {string} */ days) => change({ days })} /><//>
      <${Field} label="Limited to"><${Select} value=${form.project} onInput=${(/** @type {string} */ project) => change({ project })}
        options=${[{ value: '', label: 'All my projects' }, ...projects.map((one) => ({ value: one.id, label: one.name }))]} /><//>
    </div>
    <fieldset class="stack tight"><legend class="label">It may</legend>
      <div class="settings-two tight">${SCOPES.map(({ id, label }) => html`<${Check} key=${id} checked=${form.scopes.includes(id)} label=${label} onInput=${(/** @type {boolean} */ on) => toggle(id, on)} />`)}</div>
    </fieldset>
    <div><${Button} type="submit" kind="primary" busy=${busy} disabled=${form.scopes.length === 0}>Make token<//></div>
  </form><//>`;
}

/** @param {{ token: any, onRevoke: (token: any) => void }} props */
function Row({ token, onRevoke }) {
  const over = token.revoked_at ? 'revoked' : new Date(token.expires_at) < new Date() ? 'expired' : null;
  return html`<tr class=${over ? 'muted' : undefined}>
    <th scope="row">${token.name}${over && html` <span class="chip">${over}</span>`}</th>
    <td class="small">${token.scopes.length === SCOPES.length ? 'everything' : token.scopes.join(', ')}${token.project && html`<br /><span class="muted">one project</span>`}</td>
    <td>${token.last_used_at ? html`<${Time} at=${token.last_used_at} />` : html`<span class="muted">never</span>`}</td>
    <td><${Time} at=${token.revoked_at ?? token.expires_at} /></td>
    <td class="num">${!over && html`<${Button} size="small" kind="quiet" onClick=${() => onRevoke(token)}>Revoke<//>`}</td></tr>`;
}

export default function Tokens() {
  const { data, error, reload } = useApi('/tokens', { query: { limit: 200 } });
  const [made, setMade] = useState(/** @type {any} */ (null));
  const [problem, setProblem] = useState(/** @type {ApiError | null} */ (null));
  const isMade = (/** @type {any} */ token) => {
    setMade(token);
    reload();
  };
  const revoke = async (/** @type {any} */ token) => {
    const sure = await confirm({ title: `Revoke “${token.name}”?`, text: 'What uses it is refused from now on. This cannot be taken back.', verb: 'Revoke', danger: true });
    if (!sure) return;
    setProblem(null);
    try {
      await del(`/tokens/${encodeURIComponent(token.id)}`);
      if (made?.id === token.id) setMade(null);
      toast(`“${token.name}” is revoked.`, { kind: 'good' });
      reload();
    } catch (failure) {
      if (!(failure instanceof ApiError)) throw failure;
      setProblem(failure);
    }
  };

  return html`<div class="stack loose">
    ${made && html`<${Notice} kind="good" live title=${`“${made.name}” is made. Copy its secret now: it is shown this once.`}
      actions=${html`<${Button} size="small" onClick=${() => setMade(null)}>I have it<//>`}>
      <p class="token-secret"><${Copy} text=${made.secret} label="Copy the secret" /></p>
      <p class="small">Scripts send it as <code>Authorization: Bearer …</code>. Keep it like a password.</p><//>`}
    <div class="settings-pair">
      <${Make} onMade=${isMade} />
      <${Card} title="Your tokens" flush>
        ${(error || problem) && html`<div class="pad"><${Problem} error=${problem ?? error} retry=${reload} /></div>`}
        ${!data && !error && html`<div class="pad"><${Skeleton} lines=${4} /></div>`}
        ${data?.items.length === 0 && html`<${Empty} icon="key" title="No tokens yet">A token lets a script or a notebook do what you allow it, without your password.<//>`}
        ${data?.items.length > 0 && html`<div class="table-scroll"><table class="table"><caption class="sr-only">Tokens</caption>
          <thead><tr><th scope="col">Name</th><th scope="col">May</th><th scope="col">Last used</th><th scope="col">Ends</th><th scope="col"><span class="sr-only">Actions</span></th></tr></thead>
          <tbody>${data.items.map((/** @type {any} */ token) => html`<${Row} key=${token.id} token=${token} onRevoke=${revoke} />`)}</tbody></table></div>`}
      <//>
    </div>
  </div>`;
}
