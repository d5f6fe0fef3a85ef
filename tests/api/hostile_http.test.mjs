// Bytes no honest client sends: requests two HTTP readers could understand differently, floods, odd targets.
// After each of them the portal answers the next person as if nothing had happened.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import net from 'node:net';
import { startStack } from './lib/stack.mjs';

const WAIT_MS = 5000;
let stack; let ann; let host; let mine;
const json = 'Content-Type: application/json\r\n';

before(async () => {
  stack = await startStack();
  ann = await stack.person('ann');
  const url = new URL(stack.url);
  host = `Host: ${url.host}\r\n`;
  mine = `${host}Cookie: ${ann.cookie}\r\nX-CSRF: ${ann.csrf}\r\n`;
});
after(() => stack?.stop());

/** Sends bytes; gives everything that came back when the portal hung up, or after one whole reply. */
function raw(text) {
  const { hostname, port } = new URL(stack.url);
  return new Promise((resolve) => {
    let got = '';
    const socket = net.connect(Number(port), hostname, () => socket.write(Buffer.from(text, 'latin1')));
    const end = (closed) => { socket.destroy(); resolve({ text: got, closed, codes: [...got.matchAll(/HTTP\/1\.[01] (\d+)/g)].map((m) => Number(m[1])) }); };
    const timer = setTimeout(() => end(false), WAIT_MS);
    socket.on('data', (c) => { got += c.toString('latin1'); });
    socket.on('error', () => {});
    socket.on('close', () => { clearTimeout(timer); end(true); });
  });
}

const post = (head, body = '') => `POST /api/v1/projects HTTP/1.1\r\n${mine}${json}${head}\r\n${body}`;
const get = (target, more = '') => `GET ${target} HTTP/1.1\r\n${host}${more}Connection: close\r\n\r\n`;
const smuggled = `GET /healthz HTTP/1.1\r\n${'Host: x\r\n'}\r\n`;

test('requests with two readings are refused and end their connection', async () => {
  const cases = {
    'two lengths': post('Content-Length: 2\r\nContent-Length: 44\r\n', `{}${smuggled}`),
    'length and chunks': post('Content-Length: 6\r\nTransfer-Encoding: chunked\r\n', `0\r\n\r\n${smuggled}`),
    'two codings': post('Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n', `2\r\n{}\r\n0\r\n\r\n${smuggled}`),
    'an unknown coding': post('Transfer-Encoding: xchunked\r\n', `2\r\n{}\r\n0\r\n\r\n${smuggled}`),
    'chunks in HTTP/1.0': post('Connection: keep-alive\r\nTransfer-Encoding: chunked\r\n', `0\r\n\r\n${smuggled}`).replace('HTTP/1.1', 'HTTP/1.0'),
    'a blank before the colon': post('Content-Length : 5\r\n', `hello${smuggled}`),
    'a carriage return in a value': post('X: a\rContent-Length: 5\r\n', `hello${smuggled}`),
    'two hosts': `GET /healthz HTTP/1.1\r\n${host}Host: elsewhere\r\n\r\n`,
    'a signed length': post('Content-Length: +2\r\n', '{}'),
    'a list of lengths': post('Content-Length: 2, 2\r\n', '{}'),
  };
  for (const [what, bytes] of Object.entries(cases)) {
    const reply = await raw(bytes);
    assert.equal(reply.codes[0], 400, `${what}: ${reply.text.slice(0, 200)}`);
    assert.ok(!reply.codes.includes(200), `${what}: the smuggled request was answered`);
    assert.ok(reply.closed, `${what}: the connection stays open`);
  }
});

test('floods are answered with words and cost nothing', async () => {
  const many = Array.from({ length: 200 }, (_, i) => `X-${i}: y\r\n`).join('');
  assert.equal((await raw(get('/healthz', many))).codes[0], 431);
  const withBody = `POST /api/v1/projects HTTP/1.1\r\n${host}${many}Content-Length: 40\r\nConnection: close\r\n\r\n${'{}'.padEnd(40)}`;
  assert.equal((await raw(withBody)).codes[0], 431, 'also when the length stands behind the fields that are read');
  assert.ok([414, 431].includes((await raw(get(`/${'a'.repeat(100000)}`))).codes[0]));
  assert.ok([413, 414].includes((await raw(get('/a'.repeat(3000)))).codes[0]));
  for (const [path, n] of [['runs', 65], ['runs', 200], ['runs', 1000], ['runs', 2000], ['events', 200], ['events', 1000]]) {
    const begun = Date.now();
    const reply = await raw(get(`/api/v1/${path}?${'a=b&'.repeat(n)}`));
    assert.deepEqual(reply.codes, [413], `${n} parameters: ${reply.text.slice(0, 200)}`);
    assert.equal(JSON.parse(reply.text.split('\r\n\r\n')[1]).code, 'too_many_parameters');
    assert.ok(reply.closed && Date.now() - begun < 2000, `${n} parameters are refused at once`);
  }
});

test('targets that mean another file name nothing', async () => {
  const targets = ['/../../etc/passwd', '/..%2f..%2fetc/passwd', '/%2e%2e/%2e%2e/etc/passwd', '/%c0%ae%c0%ae/etc/passwd', '/a%00b', '//etc/passwd',
    '/%zz', '/a%', '/\xff\xfe', 'http://elsewhere/healthz', '*', '/healthz#x', '/a\\..\\b'];
  for (const target of targets) assert.equal((await raw(get(target))).codes[0], 400, target);
});

test('the portal is well afterwards', async () => {
  assert.equal((await ann.get('/session')).status, 200);
});
