// The trash of a project: what is in it and how much room it takes, taking files back, and deleting all of it for good.

import { html, useState } from '/vendor/preact.js';
import { del, useApi } from '../../../api.js';
import { bytes, plural } from '../../../fmt.js';
import { setQuery } from '../../../router.js';
import { Button, Empty, Icon, Problem, Search, Skeleton, Time, confirm, toast } from '../../../ui/index.js';
import { ROWS_MAX, fileRestore, useFiles } from './api.js';

/** @param {{ project: any, query: URLSearchParams, mayWork: boolean, onChanged: () => void }} props */
export function Trash({ project, query, mayWork, onChanged }) {
  const [stamp, setStamp] = useState(0);
  const [busy, setBusy] = useState(false);
  const q = query.get('q') ?? '';
  const { items, error, more, reload } = useFiles(project.id, { folder: '', q, all: false, trashed: true }, [stamp]);
  const runs = useApi('/runs', { query: { project: project.id, trashed: true, count: true, limit: 1 }, deps: [stamp] }).data?.total ?? 0;
  const some = Boolean(items?.length) || runs > 0;
  const changed = () => {
    setStamp(stamp + 1);
    onChanged();
  };
  const back = async (/** @type {any} */ file) => {
    try {
      await fileRestore(file.id);
      toast(`${file.name} is back${file.folder ? ` in ${file.folder}` : ''}`, { kind: 'good' });
    } catch (problem) {
      toast(`${file.name} could not be taken back: ${/** @type {any} */ (problem).detail ?? problem}`, { kind: 'bad' });
    }
    changed();
  };
  const empty = async () => {
    const what = [items?.length && plural(items.length, 'file'), runs && plural(runs, 'run')].filter(Boolean).join(' and ');
    const sure = await confirm({
      title: 'Delete for good?', verb: 'Delete for good', danger: true,
      text: `${what} in the trash of ${project.name} will be gone. Files that a waiting or running run needs follow when it has ended.`,
    });
    if (!sure) return;
    setBusy(true);
    try {
      const { data } = await del(`/projects/${project.id}/trash`);
      toast(`${plural(data.files, 'file')} with ${bytes(data.bytes)} will be gone within seconds`, { kind: 'good' });
    } catch (problem) {
      toast(`The trash could not be emptied: ${/** @type {any} */ (problem).detail ?? problem}`, { kind: 'bad' });
    }
    setBusy(false);
    setTimeout(changed, 1500);
  };
  const total = (items ?? []).reduce((sum, file) => sum + file.bytes, 0);
  return html`<div class="files stack">
    <div class="spread files-bar"><div class="row loose"><${Button} icon="left" href=${`/projects/${project.id}/files`}>Files<//><h2>Trash</h2>
        ${items && items.length > 0 && html`<span class="muted">${plural(items.length, 'file')}, ${bytes(total)}</span>`}
        ${runs > 0 && html`<a href=${`/runs?project=${project.id}&trashed=true`}>${plural(runs, 'deleted run')}</a>`}</div>
      <div class="row"><${Search} label="Find in the trash" value=${q} onInput=${(/** @type {string} */ text) => setQuery({ q: text }, { replace: true })} />
        ${mayWork && some && html`<${Button} kind="danger" icon="trash" busy=${busy} onClick=${empty}>Delete all for good<//>`}</div></div>
    ${some && html`<p class="muted">What is here still takes room. It is deleted for good after some weeks, or at once when you say so.</p>`}
    ${error && html`<${Problem} error=${error} retry=${reload} />`}
    ${!items && !error && html`<${Skeleton} lines=${6} />`}
    ${items && !items.length && html`<${Empty} icon="trash" title=${q ? 'Nothing of this name in the trash' : runs ? 'No files in the trash' : 'The trash is empty'} />`}
    ${items && items.length > 0 && html`<div class="card flush"><div class="table-scroll"><table class="table file-rows"><thead><tr><th scope="col">Name</th><th scope="col" class="num">Size</th><th scope="col" class="wide-cell">Put here</th><th><span class="sr-only">Actions</span></th></tr></thead>
      <tbody>${items.map((f) => html`<tr key=${f.id}><th scope="row"><span class="file-link"><${Icon} name="file" /><span>${f.name}</span></span>${f.folder && html`<span class="sub">${f.folder}</span>`}</th><td class="num">${bytes(f.bytes)}</td>
        <td class="wide-cell muted nowrap"><${Time} at=${f.trashed_at} /></td><td class="num">${mayWork && html`<${Button} size="small" icon="restore" aria-label=${`Take back ${f.name}`} onClick=${() => back(f)}>Take back<//>`}</td></tr>`)}</tbody></table></div></div>`}
    ${more && html`<p class="muted small">The newest ${ROWS_MAX} are shown.</p>`}
  </div>`;
}
