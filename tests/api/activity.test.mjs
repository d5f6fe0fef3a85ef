// What happened in a project, told to its members in words; and its runs counted by state.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startStack, until } from './lib/stack.mjs';
import { seedRun, seedSite, workerEvent } from './lib/runs.mjs';
import * as tus from './lib/tus.mjs';

let stack; let ann; let ben; let project;

before(async () => {
  stack = await startStack({ worker: true, settings: { worker_poll: 100 } });
  ann = await stack.person('ann');
  ben = await stack.person('ben');
  await ann.call('PATCH', '/account', { json: { display_name: 'Ann' } });
  project = (await ann.post('/projects', { name: 'Told' })).json.id;
  await seedSite(stack);
  await stack.sql("UPDATE site SET enabled = false WHERE id = 'local'");
});
after(() => stack?.stop());

const list = async (query = '', caller = ann) => (await caller.get(`/projects/${project}/activity?${query}`)).json.items;
const texts = async (query) => (await list(query)).map((a) => a.text);

async function upload(folder, name) {
  const reply = await tus.create(ann, project, name, 4, { body: Buffer.from('data'), meta: { folder } });
  const done = await until(async () => {
    const { json } = await ann.get(reply.headers.location);
    return json.state === 'stored' && json;
  }, 'the file to be stored');
  return done.file_id;
}

test('files, folders, members and the project itself', async () => {
  const file = await upload('a', 'one.pdb');
  await ann.put(`/projects/${project}/members/ben`, { role: 'viewer' });
  await ann.put(`/projects/${project}/members/ben`, { role: 'viewer' });
  await ann.put(`/projects/${project}/members/ben`, { role: 'member' });
  await ann.patch(`/files/${file}`, { name: 'uno.pdb' }, '*');
  await ann.patch(`/files/${file}`, { folder: 'b' }, '*');
  await ann.call('PATCH', `/projects/${project}/folders`, { json: { folder: 'b', to: 'c' } });
  await ann.call('DELETE', `/projects/${project}/folders?folder=c`);
  await ann.call('POST', `/files/${file}/restore`);
  await ben.delete(`/files/${file}`, '*');
  await ann.patch(`/projects/${project}`, { name: 'Retold' }, '*');
  await ann.patch(`/projects/${project}`, { description: 'nothing to tell' }, '*');
  assert.deepEqual(await texts(), [
    'Ann renamed the project to Retold (was Told)',
    'ben put into the trash uno.pdb',
    'Ann took out of the trash uno.pdb',
    'Ann put into the trash the folder c with 1 file',
    'Ann moved the folder b to c',
    'Ann moved uno.pdb to b',
    'Ann renamed a file to uno.pdb (was one.pdb)',
    'Ann changed the role of ben to member',
    'Ann added ben as viewer',
    'Ann uploaded one.pdb',
    'Ann created the project Told',
  ]);
  const [newest] = await list('kind=file_trashed');
  assert.deepEqual(newest.object, { type: 'file', id: file, name: 'uno.pdb', gone: false });
  await ann.delete(`/projects/${project}/trash`);
  await until(async () => (await list('kind=file_trashed'))[0].object.gone, 'the file to be gone');
  assert.equal((await texts('kind=trash_emptied'))[0], 'Ann emptied the trash (1 file, 0 runs)');
});

test('runs, by whom and how they ended', async () => {
  const run = await seedRun(stack, project, ann.id, { state: 'running', name: 'Long one' });
  await stack.sql(`SELECT run_event_append('${run}', NULL, 'submit', 0, '${ben.id}', '{}')`);
  await workerEvent(stack, run, 'progress', { step: 1 });
  await ann.call('POST', `/runs/${run}/cancel`);
  await workerEvent(stack, run, 'cancelled');
  const bad = await seedRun(stack, project, ann.id, { state: 'running', name: 'Bad one' });
  await workerEvent(stack, bad, 'failed', { cause: 'clash', text: 'Two atoms are too close.' });
  const good = await seedRun(stack, project, ann.id, { state: 'running', name: 'Good one' });
  await workerEvent(stack, good, 'finished');
  assert.deepEqual((await texts()).slice(0, 4), ['Good one has finished', 'Bad one has failed: Two atoms are too close.', 'Ann stopped Long one', 'ben launched Long one']);
  const [finished] = await list('limit=1');
  assert.deepEqual([finished.passive, finished.action, finished.object], [true, 'has finished', { type: 'run', id: good, name: 'Good one', gone: false }]);
  assert.deepEqual((await list(`account=${ben.id}`)).map((a) => a.kind), ['run_submit', 'file_trashed']);
});

test('members alone read it, page by page', async () => {
  const got = [];
  for (let cursor = ''; cursor !== null;) {
    const page = (await ben.get(`/projects/${project}/activity?limit=4${cursor && `&cursor=${cursor}`}`)).json;
    got.push(...page.items.map((a) => a.id));
    cursor = page.next_cursor;
  }
  assert.deepEqual(got, (await list('limit=500')).map((a) => a.id));
  const cho = await stack.person('cho');
  assert.equal((await cho.get(`/projects/${project}/activity`)).status, 404);
  assert.equal((await ann.get(`/projects/${project}/activity?kind=nonsense`)).json.field, 'kind');
  assert.equal((await ann.get(`/projects/${project}/activity?cursor=x`)).json.field, 'cursor');
});

test('projects count their runs by state', async () => {
  const other = (await ann.post('/projects', { name: 'Counted' })).json.id;
  for (const state of ['running', 'collecting', 'queued', 'held', 'pending', 'finished', 'finished', 'failed', 'cancelled']) await seedRun(stack, other, ann.id, { state });
  const old = await seedRun(stack, other, ann.id, { state: 'failed' });
  await stack.sql(`UPDATE run SET ended_at = now() - interval '8 days' WHERE id = '${old}'`);
  const hidden = await seedRun(stack, other, ann.id, { state: 'finished' });
  await ann.delete(`/runs/${hidden}`);
  const want = { running: 2, waiting: 3, failed_week: 1, finished_week: 2 };
  const one = (await ann.get(`/projects/${other}`)).json;
  assert.deepEqual([one.runs, one.active_runs], [want, 5]);
  assert.deepEqual((await ann.get('/projects')).json.items.find((p) => p.id === other).runs, want);
});
