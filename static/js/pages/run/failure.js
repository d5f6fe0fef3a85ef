// A run that failed: what happened, what to do about it, and the lines of the log that show it, first of all on its page.

import { html, useMemo, useState } from '/vendor/preact.js';
import { post } from '../../api.js';
import { go } from '../../router.js';
import { Button, Icon, toast } from '../../ui/index.js';
import { levelOf } from '../../ui/log_levels.js';
import { evaluate } from '../new/expr.js';
import { VERBS, inOneLine, rerunHref } from './actions.js';
import { paramText } from './results/parameters.js';

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

/**
 * The change the template suggests for this cause, in values of this run; null when there is none or it changes nothing.
 *
 * @param {any} run @param {any} template
 * @returns {{ params: Record<string, any>, words: string } | null}
 */
export function suggestion(run, template) {
  const { cause, text } = run.failure ?? {};
  const rows = (template?.failures ?? []).filter((/** @type {any} */ row) => row.code === cause && row.suggest);
  const row = rows.find((/** @type {any} */ one) => one.text === text) ?? rows[0];
  if (!row) return null;
  const now = run.spec?.resolved ?? {};
  /** @type {Record<string, any>} */
  const params = {};
  const words = [];
  try {
    for (const [name, expression] of Object.entries(row.suggest)) {
      const param = template.params.find((/** @type {any} */ p) => p.name === name);
      const value = evaluate(String(expression), (known) => {
        if (!(known in now)) throw new ReferenceError(known);
        return typeof now[known] === 'boolean' ? Number(now[known]) : now[known];
      });
      const told = param?.type === 'integer' ? Math.round(Number(value)) : param?.type === 'boolean' ? Boolean(value) : value;
      if (!param || told === now[name]) continue;
      params[name] = told;
      words.push(`${param.label.charAt(0).toLowerCase()}${param.label.slice(1)} ${paramText(param, told)}`);
    }
  } catch {
    return null;
  }
  return words.length ? { params, words: words.join(', ') } : null;
}

/** @param {{ run: any, template: any, reload: () => void }} props */
export function Failure({ run, template, reload }) {
  const [busy, setBusy] = useState(false);
  const suggested = useMemo(() => suggestion(run, template), [run.failure, template]);
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
  // A launch like any other: it can be taken back on the page it leads to.
  const rerun = async () => {
    setBusy(true);
    try {
      const { data } = await post(`/runs/${run.id}/rerun`, { params: suggested?.params });
      await go(`/runs/${data.id}?submitted=1`);
    } catch (error) {
      toast(inOneLine(error), { kind: 'bad' });
    } finally {
      setBusy(false);
    }
  };
  return html`<section class="failure" aria-labelledby="failure-title">
    <header><${Icon} name="failed" large /><div><h2 id="failure-title">${failure.text ?? 'The run failed.'}</h2>
      ${failure.hint && html`<p class="prose">${failure.hint}</p>`}</div></header>
    <div class="row failure-do">
      ${suggested && html`<${Button} kind="primary" icon="rerun" busy=${busy} onClick=${rerun}>Rerun with ${suggested.words}<//>`}
      <${Button} kind=${suggested ? 'plain' : 'primary'} icon=${suggested ? 'edit' : 'rerun'} href=${rerunHref(run)}>Rerun with changes<//>
      ${run.actions?.requeue && html`<${Button} icon="refresh" onClick=${requeue} title="The same run once more, with the same settings">Try the same again<//>`}
      <${Button} icon="log" href=${logHref(run, failure.log ?? null, lines[key] ?? '')}>Open the log there<//>
      ${failure.cause && html`<span class="muted small">Cause <code>${failure.cause}</code></span>`}
    </div>
    ${lines.length > 0 && html`<figure class="failure-lines"><figcaption>The lines that show it${failure.log && html`, from <span class="mono">${failure.log}</span>`}</figcaption>
      <pre tabIndex=${0} role="region" aria-label="Lines of the log">${lines.map((line, i) => html`<span key=${i} class="failure-line" data-key=${i === key ? '' : undefined}>${line}\n</span>`)}</pre></figure>`}
  </section>`;
}
