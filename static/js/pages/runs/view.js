// The list of runs with its filters, selection and columns: all runs on their own page, those of a project on its tab.

import { html, useMemo, useSignal } from '/vendor/preact.js';
import { address, useApi } from '../../api.js';
import { num } from '../../fmt.js';
import { setQuery } from '../../router.js';
import { sheetLoad } from '../../sheets.js';
import { useKeys } from '../../shell/keys.js';
import { prefs, savePref } from '../../store.js';
import { Button, Empty, Notice, Problem } from '../../ui/index.js';
import { Table, TableMenu } from '../../ui/table.js';
import { BulkBar } from './bulk.js';
import { runColumns } from './columns.js';
import { FilterBar, filterQuery, filterRead } from './filters.js';
import { useRunList } from './list.js';
import { Views } from './views.js';

await sheetLoad('/css/pages/runs.css');

const PAGED_ROWS = 50;
/** Keys of the table itself, for the list of keys. */
const KEYS = [
  { keys: '↓', text: 'Next run' }, { keys: '↑', text: 'Previous run' }, { keys: 'Space', text: 'Select the run' }, { keys: 'Enter', text: 'Open the run' },
];

/** @param {{ filter: import('./filters.js').Filter, own?: string, mayLaunch: boolean }} props */
function NoRuns({ filter, own, mayLaunch }) {
  if (filter.trashed) {
    return html`<${Empty} icon="trash" title="The trash is empty">Deleted runs wait here for some weeks before their files are removed for good.<//>`;
  }
  const narrowed = Object.keys(filter).some((name) => !['order', own ? 'project' : ''].includes(name));
  if (narrowed) {
    const clear = () => setQuery(Object.fromEntries(Object.keys(filter).map((name) => [name, null])));
    return html`<${Empty} icon="filter" title="No run fits these filters" actions=${html`<${Button} onClick=${clear}>Clear filters<//>`}>
      Runs appear here by themselves as soon as they fit.<//>`;
  }
  const to = own ? `?project=${own}` : '';
  return html`<${Empty} icon="runs" title="No runs yet"
    actions=${html`${mayLaunch && html`<${Button} kind="primary" icon="plus" href=${`/new${to}`}>New run<//>`}
      <${Button} href="/templates">See what can be computed<//>`}>
    A run is one computation: a structure, a template that says what to do with it, and its settings. You see its cost before you launch it,
    follow it here while it works, and find its results at the same place.<//>`;
}

/** @param {{ query: URLSearchParams, own?: string, base: string, mayLaunch?: boolean }} props own: the project all runs are of */
export function RunsView({ query, own, base, mayLaunch = true }) {
  /** @type {import('./filters.js').Filter} */
  const filter = { ...filterRead(query), ...(own ? { project: own } : {}) };
  const list = useRunList(filter);
  const selection = useSignal(/** @type {Set<string>} */ (new Set()));
  const templates = useApi('/templates');
  const hidden = Array.isArray(prefs.value.run_columns) ? prefs.value.run_columns : [];
  const paged = prefs.value.paged_tables === true;
  const all = useMemo(() => runColumns({ own, templates: new Map((templates.data?.items ?? []).map((/** @type {any} */ t) => [t.id, t.title])) }), [own, templates.data]);
  const columns = useMemo(() => all.filter((c) => !hidden.includes(c.key)), [all, hidden.join()]);
  const people = useMemo(() => new Map((list.rows ?? []).slice(0, 500).map((row) => [row.account, row.login])), [list.rows === undefined, filter.account]);
  const rows = list.rows ?? [];
  useKeys('List of runs', KEYS);

  const done = (/** @type {string} */ verb, /** @type {Set<string>} */ ids) => {
    selection.value = new Set([...selection.value].filter((id) => !ids.has(id)));
    if (verb === 'delete' || verb === 'restore') list.drop(ids);
  };
  const count = list.total === null ? '' : `${num(list.total)}${list.exact ? '' : '+'} ${list.total === 1 ? 'run' : 'runs'}`;
  const csv = address('/runs.csv', filterQuery(filter));
  const end = html`<div class="row"><${Views} base=${base} />
    <${TableMenu} columns=${all} hidden=${hidden} onHidden=${(/** @type {string[]} */ keys) => savePref('run_columns', keys.length ? keys : undefined)}
      paged=${paged} onPaged=${(/** @type {boolean} */ on) => savePref('paged_tables', on || undefined)} />
    <${Button} icon="download" href=${csv} download title="All rows of this list as a table for spreadsheets">CSV<//></div>`;

  return html`<div class="runs">
    <${FilterBar} filter=${filter} own=${own} people=${people} end=${end} />
    ${list.stale && html`<${Notice} kind="warn" title="This list may be out of date" actions=${html`<${Button} size="small" onClick=${list.reload}>Try again<//>`}>${list.stale.detail}<//>`}
    <div class="runs-count"><span role="status" class="muted small">${count}${filter.trashed && list.total ? ' in the trash. Select some to restore them; after some weeks their files are removed for good.' : ''}</span></div>
    <${BulkBar} selection=${selection} rows=${rows} total=${list.total} onNeed=${list.need} onDone=${done} />
    ${list.error ? html`<${Problem} error=${list.error} retry=${list.reload} />` : html`<${Table} key=${JSON.stringify(filter)} caption=${own ? 'Runs of this project' : 'Runs'} columns=${columns} rows=${list.rows} total=${list.total}
      selection=${selection} rowHref=${(/** @type {any} */ run) => `/runs/${run.id}`} onNeed=${list.need} paged=${paged ? PAGED_ROWS : 0} start=${list.top} onScrolled=${list.setTop}
      sort=${filter.trashed ? undefined : { key: 'created', down: filter.order !== 'oldest' }}
      onSort=${filter.trashed ? undefined : (/** @type {any} */ sort) => setQuery({ order: sort.down ? null : 'oldest' })} empty=${html`<${NoRuns} mayLaunch=${mayLaunch} filter=${filter} own=${own} />`} />`}
  </div>`;
}
