// Where one is signed in: this browser and others, each of which can be ended.

import { html, useState } from '/vendor/preact.js';
import { ApiError, del, useApi } from '../../api.js';
import { plural } from '../../fmt.js';
import { signOut } from '../../session.js';
import { Button, Card, confirm, Problem, Skeleton, Time, toast } from '../../ui/index.js';

const BROWSERS = [[/Edg\//, 'Edge'], [/OPR\//, 'Opera'], [/Firefox\//, 'Firefox'], [/Chrom(e|ium)\//, 'Chrome'], [/Safari\//, 'Safari'], [/curl\//, 'curl'], [/python/i, 'Python']];
const SYSTEMS = [[/Windows/, 'Windows'], [/Android/, 'Android'], [/iPhone|iPad/, 'iOS'], [/Mac OS/, 'macOS'], [/Linux|X11/, 'Linux']];

/** "Firefox on Windows", from what the browser says of itself. @param {string} agent */
export function agentName(agent) {
  const find = (/** @type {any[]} */ list) => list.find(([pattern]) => pattern.test(agent))?.[1];
  const [browser, system] = [find(BROWSERS), find(SYSTEMS)];
  return [browser ?? (agent.split(/[\s/]/)[0] || 'Another program'), system && `on ${system}`].filter(Boolean).join(' ');
}

export default function Sessions() {
  const { data, error, reload } = useApi('/sessions', { poll: 60 });
  const [problem, setProblem] = useState(/** @type {ApiError | null} */ (null));
  const others = data?.items.filter((/** @type {any} */ one) => !one.current).length ?? 0;

  const attempt = async (/** @type {() => Promise<void>} */ work) => {
    setProblem(null);
    try {
      await work();
    } catch (failure) {
      if (!(failure instanceof ApiError)) throw failure;
      setProblem(failure);
    }
  };
  const end = (/** @type {any} */ one) => attempt(async () => {
    await del(`/sessions/${encodeURIComponent(one.id)}`);
    toast(`${agentName(one.user_agent)} is signed out.`, { kind: 'good' });
    reload();
  });
  const endAll = () => attempt(async () => {
    const sure = await confirm({ title: 'Sign out everywhere?', text: `This ends ${plural(others + 1, 'session')}, this one too. What runs goes on.`, verb: 'Sign out everywhere', danger: true });
    if (!sure) return;
    await del('/sessions');
    await signOut();
  });

  return html`<${Card} title="Where you are signed in" flush
    actions=${others > 0 && html`<${Button} kind="danger" onClick=${endAll}>Sign out everywhere<//>`}>
    ${(error || problem) && html`<div class="pad"><${Problem} error=${problem ?? error} retry=${reload} /></div>`}
    ${!data && !error && html`<div class="pad"><${Skeleton} lines=${3} /></div>`}
    ${data && html`<div class="table-scroll"><table class="table"><caption class="sr-only">Sessions</caption>
      <thead><tr><th scope="col">Where</th><th scope="col">Address</th><th scope="col">Last used</th><th scope="col">Since</th><th scope="col"><span class="sr-only">Actions</span></th></tr></thead>
      <tbody>${data.items.map((/** @type {any} */ one) => html`<tr key=${one.id}>
        <th scope="row"><span title=${one.user_agent}>${agentName(one.user_agent)}</span>${one.current && html` <span class="chip">this browser</span>`}</th>
        <td class="mono">${one.address}</td><td><${Time} at=${one.seen_at} /></td><td><${Time} at=${one.created_at} /></td>
        <td class="num">${one.current ? '' : html`<${Button} size="small" kind="quiet" onClick=${() => end(one)}>Sign out<//>`}</td>
      </tr>`)}</tbody></table></div>`}
  <//>`;
}
