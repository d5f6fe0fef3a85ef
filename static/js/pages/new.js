// A new run on one page: the structure, the parameters, and at the right what it will cost and the button that launches
// it. What is typed is a draft from the first letter; a launch is sent with a key that belongs to the draft, so neither a
// double click nor a lost reply makes two runs. ?from=<run> begins with that run's parameters and shows the difference.

import { html, useEffect, useMemo, useState } from '/vendor/preact.js';
import { keyMake, post, useApi } from '../api.js';
import { bytes, num } from '../fmt.js';
import { go, useTitle } from '../router.js';
import { recent } from '../store.js';
import { sheetLoad } from '../sheets.js';
import { Button, Card, Notice, Page, Problem, Select, Skeleton, announce } from '../ui/index.js';
import { draftOf, formEmpty, formOpen, nameSuggested, paramsSent, parentChanges, valueFault, valueText, valuesOf, visibleOf } from './new/form.js';
import { InputFiles } from './new/inputs.js';
import { Params } from './new/params.js';
import { Estimate, Launch, Problems, about as aboutTime, useEstimate } from './new/rail.js';
import { StructurePart, TakeAlong } from './new/structure.js';

/** @typedef {import('./new/form.js').Form} Form */
/** @typedef {import('./new/form.js').Param} Param */

/** @param {{ params: { template?: string }, query: URLSearchParams }} props */
export default function NewRun({ params, query }) {
  const from = query.get('from');
  const read = useApi(params.template ? `/templates/${params.template}` : null);
  const parent = useApi(from ? `/runs/${from}` : null);
  const projects = useApi('/projects', { query: { limit: 500 } });
  useTitle(read.data ? `New run, ${read.data.title}` : 'New run');
  useEffect(() => {
    sheetLoad('/css/pages/upload.css');
    if (!params.template) go(`/templates${query.size ? `?${query}` : ''}`, { replace: true });
  }, [params.template]);
  const error = read.error ?? projects.error ?? parent.error;
  const crumbs = [{ label: 'Templates', href: '/templates' }];
  if (error) return html`<${Page} title="New run" crumbs=${crumbs}><${Problem} error=${error} retry=${() => [read, projects, parent].forEach((r) => r.reload())} /><//>`;
  if (!read.data || !projects.data || (from && !parent.data)) return html`<${Page} title="New run" crumbs=${crumbs}><${Skeleton} lines=${12} /><//>`;
  return html`<${Form} key=${from ?? ''} about=${read.data} query=${query} parent=${parent.data ?? null} projects=${projects.data.items} />`;
}

/** Projects one may launch in. @param {any[]} projects */
const usable = (projects) => projects.filter((p) => p.role !== 'viewer' && !p.archived_at);

/** The project worked in last, or the first one. @param {any[]} projects */
function projectFirst(projects) {
  const ids = new Set(projects.map((p) => p.id));
  const last = recent.peek().map((visit) => visit.href.split('/')[2]).find((id) => ids.has(id));
  return last ?? projects[0]?.id ?? null;
}

/** The draft, kept with every change. @param {any} template @param {URLSearchParams} query @param {any} parent @param {any[]} projects */
function useForm(template, query, parent, projects) {
  const kept = useMemo(() => draftOf(template.id, query), []);
  const [form, setForm] = useState(() => {
    const first = formOpen(template, query, parent);
    return projects.some((p) => p.id === first.project) ? first : { ...first, project: projectFirst(projects), structure: null };
  });
  const [restored, setRestored] = useState(() => Boolean(kept.load()?.touched));
  const save = (/** @type {Form} */ next) => {
    setForm(next);
    kept.save({ ...next, touched: true });
  };
  // Another content is another launch; the same content again is the same one.
  const change = (/** @type {Partial<Form>} */ part) => save({ ...form, ...part, key: keyMake() });
  const restart = () => {
    kept.clear();
    setRestored(false);
    setForm({ ...formEmpty(template), project: form.project });
  };
  useEffect(() => {
    if (query.size && !restored) kept.save({ ...form, touched: false });
  }, []);
  return { form, change, restart, restored, clear: () => kept.clear() };
}

/** The whole plan in one sentence. @param {any} template @param {any} structure @param {any} estimate @param {boolean} ok */
function sentenceOf(template, structure, estimate, ok) {
  if (!estimate?.estimate || !ok) return null;
  const { estimate: time, resources: r, quota } = estimate;
  const about = structure ? ` of ${structure.name}` : '';
  const size = time.atoms ? `, ${num(time.atoms)} atoms` : '';
  const gpus = r.gpus ? ` and ${r.gpus} GPU${r.gpus > 1 ? 's' : ''}` : '';
  const room = quota?.project?.limit_b ? ` of the project's ${bytes(Math.max(0, quota.project.limit_b - quota.project.before_b))} free` : '';
  return html`<strong>${template.title}</strong>${about}${size}: about <strong>${aboutTime(time.wall_s)}</strong> on ${r.cpus} CPU${r.cpus > 1 ? 's' : ''}${gpus}, ${bytes(r.disk_b)}${room}.`;
}

/** Everything between the form and its launch. @param {ReturnType<typeof useForm>} draft @param {string} template */
function useLaunch(draft, template) {
  const [state, setState] = useState(/** @type {{ busy: boolean, error: any }} */ ({ busy: false, error: null }));
  const launch = async (/** @type {any} */ body) => {
    if (state.busy) return;
    setState({ busy: true, error: null });
    try {
      const { data } = await post('/runs', { template, ...body }, { key: draft.form.key });
      draft.clear();
      announce('The run is launched.');
      go(`/runs/${data.id}?submitted=1`);
    } catch (error) {
      setState({ busy: false, error });
      // A refusal is remembered under its key; what is sent after it must be judged anew.
      if (/** @type {any} */ (error).status >= 400) draft.change({});
    }
  };
  return { ...state, launch };
}

/** @param {{ about: any, query: URLSearchParams, parent: any, projects: any[] }} props */
function Form({ about, query, parent, projects }) {
  const { template } = about;
  const mine = usable(projects);
  const draft = useForm(template, query, parent, mine);
  const { form, change } = draft;
  const [structure, setStructure] = useState(/** @type {any} */ (null));
  const [inputs, setInputs] = useState(false);
  const [tried, setTried] = useState(false);
  const { busy, error, launch } = useLaunch(draft, template.id);
  const project = mine.find((p) => p.id === form.project) ?? null;

  const site = useApi('/sites').data?.items?.[0]?.facts;
  const visible = visibleOf(template, form, structure?.facts, site);
  const asked = { project: form.project, structure: form.structure, preset: form.preset, site: form.site, params: paramsSent(form, visible) };
  const estimate = useEstimate(template.id, asked);

  const values = valuesOf(template, form);
  const own = template.params.filter((/** @type {Param} */ p) => visible.has(p.name) && valueFault(p, values[p.name]))
    .map((/** @type {Param} */ p) => ({ field: p.name, text: valueFault(p, values[p.name]), hint: '' }));
  const ownFields = new Set(own.map((/** @type {any} */ p) => p.field));
  const told = [...(error?.errors?.length ? error.errors : estimate.data?.errors ?? [])].filter((p) => !ownFields.has(p.field));
  const pending = structure?.state === 'inspecting' ? [{ field: 'structure', text: 'The structure is still being inspected.', hint: '' }] : [];
  const problems = [...own, ...told.filter((p) => !(pending.length && p.field === 'structure')), ...pending];
  const blocked = problems.length > 0 || !project;
  const labels = { structure: 'Structure', project: 'Project', name: 'Name', site: 'Where it runs', ...Object.fromEntries(template.params.map((/** @type {Param} */ p) => [p.name, p.label])) };

  const suggested = nameSuggested(template, form, structure);
  const send = () => {
    setTried(true);
    if (blocked) {
      announce(problems[0]?.text ?? 'There is no project to launch in.');
      setTimeout(() => document.getElementById('problems')?.focus());
      return;
    }
    launch({ ...asked, name: form.name?.trim() || suggested, ...(form.parent ? { parent: form.parent } : {}) });
  };
  const startOver = () => {
    setStructure(null);
    draft.restart();
  };
  const setProject = (/** @type {string} */ id) => {
    change({ project: id, structure: null });
    setStructure(null);
  };
  const pick = (/** @type {string | null} */ id) => {
    setStructure(null);
    change({ structure: id });
  };
  const switcher = html`<label class="row nowrap project-choice" id="part-project" tabindex="-1"><span class="muted">Project</span>
    <${Select} value=${form.project ?? ''} options=${mine.map((p) => ({ value: p.id, label: p.name }))} onInput=${setProject} /></label>`;
  const foreign = parent?.structure && project && !form.structure && !mine.some((p) => p.id === parent.project.id);
  const missing = about.sites.length && !about.available ? about.sites.flatMap((/** @type {any} */ s) => s.missing) : [];
  const crumbs = [...(project ? [{ label: project.name, href: `/projects/${project.id}` }] : []), { label: 'Templates', href: '/templates' }, { label: template.title, href: `/templates/${template.id}` }];

  return html`<${Page} title=${parent ? `Run again: ${parent.name}` : template.title} here="New run" crumbs=${crumbs} lead=${template.question}
    actions=${html`<${Button} icon="book" kind="quiet" href=${`/templates/${template.id}`}>About this template<//>`}>
    ${missing.length > 0 && html`<${Notice} kind="warn" title="This cannot run here yet">${[...new Set(missing)].join(' ')} Ask an administrator to install it; what you set up is kept.<//>`}
    ${!mine.length && html`<${Notice} kind="warn" title="You have no project to launch in" actions=${html`<${Button} size="small" href="/projects">Projects<//>`}>Make one, or ask a lead to make you a member.<//>`}
    ${draft.restored && html`<${Notice} title="You were here before" actions=${html`<${Button} size="small" onClick=${startOver}>Start over<//>`}>What you had set up is restored.<//>`}
    <div class="cols new-run"><div class="stack loose">
      ${foreign && html`<${TakeAlong} parent=${parent} project=${project} onPick=${pick} />`}
      <${StructurePart} template=${template} project=${project} structure=${form.structure} onPick=${pick} onFacts=${setStructure}>${switcher}<//>
      <${Params} template=${template} form=${form} visible=${visible} errors=${told} warnings=${estimate.data?.warnings ?? []}
        onPreset=${(/** @type {string} */ preset) => change({ preset })} onParams=${(/** @type {Record<string, any>} */ next) => change({ params: next })} />
      ${parent && html`<${Difference} template=${template} form=${form} parent=${parent} />`}
    </div>
    <aside class="stack" aria-label="Estimate and launch">
      <${Estimate} estimate=${estimate} template=${template} hasStructure=${Boolean(form.structure)} />
      ${(tried || form.structure || !template.structures.required) && html`<${Problems} problems=${problems} warnings=${estimate.data?.warnings ?? []} labels=${labels} />`}
      <${Launch} sentence=${sentenceOf(template, structure, estimate.data, !blocked)} name=${form.name ?? suggested} suggested=${suggested} onName=${(/** @type {string} */ name) => change({ name })}
        onLaunch=${send} onInputs=${() => setInputs(true)} busy=${busy} blocked=${blocked} error=${error} project=${project} />
    </aside></div>
    ${inputs && html`<${InputFiles} template=${template.id} body=${asked} onClose=${() => setInputs(false)} />`}
  <//>`;
}

/** @param {{ template: any, form: Form, parent: any }} props */
function Difference({ template, form, parent }) {
  const changes = parentChanges(template, form, parent);
  const other = form.structure !== (parent.structure?.id ?? null);
  return html`<${Card} title=${html`Difference to <a href=${`/runs/${parent.id}`}>${parent.name}</a>`} flush=${changes.length > 0}>
    ${!changes.length && html`<p>${other ? 'Another structure; all parameters are the same.' : 'None yet: this would repeat the run exactly as it was.'}</p>`}
    ${changes.length > 0 && html`<table class="table"><thead><tr><th scope="col">Field</th><th scope="col">There</th><th scope="col">Here</th></tr></thead>
      <tbody>${changes.map((/** @type {any} */ { param, from, to }) => html`<tr key=${param.name}><th scope="row">${param.label}</th><td>${valueText(param, from)}</td><td class="strong">${valueText(param, to)}</td></tr>`)}</tbody></table>
      ${other && html`<p class="pad muted">The structure is another one, too.</p>`}`}<//>`;
}
