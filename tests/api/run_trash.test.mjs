// The trash of runs: a launch taken back, hiding and restoring, deletion for good with its folder and space, never of a
// run that may still run, and kill -9 anywhere in between.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fs from 'node:fs';
import { sleep, startStack, until } from './lib/stack.mjs';
import { newId, runFolder, runFolderPath, seedResult, seedRun, seedSite, seedStructure, workerEvent, writeFile } from './lib/runs.mjs';

let stack; let ann; let ben; let root; let project;

before(async () => {
  stack = await startStack({ worker: true, settings: { worker_poll: 100 } });
  ann = await stack.person('ann');
  ben = await stack.person('ben');
  root = await stack.person('root1', true);
  await seedSite(stack);
  await stack.sql("UPDATE site SET enabled = false WHERE id = 'local'");
});
after(() => stack?.stop());

async function newProject(name) {
  project = (await ann.post('/projects', { name })).json.id;
  await ann.put(`/projects/${project}/members/ben`, { role: 'viewer' });
  return project;
}
const ids = async (query = '') => (await ann.get(`/runs?project=${project}${query}`)).json.items.map((r) => r.id);
const used = async () => (await ann.get(`/projects/${project}`)).json.storage.used_bytes;
const empty = async () => (await ann.delete(`/projects/${project}/trash`)).json;
const gone = (id) => until(async () => (await ann.get(`/runs/${id}`)).status === 404, `${id} to be deleted`);
const rows = async (id) => Number((await stack.sql(`SELECT count(*) FROM run WHERE id = '${id}'`))[0][0]);
const events = async (id) => (await stack.sql(`SELECT kind FROM run_event WHERE run_id = '${id}' ORDER BY seq`)).map((r) => r[0]);

/** An ended run with a folder, results and 1000 bytes that count. */
async function ended(name, state = 'finished') {
  const id = await seedRun(stack, project, ann.id, { state, name });
  writeFile(runFolder(stack, project, id), 'results/a.txt', 'x'.repeat(1000));
  await seedResult(stack, id, { version: 1 });
  await stack.sql(`UPDATE run SET kept_b = 1000 WHERE id = '${id}';
    UPDATE quota SET used_b = used_b + 1000 WHERE id IN ('${project}', '${ann.id}')`);
  return id;
}

test('deleting hides, restoring shows, and only members may', async () => {
  await newProject('Hidden');
  const [one, two] = [await ended('one'), await ended('two')];
  assert.equal((await ben.delete(`/runs/${one}`)).status, 403);
  assert.equal((await ann.delete(`/runs/${one}`)).status, 204);
  assert.equal((await ann.delete(`/runs/${one}`)).status, 204, 'repeating is harmless');
  assert.deepEqual(await ids(), [two]);
  assert.deepEqual(await ids('&order=oldest'), [two]);
  assert.deepEqual(await ids('&state=finished'), [two]);
  assert.deepEqual(await ids('&trashed=true'), [one]);
  assert.deepEqual((await root.get(`/runs?all=true&project=${project}`)).json.items.map((r) => r.id), [two]);
  const page = (await ann.get(`/runs/${one}`)).json;
  assert.ok(page.trashed_at && page.actions.restore && !page.actions.delete);
  assert.deepEqual(page.timeline.map((e) => e.kind), ['trashed']);
  assert.equal((await ann.call('POST', `/runs/${one}/restore`)).json.trashed_at, null);
  assert.deepEqual((await ids()).sort(), [one, two].sort());
  const again = await ann.call('POST', `/runs/${one}/restore`);
  assert.deepEqual([again.status, again.json.code], [409, 'not_trashed']);
  assert.deepEqual(await events(one), ['trashed', 'restored']);
});

test('a run that has not ended is stopped as well, and stays until it has ended', async () => {
  await newProject('Undone');
  const id = await seedRun(stack, project, ann.id, { state: 'running' });
  assert.equal((await ann.delete(`/runs/${id}`)).status, 204);
  assert.deepEqual(await ids(), []);
  const page = (await ann.get(`/runs/${id}`)).json;
  assert.equal(page.cancel_requested, true);
  assert.deepEqual(await events(id), ['cancel_request', 'trashed']);
  assert.equal((await empty()).runs, 1);
  await sleep(1000);
  assert.equal(await rows(id), 1, 'its job may still write');
  await stack.sql(`UPDATE run SET state = 'cancelled', ended_at = now(), folded_seq = event_seq WHERE id = '${id}'`);
  await empty(); // rings the bell
  await gone(id);
  assert.equal(await rows(id), 0);
});

test('a launch taken back at once never reaches a site', async () => {
  await newProject('Launched');
  await stack.sql("UPDATE site SET enabled = true WHERE id = 'local'");
  const structure = await seedStructure(stack, project, ann.id);
  const made = await ann.post('/runs', { project, template: 'xtb-relax', structure });
  assert.equal(made.status, 201, made.text);
  assert.equal((await ann.delete(`/runs/${made.json.id}`)).status, 204);
  assert.deepEqual(await ids(), []);
  assert.deepEqual((await events(made.json.id)).slice(0, 3), ['submit', 'cancel_request', 'trashed']);
  await stack.sql("UPDATE site SET enabled = false WHERE id = 'local'");
});

test('emptying deletes folder and rows and gives the space back; what is restored or wanted again stays', async () => {
  await newProject('Emptied');
  const [away, kept, again, child] = [await ended('away'), await ended('kept'), await ended('again', 'failed'), await ended('child')];
  await stack.sql(`UPDATE run SET parent_id = '${away}' WHERE id = '${child}'`);
  for (const id of [away, kept, again]) await ann.delete(`/runs/${id}`);
  assert.equal((await ann.call('POST', `/runs/${again}/requeue`)).json.code, 'run_trashed');
  assert.equal((await ann.call('POST', `/runs/${kept}/restore`)).status, 200);
  assert.equal((await ann.call('POST', `/runs/${again}/restore`)).status, 200);
  assert.equal((await ann.call('POST', `/runs/${again}/requeue`)).status, 202);
  await ann.delete(`/runs/${again}`); // hidden again, but wanted: first the wish has to be carried out and taken back
  assert.deepEqual(await empty(), { files: 0, runs: 2, bytes: 2000 });
  await gone(away);
  await until(() => !fs.existsSync(runFolderPath(stack, project, away)), 'its folder to be deleted');
  assert.equal(await used(), 3000);
  assert.equal(await rows(again), 1);
  const orphan = (await ann.get(`/runs/${child}`)).json;
  assert.equal(orphan.parent, null);
  const [[route, object]] = await stack.sql(`SELECT route, object FROM audit WHERE object = '${away}' AND route = 'runs.purge'`);
  assert.deepEqual([route, object], ['runs.purge', away]);
  assert.equal((await ann.call('POST', `/runs/${away}/restore`)).status, 404);
});

test('age does it too, and never what is younger', async () => {
  await newProject('Aged');
  const [old, young] = [await ended('old'), await ended('young')];
  for (const id of [old, young]) await ann.delete(`/runs/${id}`);
  await stack.sql(`UPDATE run SET trashed_at = now() - interval '31 days' WHERE id = '${old}';
    UPDATE run SET trashed_at = now() - interval '29 days' WHERE id = '${young}'; SELECT pg_notify('work', 'trash')`);
  await gone(old);
  assert.deepEqual(await ids('&trashed=true'), [young]);
});

test('a worker killed in the middle finishes what it began, and nobody can restore it meanwhile', async () => {
  await newProject('Killed');
  await stack.kill('athanor-worker');
  for (const point of ['purge_run_before_folder', 'purge_run_after_folder']) {
    const id = await ended(point);
    await ann.delete(`/runs/${id}`);
    await empty();
    assert.equal(await stack.workerDiesAt(point), 'SIGKILL', `it died at ${point}`);
    assert.equal(await rows(id), 1);
    assert.equal((await ann.get(`/runs/${id}`)).status, 404);
    assert.equal((await ann.call('POST', `/runs/${id}/restore`)).status, 404);
    assert.deepEqual(await ids('&trashed=true'), []);
    stack.startWorker(); // dies there once only
    await until(async () => await rows(id) === 0, 'the rows to follow');
    assert.ok(!fs.existsSync(runFolderPath(stack, project, id)));
    assert.equal(await used(), 0);
    await stack.kill('athanor-worker');
  }
  stack.settings.fault_point = '';
  stack.startWorker();
});

test('streams hear of it', async () => {
  await newProject('Heard');
  const id = await ended('heard');
  await ann.delete(`/runs/${id}`);
  const last = await workerEvent(stack, id, 'duplicate');
  const replay = await ann.get(`/runs/${id}/events`);
  assert.deepEqual(replay.json.items.map((e) => e.kind), ['trashed', 'duplicate']);
  assert.equal(replay.json.items.at(-1).id, last);
  assert.equal((await ann.get(`/runs/${newId('run')}`)).status, 404);
});
