// What people set for themselves: preferences and their bounds, name and e-mail, one session ended from another.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startStack } from './lib/stack.mjs';

let stack; let ann; let ben;

before(async () => {
  stack = await startStack();
  ann = await stack.person('ann');
  ben = await stack.person('ben');
});
after(() => stack?.stop());

const put = (key, value, caller = ann) => caller.call('PUT', `/account/preferences/${key}`, { json: value });
const all = async (caller = ann) => (await caller.get('/account/preferences')).json;

test('preferences are any JSON, of one person', async () => {
  assert.deepEqual(await all(), {});
  for (const [key, value] of [['theme', 'dark'], ['runs.views', [{ name: 'Mine', query: 'account=me' }]], ['n', 1.5], ['off', false], ['nothing', null]]) {
    assert.equal((await put(key, value)).status, 204, key);
  }
  assert.deepEqual(await all(), { 'runs.views': [{ name: 'Mine', query: 'account=me' }], n: 1.5, nothing: null, off: false, theme: 'dark' });
  assert.equal((await put('theme', 'light')).status, 204);
  assert.equal((await all()).theme, 'light');
  assert.deepEqual(await all(ben), {});
  assert.equal((await ann.delete('/account/preferences/theme')).status, 204);
  assert.equal((await ann.delete('/account/preferences/theme')).status, 204);
  assert.equal('theme' in await all(), false);
});

test('preferences have bounds', async () => {
  const put16 = await put('large', 'x'.repeat(16380));
  assert.equal(put16.status, 204, put16.text);
  assert.equal((await put('larger', 'x'.repeat(16400))).status, 413);
  for (const key of ['%2e%2e', '.x', 'a%20b', 'x'.repeat(65), 'a%2Fb', 'ä']) assert.ok([400, 404].includes((await put(key, 1)).status), key);
  const broken = await ann.call('PUT', '/account/preferences/x', { body: '{"a":1,"a":2}', headers: { 'Content-Type': 'application/json' } });
  assert.equal(broken.json.code, 'json_duplicate_key');
  const eve = await stack.person('eve');
  const made = await Promise.all(Array.from({ length: 70 }, (_, i) => put(`k${i}`, i, eve)));
  assert.equal(made.filter((r) => r.status === 204).length, 64, 'also when they come at once');
  assert.equal(made.find((r) => r.status !== 204).json.code, 'too_many_preferences');
  assert.equal(Object.keys(await all(eve)).length, 64);
  const [key] = Object.keys(await all(eve));
  assert.equal((await put(key, 'changed', eve)).status, 204);
});

test('name and e-mail are mine to change, role and limit are not', async () => {
  const changed = await ann.call('PATCH', '/account', { json: { display_name: 'Ann Böhm', email: 'ann@example.org' } });
  assert.equal(changed.status, 200, changed.text);
  assert.deepEqual([changed.json.display_name, changed.json.email, changed.json.role], ['Ann Böhm', 'ann@example.org', 'user']);
  assert.equal((await ann.get('/session')).json.account.display_name, 'Ann Böhm');
  const stale = await ann.patch('/account', { display_name: 'X' }, '"v1"');
  assert.equal(stale.status, 412);
  assert.equal((await ann.patch('/account', { email: '' }, changed.headers.etag)).json.email, null);
  for (const [body, field] of [[{ email: 'nobody' }, '/email'], [{ role: 'admin' }, '/role'], [{ display_name: '' }, '/display_name'], [{ storage_limit_bytes: 1 }, '/storage_limit_bytes']]) {
    const reply = await ann.call('PATCH', '/account', { json: body });
    assert.deepEqual([reply.status, reply.json.field], [400, field]);
  }
  const token = await stack.token(ann, ['runs:read']);
  assert.equal((await token.call('PATCH', '/account', { json: { display_name: 'T' } })).status, 403);
  assert.equal((await token.get('/account/preferences')).status, 403);
});

test('one session ends another of the same person, and no other', async () => {
  const other = await stack.signIn('ann');
  const list = (await ann.get('/sessions')).json.items;
  const there = list.find((s) => !s.current && s.created_at === list.map((x) => x.created_at).sort().at(-1));
  const bens = (await ben.get('/sessions')).json.items[0];
  assert.equal((await ann.delete(`/sessions/${bens.id}`)).status, 404);
  assert.equal((await ben.get('/session')).status, 200);
  assert.equal((await ann.delete(`/sessions/${there.id}`)).status, 204);
  assert.equal((await other.get('/projects')).status, 401);
  assert.equal((await ann.get('/projects')).status, 200);
  assert.equal((await ann.delete(`/sessions/${there.id}`)).status, 404);
  const own = (await ann.get('/sessions')).json.items.find((s) => s.current);
  const end = await ann.delete(`/sessions/${own.id}`);
  assert.equal(end.status, 204);
  assert.match(end.headers['set-cookie'][0], /Max-Age=0/);
  assert.equal((await ann.get('/projects')).status, 401);
});
