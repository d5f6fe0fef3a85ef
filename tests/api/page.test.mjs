// The browser's files as the server sends them: everything the start page names is there, nothing is inline or from
// elsewhere, text travels small, and the application's own addresses answer with the start page.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import zlib from 'node:zlib';
import { BUILD, ROOT, startStack } from './lib/stack.mjs';

let stack; let served;
before(async () => {
  // As make up installs them, with their small copies and their times.
  served = fs.mkdtempSync(path.join(os.tmpdir(), 'ath-static-'));
  fs.cpSync(path.join(BUILD, 'static'), served, { recursive: true, preserveTimestamps: true });
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
      for (const [, from] of reply.text.matchAll(/\bfrom\s*["']([./][^"']+\.js)["']/g)) queue.push(new URL(from, `http://x${target}`).pathname);
    }
    if (target.endsWith('.css')) assert.match(reply.headers['content-type'], /^text\/css/);
  }
  assert.ok(seen.has('/js/api.js') && seen.has('/vendor/preact.js'));
  for (const directive of ["worker-src 'self'", "connect-src 'self'", "font-src 'self'", "img-src 'self' data: blob:"]) assert.ok(csp.includes(directive), directive);
});

test('addresses of the application answer with its start page, missing files stay missing', async () => {
  const page = await get('/');
  const asBrowser = { headers: { Accept: 'text/html,application/xhtml+xml,*/*;q=0.8' } };
  for (const target of ['/signin', '/runs/run_x/log?line=3', '/modules/gromacs/2022.5', '/help/sign-in', '/settings/tokens']) {
    const reply = await get(target, asBrowser);
    assert.equal(reply.status, 200, target);
    assert.equal(reply.text, page.text, target);
    assert.equal(reply.headers['cache-control'], 'no-cache', target);
    assert.match(reply.headers['content-security-policy'], /script-src 'self'/, target);
    assert.match([reply.headers.vary].flat().join(), /Accept(,|$)/, target);
    assert.equal((await get(target)).status, 404, `${target} for a program`);
  }
  for (const target of ['/js/nothing.js', '/css/pages/nothing.css', '/vendor/nothing.js', '/api', '/api/v1/nothing', '/js/pages']) {
    const reply = await get(target, asBrowser);
    assert.equal(reply.status, 404, target);
    assert.equal(reply.headers['content-type'], 'application/problem+json', target);
  }
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
  const first = await get('/css/base.css');
  const again = await get('/css/base.css', { headers: { 'If-None-Match': first.headers.etag } });
  assert.equal(again.status, 304);
  for (const target of ['/../etc/passwd', '/js/../../LICENSE', '/%2e%2e/LICENSE', '/js/%2e%2e%2fapp.js', '//etc/passwd', '/css/', '/nothing.js', '/js/app.js%00.css']) {
    const reply = await get(target);
    assert.ok([400, 404].includes(reply.status), `${target}: ${reply.status}`);
    assert.equal(reply.headers['content-type'], 'application/problem+json', target);
  }
});

test('packages of others are served with their licences, and asked for again each time', async () => {
  const told = JSON.parse((await get('/vendor/VENDOR.json')).text);
  assert.ok(told.packages.length >= 8 && told.packages.every((one) => one.name && one.version && one.license));
  for (const { file, sha256 } of told.files) {
    const reply = await get(`/vendor/${file}`, { headers: { 'Accept-Encoding': 'identity' } });
    assert.equal(createHash('sha256').update(reply.bytes).digest('hex'), sha256, file);
    assert.equal(reply.headers['cache-control'], 'no-cache', file);
  }
  const licences = (await get('/vendor/LICENSES.txt')).text;
  for (const { name } of told.packages) assert.ok(licences.includes(name), name);
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
