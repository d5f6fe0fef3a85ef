// A member of another project, and one who was put out: what exists elsewhere cannot be told from what does not,
// and an open stream ends within ten seconds of the right to it.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import http from 'node:http';
import { sleep, startStack } from './lib/stack.mjs';
import { newId, seedRun, seedSite, seedStructure } from './lib/runs.mjs';

const END_MS = 10000;
let stack; let ann; let eve; let vic; let project; let run; let structure;

before(async () => {
  stack = await startStack({ settings: { sse_heartbeat: 1000 } });
  [ann, eve, vic] = [await stack.person('ann'), await stack.person('eve'), await stack.person('vic')];
  project = (await ann.post('/projects', { name: 'Hidden' })).json.id;
  await seedSite(stack);
  run = await seedRun(stack, project, ann.id, { name: 'hidden run' });
  structure = await seedStructure(stack, project, ann.id);
});
after(() => stack?.stop());

const plain = (reply) => reply.text.replaceAll(/(req|prj|run|str)_\w+/g, 'ID');

/** Opens a stream; gives {ended: promise of milliseconds}, once its first bytes have come. */
function listen(caller, topic) {
  const { hostname, port } = new URL(stack.url);
  return new Promise((resolve, reject) => {
    const req = http.get({ hostname, port, path: `/api/v1/events?topics=${topic}`, headers: caller.credentials('GET'), agent: false }, (res) => {
      assert.equal(res.statusCode, 200);
      const ended = new Promise((done) => { res.on('end', () => done(Date.now())); res.on('error', () => done(Date.now())); });
      res.once('data', () => resolve({ ended, drop: () => req.destroy() }));
      res.resume();
    });
    req.on('error', reject);
  });
}

test('names given in queries and bodies tell nothing about other projects', async () => {
  const mine = (await eve.post('/projects', { name: 'E' })).json.id;
  const launch = (more) => eve.post('/runs', { project: mine, template: 'xtb-relax', structure: null, params: {}, ...more });
  const pairs = {
    'topic of a run': [(id) => eve.get(`/events?topics=run:${id}`), run, newId('run')],
    'topic of a project': [(id) => eve.get(`/events?topics=project:${id}`), project, newId('prj')],
    'project of a run': [(id) => launch({ project: id }), project, newId('prj')],
    'structure of a run': [(id) => launch({ structure: id }), structure, newId('str')],
    'parent of a run': [(id) => launch({ parent: id }), run, newId('run')],
    'structure of an estimate': [(id) => eve.post('/templates/xtb-relax/estimate', { project: mine, structure: id, params: {} }), structure, newId('str')],
    'list of runs': [(id) => eve.get(`/runs?project=${id}`), project, newId('prj')],
  };
  for (const [what, [ask, theirs, nobodys]] of Object.entries(pairs)) {
    const [a, b] = [await ask(theirs), await ask(nobodys)];
    assert.equal(a.status, b.status, what);
    assert.equal(plain(a), plain(b), what);
    assert.doesNotMatch(a.text, /[Hh]idden/, what);
  }
});

test('streams end within ten seconds of the right to them', async () => {
  const role = await ann.put(`/projects/${project}/members/${vic.id}`, { role: 'viewer' });
  assert.equal(role.status, 200, role.text);
  const token = await stack.token(ann, ['runs:read']);
  const elsewhere = await stack.signIn('ann');
  const streams = [await listen(vic, `project:${project}`), await listen(vic, `run:${run}`), await listen(token, `project:${project}`), await listen(elsewhere, `project:${project}`)];
  const kept = await listen(ann, `project:${project}`);
  const start = Date.now();
  assert.equal((await ann.delete(`/projects/${project}/members/${vic.id}`)).status, 204);
  assert.equal((await ann.delete(`/tokens/${token.tokenId}`)).status, 204);
  assert.equal((await elsewhere.call('DELETE', '/session')).status, 204);
  const late = sleep(END_MS + 2000).then(() => Infinity);
  for (const [i, { ended }] of streams.entries()) assert.ok(await Promise.race([ended, late]) - start < END_MS, `stream ${i} goes on`);
  assert.equal(await Promise.race([kept.ended, sleep(100).then(() => 'open')]), 'open');
  kept.drop();
});
