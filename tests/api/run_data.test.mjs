// What a run writes, read back through the portal: logs, files, archive, progress, results, series, trajectories.
// The folder is made as contracts section 2 says, hostile things included.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { startStack } from './lib/stack.mjs';
import { float32, pairs, runFolder, seedResult, seedRun, seedSite, uint32, writeFile } from './lib/runs.mjs';

const ATOMS = 5; const FRAMES = 20;
let stack; let ann; let project; let run; let live; let bare; let folder; let liveFolder;
const get = (rest, options) => ann.get(`/runs/${run}/${rest}`, options);
const coordinate = (frame, atom, axis) => frame * 100 + atom * 3 + axis;

before(async () => {
  stack = await startStack();
  ann = await stack.person('ann');
  project = (await ann.post('/projects', { name: 'P' })).json.id;
  await seedSite(stack);
  run = await seedRun(stack, project, ann.id, { name: 'The "run"', attempt: 2 });
  live = await seedRun(stack, project, ann.id, { state: 'running' });
  bare = await seedRun(stack, project, ann.id, { state: 'queued', attempt: 0 });
  folder = runFolder(stack, project, run);
  liveFolder = runFolder(stack, project, live);

  writeFile(folder, 'attempt/a01/stdout.log', 'first attempt\n');
  writeFile(folder, 'attempt/a02/stdout.log', Array.from({ length: 1000 }, (_, i) => `line ${i}\n`).join(''));
  writeFile(folder, 'attempt/a02/stderr.log', '');
  writeFile(folder, 'work/md.log', 'engine log\n');
  writeFile(folder, 'work/<b>.html', '<script>alert(1)</script>');
  writeFile(folder, 'env', 'PATH=/bin\0');
  const noise = Array.from({ length: 10000 }, (_, i) => [i * 0.5, Math.sin(i / 50)]);
  noise[7777][1] = 42; // a peak that averaging would lose
  noise[1234][1] = -17;
  writeFile(folder, 'results/series/energy.f64', pairs(noise));
  writeFile(folder, 'results/series/short.f64', pairs([[0, 1], [1, NaN], [2, 3]]));
  const xyz = [];
  for (let f = 0; f < FRAMES; f += 1) for (let a = 0; a < ATOMS; a += 1) for (let k = 0; k < 3; k += 1) xyz.push(coordinate(f, a, k));
  writeFile(folder, 'results/preview.f32', Buffer.concat([float32(xyz), Buffer.from('torn')])); // a frame being written
  writeFile(folder, 'results/preview.pdb', 'ATOM      1  CA  ALA A   1       0.000   0.000   0.000\n');
  writeFile(folder, 'results/some.idx', uint32([3, 1]));
  writeFile(folder, 'results/bad.idx', uint32([3, 99]));
  fs.symlinkSync('/etc/passwd', path.join(folder, 'work/link'));
  fs.symlinkSync('/etc', path.join(folder, 'work/dir'));
  execFileSync('mkfifo', [path.join(folder, 'work/fifo')]);
  const axis = (label, unit) => ({ label, unit });
  await seedResult(stack, run, {
    version: 1, template: 'xtb-relax', title: 'T', summary: [{ name: 'energy', label: 'Energy', value: -1.5, unit: 'Eh' }],
    series: [
      { name: 'energy', label: 'Energy "E"', x: axis('Time', 'ps'), y: axis('Energy', 'kJ/mol'), stage: 'production', file: 'series/energy.f64', points: 10000 },
      { name: 'short', label: 'Short', x: axis('Time', 'ps'), y: axis('Value', ''), stage: 'npt', file: 'series/short.f64', points: 3 },
      { name: 'escape', label: 'E', x: axis('x', ''), y: axis('y', ''), stage: '', file: '../../../../../etc/passwd', points: 1 },
    ],
    trajectories: [{
      name: 'preview', label: 'Preview', natoms: ATOMS, nframes: FRAMES, dt_ps: 2.5, t0_ps: 0, file: 'preview.f32', raw: 'work/md.xtc',
      subsets: [{ name: 'all', label: 'All', topology: 'preview.pdb', indices: null },
        { name: 'some', label: 'Some', topology: null, indices: 'some.idx' },
        { name: 'bad', label: 'Bad', topology: null, indices: 'bad.idx' }],
    }],
    files: [{ path: 'work/md.log', label: 'Engine log', bytes: 11, kind: 'log' }], tables: [], structures: [], warnings: [],
  });
});
after(() => stack?.stop());

test('logs: whole, ranges, tail, attempts, other logs of the results', async () => {
  const whole = await get('logs/stdout');
  assert.equal(whole.status, 200, whole.text);
  assert.match(whole.headers['content-type'], /^text\/plain/);
  assert.equal(whole.text.split('\n').length, 1001);
  assert.ok(whole.headers.etag);
  const part = await get('logs/stdout', { headers: { Range: 'bytes=0-5' } });
  assert.equal(part.status, 206);
  assert.equal(part.text, 'line 0');
  const tail = await get('logs/stdout?tail=25');
  assert.equal(tail.text, 'line 998\nline 999\n');
  assert.equal(Number(tail.headers['x-log-size']), whole.bytes.length);
  assert.equal(Number(tail.headers['x-log-offset']), whole.bytes.length - tail.bytes.length);
  assert.equal((await get('logs/stdout?attempt=1')).text, 'first attempt\n');
  assert.equal((await get('logs/stderr')).bytes.length, 0);
  assert.equal((await get('logs/md.log')).text, 'engine log\n');
  assert.equal((await get('logs/env')).status, 404);
  assert.equal((await get('logs/stdout?attempt=0')).status, 400);
  const early = await ann.get(`/runs/${bare}/logs/stdout`);
  assert.equal(early.status, 404);
  assert.equal(early.json.code, 'no_attempt_yet');
});

test('a growing log is followed by ranges', async () => {
  const file = writeFile(liveFolder, 'attempt/a01/stdout.log', 'one\n');
  const first = await ann.get(`/runs/${live}/logs/stdout?tail=1000`);
  assert.equal(first.text, 'one\n');
  assert.equal(first.headers['x-log-growing'], '1');
  assert.equal(first.headers.etag, undefined);
  const size = Number(first.headers['x-log-size']);
  const ahead = await ann.get(`/runs/${live}/logs/stdout`, { headers: { Range: `bytes=${size}-` } });
  assert.equal(ahead.status, 416);
  fs.appendFileSync(file, 'two\n');
  const next = await ann.get(`/runs/${live}/logs/stdout`, { headers: { Range: `bytes=${size}-` } });
  assert.equal(next.status, 206);
  assert.equal(next.text, 'two\n');
});

test('folders are listed and files downloaded as attachments; nothing outside is reached', async () => {
  const top = (await get('files')).json;
  assert.deepEqual(top.items.map((i) => [i.name, i.kind]), [['attempt', 'folder'], ['env', 'file'], ['results', 'folder'], ['work', 'folder']]);
  const work = (await get('files?path=work')).json.items;
  assert.deepEqual(work.map((i) => [i.name, i.kind]), [['<b>.html', 'file'], ['dir', 'link'], ['fifo', 'other'], ['link', 'link'], ['md.log', 'file']]);
  const names = [];
  let cursor = '';
  do {
    const page = (await get(`files?path=work&limit=2${cursor && `&cursor=${cursor}`}`)).json;
    names.push(...page.items.map((i) => i.name));
    cursor = page.next_cursor;
  } while (cursor);
  assert.deepEqual(names, work.map((i) => i.name));

  const html = await get(`files/work/${encodeURIComponent('<b>.html')}`);
  assert.equal(html.status, 200);
  assert.equal(html.headers['content-type'], 'application/octet-stream');
  assert.match(html.headers['content-disposition'], /^attachment/);
  assert.equal(html.headers['x-content-type-options'], 'nosniff');
  assert.equal((await get('files/work/md.log', { headers: { Range: 'bytes=7-' } })).text, 'log\n');
  for (const bad of ['work/link', 'work/dir/passwd', 'work/fifo', 'work/none', 'work%2f..%2f..%2fx', '..%2f..%2fathanor.conf']) {
    assert.ok([400, 404].includes((await get(`files/${bad}`)).status), bad);
  }
  assert.equal((await get('files/work')).json.code, 'is_folder');
  for (const bad of ['..', '/etc', 'work/dir', 'work/../..', 'none']) {
    assert.equal((await get(`files?path=${encodeURIComponent(bad)}`)).status, 404, bad);
  }
  assert.equal((await get('files?path=env')).status, 400);
  assert.equal((await get('files?cursor=zz')).status, 400);
  assert.equal((await ann.get(`/runs/${bare}/files`)).json.code, 'run_folder_missing');
});

test('the folder comes as zip and tar, without what links point to', async () => {
  const out = fs.mkdtempSync(path.join(os.tmpdir(), 'ath-archive-'));
  try {
    for (const [format, list] of [['tar', ['tar', '-tf']], ['zip', ['python3', '-c', 'import sys,zipfile; z=zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None; print("\\n".join(z.namelist()))']]]) {
      const reply = await get(`archive?format=${format}`);
      assert.equal(reply.status, 200, reply.text);
      assert.match(reply.headers['content-disposition'], /attachment/);
      const file = path.join(out, `a.${format}`);
      fs.writeFileSync(file, reply.bytes);
      const names = execFileSync(list[0], [...list.slice(1), file]).toString();
      assert.match(names, /work\/md\.log/);
      assert.doesNotMatch(names, /passwd/);
    }
    const sub = await get('archive?format=tar&path=results');
    fs.writeFileSync(path.join(out, 'r.tar'), sub.bytes);
    assert.doesNotMatch(execFileSync('tar', ['-tf', path.join(out, 'r.tar')]).toString(), /md\.log/);
  } finally {
    fs.rmSync(out, { recursive: true });
  }
  assert.equal((await get('archive?format=rar')).status, 400);
});

test('progress is sampled evenly to its end; broken lines are skipped', async () => {
  const lines = [];
  for (let i = 0; i < 5000; i += 1) {
    lines.push(JSON.stringify({ t: 1700000000 + i, stage: 'npt', stages: ['npt', 'production'], step: i, steps: 5000, fraction: i / 5000, ns_per_day: 17, values: { temperature_k: 300 + (i % 7) } }));
    if (i === 100) lines.push('{"t": broken', 'x'.repeat(9000), '[]');
  }
  writeFile(liveFolder, 'progress.ndjson', `${lines.join('\n')}\n{"t":9`);
  const all = (await ann.get(`/runs/${live}/progress?points=200`)).json;
  const { t, fraction, values } = all.series;
  assert.ok(t.length >= 190 && t.length <= 264, String(t.length));
  assert.deepEqual([...t].sort((a, b) => a - b), t);
  assert.equal(t[0], 1700000000);
  assert.equal(t.at(-1), 1700004999);
  assert.equal(fraction.length, t.length);
  assert.equal(values.temperature_k.length, t.length);
  assert.deepEqual(all.stages, ['npt', 'production']);
  const step = Math.max(...t.slice(1, -64).map((v, i) => v - t[i]));
  assert.ok(step < 80, `gap of ${step}`);

  writeFile(liveFolder, 'progress.ndjson', `${lines.slice(0, 3).join('\n')}\n`);
  assert.equal((await ann.get(`/runs/${live}/progress`)).json.series.t.length, 3);
  const none = await ann.get(`/runs/${bare}/progress`);
  assert.equal(none.status, 200, none.text);
  assert.deepEqual(none.json.series.t, []);
  assert.equal((await get('progress?points=1')).status, 400);
});

test('results are passed through with their hash', async () => {
  const reply = await get('results');
  assert.equal(reply.status, 200, reply.text);
  assert.equal(reply.json.results.summary[0].unit, 'Eh');
  assert.equal((await get('results', { headers: { 'If-None-Match': reply.headers.etag } })).status, 304);
  assert.equal((await ann.get(`/runs/${live}/results`)).json.code, 'no_results_yet');
});

test('series keep their peaks at every size', async () => {
  const full = (await get('series/energy?points=100000')).json;
  assert.equal(full.data.x.length, 10000);
  assert.equal(full.decimated, false);
  assert.deepEqual(full.y, { label: 'Energy', unit: 'kJ/mol' });
  for (const points of [2, 10, 101, 2000]) {
    const { data, total } = (await get(`series/energy?points=${points}`)).json;
    assert.ok(data.x.length <= points && data.x.length >= points - 1 && total === 10000, `${points}: ${data.x.length}`);
    assert.equal(Math.max(...data.y), 42);
    assert.equal(Math.min(...data.y), -17);
    assert.deepEqual([...data.x].sort((a, b) => a - b), data.x);
  }
  const window = (await get('series/energy?from=100&to=110')).json;
  assert.equal(window.total, 21);
  assert.equal(window.data.x[0], 100);
  assert.equal(window.data.x.at(-1), 110);
  assert.deepEqual((await get('series/short')).json.data, { x: [0, 1, 2], y: [1, null, 3] });
  const csv = await get('series/short?format=csv');
  assert.equal(csv.text, '"Time (ps)","Value"\r\n0,1\r\n1,\r\n2,3\r\n');
  const binary = await get('series/energy?format=binary&points=10');
  assert.equal(binary.bytes.length, Number(binary.headers['x-points']) * 16);
  assert.equal(binary.bytes.readDoubleLE(16), (await get('series/energy?points=10')).json.data.x[1]);
  assert.equal((await get('series/short', { headers: { 'If-None-Match': (await get('series/short')).headers.etag } })).status, 304);
  assert.equal((await get('series/escape')).status, 404);
  for (const [bad, status] of [['none', 404], ['energy?points=1', 400], ['energy?from=x', 400], ['energy?from=2&to=1', 400], ['energy?format=xls', 400], ['energy?from=nan', 400]]) {
    assert.equal((await get(`series/${bad}`)).status, status, bad);
  }
});

test('trajectories: description, topology, exact bytes of frames, subsets, strides, limits', async () => {
  const about = (await get('trajectories/preview')).json;
  assert.equal(about.natoms, ATOMS);
  assert.equal(about.nframes, FRAMES, 'the torn frame does not count');
  assert.equal(about.dt_ps, 2.5);
  assert.deepEqual(about.subsets.map((s) => s.name), ['all', 'some', 'bad']);
  assert.match((await get('trajectories/preview/topology?subset=all')).text, /^ATOM/);
  assert.equal((await get('trajectories/preview/topology?subset=some')).status, 404);

  const frames = await get('trajectories/preview/frames?start=3&count=4&stride=5');
  assert.equal(frames.status, 200, frames.text);
  assert.equal(frames.headers['x-frames'], '4');
  assert.match(frames.headers['cache-control'], /immutable/);
  assert.equal(frames.bytes.length, 4 * ATOMS * 12);
  [3, 8, 13, 18].forEach((f, i) => {
    for (let a = 0; a < ATOMS; a += 1) for (let k = 0; k < 3; k += 1) assert.equal(frames.bytes.readFloatLE((i * ATOMS + a) * 12 + k * 4), coordinate(f, a, k));
  });
  const some = await get('trajectories/preview/frames?subset=some&start=19&count=100');
  assert.equal(some.bytes.length, 2 * 12);
  assert.equal(some.bytes.readFloatLE(0), coordinate(19, 3, 0));
  assert.equal(some.bytes.readFloatLE(12), coordinate(19, 1, 0));
  const again = await get('trajectories/preview/frames?start=3&count=4&stride=5', { headers: { 'If-None-Match': frames.headers.etag } });
  assert.equal(again.status, 304);
  for (const [bad, status] of [['start=20', 400], ['start=-1', 400], ['stride=0', 400], ['count=0', 400], ['subset=none', 404], ['subset=bad', 500]]) {
    assert.equal((await get(`trajectories/preview/frames?${bad}`)).status, status, bad);
  }
  assert.equal((await get('trajectories/none')).status, 404);
});

test('more than 64 MiB of frames is refused with the number that fits', async () => {
  const big = await seedRun(stack, project, ann.id);
  const bigFolder = runFolder(stack, project, big);
  const file = writeFile(bigFolder, 'results/big.f32', '');
  fs.truncateSync(file, 1000000 * 12 * 10); // ten frames of a million atoms, sparse
  await seedResult(stack, big, { version: 1, trajectories: [{ name: 'big', label: 'Big', natoms: 1000000, nframes: 10, dt_ps: 1, t0_ps: 0, file: 'big.f32', subsets: [] }] });
  const reply = await ann.get(`/runs/${big}/trajectories/big/frames?count=10`);
  assert.equal(reply.status, 413);
  assert.match(reply.json.detail, /64 MiB, here 5 frames/);
  assert.equal((await ann.get(`/runs/${big}/trajectories/big/frames?count=5`)).bytes.length, 60000000);
});
