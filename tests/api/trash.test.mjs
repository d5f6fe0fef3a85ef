// The trash frees space: emptied by hand or by its age, it takes files, their structures and content nobody names any
// more, and gives the quota back; nothing a run needs, nothing restored, nothing uploaded again meanwhile; kill -9 anywhere.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { startStack, until } from './lib/stack.mjs';
import { seedRun, seedSite } from './lib/runs.mjs';
import * as tus from './lib/tus.mjs';

const WATER = 'HETATM    1  O   HOH A   1       0.000   0.000   0.000  1.00  0.00           O\nEND\n';

let stack; let ann; let project;

before(async () => {
  stack = await startStack({ worker: true, settings: { worker_poll: 100 } });
  ann = await stack.person('ann');
});
after(() => stack?.stop());

/** Each test has a project of its own, so that its numbers are exact. */
async function newProject(name) {
  project = (await ann.post('/projects', { name })).json.id;
  return project;
}

async function upload(name, bytes) {
  const reply = await tus.create(ann, project, name, bytes.length, { body: Buffer.from(bytes) });
  assert.equal(reply.status, 201, reply.text);
  const done = await until(async () => {
    const { json } = await ann.get(reply.headers.location);
    return ['stored', 'refused'].includes(json.state) && json;
  }, `${name} to be stored`);
  assert.equal(done.state, 'stored', done.reason);
  return (await ann.get(`/files/${done.file_id}`)).json;
}

const trash = async (file) => assert.equal((await ann.delete(`/files/${file.id}`, '*')).status, 204);
const empty = async () => {
  const reply = await ann.delete(`/projects/${project}/trash`);
  assert.equal(reply.status, 202, reply.text);
  return reply.json;
};
const trashed = async () => (await ann.get(`/projects/${project}/files?trashed=true`)).json.items.map((f) => f.id);
const used = async () => (await ann.get(`/projects/${project}`)).json.storage.used_bytes;
const usedByMe = async () => Number((await stack.sql(`SELECT used_b FROM quota WHERE scope = 'account' AND id = '${ann.id}'`))[0][0]);
const contentOf = (sha) => path.join(stack.dir, 'store', sha.slice(0, 2), sha.slice(2, 4), sha);
const gone = (file) => until(async () => (await ann.get(`/files/${file.id}`)).status === 404, `${file.name} to be deleted`);
const contentGone = (sha) => until(() => !fs.existsSync(contentOf(sha)), 'the content to be deleted');
const blobs = async (sha) => Number((await stack.sql(`SELECT count(*) FROM blob WHERE sha256 = '\\x${sha}'`))[0][0]);

test('emptying deletes what is in the trash, and only that, and gives the space back', async () => {
  await newProject('Emptied');
  const mine = await usedByMe();
  const shared = randomBytes(30000);
  const [one, twin, other, kept] = [await upload('one.bin', shared), await upload('twin.bin', shared), await upload('other.bin', randomBytes(50000)), await upload('kept.bin', 'kept')];
  for (const file of [one, other, kept]) await trash(file);
  assert.equal((await ann.call('POST', `/files/${kept.id}/restore`)).status, 200);
  assert.equal(await used(), 110004, 'the trash counts until it is emptied');
  assert.deepEqual(await empty(), { files: 2, runs: 0, bytes: 80000 });
  await gone(one);
  await gone(other);
  await contentGone(other.sha256);
  assert.deepEqual(await trashed(), []);
  assert.equal(await used(), 30004);
  assert.equal(await usedByMe() - mine, 30004);
  assert.ok((await ann.get(`/files/${twin.id}/content`)).bytes.equals(shared), 'content another file names stays');
  assert.equal((await ann.get(`/files/${kept.id}/content`)).text, 'kept');
  assert.equal(await blobs(other.sha256), 0);
  assert.equal((await ann.call('POST', `/files/${one.id}/restore`)).status, 404);

  await trash(twin);
  assert.deepEqual(await empty(), { files: 1, runs: 0, bytes: 30000 });
  await contentGone(one.sha256);
  assert.deepEqual(await empty(), { files: 0, runs: 0, bytes: 0 });
  const again = await upload('again.bin', shared);
  assert.ok((await ann.get(`/files/${again.id}/content`)).bytes.equals(shared), 'the same content may come again');
});

test('what is trashed after emptying waits for its own time', async () => {
  await newProject('Later');
  const first = await upload('first.bin', 'first');
  await trash(first);
  await empty();
  await gone(first);
  const [young, old] = [await upload('young.bin', 'young'), await upload('old.bin', 'old')];
  await trash(young);
  await trash(old);
  await stack.sql(`UPDATE file SET trashed_at = now() - interval '29 days' WHERE id = '${young.id}';
    UPDATE project SET trash_emptied_at = now() - interval '40 days' WHERE id = '${project}';
    UPDATE file SET trashed_at = now() - interval '31 days' WHERE id = '${old.id}'`);
  await gone(old);
  assert.deepEqual(await trashed(), [young.id]);
});

test('a structure that a waiting or running run needs stays until the run has ended', async () => {
  await newProject('Needed');
  await seedSite(stack);
  await stack.sql("UPDATE site SET enabled = false WHERE id = 'local'");
  const file = await upload('water.pdb', WATER);
  await until(async () => (await ann.get(`/structures/${file.structure_id}`)).json.state !== 'inspecting', 'the inspection');
  const run = await seedRun(stack, project, ann.id, { state: 'pending' });
  await stack.sql(`UPDATE run SET structure_id = '${file.structure_id}' WHERE id = '${run}'`);
  await trash(file);
  await empty();
  const other = await upload('other.bin', 'other');
  await trash(other);
  await empty();
  await gone(other);
  assert.deepEqual(await trashed(), [file.id]);
  assert.ok(fs.existsSync(contentOf(file.sha256)));
  await stack.sql(`UPDATE run SET state = 'finished', ended_at = now() WHERE id = '${run}'`);
  await gone(file);
  await contentGone(file.sha256);
  assert.equal((await ann.get(`/structures/${file.structure_id}`)).status, 404);
  const after = await ann.get(`/runs/${run}`);
  assert.equal(after.status, 200, after.text);
  assert.equal(after.json.structure, null);
});

test('a worker killed in the middle leaves nothing half deleted', async () => {
  await newProject('Killed');
  await stack.kill('athanor-worker');
  for (const point of ['purge_before_unlink', 'purge_after_unlink']) {
    stack.settings.fault_point = '';
    stack.startWorker();
    const file = await upload(`${point}.bin`, randomBytes(1000));
    await stack.kill('athanor-worker');
    await trash(file);
    await empty();
    assert.equal(await stack.workerDiesAt(point), 'SIGKILL', `it died at ${point}`);
    assert.equal(await blobs(file.sha256), 1, 'its row was not deleted yet');
    stack.startWorker(); // dies there once only
    await contentGone(file.sha256);
    await until(async () => await blobs(file.sha256) === 0, 'the row to follow');
    await stack.kill('athanor-worker');
    assert.equal(await used(), 0);
  }
  stack.settings.fault_point = '';
  stack.startWorker();
});

test('content uploaded again while the trash is emptied is never lost', async () => {
  await newProject('Raced');
  const bytes = randomBytes(2000);
  const sha = createHash('sha256').update(bytes).digest('hex');
  const kept = [];
  for (let round = 0; round < 12; round += 1) {
    const old = await upload(`old${round}.bin`, bytes);
    for (const file of [old, ...kept.splice(0)]) await trash(file);
    const [made] = await Promise.all([
      Promise.all([1, 2, 3].map((n) => upload(`new${round}-${n}.bin`, bytes))),
      empty(),
    ]);
    kept.push(...made);
    await gone(old);
  }
  for (const file of kept) assert.ok((await ann.get(`/files/${file.id}/content`)).bytes.equals(bytes));
  assert.equal(await used(), kept.length * bytes.length);
  assert.equal(await blobs(sha), 1);
});

test('an upload whose content is deleted between its storing and its row is stored again', async () => {
  await newProject('Between');
  // What purge.c does, held open at its unlink: committed (it went on) and rolled back (it was killed).
  for (const end of ['COMMIT', 'ROLLBACK']) {
    const bytes = randomBytes(2000);
    const sha = createHash('sha256').update(bytes).digest('hex');
    await stack.sql(`INSERT INTO blob (sha256, bytes) VALUES ('\\x${sha}', ${bytes.length})`);
    const held = stack.sql(`BEGIN; DELETE FROM blob WHERE sha256 = '\\x${sha}'; SELECT pg_sleep(2); ${end}`);
    await until(async () => (await stack.sql("SELECT 1 FROM pg_stat_activity WHERE query LIKE '%pg_sleep(2)%' AND pid <> pg_backend_pid()")).length, 'the deletion to begin');
    const arriving = upload(`${end}.bin`, bytes);
    await until(() => fs.existsSync(contentOf(sha)), 'the content to be in the store');
    fs.unlinkSync(contentOf(sha));
    await held;
    const file = await arriving;
    assert.ok((await ann.get(`/files/${file.id}/content`)).bytes.equals(bytes), end);
  }
});
