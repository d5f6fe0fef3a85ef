// Live events over the real server: what a stream gets, replays, loses and survives.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { PREFIX, send, sleep, startStack, until } from './lib/stack.mjs';
import { newId, seedRun, seedSite, workerEvent } from './lib/runs.mjs';

let stack; let ann; let ben; let project; let run;
const open = new Set();

before(async () => {
  stack = await startStack();
  ann = await stack.person('ann');
  ben = await stack.person('ben');
  project = (await ann.post('/projects', { name: 'P' })).json.id;
  await seedSite(stack);
  run = await seedRun(stack, project, ann.id, { state: 'running' });
});
after(async () => {
  for (const stream of open) stream.close();
  await stack?.stop();
});

/** An event stream: `events` fills as frames arrive. */
async function listen(caller, topics, lastId) {
  const headers = { ...caller.credentials('GET'), ...(lastId === undefined ? {} : { 'Last-Event-ID': String(lastId) }) };
  const stream = { events: [], ended: false };
  const head = await send(stack.url, 'GET', `${PREFIX}/events?topics=${topics}`, {
    headers,
    onHead: (res) => {
      stream.close = () => { open.delete(stream); res.destroy(); };
      open.add(stream);
      let text = '';
      res.setEncoding('utf8');
      res.on('data', (piece) => {
        text += piece;
        for (let at = text.indexOf('\n\n'); at >= 0; at = text.indexOf('\n\n')) {
          const event = {};
          for (const line of text.slice(0, at).split('\n')) {
            const [, field, value] = /^([a-z]+): ?(.*)$/.exec(line) ?? [];
            if (field) event[field] = value;
          }
          if (event.data) stream.events.push({ ...event, at: Date.now(), json: JSON.parse(event.data) });
          text = text.slice(at + 2);
        }
      });
      res.on('error', () => {});
      res.on('close', () => { stream.ended = true; });
    },
  });
  stream.status = head.status;
  stream.headers = head.headers;
  return stream;
}
const named = (stream, name) => stream.events.filter((e) => e.event === name);

test('an event reaches the project and the run within a second, and nobody else', async () => {
  const other = (await ben.post('/projects', { name: 'Other' })).json.id;
  const [byProject, byRun, outsider] = await Promise.all([listen(ann, `project:${project}`), listen(ann, `run:${run}`), listen(ben, `project:${other}`)]);
  assert.equal(byProject.status, 200);
  assert.match(byProject.headers['content-type'], /^text\/event-stream/);
  await until(() => byProject.events[0]?.event === 'ready', 'the first frame');
  const sent = Date.now();
  const id = await workerEvent(stack, run, 'started', { node: 'n1' });
  await until(() => named(byProject, 'run').length && named(byRun, 'run').length, 'the event');
  const [event] = named(byProject, 'run');
  assert.ok(event.at - sent < 1000, `${event.at - sent} ms`);
  assert.equal(Number(event.id), id);
  assert.deepEqual([event.json.run, event.json.project, event.json.kind, event.json.state, event.json.data], [run, project, 'started', 'running', { node: 'n1' }]);
  assert.match(event.json.text, /started/);
  assert.equal(named(outsider, 'run').length, 0);
  for (const stream of [byProject, byRun, outsider]) stream.close();
});

test('topics are checked', async () => {
  for (const [topics, status] of [['', 400], ['everything', 400], [`project:${newId('prj')}`, 404], [`run:${newId('run')}`, 404], [Array(17).fill(`run:${run}`).join(), 400]]) {
    assert.equal((await ann.get(`/events?topics=${topics}`)).status, status, topics);
  }
  assert.equal((await ben.get(`/events?topics=project:${project}`)).status, 404);
  assert.equal((await ben.get(`/events?topics=run:${run}`)).status, 404);
  assert.equal((await stack.nobody.get(`/events?topics=run:${run}`)).status, 401);
  assert.equal((await ann.get(`/events?topics=run:${run}`, { headers: { 'Last-Event-ID': 'x' } })).status, 400);
});

test('a stream that comes back gets exactly what it missed', async () => {
  const first = await listen(ann, `run:${run}`);
  const id = await workerEvent(stack, run, 'unknown');
  await until(() => named(first, 'run').length, 'the event');
  first.close();
  const missed = [await workerEvent(stack, run, 'known'), await workerEvent(stack, run, 'progress', { fraction: 0.1 }), await workerEvent(stack, run, 'left')];
  const again = await listen(ann, `run:${run}`, id);
  await until(() => named(again, 'run').length === 2, 'the replay');
  const later = await workerEvent(stack, run, 'duplicate');
  await until(() => named(again, 'run').length === 3, 'the next event');
  assert.deepEqual(named(again, 'run').map((e) => Number(e.id)), [missed[0], missed[2], later]);
  again.close();

  const future = await listen(ann, `run:${run}`, 10 ** 12);
  await until(() => future.events[0]?.event === 'resync', 'resync');
  future.close();
  await stack.sql(`INSERT INTO run_event (run_id, project_id, seq, kind, attempt) SELECT '${run}', '${project}', 100000 + i, 'duplicate', 1 FROM generate_series(1, 600) i`);
  await workerEvent(stack, run, 'duplicate').catch(() => {});
  const much = await listen(ann, `run:${run}`, id);
  await until(() => much.events[0]?.event === 'resync', 'resync after too many');
  assert.equal(much.events[0].json.reason, 'too_many');
  much.close();
  await stack.sql(`DELETE FROM run_event WHERE seq > 100000`);
});

test('progress comes at most once a second and ends with the newest', async () => {
  const stream = await listen(ann, `run:${run}`);
  await until(() => stream.events.length, 'the first frame');
  const begin = Date.now();
  let n = 0;
  while (Date.now() - begin < 2500) {
    n += 1;
    await workerEvent(stack, run, 'progress', { step: n });
  }
  await until(() => named(stream, 'progress').at(-1)?.json.progress.step === n, 'the newest progress', 5000);
  const got = named(stream, 'progress');
  assert.ok(n > 5 && got.length >= 2 && got.length <= 5, `${got.length} of ${n}`);
  for (let i = 1; i < got.length; i += 1) assert.ok(got[i].at - got[i - 1].at > 700, `${got[i].at - got[i - 1].at} ms`);
  const ids = stream.events.map((e) => Number(e.id));
  assert.deepEqual([...ids].sort((a, b) => a - b), ids, 'ids never run backwards');
  stream.close();
});

test('a removed member and a signed-out session hear no more', async () => {
  await ann.put(`/projects/${project}/members/ben`, { role: 'viewer' });
  const member = await listen(ben, `project:${project}`);
  const cho = await stack.person('cho');
  await ann.put(`/projects/${project}/members/cho`, { role: 'viewer' });
  const session = await listen(cho, `project:${project}`);
  const stays = await listen(ann, `project:${project}`);
  await until(() => member.events.length && session.events.length && stays.events.length, 'the first frames');
  await ann.delete(`/projects/${project}/members/${ben.id}`);
  await cho.call('DELETE', '/session');
  await until(() => member.ended && session.ended, 'the end of both streams', 30000);
  assert.equal(stays.ended, false);
  stays.close();
});

test('mine is heard from every project one belongs to, from when one joins until one leaves', async () => {
  const dee = await stack.person('dee');
  const stream = await listen(dee, 'mine');
  await until(() => stream.events[0]?.event === 'ready', 'the first frame');
  await workerEvent(stack, run, 'duplicate');
  const own = (await dee.post('/projects', { name: 'Own' })).json.id;
  const mine = await seedRun(stack, own, dee.id, { state: 'running' });
  const first = await workerEvent(stack, mine, 'duplicate');
  await until(() => named(stream, 'run').length, 'the event of a project made later');
  assert.deepEqual(named(stream, 'run').map((e) => Number(e.id)), [first], 'nothing of strangers');
  await ann.put(`/projects/${project}/members/dee`, { role: 'viewer' });
  const second = await workerEvent(stack, run, 'duplicate');
  await workerEvent(stack, run, 'progress', { step: 1 });
  await until(() => named(stream, 'run').length === 2 && named(stream, 'progress').length === 1, 'the events of a project joined later');
  await ann.delete(`/projects/${project}/members/${dee.id}`);
  await workerEvent(stack, run, 'duplicate');
  const third = await workerEvent(stack, mine, 'duplicate');
  await until(() => named(stream, 'run').length >= 3, 'the next own event');
  assert.deepEqual(named(stream, 'run').map((e) => Number(e.id)), [first, second, third]);
  stream.close();

  const again = await listen(dee, 'mine', first);
  await until(() => named(again, 'run').length >= 1, 'the replay');
  assert.deepEqual(named(again, 'run').map((e) => Number(e.id)), [third], 'only of projects one still belongs to');
  again.close();

  const token = await stack.token(dee, ['runs:read'], { project: own });
  const bound = await listen(token, `mine,run:${mine}`);
  await until(() => bound.events[0]?.event === 'ready', 'the first frame');
  const other = await seedRun(stack, (await dee.post('/projects', { name: 'Other of dee' })).json.id, dee.id, { state: 'running' });
  await workerEvent(stack, other, 'duplicate');
  const fourth = await workerEvent(stack, mine, 'duplicate');
  await until(() => named(bound, 'run').length, 'the event');
  assert.deepEqual(named(bound, 'run').map((e) => Number(e.id)), [fourth], 'a token of one project hears that one');
  bound.close();
});

test('events flow again after the database was restarted, and none is lost', async () => {
  const stream = await listen(ann, `run:${run}`);
  await until(() => stream.events.length, 'the first frame');
  await stack.stopDatabase();
  await sleep(1500);
  await stack.startDatabase();
  const sent = [];
  for (let i = 0; i < 3; i += 1) sent.push(await workerEvent(stack, run, 'duplicate', { i }));
  await until(() => named(stream, 'run').length >= 3, 'the events', 20000);
  assert.deepEqual(named(stream, 'run').map((e) => Number(e.id)), sent);
  assert.equal(stream.ended, false);
  stream.close();
});
