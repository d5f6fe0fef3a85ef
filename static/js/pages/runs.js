// All runs somebody may see, newest first, live. The list itself is runs/view.js, shared with the tab of a project.

import { html } from '/vendor/preact.js';
import { session } from '../store.js';
import { Button, Page } from '../ui/index.js';
import { setQuery } from '../router.js';
import { RunsView } from './runs/view.js';

/** @param {{ query: URLSearchParams }} props */
export default function RunsPage({ query }) {
  const admin = session.value?.account?.role === 'admin';
  const everyone = query.get('all') === 'true';
  const actions = html`${admin && html`<${Button} aria-pressed=${everyone ? 'true' : 'false'} onClick=${() => setQuery({ all: everyone ? null : 'true' })}>Everybody’s runs<//>`}
    <${Button} kind="primary" icon="plus" href="/new">New run<//>`;
  return html`<${Page} title="Runs" actions=${actions}><${RunsView} query=${query} base="/runs" /><//>`;
}
