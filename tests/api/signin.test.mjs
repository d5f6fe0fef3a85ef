// Sign-in, sessions, tokens, people, audit and Idempotency-Key, over HTTP.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { randomUUID } from 'node:crypto';
import { ALL_SCOPES, PASSWORD, startStack } from './lib/stack.mjs';

let stack; let ada; let root; let project;

before(async () => {
  stack = await startStack({ settings: { login_failures: 4, login_wait_max: 1500 } });
  ada = await stack.person('ada');
  root = await stack.person('root', true);
  project = (await ada.post('/projects', { name: 'Mine' })).json.id;
});
after(() => stack?.stop());

const signIn = (login, password, headers) => stack.nobody.call('POST', '/session', { json: { login, password }, headers });

test('signing in sets a cookie that scripts and foreign pages cannot use', async () => {
  const reply = await signIn('Ada', PASSWORD); // capitals do not matter
  assert.equal(reply.status, 200);
  const cookie = reply.headers['set-cookie'][0];
  for (const part of ['HttpOnly', 'SameSite=Lax', 'Path=/']) assert.ok(cookie.includes(part), cookie);
  assert.match(cookie, /^athanor_session=[A-Za-z0-9_-]{43};/);
  assert.equal(reply.json.account.login, 'ada');
  assert.equal(reply.json.kind, 'session');
  assert.ok(reply.json.csrf.length >= 32);
  assert.ok(!reply.text.includes('hash'));
  assert.match(reply.headers['cache-control'], /no-store/);
  const stored = await stack.sql('SELECT encode(token_hash, \'hex\') FROM session');
  assert.ok(!stored.flat().some((hash) => cookie.includes(hash)));
});

test('wrong, unknown and disabled get one answer', async () => {
  await stack.addAccount('gone');
  const [[id]] = await stack.sql("UPDATE account SET disabled_at = now() WHERE login = 'gone' RETURNING id");
  const answers = [await signIn('ada', 'wrong password'), await signIn('nobody-here', PASSWORD), await signIn('gone', PASSWORD)];
  for (const reply of answers) {
    assert.equal(reply.status, 401);
    assert.equal(reply.json.code, 'bad_credentials');
    assert.equal(reply.json.detail, answers[0].json.detail);
    assert.equal(reply.headers['set-cookie'], undefined);
  }
  await stack.sql(`DELETE FROM account WHERE id = '${id}'`);
  for (const body of [{}, { login: 'ada' }, { login: 'ada', password: PASSWORD, more: 1 }, { login: ['ada'], password: PASSWORD }]) {
    assert.equal((await stack.nobody.call('POST', '/session', { json: body })).status, 400, JSON.stringify(body));
  }
  assert.equal((await signIn('x'.repeat(300), PASSWORD)).status, 401);
});

test('unknown logins take as long as known ones', async () => {
  // A portal of its own whose hash is heavy, so that it dominates what a busy machine adds; the smallest of several counts.
  const heavy = await startStack({ settings: { argon2_memory_kib: 65536, argon2_passes: 3, login_failures: 100 } });
  try {
    await heavy.addAccount('ada');
    const time = async (login) => {
      const t0 = process.hrtime.bigint();
      const reply = await heavy.nobody.call('POST', '/session', { json: { login, password: 'wrong password' } });
      assert.equal(reply.status, 401);
      return Number(process.hrtime.bigint() - t0) / 1e6;
    };
    const least = { ada: Infinity, 'nobody-here': Infinity };
    for (let i = 0; i < 8; i += 1) {
      for (const login of Object.keys(least)) least[login] = Math.min(least[login], await time(login));
    }
    const [known, unknown] = Object.values(least);
    assert.ok(unknown > known / 2, `known ${known} ms, unknown ${unknown} ms`);
  } finally {
    await heavy.stop();
  }
});

test('failures make it wait, and say how long', async () => {
  for (let i = 0; i < 4; i += 1) assert.equal((await signIn('root', 'wrong password')).status, 401);
  const refused = await signIn('root', PASSWORD);
  assert.equal(refused.status, 429);
  assert.equal(refused.json.code, 'sign_in_wait');
  assert.ok(Number(refused.headers['retry-after']) >= 1);
  await new Promise((resolve) => { setTimeout(resolve, 1100); });
  assert.equal((await signIn('root', PASSWORD)).status, 200);
  await stack.sql('DELETE FROM login_throttle');
});

test('who am I, and where', async () => {
  const me = await ada.get('/session');
  assert.equal(me.json.account.id, ada.id);
  assert.equal(me.json.csrf, ada.csrf);
  assert.equal((await stack.nobody.get('/session')).status, 401);
  const list = (await ada.get('/sessions')).json.items;
  assert.ok(list.length >= 1);
  assert.equal(list.filter((s) => s.current).length, 1);
});

test('foreign pages are refused', async () => {
  const body = { json: { name: 'X' } };
  const send = (headers) => ada.call('POST', '/projects', { ...body, headers: { 'Idempotency-Key': randomUUID(), ...headers } });
  const without = await send({ 'X-CSRF': null });
  assert.equal(without.status, 403);
  assert.equal(without.json.code, 'csrf');
  assert.equal((await send({ 'X-CSRF': root.csrf })).status, 403);
  assert.equal((await send({ Origin: 'https://evil.example' })).json.code, 'foreign_origin');
  assert.equal((await send({ Origin: 'null' })).status, 403);
  assert.equal((await send({ 'Sec-Fetch-Site': 'cross-site' })).status, 403);
  assert.equal((await send({ Origin: stack.url, 'Sec-Fetch-Site': 'same-origin' })).status, 201);
  assert.equal((await signIn('ada', PASSWORD, { Origin: 'https://evil.example' })).status, 403);
});

test('signing out ends one session, or all', async () => {
  const [one, two, three] = [await stack.signIn('ada'), await stack.signIn('ada'), await stack.signIn('ada')];
  const out = await one.delete('/session');
  assert.equal(out.status, 204);
  assert.match(out.headers['set-cookie'][0], /Max-Age=0/);
  assert.equal((await one.get('/session')).status, 401);
  assert.equal((await two.get('/session')).status, 200);
  assert.equal((await two.delete('/sessions')).status, 204);
  for (const caller of [two, three, ada]) assert.equal((await caller.get('/projects')).status, 401);
  ada = await stack.signIn('ada');
});

test('a new password needs the old one and ends other sessions', async () => {
  await stack.addAccount('changer');
  const [here, there] = [await stack.signIn('changer'), await stack.signIn('changer')];
  const wrong = await here.post('/account/password', { current: 'not this one', new: 'a brand new one' });
  assert.equal(wrong.status, 403);
  assert.equal(wrong.json.field, '/current');
  const short = await here.post('/account/password', { current: PASSWORD, new: 'short' });
  assert.equal(short.status, 400);
  assert.equal(short.json.field, '/new');
  const good = await here.post('/account/password', { current: PASSWORD, new: 'a brand new one' });
  assert.equal(good.status, 200);
  assert.equal((await there.get('/session')).status, 401);
  assert.equal((await here.get('/session')).status, 401);
  assert.equal((await stack.nobody.call('GET', '/session', { headers: { Cookie: good.headers['set-cookie'][0].split(';')[0] } })).status, 200);
  assert.equal((await signIn('changer', PASSWORD)).status, 401);
  assert.equal((await signIn('changer', 'a brand new one')).status, 200);
});

test('tokens do what their scopes say, in their project, until they are revoked', async () => {
  const reader = await stack.token(ada, ['projects:read']);
  assert.match(reader.token, /^ath_[0-9A-Za-z]{43}$/);
  assert.equal((await reader.get('/projects')).status, 200);
  const denied = await reader.post('/projects', { name: 'No' });
  assert.equal(denied.status, 403);
  assert.equal(denied.json.code, 'scope_missing');
  assert.equal((await reader.get('/tokens')).json.code, 'session_only');
  assert.equal((await reader.get('/session')).json.kind, 'token');
  assert.equal((await reader.get('/session')).json.csrf, null);

  const other = (await ada.post('/projects', { name: 'Other' })).json.id;
  const confined = await stack.token(ada, ALL_SCOPES, { project });
  assert.equal((await confined.get(`/projects/${project}`)).status, 200);
  assert.equal((await confined.get(`/projects/${other}`)).status, 404);
  assert.deepEqual((await confined.get('/projects')).json.items.map((p) => p.id), [project]);

  const list = (await ada.get('/tokens')).json.items;
  assert.ok(list.some((t) => t.id === confined.tokenId && t.last_used_at));
  assert.ok(list.every((t) => t.secret === undefined));
  assert.equal((await root.delete(`/tokens/${confined.tokenId}`)).status, 404); // not root's
  assert.equal((await ada.delete(`/tokens/${confined.tokenId}`)).status, 204);
  assert.equal((await confined.get('/projects')).status, 401);

  const bad = async (json, field) => {
    const reply = await ada.post('/tokens', json);
    assert.equal(reply.status, 400, JSON.stringify(json));
    assert.equal(reply.json.field, field);
  };
  await bad({ name: 'n', scopes: ['runs:read', 'runs:fly'] }, '/scopes/1');
  await bad({ name: 'n', scopes: [] }, '/scopes');
  await bad({ name: 'n', scopes: ['runs:read'], expires_in_days: 0 }, '/expires_in_days');
  assert.equal((await ada.post('/tokens', { name: 'n', scopes: ['runs:read'], project: 'prj_none' })).status, 404);
  for (const value of ['Basic YTpi', 'Bearer', 'Bearer ath_nonsense', 'Bearer  ']) {
    assert.equal((await stack.nobody.call('GET', '/projects', { headers: { Authorization: value } })).status, 401, value);
  }
});

test('a repeat with the same Idempotency-Key gets the same answer', async () => {
  const key = randomUUID();
  const headers = { 'Idempotency-Key': key };
  const first = await ada.post('/projects', { name: 'Once' }, { headers });
  const again = await ada.post('/projects', { name: 'Once' }, { headers });
  assert.equal(first.status, 201);
  assert.equal(again.status, 201);
  assert.equal(again.text, first.text);
  assert.equal(again.headers.location, first.headers.location);
  assert.equal(again.headers['idempotency-replayed'], 'true');
  const other = await ada.post('/projects', { name: 'Twice' }, { headers });
  assert.equal(other.status, 422);
  assert.equal(other.json.status, 422);
  assert.equal(other.json.code, 'idempotency_key_reused');
  assert.equal((await root.post('/projects', { name: 'Once' }, { headers })).status, 201); // keys are per person
  assert.equal(Number((await stack.sql(`SELECT count(*) FROM project WHERE name = 'Once' AND created_by = '${ada.id}'`))[0][0]), 1);

  assert.equal((await ada.call('POST', '/projects', { json: { name: 'N' } })).json.code, 'idempotency_key_missing');
  for (const bad of ['short', 'x'.repeat(201), 'has a space']) {
    assert.equal((await ada.post('/projects', { name: 'N' }, { headers: { 'Idempotency-Key': bad } })).status, 400);
  }
  const wrong = { headers: { 'Idempotency-Key': randomUUID() } };
  const refused = await ada.post('/projects', { nome: 'N' }, wrong);
  const refusedAgain = await ada.post('/projects', { nome: 'N' }, wrong);
  assert.equal(refused.status, 400);
  assert.equal(refusedAgain.headers['idempotency-replayed'], 'true');
  assert.equal(refusedAgain.text, refused.text.replace(/"request_id":"[^"]*"/, /"request_id":"[^"]*"/.exec(refusedAgain.text)[0]));
});

test('racing repeats do it once', async () => {
  const headers = { 'Idempotency-Key': randomUUID() };
  const replies = await Promise.all(Array.from({ length: 24 }, () => ada.post('/projects', { name: 'Raced' }, { headers })));
  for (const reply of replies) assert.ok([201, 409].includes(reply.status), `${reply.status} ${reply.text}`);
  assert.ok(replies.some((r) => r.status === 201));
  for (const reply of replies.filter((r) => r.status === 409)) assert.equal(reply.json.code, 'idempotency_running');
  assert.equal(Number((await stack.sql("SELECT count(*) FROM project WHERE name = 'Raced'"))[0][0]), 1);
});

test('a key whose request died can be used again after a minute, a secret is never answered twice', async () => {
  const headers = { 'Idempotency-Key': randomUUID() };
  const first = await ada.post('/projects', { name: 'Died' }, { headers });
  await stack.sql(`UPDATE idempotency SET status = NULL, body = NULL WHERE key = '${headers['Idempotency-Key']}'`);
  assert.equal((await ada.post('/projects', { name: 'Died' }, { headers })).json.code, 'idempotency_running');
  await stack.sql(`UPDATE idempotency SET created_at = now() - interval '61 s' WHERE key = '${headers['Idempotency-Key']}'`);
  const after = await ada.post('/projects', { name: 'Died' }, { headers });
  assert.equal(after.status, 201);
  assert.notEqual(after.json.id, first.json.id);

  const secret = { headers: { 'Idempotency-Key': randomUUID() } };
  const body = { name: 'n', scopes: ['runs:read'] };
  const token = await ada.post('/tokens', body, secret);
  assert.equal(token.status, 201);
  const repeat = await ada.post('/tokens', body, secret);
  assert.equal(repeat.status, 409);
  assert.equal(repeat.json.code, 'idempotency_secret');
  assert.ok(!JSON.stringify(await stack.sql('SELECT body FROM idempotency')).includes(token.json.secret));
});

test('administrators add, change and disable people', async () => {
  assert.equal((await ada.get('/users')).status, 403);
  const made = await root.post('/users', { login: 'newton', display_name: 'Isaac' });
  assert.equal(made.status, 201);
  assert.ok(made.json.password.length >= 24);
  const id = made.json.id;
  assert.equal((await signIn('newton', made.json.password)).status, 200);
  assert.equal((await root.post('/users', { login: 'newton' })).json.code, 'login_taken');
  assert.equal((await root.post('/users', { login: 'Bad Login' })).json.field, '/login');

  const newton = await stack.signIn('newton', made.json.password);
  const got = await root.get(`/users/${id}`);
  assert.equal(got.json.password, undefined);
  assert.equal((await root.call('PATCH', `/users/${id}`, { json: { disabled: true } })).status, 428);
  assert.equal((await root.patch(`/users/${id}`, { disabled: true }, '"v99"')).status, 412);
  const off = await root.patch(`/users/${id}`, { disabled: true, storage_limit_bytes: 12345 }, got.headers.etag);
  assert.equal(off.status, 200);
  assert.equal(off.json.disabled, true);
  assert.equal(off.json.storage.limit_bytes, 12345);
  assert.equal((await newton.get('/projects')).status, 401); // with the very next request
  assert.equal((await signIn('newton', made.json.password)).status, 401);
  const me = await root.get(`/users/${root.id}`);
  assert.equal((await root.patch(`/users/${root.id}`, { role: 'user' }, me.headers.etag)).json.code, 'last_admin');
  assert.equal((await root.get('/users?limit=2')).json.items.length, 2);
  assert.equal((await root.get('/users/usr_none')).status, 404);
});

test('an administrator may act everywhere, and is named as such', async () => {
  const seen = await root.get(`/projects/${project}`);
  assert.equal(seen.status, 200);
  assert.equal(seen.json.role, 'admin');
  const version = seen.headers.etag;
  assert.equal((await root.patch(`/projects/${project}`, { description: 'looked at' }, version)).status, 200);
  const trail = (await root.get(`/audit?object=${project}`)).json.items;
  const row = trail.find((r) => r.route === 'projects.update');
  assert.equal(row.account, root.id);
  assert.equal(row.login, 'root');
  assert.equal(row.data.as, 'admin');
  assert.match(row.request_id, /^req_/);
  assert.ok(trail.some((r) => r.route === 'projects.create' && r.account === ada.id)); // by the Location of the answer
  assert.ok((await root.get(`/audit?account=${ada.id}`)).json.items.some((r) => r.route === 'session.create'));
  assert.equal((await root.get('/audit?cursor=x')).json.field, 'cursor');
  const page = await root.get('/audit?limit=3');
  const next = await root.get(`/audit?limit=3&cursor=${page.json.next_cursor}`);
  assert.ok(next.json.items[0].id < page.json.items[2].id);
});

test('the database may restart: 503 meanwhile, everything as before afterwards', async () => {
  await stack.stopDatabase();
  const down = await ada.get('/projects');
  assert.equal(down.status, 503);
  assert.ok(down.headers['retry-after']);
  assert.equal((await stack.nobody.get('/healthz', { raw: true })).status, 200);
  await stack.startDatabase();
  const end = Date.now() + 10000;
  while ((await ada.get('/projects')).status !== 200 && Date.now() < end) await new Promise((resolve) => { setTimeout(resolve, 100); });
  for (let i = 0; i < 40; i += 1) assert.equal((await ada.get('/projects')).status, 200);
});

test('nothing secret is in the log', () => {
  const log = stack.log('athanor');
  assert.ok(!log.includes(PASSWORD));
  assert.ok(!log.includes('ath_'));
  assert.ok(!log.includes(ada.csrf));
  assert.ok(!log.includes(ada.cookie.split('=')[1]));
});
