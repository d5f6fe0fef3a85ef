// What a hostile job can leave behind its back: results that promise the impossible, labels that are formulas,
// huge sparse files, links, FIFOs, names of any bytes. The portal's memory stays flat and nothing outside is read.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import fs from 'node:fs';
import path from 'node:path';
import { sleep, startStack } from './lib/stack.mjs';
import { pairs, runFolder, seedResult, seedRun, seedSite, uint32, writeFile } from './lib/runs.mjs';

const ATOMS = 1e8;
let stack; let ann; let run; let folder;
const get = (rest, options) => ann.get(`/runs/${run}/${rest}`, options);
const axis = (label, unit) => ({ label, unit });
const memoryKb = () => Number(fs.readFileSync(`/proc/${stack.children.athanor.pid}/status`, 'utf8').match(/VmRSS:\s+(\d+)/)[1]);
const descriptors = () => fs.readdirSync(`/proc/${stack.children.athanor.pid}/fd`).length;

function sparse(rel, bytes) {
  fs.truncateSync(writeFile(folder, rel, ''), bytes);
}

before(async () => {
  stack = await startStack();
  ann = await stack.person('ann');
  const project = (await ann.post('/projects', { name: 'P' })).json.id;
  await seedSite(stack);
  run = await seedRun(stack, project, ann.id);
  folder = runFolder(stack, project, run);
  writeFile(folder, 'attempt/a01/stdout.log', 'x\n');
  writeFile(folder, 'results/short.f64', pairs([[0, 1], [1, 2]]));
  writeFile(folder, 'results/picks.idx', uint32([ATOMS - 1, 0, 70000, 70001]));
  sparse('results/all.idx', ATOMS * 4);
  sparse('results/long.f64', 1e9 * 16);
  sparse('results/wide.f32', ATOMS * 12);
  const mark = fs.openSync(path.join(folder, 'results/wide.f32'), 'r+');
  for (const [atom, value] of [[0, 1.5], [70001, 2.5], [ATOMS - 1, 3.5]]) {
    const b = Buffer.alloc(4);
    b.writeFloatLE(value);
    fs.writeSync(mark, b, 0, 4, atom * 12);
  }
  fs.closeSync(mark);
  fs.symlinkSync('/etc/passwd', path.join(folder, 'attempt/a01/stderr.log'));
  execFileSync('mkfifo', [path.join(folder, 'progress.ndjson')]);
  fs.mkdirSync(path.join(folder, 'work'));
  fs.writeFileSync(Buffer.concat([Buffer.from(path.join(folder, 'work/')), Buffer.from([0x01, 0x0a, 0xff, 0xfe, 0x22])]), 'x');
  await seedResult(stack, run, {
    version: 1, summary: [], structures: [], tables: [], warnings: [],
    series: [
      { name: 'long', label: 'L', x: axis('t', ''), y: axis('y', ''), stage: '', file: 'long.f64', points: 1e9 },
      { name: 'formula', label: 'F', x: axis('=HYPERLINK("http://elsewhere")', 'ps'), y: axis('@SUM(1)', ''), stage: '', file: 'short.f64', points: 2 }],
    trajectories: [{
      name: 'wide', label: 'W', natoms: ATOMS, nframes: 1, dt_ps: 1, t0_ps: 0, file: 'wide.f32',
      subsets: [{ name: 'picks', label: 'P', topology: 'x', indices: 'picks.idx' }, { name: 'all', label: 'A', topology: 'x', indices: 'all.idx' }],
    }],
    files: [{ path: 'attempt/a01/stderr.log', label: 'x', kind: 'log' }, { path: '../../../../../../etc/passwd', label: 'x', kind: 'log' }],
  });
});
after(() => stack?.stop());

test('picking atoms from a frame of a hundred million takes no memory', async () => {
  const before = memoryKb();
  let most = 0;
  const watch = setInterval(() => { most = Math.max(most, memoryKb()); }, 5);
  const replies = await Promise.all(Array.from({ length: 6 }, () => get('trajectories/wide/frames?subset=picks')));
  clearInterval(watch);
  for (const reply of replies) {
    assert.equal(reply.status, 200, reply.text);
    assert.deepEqual([0, 12, 24, 36].map((at) => reply.bytes.readFloatLE(at)), [3.5, 1.5, 0, 2.5]);
  }
  assert.ok(Math.max(most, memoryKb()) - before < 100000, `memory grew from ${before} to ${most} kB`);
  assert.equal((await get('trajectories/wide/frames?subset=all')).status, 413);
  assert.equal((await get('trajectories/wide')).status, 200);
});

test('a series too long to read at once is refused at once', async () => {
  const reply = await Promise.race([get('series/long'), sleep(5000)]);
  assert.equal(reply?.status, 413);
  assert.equal(reply.json.code, 'series_too_long');
});

test('labels that look like formulas are text in a spreadsheet', async () => {
  const { text } = await get('series/formula?format=csv');
  assert.equal(text.split('\r\n')[0], '"\'=HYPERLINK(""http://elsewhere"") (ps)","\'@SUM(1)"');
});

test('links, FIFOs and paths outside are nothing, whichever door is tried', async () => {
  for (const name of ['logs/stderr', 'logs/passwd', 'files/attempt/a01/stderr.log', 'files/progress.ndjson']) {
    const reply = await get(name);
    assert.equal(reply.status, 404, name);
    assert.doesNotMatch(reply.text, /root:/);
  }
  assert.equal((await get('progress')).status, 200);
  assert.equal((await get('files?path=work')).json.items[0].name_changed, true);
});

test('ranges and cursors of any form are answered, and no descriptor is left behind', async () => {
  const before = descriptors();
  const odd = [`bytes=${Array.from({ length: 500 }, (_, i) => `${i}-${i}`).join(',')}`, 'bytes=-99999999999999999999', 'bytes=99999999999999999999-',
    'bytes=5-1', 'bytes=-0', 'bytes=a-b', 'items=0-1', 'bytes=18446744073709551615-18446744073709551616', 'bytes=--1'];
  for (const range of odd) {
    const reply = await get('files/results/short.f64', { headers: { Range: range } });
    assert.ok([200, 416].includes(reply.status), `${range}: ${reply.status}`);
    assert.ok(reply.bytes.length <= 32);
  }
  for (const cursor of ['zz', '6', '61616', 'GG', '%00', "'%20OR%201=1--", 'A'.repeat(3000)]) {
    for (const list of [`runs/${run}/files?`, 'runs?', 'projects?']) {
      assert.equal((await ann.get(`/${list}cursor=${cursor}`)).status, 400, `${list}${cursor}`);
    }
  }
  for (const query of ['start=9223372036854775807', 'start=1', 'count=9223372036854775807', 'stride=-1', 'start=0x10', 'start=0&start=0']) {
    assert.equal((await get(`trajectories/wide/frames?${query}`)).status, 400, query);
  }
  await sleep(300);
  assert.ok(descriptors() <= before + 2, `${before} descriptors became ${descriptors()}`);
});
