// A run that failed: what happened, what to do about it, and the lines of the log that show it, first of all on its page.

import { html, useMemo } from '/vendor/preact.js';
import { Button, Icon, toast } from '../../ui/index.js';
import { levelOf } from '../../ui/log_levels.js';
import { VERBS, inOneLine, rerunHref } from './actions.js';

const SHOWN = 15;

/** The address of a log at the last place where a line stands. @param {any} run @param {string | null} file @param {string} line */
export function logHref(run, file, line) {
  const query = new URLSearchParams();
  if (file) query.set('file', file);
  if (line.trim()) query.set('q', line.trim().slice(0, 120));
  return `/runs/${run.id}/log${query.size ? `?${query}` : ''}`;
}

/** The line that says it best: the first that reads like an error, else the last with words in it. @param {string[]} lines */
function keyLine(lines) {
  const at = lines.findIndex((line) => levelOf(line) === 'error');
  if (at >= 0) return at;
  return lines.findLastIndex((line) => /[a-z]{3}/i.test(line));
}

/** @param {{ run: any, reload: () => void }} props */
export function Failure({ run, reload }) {
  const failure = run.failure ?? {};
  const lines = /** @type {string[]} */ ((failure.lines ?? []).slice(-SHOWN));
  const key = useMemo(() => keyLine(lines), [failure]);
  const requeue = async () => {
    try {
      await VERBS.requeue.ask(run.id);
      toast(VERBS.requeue.done);
      reload();
    } catch (error) {
      toast(inOneLine(error), { kind: 'bad' });
    }
  };
  return html`<section class="failure" aria-labelledby="failure-title">
    <header><${Icon} name="failed" large /><div><h2 id="failure-title">${failure.text ?? 'The run failed.'}</h2>
      ${failure.hint && html`<p class="prose">${failure.hint}</p>`}</div></header>
    <div class="row failure-do">
      <${Button} kind="primary" icon="rerun" href=${rerunHref(run)}>Rerun with changes<//>
      ${run.actions?.requeue && html`<${Button} icon="refresh" onClick=${requeue} title="The same run once more, with the same settings">Try the same again<//>`}
      <${Button} icon="log" href=${logHref(run, failure.log ?? null, lines[key] ?? '')}>Open the log there<//>
      ${failure.cause && html`<span class="muted small">Cause <code>${failure.cause}</code></span>`}
    </div>
    ${lines.length > 0 && html`<figure class="failure-lines"><figcaption>The lines that show it${failure.log && html`, from <span class="mono">${failure.log}</span>`}</figcaption>
      <pre tabIndex=${0} role="region" aria-label="Lines of the log">${lines.map((line, i) => html`<span key=${i} class="failure-line" data-key=${i === key ? '' : undefined}>${line}\n</span>`)}</pre></figure>`}
  </section>`;
}
