// Projects and members over the real server: who sees what, versions, pages, repeats, hostile JSON.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { randomUUID } from 'node:crypto';
import { send, startStack } from './lib/stack.mjs';

let stack; let ann; let ben; let cho; let root;

before(async () => {
  stack = await startStack();
  ann = await stack.person('ann');
  ben = await stack.person('ben');
  cho = await stack.person('cho');
  root = await stack.person('root1', true);
});
after(() => stack?.stop());

const project = async (owner, name = 'Kinases', more = {}) => {
  const reply = await owner.post('/projects', { name, ...more });
  assert.equal(reply.status, 201, reply.text);
  return reply;
};

test('a project is made by its lead and seen by its members alone', async () => {
  const made = await project(ann, 'Kinases', { description: 'two\nlines' });
  const { id } = made.json;
  assert.equal(made.headers.location, `/api/v1/projects/${id}`);
  assert.equal(made.headers.etag, '"v1"');
  assert.equal(made.json.role, 'lead');
  assert.equal(made.json.description, 'two\nlines');
  assert.ok(made.json.storage.limit_bytes > 0);
  assert.match(made.json.created_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);

  assert.equal((await ben.get(`/projects/${id}`)).status, 404);
  assert.ok(!(await ben.get('/projects')).json.items.some((p) => p.id === id));
  assert.ok(!(await root.get('/projects')).json.items.some((p) => p.id === id));
  assert.ok((await root.get('/projects?all=true')).json.items.some((p) => p.id === id && p.role === 'admin'));
  assert.equal((await ben.get('/projects?all=true')).status, 403);
  assert.equal((await stack.nobody.get(`/projects/${id}`)).status, 401);

  assert.equal((await ann.put(`/projects/${id}/members/ben`, { role: 'viewer' })).status, 200);
  assert.equal((await ben.get(`/projects/${id}`)).json.role, 'viewer');
  const audited = await stack.sql(`SELECT route FROM audit WHERE object = '${id}' ORDER BY id`);
  assert.deepEqual(audited.map(([route]) => route), ['projects.create', 'members.put']);
});

test('changes need the version that was read', async () => {
  const { id } = (await project(ann)).json;
  const target = `/projects/${id}`;
  const none = await ann.call('PATCH', target, { json: { name: 'x' } });
  assert.equal(none.status, 428);
  assert.equal(none.json.field, 'If-Match');
  for (const wrong of ['"v9"', '"1"', 'W/"v1"', 'v1', '']) {
    assert.equal((await ann.patch(target, { name: 'x' }, wrong)).status, 412, wrong);
  }
  const renamed = await ann.patch(target, { name: 'New' }, '"v1"');
  assert.equal(renamed.status, 200, renamed.text);
  assert.equal(renamed.headers.etag, '"v2"');
  assert.equal((await ann.patch(target, { name: 'Late' }, '"v1"')).status, 412);
  assert.equal((await ann.patch(target, { description: 'd' }, '*')).json.version, 3);
  const same = await ann.get(target, { headers: { 'If-None-Match': '"v3"' } });
  assert.equal(same.status, 304);
  assert.equal((await ann.get(target)).json.name, 'New');

  const together = await Promise.all([1, 2, 3, 4].map((n) => ann.patch(target, { name: `racer ${n}` }, '"v3"')));
  assert.deepEqual(together.map((r) => r.status).sort(), [200, 412, 412, 412]);
});

test('an archived project is listed apart and reopened', async () => {
  const { id } = (await project(ann, 'Old')).json;
  assert.equal((await ann.patch(`/projects/${id}`, { archived: true }, '"v1"')).status, 200);
  assert.ok(!(await ann.get('/projects')).json.items.some((p) => p.id === id));
  assert.ok((await ann.get('/projects?archived=true')).json.items.some((p) => p.id === id));
  assert.equal((await ann.patch(`/projects/${id}`, { archived: false }, '"v2"')).json.archived_at, null);
});

test('members: roles, the last lead, people by id and login', async () => {
  const { id } = (await project(ann)).json;
  const members = `/projects/${id}/members`;
  assert.equal((await ann.delete(`${members}/ann`)).json.code, 'last_lead');
  assert.equal((await ann.put(`${members}/ann`, { role: 'member' })).json.code, 'last_lead');
  assert.equal((await ann.put(`${members}/${ben.id}`, { role: 'member' })).status, 200);
  assert.equal((await ben.put(`${members}/cho`, { role: 'viewer' })).status, 403);
  assert.equal((await ann.put(`${members}/nobody-here`, { role: 'viewer' })).status, 404);
  const bad = await ann.put(`${members}/cho`, { role: 'owner' });
  assert.equal(bad.status, 400);
  assert.equal(bad.json.field, '/role');
  assert.equal((await ann.delete(`${members}/cho`)).json.code, 'not_a_member');
  assert.equal((await ann.put(`${members}/cho`, { role: 'lead' })).status, 200);

  // Two leads step down at once: one must stay.
  const both = await Promise.all([ann.delete(`${members}/ann`), cho.delete(`${members}/cho`)]);
  assert.deepEqual(both.map((r) => r.status).sort((a, b) => a - b).filter((s) => s === 204), [204]);
  const leads = await stack.sql(`SELECT count(*) FROM project_member WHERE project_id = '${id}' AND role = 'lead'`);
  assert.equal(leads[0][0], '1');
  assert.equal((await ben.get(members)).json.items.length, 2);
});

test('a removed member is out with the next request', async () => {
  const { id } = (await project(ann)).json;
  await ann.put(`/projects/${id}/members/ben`, { role: 'lead' });
  assert.equal((await ben.get(`/projects/${id}`)).status, 200);
  await ann.delete(`/projects/${id}/members/ben`);
  assert.equal((await ben.get(`/projects/${id}`)).status, 404);
});

test('pages: every project once, newest first, with limits', async () => {
  const dan = await stack.person('dan');
  const made = [];
  for (let i = 0; i < 7; i++) made.unshift((await project(dan, `P${i}`)).json.id);
  const seen = [];
  let cursor = '';
  let pages = 0;
  do {
    const page = (await dan.get(`/projects?limit=3${cursor && `&cursor=${cursor}`}`)).json;
    seen.push(...page.items.map((p) => p.id));
    cursor = page.next_cursor;
    pages += 1;
  } while (cursor);
  assert.deepEqual(seen, made);
  assert.equal(pages, 3);
  for (const [query, field] of [['limit=0', 'limit'], ['limit=501', 'limit'], ['limit=1e2', 'limit'], ['limit=', 'limit'], ['cursor=prj_x', 'cursor'], ["cursor=' OR 1=1", 'cursor'], ['archived=maybe', 'archived'], ['lmit=3', 'lmit']]) {
    const reply = await dan.get(`/projects?${encodeURI(query)}`);
    assert.equal(reply.status, 400, query);
    assert.equal(reply.json.field, field, query);
  }
});

test('a repeated POST gives the same project; another body under the same key is refused', async () => {
  const headers = { 'Idempotency-Key': randomUUID() };
  const first = await ann.post('/projects', { name: 'Once' }, { headers });
  const again = await ann.post('/projects', { name: 'Once' }, { headers });
  assert.equal(first.status, 201);
  assert.equal(again.status, 201);
  assert.equal(again.json.id, first.json.id);
  assert.equal(again.headers.location, first.headers.location);
  assert.equal((await ann.post('/projects', { name: 'Other' }, { headers })).status, 422);
  assert.notEqual((await ben.post('/projects', { name: 'Once' }, { headers })).json.id, first.json.id);
  const missing = await ann.call('POST', '/projects', { json: { name: 'x' } });
  assert.ok([400, 428].includes(missing.status), missing.text);
  assert.equal(missing.json.field, 'Idempotency-Key');

  const key = randomUUID();
  const race = await Promise.all(Array.from({ length: 6 }, () => ann.post('/projects', { name: 'Race' }, { headers: { 'Idempotency-Key': key } })));
  assert.ok(race.every((r) => r.status === 201 || r.status === 409), race.map((r) => r.status).join());
  const rows = await stack.sql("SELECT count(*) FROM project WHERE name = 'Race'");
  assert.equal(rows[0][0], '1');
});

test('hostile JSON is 400 and names the field', async () => {
  const deep = `${'['.repeat(10000)}${']'.repeat(10000)}`;
  const cases = [
    [`{"name":${deep}}`, 'json_depth'],
    [deep, 'json_depth'],
    ['{"name":"a","name":"b"}', 'json_duplicate_key', '/name'],
    ['{"name":1e999}', 'json_number', '/name'],
    ['{"name":123456789012345678901234567890}', 'json_number', '/name'],
    ['{"name":"a\\u0000b"}', 'json_nul', '/name'],
    [Buffer.from('{"name":"a\0b"}'), null],
    [Buffer.from([0x7b, 0x22, 0x6e, 0xff, 0x22, 0x3a, 0x31, 0x7d]), 'json_utf8'],
    ['{"name":"a"', 'json_syntax'],
    ['{"name":"a"} x', 'json_syntax'],
    ['', null],
    ['null', null],
    ['[]', null],
    ['{}', 'missing_field', '/name'],
    ['{"name":7}', 'wrong_type', '/name'],
    ['{"name":""}', null, '/name'],
    [JSON.stringify({ name: 'x'.repeat(201) }), 'too_long', '/name'],
    ['{"name":"a\\nb"}', null, '/name'],
    ['{"name":"a","rank":1}', 'unknown_field', '/rank'],
  ];
  for (const [body, code, field] of cases) {
    const reply = await ann.call('POST', '/projects', { body, headers: { 'Content-Type': 'application/json', 'Idempotency-Key': randomUUID() } });
    const shown = String(body).slice(0, 60);
    assert.equal(reply.status, 400, `${shown}: ${reply.text}`);
    assert.equal(reply.headers['content-type'], 'application/problem+json');
    if (code) assert.equal(reply.json.code, code, shown);
    if (field) assert.equal(reply.json.field, field, shown);
    assert.ok(reply.json.request_id && reply.json.detail, shown);
  }
  const huge = await ann.call('POST', '/projects', { body: `{"name":"${'x'.repeat(300000)}"}`, headers: { 'Content-Type': 'application/json', 'Idempotency-Key': randomUUID() } });
  assert.equal(huge.status, 413);
  assert.equal((await ann.call('POST', '/projects', { body: '{}', headers: { 'Content-Type': 'text/plain', 'Idempotency-Key': randomUUID() } })).status, 415);
});

test('markup in names stays text, and answers cannot be taken for pages', async () => {
  const name = '<img src=x onerror=alert(1)>"\'&';
  const reply = await project(ann, name);
  assert.equal((await ann.get(`/projects/${reply.json.id}`)).json.name, name);
  assert.equal(reply.headers['content-type'], 'application/json');
  assert.equal(reply.headers['x-content-type-options'], 'nosniff');
  assert.match(reply.headers['content-security-policy'], /default-src 'none'/);
});

test('a session needs its CSRF word and its own origin', async () => {
  const body = { json: { name: 'x' }, headers: { Cookie: ann.cookie, 'Idempotency-Key': randomUUID() } };
  assert.equal((await send(stack.url, 'POST', '/api/v1/projects', body)).status, 403);
  assert.equal((await ann.post('/projects', { name: 'x' }, { headers: { 'X-CSRF': 'wrong' } })).status, 403);
  assert.equal((await ann.post('/projects', { name: 'x' }, { headers: { Origin: 'https://elsewhere.example' } })).status, 403);
});

test('a token restricted to one project sees no other and makes none', async () => {
  const one = (await project(ann, 'One')).json.id;
  const two = (await project(ann, 'Two')).json.id;
  const bound = await stack.token(ann, ['projects:read', 'projects:write'], { project: one });
  assert.deepEqual((await bound.get('/projects')).json.items.map((p) => p.id), [one]);
  assert.equal((await bound.get(`/projects/${two}`)).status, 404);
  assert.equal((await bound.post('/projects', { name: 'Three' })).status, 403);
});
