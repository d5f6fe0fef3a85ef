// Templates, estimates, launching, lists and wishes about runs, over the real server and database.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { randomUUID } from 'node:crypto';
import { startStack } from './lib/stack.mjs';
import { ETHANOL, newId, seedRun, seedSite, seedStructure } from './lib/runs.mjs';

let stack; let ann; let ben; let root; let project; let structure;

before(async () => {
  stack = await startStack();
  ann = await stack.person('ann');
  ben = await stack.person('ben');
  root = await stack.person('root1', true);
  project = (await ann.post('/projects', { name: 'Alcohols' })).json.id;
  await seedSite(stack);
  structure = await seedStructure(stack, project, ann.id);
});
after(() => stack?.stop());

const ask = (more = {}) => ({ project, template: 'xtb-relax', structure, ...more });
const reserved = async () => Number((await stack.sql(`SELECT reserved_b FROM quota WHERE scope = 'project' AND id = '${project}'`))[0][0]);
const runs = async () => Number((await stack.sql('SELECT count(*) FROM run'))[0][0]);

async function launch(more = {}) {
  const reply = await ann.post('/runs', ask(more));
  assert.equal(reply.status, 201, reply.text);
  return reply.json;
}

test('templates tell where they can run and what is missing', async () => {
  const list = await ann.get('/templates');
  assert.equal(list.status, 200, list.text);
  const xtb = list.json.items.find((t) => t.id === 'xtb-relax');
  assert.ok(xtb && xtb.available);
  assert.deepEqual(xtb.sites[0].modules, ['xtb/6.5.1']);
  assert.ok(list.json.items.some((t) => t.id === 'protein-md'));

  await seedSite(stack, ['xtb/6.3.9']);
  const old = (await ann.get('/templates/xtb-relax')).json;
  assert.equal(old.available, false);
  assert.match(old.sites[0].missing[0], /6\.4 or newer is needed; the newest installed is 6\.3\.9/);
  const refused = await ann.post('/runs', ask());
  assert.equal(refused.status, 422);
  assert.equal(refused.json.code, 'module_missing');
  await seedSite(stack);

  const one = (await ann.get('/templates/xtb-relax')).json;
  const charge = one.template.params.find((p) => p.name === 'charge_e');
  assert.equal(charge.unit, 'e');
  assert.ok(charge.why.length > 10 && one.template.presets.length >= 2);
  assert.equal((await ann.get('/templates/nothing')).status, 404);
});

test('an estimate lists every problem at once and shows the quota before and after', async () => {
  const good = await ann.post('/templates/xtb-relax/estimate', { project, structure, params: { charge_e: 1 } });
  assert.equal(good.status, 200, good.text);
  assert.equal(good.json.ok, true, good.text);
  assert.equal(good.json.resolved.charge_e, 1);
  assert.equal(good.json.resolved.method, 'gfn2');
  assert.ok(good.json.estimate.wall_s > 0 && good.json.resources.disk_b > 0);
  assert.equal(good.json.quota.project.after_b - good.json.quota.project.before_b, good.json.resources.disk_b);
  assert.equal(good.json.site.id, 'local');
  assert.match(good.json.summary, /about .* on 2 CPUs/);

  const bad = await ann.post('/templates/xtb-relax/estimate', { project, structure, params: { charge_e: 99, method: 'dft', nonsense: 1 }, preset: 'none' });
  assert.equal(bad.status, 200, bad.text);
  assert.equal(bad.json.ok, false);
  const fields = bad.json.errors.map((e) => e.field);
  for (const field of ['charge_e', 'method', 'nonsense', 'preset']) assert.ok(fields.includes(field), `${field} in ${fields}`);
  assert.ok(bad.json.errors.every((e) => e.code && e.text));

  const big = await seedStructure(stack, project, ann.id, { facts: { ...ETHANOL, atoms: 4000 } });
  const refused = await ann.post('/templates/xtb-relax/estimate', { project, structure: big });
  assert.ok(refused.json.errors.some((e) => e.code === 'too_many_atoms' && e.field === 'structure'));
  assert.equal((await ann.post('/templates/xtb-relax/estimate', { project, structure: newId('str') })).status, 404);
  assert.equal((await ben.post('/templates/xtb-relax/estimate', { project, structure })).status, 404);
  assert.equal((await ann.post('/templates/xtb-relax/estimate', { project, extra: 1 })).json.field, '/extra');
});

test('rendering shows the input files with the values in them', async () => {
  const reply = await ann.post('/templates/xtb-relax/render', { project, structure, params: { charge_e: -1 } });
  assert.equal(reply.status, 200, reply.text);
  assert.equal(reply.json.files[0].name, 'xtb.inp');
  assert.ok(!reply.json.files[0].text.includes('{{'));
  assert.match(reply.json.files[0].text, /-1/);
  assert.equal((await ann.post('/templates/xtb-relax/render', { project, structure, params: { charge_e: 99 } })).status, 422);
});

test('a waiting run tells when the scheduler expects it to start', async () => {
  const id = await seedRun(stack, project, ann.id, { state: 'pending', name: 'waiting' });
  const status = async (estimate) => {
    await stack.sql(`UPDATE run SET start_estimate = ${estimate} WHERE id = '${id}'`);
    return (await ann.get(`/runs/${id}`)).json.status;
  };
  assert.equal(await status('NULL'), "The run is waiting in the scheduler's queue.");
  assert.match(await status("now() + interval '35 minutes'"), /queue\. The scheduler expects it to start about \d\d:\d\d UTC \(in 35 minutes\)\.$/);
  assert.equal(await status("now() - interval '1 hour'"), "The run is waiting in the scheduler's queue.");
  await stack.sql(`UPDATE run SET unknown_since = now(), start_estimate = now() + interval '5 minutes' WHERE id = '${id}'`);
  assert.doesNotMatch((await ann.get(`/runs/${id}`)).json.status, /expects/, 'nothing is promised while the site is out of reach');
});

test('launching makes one run, reserves its space and tells the worker', async () => {
  const space = await reserved();
  const reply = await ann.post('/runs', ask({ name: 'My ethanol', params: { charge_e: 1 }, preset: 'quick' }));
  assert.equal(reply.status, 201, reply.text);
  const run = reply.json;
  assert.equal(reply.headers.location, `/api/v1/runs/${run.id}`);
  assert.equal(run.state, 'queued');
  assert.equal(run.name, 'My ethanol');
  assert.equal(run.spec.params.charge_e, 1);
  assert.equal(run.spec.resolved.method, 'gfnff');
  assert.deepEqual(run.spec.modules, ['xtb/6.5.1']);
  assert.deepEqual(run.timeline.map((e) => e.kind), ['submit']);
  assert.equal(run.timeline[0].login, 'ann');
  assert.equal(await reserved() - space, run.spec.resources.disk_b);
  assert.deepEqual(await stack.sql(`SELECT event_seq, folded_seq FROM run WHERE id = '${run.id}'`), [['1', '1']]);
  assert.deepEqual(run.actions, { cancel: true, hold: true, release: false, requeue: false, delete: true, restore: false });

  assert.equal((await ben.get(`/runs/${run.id}`)).status, 404);
  await ann.put(`/projects/${project}/members/ben`, { role: 'viewer' });
  assert.equal((await ben.get(`/runs/${run.id}`)).status, 200);
  assert.equal((await ben.post(`/runs/${run.id}/cancel`)).status, 403);
  assert.equal((await ben.post('/runs', ask())).status, 403);
  await ann.delete(`/projects/${project}/members/${ben.id}`);
  assert.equal((await ben.get(`/runs/${run.id}`)).status, 404);
});

test('a repeated launch is the same run, also when the reply was lost', async () => {
  const key = { headers: { 'Idempotency-Key': randomUUID() } };
  const body = ask({ name: 'once' });
  const first = await ann.post('/runs', body, key);
  assert.equal(first.status, 201, first.text);
  assert.equal((await ann.post('/runs', body, key)).json.id, first.json.id);
  // The process died after the commit, before the reply was stored: the guard knows nothing of the first try.
  await stack.sql(`DELETE FROM idempotency WHERE account_id = '${ann.id}'`);
  const again = await ann.post('/runs', body, key);
  assert.equal(again.status, 201, again.text);
  assert.equal(again.json.id, first.json.id);
  assert.deepEqual(await stack.sql(`SELECT count(*) FROM run_event WHERE run_id = '${first.json.id}'`), [['1']]);
  assert.equal((await ann.post('/runs', ask({ name: 'other' }), key)).status, 422);

  const count = await runs();
  const space = await reserved();
  const racing = { headers: { 'Idempotency-Key': randomUUID() } };
  const replies = await Promise.all(Array.from({ length: 8 }, () => ann.post('/runs', ask({ name: 'race' }), racing)));
  const made = new Set(replies.filter((r) => r.status === 201).map((r) => r.json.id));
  assert.equal(made.size, 1);
  assert.ok(replies.every((r) => [201, 409].includes(r.status)), replies.map((r) => r.status).join());
  assert.equal(await runs(), count + 1);
  assert.equal(await reserved() - space, replies.find((r) => r.status === 201).json.spec.resources.disk_b);
  assert.equal((await ann.call('POST', '/runs', { json: ask() })).status, 400, 'a key is needed');
});

test('what cannot run is refused with every reason, and nothing is kept', async () => {
  const [count, space] = [await runs(), await reserved()];
  const bad = await ann.post('/runs', ask({ params: { charge_e: 1.5, max_cycles: 0 } }));
  assert.equal(bad.status, 422, bad.text);
  assert.equal(bad.headers['content-type'], 'application/problem+json');
  assert.deepEqual(bad.json.errors.map((e) => e.field).sort(), ['charge_e', 'max_cycles']);
  assert.ok(bad.json.code && bad.json.field && bad.json.request_id);

  assert.equal((await ann.post('/runs', ask({ structure: undefined }))).json.field, 'structure');
  for (const [state, code] of [['inspecting', 'inspecting'], ['refused', 'refused']]) {
    const other = await seedStructure(stack, project, ann.id, { state });
    const reply = await ann.post('/runs', ask({ structure: other }));
    assert.equal(reply.status, 422);
    assert.ok(reply.json.errors.some((e) => e.code === code && e.field === 'structure'), reply.text);
  }
  const elsewhere = (await ann.post('/projects', { name: 'Elsewhere' })).json.id;
  const foreign = await ann.post('/runs', ask({ project: elsewhere }));
  assert.ok(foreign.json.errors.some((e) => e.code === 'other_project'), foreign.text);
  assert.equal((await ann.post('/runs', ask({ template: 'nothing' }))).json.field, 'template');
  assert.ok((await ann.post('/runs', ask({ site: 'mars' }))).json.errors.some((e) => e.code === 'site_not_found'));
  assert.equal((await ann.post('/runs', ask({ surprise: true }))).status, 400);

  await stack.sql(`UPDATE quota SET limit_b = used_b + reserved_b + 10 WHERE scope = 'project' AND id = '${project}'`);
  const full = await ann.post('/runs', ask());
  assert.ok(full.json.errors.some((e) => e.code === 'quota_project'), full.text);
  await stack.sql(`UPDATE quota SET limit_b = 1000000000000 WHERE scope = 'project' AND id = '${project}'`);
  assert.deepEqual([await runs(), await reserved()], [count, space]);
});

test('racing launches never pass the quota together', async () => {
  const { spec } = await launch();
  const disk = spec.resources.disk_b;
  await stack.sql(`UPDATE quota SET limit_b = used_b + reserved_b + ${disk} * 3 + 1 WHERE scope = 'project' AND id = '${project}'`);
  const replies = await Promise.all(Array.from({ length: 10 }, () => ann.post('/runs', ask())));
  assert.equal(replies.filter((r) => r.status === 201).length, 3, replies.map((r) => r.status).join());
  assert.ok(replies.filter((r) => r.status !== 201).every((r) => [422, 507].includes(r.status)));
  await stack.sql(`UPDATE quota SET limit_b = 1000000000000 WHERE scope = 'project' AND id = '${project}'`);
});

test('a list is paged, filtered and shows only what I may see', async () => {
  const home = (await ann.post('/projects', { name: 'List' })).json.id;
  const hidden = (await ben.post('/projects', { name: 'Hidden' })).json.id;
  const ids = [];
  for (let i = 0; i < 7; i += 1) ids.push(await seedRun(stack, home, ann.id, { name: `run ${i}${i === 3 ? ' 50%_x' : ''}`, state: i % 2 ? 'failed' : 'finished' }));
  const secret = await seedRun(stack, hidden, ben.id);
  ids.sort().reverse();

  const seen = [];
  let cursor = '';
  do {
    const page = await ann.get(`/runs?project=${home}&limit=3${cursor && `&cursor=${cursor}`}`);
    assert.equal(page.status, 200, page.text);
    seen.push(...page.json.items.map((r) => r.id));
    cursor = page.json.next_cursor;
  } while (cursor);
  assert.deepEqual(seen, ids);

  const all = (await ann.get('/runs?limit=500')).json.items;
  assert.ok(all.some((r) => r.id === ids[0]) && !all.some((r) => r.id === secret));
  assert.deepEqual([...all].sort((a, b) => (a.id < b.id ? 1 : -1)).map((r) => r.id), all.map((r) => r.id));
  assert.equal((await ann.get(`/runs?project=${home}&state=failed`)).json.items.length, 3);
  assert.equal((await ann.get(`/runs?project=${home}&state=ended&template=xtb-relax&account=me`)).json.items.length, 7);
  assert.equal((await ann.get(`/runs?project=${home}&q=${encodeURIComponent('50%_')}`)).json.items.length, 1);
  assert.equal((await ann.get(`/runs?project=${home}&q=${encodeURIComponent('%')}`)).json.items.length, 1);
  assert.equal((await ann.get(`/runs?project=${hidden}`)).json.items.length, 0);
  assert.ok((await root.get('/runs?all=true&limit=500')).json.items.some((r) => r.id === secret));
  assert.equal((await ann.get('/runs?all=1')).status, 403);
  for (const bad of ['state=asleep', 'limit=0', 'limit=501', 'cursor=x', 'project=x', 'surprise=1', 'account=bob', 'all=maybe']) {
    assert.equal((await ann.get(`/runs?${bad}`)).status, 400, bad);
  }
  const bound = await stack.token(ann, ['runs:read'], { project: home });
  assert.equal((await bound.get('/runs?limit=500')).json.items.length, 7);
  assert.equal((await bound.get(`/runs?project=${project}`)).status, 403);
});

test('wishes are written down once and refused in words when they make no sense', async () => {
  const run = await launch();
  const post = (verb) => ann.post(`/runs/${run.id}/${verb}`);
  const kinds = async () => (await stack.sql(`SELECT kind FROM run_event WHERE run_id = '${run.id}' ORDER BY seq`)).map(([k]) => k);

  const held = await post('hold');
  assert.equal(held.status, 202, held.text);
  assert.equal(held.json.hold_requested, true);
  assert.equal((await post('hold')).status, 202);
  assert.deepEqual(await kinds(), ['submit', 'hold_request']);
  assert.equal((await post('release')).status, 202);
  const early = await post('requeue');
  assert.equal(early.status, 409);
  assert.ok(early.json.detail.length > 10, early.text);
  assert.equal((await post('cancel')).json.cancel_requested, true);
  assert.equal((await post('cancel')).status, 202);
  assert.deepEqual(await kinds(), ['submit', 'hold_request', 'release_request', 'cancel_request']);

  await stack.sql(`UPDATE run SET state = 'failed', ended_at = now(), folded_seq = event_seq WHERE id = '${run.id}'`);
  assert.equal((await post('cancel')).status, 409);
  assert.equal((await post('requeue')).status, 202);
  const done = await seedRun(stack, project, ann.id, { state: 'finished' });
  assert.equal((await ann.post(`/runs/${done}/requeue`)).status, 409);
  const racing = await launch();
  const replies = await Promise.all(Array.from({ length: 8 }, () => ann.post(`/runs/${racing.id}/cancel`)));
  assert.ok(replies.every((r) => r.status === 202));
  assert.equal((await stack.sql(`SELECT count(*) FROM run_event WHERE run_id = '${racing.id}' AND kind = 'cancel_request'`))[0][0], '1');
});

test('a rerun keeps what changed from its parent', async () => {
  const parent = await launch({ params: { charge_e: 1, max_cycles: 50 }, name: 'parent' });
  const reply = await ann.post(`/runs/${parent.id}/rerun`, { params: { max_cycles: 80, charge_e: null } });
  assert.equal(reply.status, 201, reply.text);
  assert.deepEqual(reply.json.parent, { id: parent.id, name: 'parent' });
  assert.deepEqual(reply.json.parent_diff, { params: { charge_e: { before: 1, after: 0 }, max_cycles: { before: 50, after: 80 } } });
  assert.deepEqual(reply.json.spec.params, { max_cycles: 80 });
  assert.ok((await ann.get(`/runs/${parent.id}`)).json.children.some((c) => c.id === reply.json.id));
  const same = await ann.post(`/runs/${parent.id}/rerun`, {});
  assert.deepEqual(same.json.parent_diff, { params: {} });
  assert.equal((await ann.post(`/runs/${parent.id}/rerun`, { params: { charge_e: 99 } })).status, 422);
});

test('renaming needs the version; polling an unchanged run is a 304', async () => {
  const run = await launch({ name: 'old' });
  const read = await ann.get(`/runs/${run.id}`);
  assert.equal((await ann.get(`/runs/${run.id}`, { headers: { 'If-None-Match': read.headers.etag } })).status, 304);
  assert.equal((await ann.call('PATCH', `/runs/${run.id}`, { json: { name: 'x' } })).status, 428);
  assert.equal((await ann.patch(`/runs/${run.id}`, { name: 'x' }, '"v9.0"')).status, 412);
  // Progress in between changes the ETag but not the version.
  await stack.sql(`UPDATE run SET reason = 'Resources' WHERE id = '${run.id}'`);
  const renamed = await ann.patch(`/runs/${run.id}`, { name: 'new <b>' }, read.headers.etag);
  assert.equal(renamed.status, 200, renamed.text);
  assert.equal(renamed.json.name, 'new <b>');
  assert.equal(renamed.json.reason.code, 'Resources');
  assert.match(renamed.json.reason.text, /next in the queue/);
  assert.equal((await ann.patch(`/runs/${run.id}`, { name: 'x' }, read.headers.etag)).status, 412);
  assert.equal((await ann.patch(`/runs/${run.id}`, { name: '' }, renamed.headers.etag)).json.field, '/name');
});

test('what is not known is said, never guessed', async () => {
  const id = await seedRun(stack, project, ann.id, { state: 'running' });
  await stack.sql(`UPDATE run SET unknown_since = now() - interval '5 minutes', as_of = now() - interval '5 minutes' WHERE id = '${id}'`);
  const { json } = await ann.get(`/runs/${id}`);
  assert.equal(json.state, 'running');
  assert.ok(json.unknown_since && json.as_of);
  assert.match(json.status, /out of reach/);
});
