// Folders of files: uploading into them, listing, moving, trash and back, search, and archives.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { startStack, until } from './lib/stack.mjs';
import * as tus from './lib/tus.mjs';

let stack; let ann; let ben; let project;

before(async () => {
  stack = await startStack({ worker: true, settings: { worker_poll: 100 } });
  ann = await stack.person('ann');
  ben = await stack.person('ben');
});
after(() => stack?.stop());

async function newProject(name) {
  project = (await ann.post('/projects', { name })).json.id;
  await ann.put(`/projects/${project}/members/ben`, { role: 'viewer' });
}

async function upload(folder, name, bytes = name) {
  const reply = await tus.create(ann, project, name, bytes.length, { body: Buffer.from(bytes), meta: folder === undefined ? {} : { folder } });
  assert.equal(reply.status, 201, reply.text);
  const done = await until(async () => {
    const { json } = await ann.get(reply.headers.location);
    return json.state === 'stored' && json;
  }, `${name} to be stored`);
  return (await ann.get(`/files/${done.file_id}`)).json;
}
const names = async (query, caller = ann) => (await caller.get(`/projects/${project}/files?${query}`)).json.items.map((f) => (f.folder ? `${f.folder}/${f.name}` : f.name)).sort();
const folders = async () => (await ann.get(`/projects/${project}/folders`)).json.items;
const move = (folder, to, caller = ann) => caller.call('PATCH', `/projects/${project}/folders`, { json: { folder, to } });
const remove = (folder, caller = ann) => caller.call('DELETE', `/projects/${project}/folders?folder=${encodeURIComponent(folder)}`);

test('a folder comes with the upload and is cleaned like a name', async () => {
  await newProject('Cleaned');
  for (const [given, kept] of [['a/b', 'a/b'], ['/a//b/', 'a/b'], ['', ''], ['x\ny/<b>', 'x%0Ay/<b>'], ['50%/ä', '50%/ä']]) {
    assert.equal((await upload(given, 'f.bin')).folder, kept, given);
  }
  const begun = await tus.create(ann, project, 'g.bin', 5, { meta: { folder: 'deep/er' } });
  assert.equal((await ann.get(begun.headers.location)).json.folder, 'deep/er');
  const head = await tus.offset(ann, begun.headers.location);
  assert.match(head.headers['upload-metadata'], new RegExp(`folder ${Buffer.from('deep/er').toString('base64')}`));
  for (const folder of ['..', 'a/../b', './a', Array(17).fill('d').join('/'), 'x'.repeat(2000), `${'y'.repeat(1000)}/`.repeat(5)]) {
    const reply = await tus.create(ann, project, 'f.bin', 1, { meta: { folder } });
    assert.equal(reply.status, 400, folder.slice(0, 40));
    assert.match(reply.json.field, /Upload-Metadata/);
  }
});

test('lists: one folder, all below one, by name, page by page', async () => {
  await newProject('Listed');
  for (const [folder, name] of [['', 'top.pdb'], ['a', 'one.pdb'], ['a/b', 'two.pdb'], ['a/b', 'three.xyz'], ['ab', 'not-a.pdb'], ['a/b/c', 'four.pdb']]) await upload(folder, name);
  assert.deepEqual(await names('folder='), ['top.pdb']);
  assert.deepEqual(await names('folder=a'), ['a/one.pdb']);
  assert.deepEqual(await names('folder=a/&recursive=true'), ['a/b/c/four.pdb', 'a/b/three.xyz', 'a/b/two.pdb', 'a/one.pdb']);
  assert.equal((await names('')).length, 6);
  assert.equal((await names('folder=&recursive=true')).length, 6);
  assert.deepEqual(await names('q=T'), ['a/b/three.xyz', 'a/b/two.pdb', 'ab/not-a.pdb', 'top.pdb']);
  assert.deepEqual(await names('q=.pdb&folder=a/b'), ['a/b/two.pdb']);
  assert.deepEqual(await names('q=%25'), []);
  assert.deepEqual(await names('folder=nowhere'), []);
  assert.deepEqual(await names('folder=a', ben), ['a/one.pdb']);
  const got = [];
  for (let cursor = ''; cursor !== null;) {
    const page = (await ann.get(`/projects/${project}/files?folder=a&recursive=true&limit=3${cursor && `&cursor=${cursor}`}`)).json;
    got.push(...page.items.map((f) => f.name));
    cursor = page.next_cursor;
  }
  assert.equal(new Set(got).size, 4);

  const size = (...files) => files.join('').length;
  assert.deepEqual(await folders(), [
    { path: 'a', name: 'a', files: 1, bytes: size('one.pdb'), total_files: 4, total_bytes: size('one.pdb', 'two.pdb', 'three.xyz', 'four.pdb') },
    { path: 'a/b', name: 'b', files: 2, bytes: size('two.pdb', 'three.xyz'), total_files: 3, total_bytes: size('two.pdb', 'three.xyz', 'four.pdb') },
    { path: 'a/b/c', name: 'c', files: 1, bytes: 8, total_files: 1, total_bytes: 8 },
    { path: 'ab', name: 'ab', files: 1, bytes: 9, total_files: 1, total_bytes: 9 },
  ]);
  const first = (await ann.get(`/projects/${project}/folders?limit=2`)).json;
  assert.deepEqual(first.items.map((f) => f.path), ['a', 'a/b']);
  const rest = (await ann.get(`/projects/${project}/folders?limit=2&cursor=${first.next_cursor}`)).json;
  assert.deepEqual([rest.items.map((f) => f.path), rest.next_cursor], [['a/b/c', 'ab'], null]);
});

test('a folder between others that holds no file itself is there too', async () => {
  await newProject('Between');
  await upload('x/y/z', 'f.bin');
  assert.deepEqual((await folders()).map((f) => [f.path, f.files, f.total_files]), [['x', 0, 1], ['x/y', 0, 1], ['x/y/z', 1, 1]]);
});

test('files and folders move', async () => {
  await newProject('Moved');
  const one = await upload('a', 'one.bin');
  await upload('a/b', 'two.bin');
  const trashed = await upload('a', 'old.bin');
  await ann.delete(`/files/${trashed.id}`, '*');
  const moved = await ann.patch(`/files/${one.id}`, { folder: '/c//d' }, `"v${one.version}"`);
  assert.deepEqual([moved.status, moved.json.folder, moved.json.name], [200, 'c/d', 'one.bin']);
  assert.equal((await ann.patch(`/files/${one.id}`, { folder: 'z' }, `"v${one.version}"`)).status, 412);
  assert.equal((await ann.patch(`/files/${one.id}`, { name: 'uno.bin', folder: '' }, '*')).json.folder, '');
  assert.equal((await ann.patch(`/files/${one.id}`, {}, '*')).status, 400);
  assert.equal((await ann.patch(`/files/${one.id}`, { folder: 'a/../b' }, '*')).json.field, '/folder');

  assert.deepEqual((await move('a', 'n/a')).json, { files: 1 });
  assert.deepEqual(await names(''), ['n/a/b/two.bin', 'uno.bin']);
  assert.equal((await ann.call('POST', `/files/${trashed.id}/restore`)).json.folder, 'n/a', 'what was in the trash moved along');
  assert.deepEqual((await move('n/a/b', '')).json, { files: 1 });
  assert.deepEqual(await names('folder='), ['two.bin', 'uno.bin']);
  assert.equal((await move('n', 'n/inside')).json.code, 'folder_in_itself');
  assert.equal((await move('n', 'n')).json.code, 'folder_in_itself');
  assert.equal((await move('nowhere', 'x')).status, 404);
  assert.equal((await move('', 'x')).status, 400);
  assert.equal((await move('n', '../x')).status, 400);
  assert.equal((await move('n', 'x', ben)).status, 403);
  await upload(Array(16).fill('d').join('/'), 'deep.bin');
  assert.equal((await move('d', 'e/f')).json.code, 'folder_too_deep');
});

test('a folder goes into the trash and comes back as it was', async () => {
  await newProject('Trashed');
  await upload('a', 'one.bin');
  await upload('a/b', 'two.bin');
  await upload('ab', 'other.bin');
  const earlier = await upload('a', 'earlier.bin');
  await ann.delete(`/files/${earlier.id}`, '*');
  assert.equal((await remove('a', ben)).status, 403);
  const gone = await remove('a');
  assert.deepEqual([gone.status, gone.json.files, gone.json.bytes], [200, 2, 14]);
  assert.deepEqual(await names(''), ['ab/other.bin']);
  assert.equal((await remove('a')).status, 404);
  assert.equal((await remove('')).status, 400);
  const back = await ann.call('POST', `/projects/${project}/folders/restore`, { json: { folder: 'a', trashed_at: gone.json.trashed_at } });
  assert.deepEqual(back.json, { files: 2 }, back.text);
  assert.deepEqual(await names(''), ['a/b/two.bin', 'a/one.bin', 'ab/other.bin']);
  assert.deepEqual(await names('trashed=true'), ['a/earlier.bin'], 'only that deletion was taken back');
});

test('archives hold the tree, files of one name apart, and nothing outside', async () => {
  await newProject('Zipped');
  const one = await upload('set/a', 'same.txt', 'first');
  await upload('set/a', 'same.txt', 'second');
  await upload('set', '../up\\and:away/x.txt', 'named');
  const lone = await upload('', 'lone.txt', 'alone');
  const unzip = async (query, caller = ann) => {
    const reply = await caller.get(`/projects/${project}/files.zip?${query}`);
    assert.equal(reply.status, 200, reply.text);
    assert.equal(reply.headers['content-type'], 'application/zip');
    const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'ath-zip-'));
    fs.writeFileSync(path.join(dir, 'f.zip'), reply.bytes);
    const script = 'import sys, zipfile\nz = zipfile.ZipFile(sys.argv[1])\nassert z.testzip() is None\nfor n in sorted(z.namelist()): print(n, "=", z.read(n).decode())';
    const out = execFileSync('/usr/bin/python3', ['-c', script, path.join(dir, 'f.zip')], { encoding: 'utf8' });
    fs.rmSync(dir, { recursive: true });
    return out.trim().split('\n');
  };
  const all = await unzip('', ben);
  assert.equal(all.length, 4);
  assert.ok(all.includes('files/lone.txt = alone'), all.join());
  assert.deepEqual(all.filter((line) => line.includes('same')).map((line) => line.replace(/ \([0-9a-z]{6}\)/, ' (…)')).sort(), ['files/set/a/same (…).txt = second', 'files/set/a/same.txt = first']);
  assert.ok(all.includes('files/set/.._up_and_away_x.txt = named'), all.join());
  assert.deepEqual(await unzip(`files=${one.id},${lone.id}`), ['files/lone.txt = alone', 'files/set/a/same.txt = first']);
  assert.deepEqual((await unzip('folder=set/a')).map((line) => line.split('/').length), [2, 2]);
  assert.equal((await ann.get(`/projects/${project}/files.zip?folder=nothing`)).status, 404);
  assert.equal((await ann.get(`/projects/${project}/files.zip?files=x`)).json.field, 'files');
  const stranger = await stack.person('cho');
  assert.equal((await stranger.get(`/projects/${project}/files.zip`)).status, 404);
});
