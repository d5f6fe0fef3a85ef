// The plain page: everything it names is served, nothing is inline or from elsewhere, and what it asks the API for is there.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import zlib from 'node:zlib';
import { BUILD, ROOT, startStack } from './lib/stack.mjs';

let stack; let served;
before(async () => {
  // As make up installs it: the files and, beside them, their small copies from the build.
  served = fs.mkdtempSync(path.join(os.tmpdir(), 'ath-static-'));
  for (const from of [path.join(ROOT, 'static'), path.join(BUILD, 'static')]) fs.cpSync(from, served, { recursive: true });
  stack = await startStack({ settings: { static_dir: served } });
});
after(async () => {
  await stack?.stop();
  fs.rmSync(served, { recursive: true });
});

const get = (target, options) => stack.nobody.call('GET', target, { raw: true, ...options });

test('the page, its styles and its modules are served with strict headers', async () => {
  const page = await get('/');
  assert.equal(page.status, 200);
  assert.match(page.headers['content-type'], /^text\/html/);
  const csp = page.headers['content-security-policy'];
  assert.match(csp, /default-src 'self'/);
  assert.doesNotMatch(csp, /unsafe|\*|https?:/);
  assert.doesNotMatch(page.text, /<script(?![^>]*\bsrc=)|<style|style="|\son\w+="/);

  const queue = [...page.text.matchAll(/(?:href|src)="([^"]+)"/g)].map((m) => m[1]);
  const seen = new Set();
  while (queue.length) {
    const target = queue.pop();
    if (seen.has(target)) continue;
    seen.add(target);
    assert.ok(target.startsWith('/'), `${target} is ours`);
    const reply = await get(target);
    assert.ok(reply.status === 200 || target === '/readyz', `${target}: ${reply.status}`);
    if (target.endsWith('.js')) {
      assert.match(reply.headers['content-type'], /^text\/javascript/);
      for (const [, from] of reply.text.matchAll(/from '([^']+)'/g)) queue.push(new URL(from, `http://x${target}`).pathname);
    }
    if (target.endsWith('.css')) assert.match(reply.headers['content-type'], /^text\/css/);
  }
  assert.ok(seen.has('/js/api.js'));
});

test('who takes Brotli or gzip gets the small copy of every text file', async () => {
  const unpack = { br: zlib.brotliDecompressSync, gzip: zlib.gunzipSync };
  const files = fs.readdirSync(path.join(ROOT, 'static'), { recursive: true }).filter((f) => /\.(js|css|html|svg)$/.test(f));
  assert.ok(files.length >= 4);
  for (const file of files) {
    const plain = await get(`/${file}`, { headers: { 'Accept-Encoding': 'identity' } });
    assert.equal(plain.headers['content-encoding'], undefined);
    assert.match(plain.headers.vary, /Accept-Encoding/);
    for (const [coding, ending] of [['br', '.br'], ['gzip', '.gz']]) {
      const small = await get(`/${file}`, { headers: { 'Accept-Encoding': coding } });
      assert.equal(small.status, 200);
      assert.equal(small.headers['content-encoding'], coding, file);
      assert.ok(small.bytes.equals(fs.readFileSync(path.join(served, file + ending))), `${file}${ending} is what is sent`);
      assert.ok(unpack[coding](small.bytes).equals(plain.bytes), `${file}${ending} is the same file`);
      assert.equal(small.headers['content-type'], plain.headers['content-type']);
      assert.match(small.headers.vary, /Accept-Encoding/);
      assert.notEqual(small.headers.etag, plain.headers.etag);
      const again = await get(`/${file}`, { headers: { 'Accept-Encoding': coding, 'If-None-Match': small.headers.etag } });
      assert.equal(again.status, 304);
    }
    const both = await get(`/${file}`, { headers: { 'Accept-Encoding': 'gzip, deflate, br' } });
    assert.equal(both.headers['content-encoding'], 'br', file);
  }
});

test('static files answer conditions and never leave their folder', async () => {
  const first = await get('/css/app.css');
  const again = await get('/css/app.css', { headers: { 'If-None-Match': first.headers.etag } });
  assert.equal(again.status, 304);
  for (const target of ['/../etc/passwd', '/js/../../LICENSE', '/%2e%2e/LICENSE', '/js/%2e%2e%2fapp.js', '//etc/passwd', '/css/', '/nothing.js', '/js/app.js%00.css']) {
    const reply = await get(target);
    assert.ok([400, 404].includes(reply.status), `${target}: ${reply.status}`);
    assert.equal(reply.headers['content-type'], 'application/problem+json', target);
  }
});

test('what the page asks for is there and has what it shows', async () => {
  assert.equal((await stack.nobody.get('/session')).status, 401);
  const ann = await stack.person('ann');
  const who = (await ann.get('/session')).json;
  assert.equal(who.account.login, 'ann');
  assert.ok(who.csrf);
  assert.deepEqual((await ann.get('/runs?limit=50')).json.items, []);
  const made = (await ann.post('/projects', { name: 'Shown' })).json;
  assert.ok('used_bytes' in made.storage && 'active_runs' in made);
  assert.ok((await ann.call('DELETE', '/session')).status < 300);
  assert.equal((await ann.get('/session')).status, 401);
});
