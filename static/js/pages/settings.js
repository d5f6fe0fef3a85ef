// What belongs to the person: profile and password, where they are signed in, tokens for scripts, how it all looks.
// A tab is an address and a module of its own below settings/.

import { html } from '/vendor/preact.js';
import { useTitle } from '../router.js';
import { Page as Frame, Tabs } from '../ui/index.js';
import Account from './settings/account.js';
import Appearance from './settings/appearance.js';
import Sessions from './settings/sessions.js';
import Tokens from './settings/tokens.js';

const TABS = [
  { id: 'account', label: 'Account', view: Account },
  { id: 'sessions', label: 'Sessions', view: Sessions },
  { id: 'tokens', label: 'Tokens', view: Tokens },
  { id: 'appearance', label: 'Appearance', view: Appearance },
];

/** @param {{ params: { tab?: string } }} props */
export default function Page({ params }) {
  const tab = TABS.find(({ id }) => id === params.tab) ?? TABS[0];
  useTitle(`${tab.label} · Settings`);
  return html`<${Frame} title="Settings">
    <${Tabs} label="Settings" current=${tab.id} items=${TABS.map(({ id, label }) => ({ id, label, href: id === 'account' ? '/settings' : `/settings/${id}` }))} />
    <div class="settings"><${tab.view} key=${tab.id} /></div>
  <//>`;
}
