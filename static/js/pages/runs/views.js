// Views of the list of runs: those everybody has and those a person saved, kept by the server with the preferences.
// A view is a name and filters; choosing one is going to an address.

import { html, useState } from '/vendor/preact.js';
import { go, location } from '../../router.js';
import { prefs, savePref } from '../../store.js';
import { Button, Dialog, Field, Input, Menu, toast } from '../../ui/index.js';
import { inOneLine } from '../run/actions.js';
import { FILTERS } from './filters.js';

const PREF = 'run_views';
const VIEWS_MAX = 30;

const COMMON = [
  { name: 'All runs', query: '' },
  { name: 'My active runs', query: 'state=active&account=me' },
  { name: 'Failed in the last 7 days', query: 'state=failed&since=7d' },
  { name: 'Waiting now', query: 'state=queued%2Cheld%2Csubmitting%2Cpending' },
];

/** @typedef {{ name: string, query: string }} View */

/** The same filters in the same order, so that views can be told apart. @param {string} query */
function settled(query) {
  const given = new URLSearchParams(query);
  const kept = new URLSearchParams();
  for (const name of FILTERS) if (given.get(name)) kept.set(name, String(given.get(name)));
  return kept.toString();
}

/** @param {View[]} views */
const keep = (views) => savePref(PREF, views.length ? views : undefined).catch((error) => toast(inOneLine(error), { kind: 'bad' }));

/** @param {{ base: string }} props the address the filters belong to */
export function Views({ base }) {
  const [asking, setAsking] = useState(false);
  const [name, setName] = useState('');
  /** @type {View[]} */
  const own = Array.isArray(prefs.value[PREF]) ? prefs.value[PREF] : [];
  const here = settled(location.value.query.toString());
  const trash = location.value.query.get('trashed') === 'true';
  const current = [...own, ...COMMON].find((view) => settled(view.query) === here);
  const item = (/** @type {View} */ view) => ({ label: view.name, checked: view === current, onClick: () => go(view.query ? `${base}?${view.query}` : base) });
  const save = async (/** @type {Event} */ event) => {
    event.preventDefault();
    const title = name.trim();
    if (!title) return;
    setAsking(false);
    setName('');
    await keep([...own.filter((view) => view.name !== title), { name: title, query: here }].slice(-VIEWS_MAX));
  };
  const items = [
    ...COMMON.map(item),
    { label: 'Trash', icon: 'trash', onClick: () => go(`${base}?trashed=true`) },
    ...(own.length ? [{ line: true }, ...own.map(item)] : []),
    { line: true },
    { label: 'Save this view …', icon: 'save', disabled: Boolean(current), onClick: () => setAsking(true) },
    ...(current && own.includes(current) ? [{ label: `Forget “${current.name}”`, icon: 'trash', onClick: () => keep(own.filter((view) => view !== current)) }] : []),
  ];
  return html`<${Menu} label=${trash ? 'Trash' : current?.name ?? 'Own filters'} align="end" items=${items} />
    <${Dialog} open=${asking} title="Save this view" onClose=${() => setAsking(false)}
      footer=${html`<${Button} onClick=${() => setAsking(false)}>Cancel<//><${Button} kind="primary" type="submit" form="view-form" disabled=${!name.trim()}>Save view<//>`}>
      <form id="view-form" onSubmit=${save}><${Field} label="Name" hint="The filters of now, under this name, on every computer you sign in from."><${Input} value=${name} onInput=${setName} maxlength="80" autofocus /><//></form>
    <//>`;
}
