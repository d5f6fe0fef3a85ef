// tus-js-client, the client browsers use, against the real server: through a proxy that cuts each connection after a random number of
// bytes it must end with the same hash; abort and resume; checksums stay with us.
// The package comes from $B/npm (make npm); without it the tests are skipped and say so.

import assert from 'node:assert/strict';
import { after, before, test as plainTest } from 'node:test';
import { createHash, randomBytes, randomInt } from 'node:crypto';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import net from 'node:net';
import path from 'node:path';
import { ROOT, startStack } from './lib/stack.mjs';

const modules = path.resolve(ROOT, process.env.B ?? 'build', 'npm/node_modules');
const skip = fs.existsSync(path.join(modules, 'tus-js-client')) ? false : 'tus-js-client is not installed (make npm)';
const test = (name, body) => plainTest(name, { skip }, body);
const tus = skip ? null : createRequire(path.join(modules, 'x.js'))('tus-js-client');
const BYTES = randomBytes(24 << 20);
const HASH = createHash('sha256').update(BYTES).digest('hex');

let stack; let ann; let token; let project;

before(async () => {
  if (skip) return;
  stack = await startStack();
  ann = await stack.person('ann');
  token = await stack.token(ann, ['files:read', 'files:write']);
  project = (await ann.post('/projects', { name: 'Client' })).json.id;
});
after(() => stack?.stop());

/** Forwards to the portal; each connection dies after a random number of bytes from the client, `cuts` times. */
function cuttingProxy(cuts, most) {
  const state = { left: cuts, cut: 0 };
  const target = new URL(stack.url);
  const server = net.createServer((client) => {
    const portal = net.connect(Number(target.port), target.hostname);
    let budget = state.left > 0 ? randomInt(1, most) : Infinity;
    for (const side of [client, portal]) side.on('error', () => {});
    client.on('close', () => portal.destroy());
    portal.on('close', () => client.destroy());
    portal.pipe(client);
    client.on('data', (chunk) => {
      const part = chunk.length > budget ? chunk.subarray(0, budget) : chunk;
      budget -= part.length;
      portal.write(part);
      if (budget <= 0) {
        state.left -= 1;
        state.cut += 1;
        client.destroy();
      }
    });
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve({ state, port: server.address().port, close: () => server.close() }));
  });
}

const options = (base, name, more) => ({
  endpoint: `${base}/api/v1/uploads`,
  headers: { Authorization: `Bearer ${token.token}` },
  metadata: { filename: name, project, filetype: 'chemical/x-pdb' },
  retryDelays: Array.from({ length: 60 }, () => 50),
  ...more,
});

const finish = (upload) => new Promise((resolve, reject) => {
  upload.options.onSuccess = resolve;
  upload.options.onError = reject;
  upload.start();
});

const onDisk = (url) => createHash('sha256').update(fs.readFileSync(path.join(stack.dir, 'uploads', new URL(url, stack.url).pathname.split('/').at(-1)))).digest('hex');

test('in one request', async () => {
  const upload = new tus.Upload(BYTES, options(stack.url, 'one.pdb'));
  await finish(upload);
  assert.equal(onDisk(upload.url), HASH);
});

test('in chunks', async () => {
  const upload = new tus.Upload(BYTES, options(stack.url, 'chunks.pdb', { chunkSize: 3_000_001 }));
  await finish(upload);
  assert.equal(onDisk(upload.url), HASH);
});

test('with the first bytes in the creation', async () => {
  const upload = new tus.Upload(BYTES, options(stack.url, 'with.pdb', { uploadDataDuringCreation: true, chunkSize: 5_000_000 }));
  await finish(upload);
  assert.equal(onDisk(upload.url), HASH);
});

test('an empty file', async () => {
  const upload = new tus.Upload(Buffer.alloc(0), options(stack.url, 'empty.pdb'));
  await finish(upload);
  assert.equal((await ann.get(new URL(upload.url, stack.url).pathname)).json.state, 'complete');
});

test('through a proxy that cuts everything at random bytes', async () => {
  for (const chunkSize of [Infinity, 4_000_000]) {
    const proxy = await cuttingProxy(12, 5_000_000);
    const upload = new tus.Upload(BYTES, options(`http://127.0.0.1:${proxy.port}`, 'cut.pdb', { chunkSize }));
    await finish(upload).finally(proxy.close);
    assert.ok(proxy.state.cut >= 5, `cut ${proxy.state.cut} times`);
    assert.equal(onDisk(upload.url), HASH);
  }
});

test('aborted by the person, resumed by another object', async () => {
  let url;
  await new Promise((resolve, reject) => {
    const upload = new tus.Upload(BYTES, options(stack.url, 'abort.pdb', {
      chunkSize: 2_000_000,
      onError: reject,
      onChunkComplete: (size, sent) => {
        if (sent < 7_000_000) return;
        url = upload.url;
        upload.abort().then(resolve, reject);
      },
    }));
    upload.start();
  });
  const again = new tus.Upload(BYTES, options(stack.url, 'abort.pdb', { uploadUrl: url }));
  await finish(again);
  assert.equal(onDisk(url), HASH);
});

test('given up by the person: storage is free again', async () => {
  const before = (await ann.get(`/projects/${project}`)).json.storage.reserved_bytes;
  await new Promise((resolve, reject) => {
    const upload = new tus.Upload(BYTES, options(stack.url, 'given-up.pdb', {
      chunkSize: 1_000_000, onError: reject, onChunkComplete: () => upload.abort(true).then(resolve, reject),
    }));
    upload.start();
  });
  assert.equal((await ann.get(`/projects/${project}`)).json.storage.reserved_bytes, before);
});

test('refused clearly: too large, and a project that is not theirs', async () => {
  const refused = async (more) => {
    try {
      await finish(new tus.Upload(Buffer.from('x'), options(stack.url, 'x.pdb', { retryDelays: null, ...more })));
    } catch (error) {
      return { status: error.originalResponse.getStatus(), problem: JSON.parse(error.originalResponse.getBody()) };
    }
    return assert.fail('it was accepted');
  };
  const foreign = await refused({ metadata: { filename: 'x', project: 'prj_01hgw2bbg0zzzzzzzzzzzzzzzz' } });
  assert.deepEqual([foreign.status, foreign.problem.field], [404, 'Upload-Metadata.project']);
  const large = await refused({ uploadSize: 2 ** 50 });
  assert.equal(large.status, 413);
});
