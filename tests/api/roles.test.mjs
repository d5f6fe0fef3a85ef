// Every row of the route table, asked by everybody: nobody, a revoked token, an outsider, viewer, member, lead and
// administrator. The table is the program's own (--show-routes), so a new route is walked without a line here.
// Callers who may call send something the handler refuses, so that walking changes nothing.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { randomUUID } from 'node:crypto';
import { ALL_SCOPES, routes, startStack } from './lib/stack.mjs';

const RANK = { viewer: 1, member: 2, lead: 3, admin: 4 };
const UNSAFE = ['POST', 'PUT', 'PATCH', 'DELETE'];
let stack; let people; let ids; let table;

before(async () => {
  stack = await startStack();
  people = {};
  for (const login of ['outsider', 'viewer', 'member', 'lead']) people[login] = await stack.person(login);
  people.admin = await stack.person('admin1', true);
  const project = (await people.lead.post('/projects', { name: 'Walked' })).json.id;
  for (const login of ['viewer', 'member']) await people.lead.put(`/projects/${project}/members/${login}`, { role: login });
  ids = {
    project, file: 'fil_01hgw2bbg00000000000000001', structure: 'str_01hgw2bbg00000000000000001',
    run: 'run_01hgw2bbg00000000000000001', upload: 'upl_01hgw2bbg00000000000000001',
  };
  // One of each thing a path can name; an ended run, so that no action on it is possible.
  await stack.sql(`
    INSERT INTO site (id, kind, title) VALUES ('walk', 'null', 'Walk');
    INSERT INTO file (id, project_id, name, bytes, created_by) VALUES ('${ids.file}', '${project}', 'f.pdb', 1, '${people.lead.id}');
    INSERT INTO structure (id, project_id, file_id, name, created_by) VALUES ('${ids.structure}', '${project}', '${ids.file}', 'f.pdb', '${people.lead.id}');
    INSERT INTO upload (id, project_id, account_id, name, length_b, expires_at) VALUES ('${ids.upload}', '${project}', '${people.lead.id}', 'u.pdb', 5, now() + interval '1 hour');
    INSERT INTO run (id, project_id, account_id, name, template, template_version, site_id, spec, state)
    VALUES ('${ids.run}', '${project}', '${people.lead.id}', 'r', 't', '1.0.0', 'walk', '{"version":1}', 'cancelled');`);
  table = await routes();
});
after(() => stack?.stop());

const pathOf = (route) => {
  let first = true;
  return route.pattern.split('/').map((part) => {
    if (!part.startsWith(':') && part !== '*') return part;
    const value = first && route.object ? ids[route.object] : 'nothing-here';
    first = false;
    return value;
  }).join('/');
};

function ask(caller, route) {
  const options = { raw: true, headers: {}, onHead: (res) => res.destroy() };
  if (route.body === 'json') options.json = { no_such_field: 1 };
  if (route.body === 'stream') Object.assign(options.headers, { 'Content-Type': route.content_type ?? 'application/offset+octet-stream' });
  if (route.idempotent) options.headers['Idempotency-Key'] = randomUUID();
  return caller.call(route.method, pathOf(route), options);
}

/** Ends the caller's session, or all of them: sign in again afterwards. */
const endsSessions = (route) => UNSAFE.includes(route.method) && /\/(session|sessions|account\/password)$/.test(route.pattern);

test('the table has rows of every kind', () => {
  assert.ok(table.length > 40);
  for (const object of Object.keys(ids)) assert.ok(table.some((r) => r.object === object), object);
  const names = table.map((r) => r.name);
  assert.equal(new Set(names).size, names.length);
  for (const route of table) {
    if (route.access === 'public') continue;
    if (route.pattern.includes('/projects/:') || route.object) assert.ok(route.need, `${route.name} names an object but no role`);
    if (route.pattern.includes('/:id')) assert.ok(route.object || route.access === 'admin' || !route.scope || /^templates|^modules/.test(route.name), route.name);
  }
});

test('nobody and revoked tokens get 401 on all that is not public', async () => {
  const token = await stack.token(people.lead, ALL_SCOPES);
  assert.equal((await token.get('/projects')).status, 200);
  assert.ok((await people.lead.delete(`/tokens/${token.tokenId}`)).status < 300);
  for (const route of table.filter((r) => r.access !== 'public')) {
    assert.equal((await ask(stack.nobody, route)).status, 401, `nobody ${route.name}`);
    assert.equal((await ask(token, route)).status, 401, `revoked ${route.name}`);
  }
});

test('public rows ask for nothing', async () => {
  for (const route of table.filter((r) => r.access === 'public' && r.name !== 'session.create')) {
    const { status } = await ask(stack.nobody, route);
    assert.ok(status !== 403 && status < 500, `${route.name}: ${status}`);
  }
});

for (const role of ['outsider', 'viewer', 'member', 'lead', 'admin']) {
  test(`${role}: each row allows exactly what its columns say`, async () => {
    for (const route of table.filter((r) => r.access !== 'public')) {
      const { status } = await ask(people[role], route);
      if (endsSessions(route)) people[role] = await stack.signIn(people[role].login);
      const what = `${role} ${route.method} ${route.pattern}: ${status}`;
      assert.notEqual(status, 401, what);
      assert.ok(status < 500 || status === 503, what);
      if (route.access === 'admin' && role !== 'admin') assert.equal(status, 403, what);
      else if (route.object && role === 'outsider') assert.equal(status, 404, what);
      else if (route.object && RANK[role] < RANK[route.need]) assert.equal(status, 403, what);
      else assert.notEqual(status, 403, what);
    }
  });
}

test('scopes: a token reaches the rows of its scope and no others', async () => {
  for (const scope of ALL_SCOPES) {
    const token = await stack.token(people.lead, [scope]);
    for (const route of table.filter((r) => r.access === 'user')) {
      const { status } = await ask(token, route);
      const what = `${scope} ${route.name}: ${status}`;
      if (route.scope === scope) assert.notEqual(status, 403, what);
      else assert.equal(status, 403, what);
    }
  }
});

test('a token acts with its owner\'s role, no more', async () => {
  const token = await stack.token(people.viewer, ALL_SCOPES);
  for (const route of table.filter((r) => r.object && r.scope)) {
    const { status } = await ask(token, route);
    if (RANK[route.need] > RANK.viewer) assert.equal(status, 403, route.name);
    else assert.notEqual(status, 403, route.name);
  }
});
