// One program of the cluster: its versions with the command that loads each, its own help text, and what uses it.

import { html, useEffect } from '/vendor/preact.js';
import { useApi } from '../api.js';
import { useTitle } from '../router.js';
import { visited } from '../store.js';
import { Button, Card, Copy, Facts, Icon, Page, Problem, Skeleton, Time } from '../ui/index.js';

/** An address that may be shown as a link: modulefiles are written by people. @param {string | null} text */
function webAddress(text) {
  try {
    const url = new URL(text ?? '');
    return url.protocol === 'https:' || url.protocol === 'http:' ? url.href : null;
  } catch {
    return null;
  }
}

/** @param {{ params: { rest: string } }} props */
export default function Module({ params }) {
  const name = params.rest;
  const read = useApi(`/modules/${name.split('/').map(encodeURIComponent).join('/')}`);
  const templates = useApi('/templates').data?.items ?? [];
  const m = read.data;
  useTitle(m ? m.name : 'Module');
  useEffect(() => {
    if (m) visited({ href: `/modules/${m.name}`, title: m.name, kind: 'module' });
  }, [m?.name]);
  const crumbs = [{ label: 'Modules', href: '/modules' }];
  if (read.error && !m) return html`<${Page} title=${name} crumbs=${crumbs}><${Problem} error=${read.error} retry=${read.reload} /><div><${Button} href="/modules">All modules<//></div><//>`;
  if (!m) return html`<${Page} title=${name} crumbs=${crumbs}><${Skeleton} lines=${10} /><//>`;

  const used = templates.filter((/** @type {any} */ t) => t.engines.some((/** @type {any} */ e) => e.module === m.name));
  const home = webAddress(m.homepage);
  const help = [...new Set(m.versions.map((/** @type {any} */ v) => v.help).filter(Boolean))];
  const facts = [
    ['Category', m.category], ['Keywords', m.keywords?.join(', ')],
    ['Homepage', home && html`<a href=${home} target="_blank" rel="noopener noreferrer">${new URL(home).host} <${Icon} name="external" label="opens another site" /></a>`],
    ['Last seen', html`<${Time} at=${m.versions[0].seen_at} />`],
  ];
  return html`<${Page} title=${m.name} crumbs=${crumbs} lead=${m.summary}>
    <div class="cols"><div class="stack loose">
      ${m.description && m.description !== m.summary && html`<${Card} title="About"><p class="prose">${m.description}</p><//>`}
      <${Card} title="Versions" flush><div class="table-scroll"><table class="table"><thead><tr><th scope="col">Version</th><th scope="col">Site</th><th scope="col">Load it with</th></tr></thead>
        <tbody>${m.versions.map((/** @type {any} */ v) => html`<tr key=${`${v.site}/${v.full_name}`}><th scope="row">${v.version ?? v.full_name} ${v.is_default && html`<span class="chip">default</span>`}</th><td>${v.site}</td>
          <td><${Copy} text=${v.load_command} label=${`Copy: ${v.load_command}`} /></td></tr>`)}</tbody></table></div><//>
      ${help.map((text, i) => html`<${Card} key=${i} title=${help.length > 1 ? `Help ${i + 1}` : 'Help'}><pre class="module-help" tabindex="0" role="region" aria-label=${`Help text ${i + 1}`}>${text}</pre><//>`)}
    </div><aside class="stack">
      <${Card} title="Facts"><${Facts} items=${facts} /><//>
      <${Card} title="Used by" flush>${used.length ? html`<ul class="list">${used.map((/** @type {any} */ t) => html`<li key=${t.id}><${Icon} name="templates" /><a href=${`/templates/${t.id}`}>${t.title}</a></li>`)}</ul>`
    : html`<p class="pad muted">No template uses it. Load it in jobs of your own.</p>`}<//>
    </aside></div><//>`;
}
