// PostgreSQL goes away under load and comes back: 503 with Retry-After meanwhile, no crash, full recovery, and what
// needs no database goes on.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sleep, startStack, until } from './lib/stack.mjs';

let stack; let ann; let project;

before(async () => {
  stack = await startStack({ settings: { http_executors: 8 } });
  ann = await stack.person('ann');
  project = (await ann.post('/projects', { name: 'Outage' })).json.id;
});
after(() => stack?.stop());

/** Callers that never rest; counts answers by status until stop() is called. */
function load(callers) {
  const seen = new Map();
  let on = true;
  const one = async (n) => {
    while (on) {
      const reply = n % 4 === 0 ? await ann.post('/projects', { name: `load ${n}` }) : await ann.get(n % 2 ? '/projects?limit=5' : `/projects/${project}`);
      seen.set(reply.status, (seen.get(reply.status) ?? 0) + 1);
      if (reply.status === 503) {
        assert.match(reply.headers['retry-after'] ?? '', /^\d+$/, 'a 503 says when to come back');
        assert.equal(reply.headers['content-type'], 'application/problem+json');
        assert.doesNotMatch(reply.text, /libpq|socket|SELECT|\/pg\//i, 'no internals in the answer');
        await sleep(5);
      }
    }
  };
  const all = Promise.all(Array.from({ length: callers }, (_, n) => one(n)));
  return { seen, stop: async () => { on = false; await all; return seen; } };
}

test('restarted under load: only good answers and 503, then only good ones', async () => {
  const busy = load(16);
  await until(() => (busy.seen.get(200) ?? 0) > 50, 'the load to run');
  await stack.stopDatabase();
  await until(() => (busy.seen.get(503) ?? 0) > 20, '503 answers');

  const alive = await stack.nobody.call('GET', '/healthz', { raw: true });
  assert.equal(alive.status, 200);
  const ready = await stack.nobody.call('GET', '/readyz', { raw: true });
  assert.equal(ready.status, 503);
  assert.equal(ready.json.database.ok, false);
  assert.equal((await stack.nobody.call('GET', '/', { raw: true })).status, 200);
  const metrics = await stack.nobody.call('GET', '/metrics', { raw: true });
  assert.equal(metrics.status, 200);
  assert.match(metrics.text, /^athanor_database_up 0$/m);

  await stack.startDatabase();
  await until(async () => (await ann.get(`/projects/${project}`)).status === 200, 'the recovery', 15000);
  // Each executor reconnects by itself: after a few seconds nobody gets a 503 any more.
  await sleep(6000);
  busy.seen.clear();
  await until(() => (busy.seen.get(200) ?? 0) > 200, 'the load to go on');
  const seen = await busy.stop();
  assert.deepEqual([...seen.keys()].sort(), [200, 201], `after recovery: ${JSON.stringify([...seen])}`);
  assert.equal((await stack.nobody.call('GET', '/readyz', { raw: true })).status, 200);
});

test('connections cut in the middle of statements: no wrong answers', async () => {
  const busy = load(8);
  for (let i = 0; i < 5; i++) {
    await sleep(200);
    await stack.sql("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = 'athanor_web'");
  }
  const seen = await busy.stop();
  for (const status of seen.keys()) assert.ok([200, 201, 503].includes(status), `${status}`);
  await until(async () => (await ann.get(`/projects/${project}`)).status === 200, 'the recovery');
});

test('started without a database: says so, serves what it can, and recovers', async () => {
  await stack.kill('athanor');
  await stack.stopDatabase();
  await stack.startPortal();
  assert.equal((await stack.nobody.call('GET', '/healthz', { raw: true })).status, 200);
  assert.equal((await ann.get('/projects')).status, 503);
  await stack.startDatabase();
  await until(async () => (await ann.get('/projects')).status === 200, 'the first good answer', 15000);
});

test('metrics count what happened', async () => {
  const { text } = await stack.nobody.call('GET', '/metrics', { raw: true });
  assert.match(text, /^athanor_database_up 1$/m);
  assert.match(text, /^athanor_http_requests_total\{route="projects.list",code="2xx"\} [1-9]/m);
  for (const line of text.split('\n')) {
    assert.match(line, /^(#.*|[a-z_]+(\{[^}]*\})? -?[0-9.e+]+(Inf)?)?$/, line);
  }
});

test('SIGTERM ends it cleanly, also with requests running', async () => {
  const busy = load(4);
  await sleep(200);
  const ended = stack.kill('athanor');
  await busy.stop().catch(() => {});
  assert.equal(await ended, 0);
  await stack.startPortal();
});
