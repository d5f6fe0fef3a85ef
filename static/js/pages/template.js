// One template in full: what it answers and how, what it takes, every parameter with its reason, what counts as success,
// what it says when it fails, and what to cite.

import { html, useEffect } from '/vendor/preact.js';
import { useApi } from '../api.js';
import { useTitle } from '../router.js';
import { visited } from '../store.js';
import { Button, Card, Facts, Icon, Notice, Page, Problem, Skeleton } from '../ui/index.js';
import { rangeText, valueText } from './new/form.js';
import { Readme } from './templates/readme.js';
import { Availability, Engines, missingOf, timeText, useFinished } from './templates/facts.js';

/** @param {{ params: { id: string }, query: URLSearchParams }} props */
export default function Template({ params, query }) {
  const read = useApi(`/templates/${params.id}`);
  const about = read.data;
  useTitle(about?.title);
  useEffect(() => {
    if (about) visited({ href: `/templates/${about.id}`, title: about.title, kind: 'template' });
  }, [about?.id]);
  const crumbs = [{ label: 'Templates', href: '/templates' }];
  if (read.error && !about) return html`<${Page} title="Template" crumbs=${crumbs}><${Problem} error=${read.error} retry=${read.reload} /><//>`;
  if (!about) return html`<${Page} title="Template" crumbs=${crumbs}><${Skeleton} lines=${12} /><//>`;
  return html`<${About} about=${about} query=${query} crumbs=${crumbs} />`;
}

/** @param {{ about: any, query: URLSearchParams, crumbs: any[] }} props */
function About({ about, query, crumbs }) {
  const { template } = about;
  const finished = useFinished(about.id);
  const missing = missingOf(about);
  const tail = query.size ? `?${query}` : '';
  const presetLink = (/** @type {string} */ name) => {
    const next = new URLSearchParams(query);
    next.set('preset', name);
    return `/new/${about.id}?${next}`;
  };
  const facts = [
    ['Takes', about.structures.required ? `one structure: ${about.structures.formats.join(', ')}` : about.structures.formats.join(', ') || 'no structure'],
    ['Engine', html`<${Engines} about=${about} />`], ['Typically', timeText(finished)], ['Category', about.category], ['Version', about.version],
    ['If interrupted', template.checkpoint?.continues ? 'goes on from its checkpoint' : 'starts again'],
  ];
  const actions = html`${finished.example && html`<${Button} icon="play" href=${`/runs/${finished.example.id}/results`}>Example result<//>`}
    <${Button} kind="primary" icon="plus" href=${`/new/${about.id}${tail}`}>Set up a run<//>`;
  return html`<${Page} title=${about.question} here=${about.title} crumbs=${crumbs} actions=${actions} lead=${about.title}>
    ${missing.length > 0 && html`<${Notice} kind="warn" title="This cannot run here yet">${missing.join(' ')} Ask an administrator to install it; everything else here holds.<//>`}
    <div class="cols">
      <div class="stack loose">
        <${Card} title="What it does"><div class="stack prose"><p>${about.summary}</p>
          <ol class="stages">${template.stages.map((/** @type {any} */ s) => html`<li key=${s.name}><${Stage} stage=${s} all=${template.stages} /></li>`)}</ol></div><//>
        <${Card} title="What counts as success"><p class="prose">${template.success}</p><//>
        <${Card} title="Presets" flush><ul class="list">${template.presets.map((/** @type {any} */ preset) => html`<li key=${preset.name}><div class="grow"><a class="strong" href=${presetLink(preset.name)}>${preset.label}</a>
          <div class="muted small">${Object.entries(preset.values).map(([name, value]) => presetText(template, name, value)).filter(Boolean).join(', ')}</div></div></li>`)}</ul><//>
        <${Card} title="Parameters" flush><${ParamTable} template=${template} /><//>
        ${template.structures.rules?.length > 0 && html`<${Card} title="What it asks of a structure" flush><ul class="list">
          ${template.structures.rules.map((/** @type {any} */ rule) => html`<li key=${rule.code}><${Icon} name=${rule.level === 'error' ? 'failed' : 'warning'} label=${rule.level === 'error' ? 'Refused' : 'Warned of'} /><span class="grow">${rule.text} <span class="muted">${rule.hint}</span></span></li>`)}</ul><//>`}
        ${about.readme && html`<${Card}><${Readme} text=${about.readme} /><//>`}
        ${template.failures?.length > 0 && html`<${Card} flush><details class="pad"><summary><strong>What can go wrong</strong> <span class="muted">${template.failures.length} causes it recognises and explains</span></summary>
          <ul class="failures">${template.failures.map((/** @type {any} */ f) => html`<li key=${f.match}>${f.text} <span class="muted">${f.hint}</span></li>`)}</ul></details><//>`}
      </div>
      <aside class="stack">
        <${Card} title="At a glance"><div class="stack"><div><${Availability} about=${about} /></div><${Facts} items=${facts} /></div><//>
        <${Card} title="Gives"><ul class="gives">${template.results?.series?.map((/** @type {any} */ s) => html`<li key=${s.name}><${Icon} name="plot" />${s.label}</li>`)}</ul><//>
        ${template.citations?.length > 0 && html`<${Card} title="Please cite"><ul class="stack tight small citations">${template.citations.map((/** @type {any} */ c) => html`<li key=${c.key}>${c.text}
          ${c.doi && html` <a href=${`https://doi.org/${c.doi}`} target="_blank" rel="noopener noreferrer">doi ${c.doi} <${Icon} name="external" label="opens another site" /></a>`}</li>`)}</ul><//>`}
      </aside>
    </div><//>`;
}

/** @param {any} template @param {string} name @param {any} value */
function presetText(template, name, value) {
  const param = template.params.find((/** @type {any} */ p) => p.name === name);
  return param ? `${param.label} ${valueText(param, value)}` : '';
}

/** A stage with its usual share of the time. @param {{ stage: any, all: any[] }} props */
function Stage({ stage, all }) {
  const sum = all.reduce((total, s) => total + s.weight, 0);
  return html`<span>${stage.label}</span><span class="muted small num">${Math.round((stage.weight / sum) * 100)} % of the time</span>`;
}

/** @param {{ template: any }} props */
function ParamTable({ template }) {
  return html`<div class="table-scroll" tabindex="0" role="region" aria-label="Table of parameters"><table class="table param-table"><thead><tr><th scope="col">Parameter</th><th scope="col">Default</th><th scope="col">Range</th><th scope="col">Why</th></tr></thead>
    <tbody>${template.params.map((/** @type {any} */ p) => html`<tr key=${p.name}><th scope="row">${p.label}<span class="sub mono">${p.name}</span></th>
      <td class="nowrap">${valueText(p, p.default)}</td><td>${p.type === 'enum' ? p.values.map((/** @type {any} */ v) => v.label).join(', ') : rangeText(p) || 'on or off'}</td>
      <td class="muted">${p.why}</td></tr>`)}</tbody></table></div>`;
}
