// Name, description and archive of a project, for its leads. Saving sends the version that was read, so that two people
// never overwrite each other: the second one is told, and sees what is there now beside what was typed.

import { html, useEffect, useState } from '/vendor/preact.js';
import { get, patch } from '../../api.js';
import { draft } from '../../store.js';
import { Button, Card, confirm, Field, Input, Notice, Problem, toast } from '../../ui/index.js';

class Changed extends Error {
  title = 'Somebody changed this project meanwhile';
  hint = 'What you typed is kept. Compare, then save again.';

  constructor(/** @type {string} */ name) {
    super(`It is now called “${name}”.`);
  }
}

/** @param {{ project: any, etag: string | null, reload: () => void }} props */
export default function Settings({ project, etag, reload }) {
  const path = `/projects/${project.id}`;
  const kept = draft(`project-settings/${project.id}`);
  const [form, setForm] = useState(() => kept.load() ?? { name: project.name, description: project.description });
  const [error, setError] = useState(/** @type {any} */ (null));
  const [busy, setBusy] = useState('');
  const dirty = form.name !== project.name || form.description !== project.description;
  useEffect(() => {
    if (dirty) kept.save(form);
    else kept.clear();
  }, [form, dirty]);

  const send = async (/** @type {string} */ what, /** @type {any} */ body, /** @type {string} */ done) => {
    setBusy(what);
    setError(null);
    try {
      // The meters of a project change all the time; what must not have changed is what is edited here.
      const now = await get(path);
      if (now.data.version !== project.version) throw new Changed(now.data.name);
      await patch(path, body, { etag: now.etag ?? etag ?? undefined });
      toast(done, { kind: 'good' });
      reload();
    } catch (problem) {
      setError(problem);
      if (problem instanceof Changed) reload();
    }
    setBusy('');
  };
  const save = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    send('save', { name: form.name.trim(), description: form.description.trim() }, 'Saved');
  };
  const archive = async () => {
    const sure = await confirm({
      title: `Archive “${project.name}”?`, verb: 'Archive project',
      text: 'It leaves the lists and nothing can be added or launched in it; everything in it can still be read. You can take it out of the archive at any time.',
    });
    if (sure) send('archive', { archived: true }, 'The project is archived');
  };
  const at = (/** @type {string} */ field) => (error?.field === field ? [error.detail, error.hint].filter(Boolean).join(' ') : null);
  return html`<div class="stack settings">
    <${Card} title="Name and description"><form class="stack" onSubmit=${save}>
      <${Field} label="Name" error=${at('name')}>
        <${Input} name="name" value=${form.name} maxlength="200" required
        onInput=${(/** @type {string} */ name) => setForm({ ...form, name })} /><//>
      <${Field} label="Description" optional error=${at('description')}>
        <${Input} name="description" multiline rows="4" value=${form.description}
        onInput=${(/** @type {string} */ description) => setForm({ ...form, description })} /><//>
      ${error && !at('name') && !at('description') && html`<${Problem} error=${error} />`}
      <div class="row"><${Button} kind="primary" type="submit" busy=${busy === 'save'}
        disabled=${!dirty || !form.name.trim()}>Save changes<//>
        ${dirty && html`<${Button} kind="quiet"
          onClick=${() => setForm({ name: project.name, description: project.description })}>Take back<//>`}</div></form><//>
    <${Card} title="Archive">${project.archived_at
    ? html`<${Notice} kind="info" title="Archived" actions=${html`<${Button} busy=${busy === 'archive'} icon="restore"
      onClick=${() => send('archive', { archived: false }, 'The project is back')}>Take out of the archive<//>`}>Nothing can be added or launched until it is taken out.<//>`
    : html`<div class="spread">
      <p class="prose">For work that is done: the project leaves the lists and stays readable. ${project.active_runs ? 'Its active runs go on and finish.' : ''}</p><${Button} icon="archive" busy=${busy === 'archive'} onClick=${archive}>Archive project<//></div>`}<//>
  </div>`;
}
