// The logs of a run: what the job wrote, of each attempt, and the logs of the engine in its folder. What is looked at is
// in the address: ?file=work/md.log&attempt=2&line=120&q=LINCS&level=error&follow=1.

import { html, useEffect, useState } from '/vendor/preact.js';
import { address, get } from '../../api.js';
import { location, setQuery } from '../../router.js';
import { Empty, Select } from '../../ui/index.js';
import { Log } from '../../ui/log.js';
import { hasEnded } from './live.js';

const FOLDERS_MAX = 8;
const LOG_NAME = /\.(log|out|err)$/i;

/** Logs in the folder the engine works in, and one level below. @param {any} run */
function useEngineLogs(run) {
  const [files, setFiles] = useState(/** @type {string[]} */ ([]));
  useEffect(() => {
    const abort = new AbortController();
    /** @param {string} path */
    const list = async (path) => {
      const { data } = await get(`/runs/${run.id}/files`, { query: { path, limit: 500 }, signal: abort.signal, allow: [404] });
      return data?.items ?? [];
    };
    const look = async () => {
      const top = await list('work');
      const folders = top.filter((/** @type {any} */ f) => f.kind === 'folder').slice(0, FOLDERS_MAX);
      const below = await Promise.all(folders.map(async (/** @type {any} */ folder) => {
        const files = await list(`work/${folder.name}`);
        return files.map((/** @type {any} */ f) => ({ ...f, name: `${folder.name}/${f.name}` }));
      }));
      setFiles([...top, ...below.flat()].filter((f) => f.kind === 'file' && LOG_NAME.test(f.name)).map((f) => `work/${f.name}`));
    };
    // Without the list the job's own logs are still there.
    look().catch(() => {});
    return () => abort.abort();
  }, [run.id, run.attempt, run.state]);
  return files;
}

/** @param {{ run: any, query: URLSearchParams }} props */
export default function RunLog({ run, query }) {
  const files = useEngineLogs(run);
  const file = query.get('file') ?? 'stdout';
  const own = file === 'stdout' || file === 'stderr';
  const attempt = Number(query.get('attempt')) || run.attempt;
  if (run.attempt < 1) return html`<${Empty} icon="log" title="No log yet">The log begins when the run is handed to the cluster; it appears here by itself.<//>`;

  const path = own ? `/runs/${run.id}/logs/${file}` : `/runs/${run.id}/files/${file.split('/').map(encodeURIComponent).join('/')}`;
  const asked = own ? { attempt } : {};
  const others = [...new Set([...files, ...(own ? [] : [file])])];
  const sources = [
    { value: 'stdout', label: 'Job output' }, { value: 'stderr', label: 'Job errors' },
    ...others.map((name) => ({ value: name, label: name.replace(/^work\//, '') })),
  ];
  const lineHref = (/** @type {string} */ line) => {
    const next = new URLSearchParams(location.peek().query);
    next.set('line', line);
    next.delete('follow');
    return `/runs/${run.id}/log?${next}`;
  };
  /** @param {{ find?: string, level?: string, follow?: boolean, line?: null }} wish */
  const onAsk = ({ find, level, follow, line }) => setQuery({
    ...(find === undefined ? {} : { q: find, line: null }), ...(level === undefined ? {} : { level }),
    ...(follow === undefined ? {} : { follow: follow ? '1' : null }), ...(line === null ? { line: null } : {}),
  }, { replace: level === undefined });
  const choose = (/** @type {string} */ value) => setQuery({ file: value === 'stdout' ? null : value, line: null, q: null, level: null });
  const attempts = run.attempts ?? [];
  const chooseAttempt = (/** @type {string} */ no) => setQuery({ attempt: no === String(run.attempt) ? null : no, line: null });
  return html`<${Log} key=${`${path} ${attempt}`} path=${path} query=${asked} growing=${!hasEnded(run) && attempt === run.attempt} label=${`Log ${file} of ${run.name}`}
    line=${query.get('line') ?? undefined} find=${query.get('q') ?? ''} level=${query.get('level') ?? ''} follow=${query.get('follow') === '1'}
    lineHref=${lineHref} onAsk=${onAsk} downloadHref=${address(path, asked)}
    end=${html`<${Select} aria-label="Which log" value=${file} options=${sources} onInput=${choose} />
      ${attempts.length > 1 && own && html`<${Select} aria-label="Attempt" value=${String(attempt)} onInput=${chooseAttempt}
        options=${attempts.map((/** @type {any} */ a) => ({ value: String(a.no), label: `Attempt ${a.no}` }))} />`}`} />`;
}
