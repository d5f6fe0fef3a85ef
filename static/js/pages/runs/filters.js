// Which runs are listed: the filters live in the address, so that a list can be linked to, saved and gone back to.
// Words of the address are the API's own, except `since`, which may be a span ("7d") that stays true from day to day.

import { html, useEffect, useState } from '/vendor/preact.js';
import { useApi } from '../../api.js';
import { setQuery } from '../../router.js';
import { Button, Radio, Search, Select, STATES } from '../../ui/index.js';

const TYPING_MS = 250;
const SPANS = /** @type {Record<string, number>} */ ({ '1d': 86400, '7d': 7 * 86400, '30d': 30 * 86400, '365d': 365 * 86400 });
/** A span begins at a whole minute, so that one list is not another with every second. */
const SPAN_STEP_MS = 60000;

export const STATE_GROUPS = [
  { value: '', label: 'All', states: null },
  { value: 'active', label: 'Active', states: ['queued', 'held', 'submitting', 'pending', 'running', 'collecting'] },
  { value: 'queued,held,submitting,pending', label: 'Waiting', states: ['queued', 'held', 'submitting', 'pending'] },
  { value: 'running,collecting', label: 'Running', states: ['running', 'collecting'] },
  { value: 'finished', label: 'Finished', states: ['finished'] },
  { value: 'failed', label: 'Failed', states: ['failed'] },
  { value: 'cancelled', label: 'Cancelled', states: ['cancelled'] },
];

/** The parts of the address that are filters, in the order they are shown. */
export const FILTERS = ['state', 'project', 'template', 'account', 'since', 'q', 'structure', 'trashed', 'order', 'all'];

/**
 * @typedef {Record<string, string>} Filter
 */

/** @param {URLSearchParams} query @returns {Filter} */
export function filterRead(query) {
  return Object.fromEntries(FILTERS.flatMap((name) => (query.get(name) ? [[name, String(query.get(name))]] : [])));
}

/** As the API takes it. @param {Filter} filter @param {number} [now] */
export function filterQuery(filter, now = Date.now()) {
  const span = SPANS[filter.since];
  const from = Math.floor(now / SPAN_STEP_MS) * SPAN_STEP_MS;
  return { ...filter, since: span ? new Date(from - span * 1000).toISOString() : filter.since };
}

/** Whether a run still belongs to a list, as far as its state decides. @param {Filter} filter @param {string} state */
export function stateFits(filter, state) {
  if (!filter.state) return true;
  const group = STATE_GROUPS.find((g) => g.value === filter.state);
  return (group?.states ?? filter.state.split(',')).includes(state);
}

/** @param {string} words of `state` */
function groupOf(words) {
  if (words === 'ended') return { value: 'ended', label: 'Ended' };
  return STATE_GROUPS.find((g) => g.value === words) ?? { value: words, label: words.split(',').map((word) => STATES[word]?.word ?? word).join(', ') };
}

/**
 * @param {{ filter: Filter, own?: string, people?: Map<string, string>, end?: any }} props own: the project of the page,
 *   then not a filter; people: logins of accounts known from rows
 */
export function FilterBar({ filter, own, people, end }) {
  const [typed, setTyped] = useState(filter.q ?? '');
  const templates = useApi('/templates');
  const projects = useApi(own ? null : '/projects', { query: { limit: 500 } });
  const trash = filter.trashed === 'true';

  useEffect(() => setTyped(filter.q ?? ''), [filter.q]);
  useEffect(() => {
    if (typed === (filter.q ?? '')) return undefined;
    const timer = setTimeout(() => setQuery({ q: typed }, { replace: true }), TYPING_MS);
    return () => clearTimeout(timer);
  }, [typed]);

  const choose = (/** @type {string} */ name) => (/** @type {string} */ value) => setQuery({ [name]: value });
  const group = groupOf(filter.state ?? '');
  const groups = STATE_GROUPS.includes(/** @type {any} */ (group)) ? STATE_GROUPS : [...STATE_GROUPS, group];
  const who = [{ value: '', label: 'Anyone' }, { value: 'me', label: 'Me' }];
  if (filter.account && filter.account !== 'me') who.push({ value: filter.account, label: people?.get(filter.account) ?? 'One person' });
  const times = [
    { value: '', label: 'Any time' }, { value: '1d', label: 'Last 24 hours' }, { value: '7d', label: 'Last 7 days' },
    { value: '30d', label: 'Last 30 days' }, { value: '365d', label: 'Last year' },
  ];
  if (filter.since && !SPANS[filter.since]) times.push({ value: filter.since, label: `Since ${filter.since.slice(0, 10)}` });
  const listed = (/** @type {any} */ answer, /** @type {string} */ all, /** @type {(item: any) => any} */ option, /** @type {string | undefined} */ now) => {
    const items = (answer.data?.items ?? []).map(option);
    if (now && !items.some((/** @type {any} */ item) => item.value === now)) items.push({ value: now, label: answer.loading ? '…' : now });
    return [{ value: '', label: all }, ...items];
  };
  const set = ['project', 'template', 'account', 'since', 'q', 'structure', 'state'].some((name) => filter[name] && !(name === 'project' && own));
  const clear = () => setQuery(Object.fromEntries(['project', 'template', 'account', 'since', 'q', 'structure', 'state'].map((name) => [name, null])));

  return html`<div class="filters">
    <div class="filters-line">
      ${!trash && html`<div class="filters-states only-wide"><${Radio} label="State" segmented value=${filter.state ?? ''} options=${groups} onInput=${choose('state')} /></div>
      <div class="only-narrow"><${Select} aria-label="State" value=${filter.state ?? ''} options=${groups} onInput=${choose('state')} /></div>`}
      <div class="grow filters-search"><${Search} label="Search runs by name" value=${typed} onInput=${setTyped} /></div>
      ${end}
    </div>
    <div class="filters-line">
      ${!own && html`<${Select} aria-label="Project" value=${filter.project ?? ''} onInput=${choose('project')}
        options=${listed(projects, 'All projects', (p) => ({ value: p.id, label: p.name }), filter.project)} />`}
      <${Select} aria-label="Template" value=${filter.template ?? ''} onInput=${choose('template')}
        options=${listed(templates, 'All templates', (t) => ({ value: t.id, label: t.title }), filter.template)} />
      <${Select} aria-label="Launched by" value=${filter.account ?? ''} options=${who} onInput=${choose('account')} />
      <${Select} aria-label="Launched" value=${filter.since ?? ''} options=${times} onInput=${choose('since')} />
      ${filter.structure && html`<${Button} size="small" icon="close" onClick=${() => setQuery({ structure: null })}>Of one structure<//>`}
      ${set && html`<${Button} kind="quiet" size="small" onClick=${clear}>Clear filters<//>`}
    </div>
  </div>`;
}
