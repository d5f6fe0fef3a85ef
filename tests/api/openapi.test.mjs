// The OpenAPI document: every route of the table, no other, sound references; and what it promises about answers holds
// for what the server really sends.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { routes, startStack } from './lib/stack.mjs';
import * as tus from './lib/tus.mjs';

let stack; let ann; let document; let table;

before(async () => {
  stack = await startStack();
  ann = await stack.person('ann');
  document = (await stack.nobody.get('/openapi.json')).json;
  table = (await routes()).filter((r) => !r.name.startsWith('static.'));
});
after(() => stack?.stop());

const operations = () => Object.entries(document.paths).flatMap(([path, item]) => Object.entries(item).map(([method, op]) => ({ path, method, op })));

/** Follows a "#/…" reference. */
function resolve(ref) {
  const found = ref.slice(2).split('/').reduce((at, key) => at?.[key], document);
  assert.ok(found, ref);
  return found;
}

/** A small JSON Schema checker: the words openapi.h can write. Returns faults; unknown keys of an object are faults too. */
function faults(schema, value, at = '') {
  if (schema.$ref) return faults(resolve(schema.$ref), value, at);
  if (schema.anyOf) {
    const each = schema.anyOf.map((s) => faults(s, value, at));
    return each.some((f) => f.length === 0) ? [] : each[0];
  }
  if (schema.enum) return schema.enum.includes(value) ? [] : [`${at}: ${value} is none of ${schema.enum}`];
  const kind = value === null ? 'null' : Array.isArray(value) ? 'array' : Number.isInteger(value) ? 'integer' : typeof value;
  if (schema.type && schema.type !== kind && !(schema.type === 'number' && kind === 'integer')) return [`${at}: ${kind}, not ${schema.type}`];
  if (schema.format === 'date-time' && Number.isNaN(Date.parse(value))) return [`${at}: no time: ${value}`];
  if (kind === 'array') return value.flatMap((item, i) => faults(schema.items ?? {}, item, `${at}/${i}`));
  if (kind === 'object' && schema.properties) {
    return [
      ...(schema.required ?? []).filter((name) => !(name in value)).map((name) => `${at}/${name}: missing`),
      ...Object.entries(value).flatMap(([name, item]) => (schema.properties[name] ? faults(schema.properties[name], item, `${at}/${name}`) : [`${at}/${name}: not described`])),
    ];
  }
  return [];
}

test('it names every route and no other', () => {
  assert.equal(document.openapi, '3.1.0');
  assert.deepEqual(operations().map(({ op }) => op.operationId).sort(), table.map((r) => r.name).sort());
  for (const { path, method, op } of operations()) {
    const row = table.find((r) => r.name === op.operationId);
    assert.equal(method.toUpperCase(), row.method);
    assert.equal(path.replace(/\{path\}$/, '*').replace(/\{(\w+)\}/g, ':$1'), row.pattern);
    assert.equal(op.security.length > 0, row.access !== 'public', op.operationId);
  }
});

test('parameters, bodies and references are sound', () => {
  for (const { path, op } of operations()) {
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map((m) => m[1]).sort();
    assert.deepEqual(op.parameters.filter((p) => p.in === 'path').map((p) => p.name).sort(), inPath, path);
    const keys = op.parameters.map((p) => `${p.in} ${p.name}`);
    assert.equal(new Set(keys).size, keys.length, `${op.operationId}: a parameter twice`);
    for (const p of op.parameters) assert.ok(p.schema && typeof p.required === 'boolean', op.operationId);
    assert.ok(op.summary && op.responses.default, op.operationId);
  }
  const walk = (node) => {
    if (node && typeof node === 'object') {
      if (node.$ref) resolve(node.$ref);
      Object.values(node).forEach(walk);
    }
  };
  walk(document);
  const names = Object.keys(document.components.schemas);
  const text = JSON.stringify(document);
  for (const name of names) assert.ok(text.includes(`"#/components/schemas/${name}"`), `${name} is used`);
});

test('every JSON body and answer is described', () => {
  for (const row of table) {
    const { op } = operations().find((o) => o.op.operationId === row.name);
    if (row.body === 'json') {
      const { schema } = op.requestBody.content['application/json'];
      assert.ok(schema.properties || schema.$ref, `${row.name}: its body is not described`);
    }
    const answers = Object.keys(op.responses).filter((code) => code !== 'default');
    if (answers.includes('200') && !['HEAD', 'OPTIONS'].includes(row.method)) {
      assert.ok(op.responses['200'].content, `${row.name}: its answer is not described`);
    }
  }
});

test('real answers are what it says', async () => {
  const check = (name, reply, status = 200) => {
    assert.equal(reply.status, status, `${name}: ${reply.text}`);
    const { op } = operations().find((o) => o.op.operationId === name);
    const { schema } = op.responses[String(status)].content['application/json'];
    assert.deepEqual(faults(schema, reply.json), [], name);
  };
  const made = await ann.post('/projects', { name: 'Described' });
  const { id } = made.json;
  check('projects.create', made, 201);
  check('projects.get', await ann.get(`/projects/${id}`));
  check('projects.list', await ann.get('/projects'));
  check('projects.update', await ann.patch(`/projects/${id}`, { description: 'x' }, '*'));
  check('members.list', await ann.get(`/projects/${id}/members`));
  check('members.put', await ann.put(`/projects/${id}/members/ann`, { role: 'lead' }));
  const upload = await tus.create(ann, id, 'x.bin', 3);
  check('uploads.get', await ann.get(upload.headers.location));

  const file = 'fil_01hgw2bbg00000000000000001';
  await stack.sql(`
    INSERT INTO file (id, project_id, name, bytes, created_by) VALUES ('${file}', '${id}', 'f.pdb', 1, '${ann.id}');
    INSERT INTO structure (id, project_id, file_id, name, created_by) VALUES ('str_01hgw2bbg00000000000000001', '${id}', '${file}', 'f.pdb', '${ann.id}');
    INSERT INTO site (id, kind, title, facts, as_of) VALUES ('here', 'slurm', 'Here', '{"cpus":8,"gpus":1,"nodes":2,"nodes_up":1,"cpus_idle":3,"version":"Slurm 22.05.8"}', now());
    INSERT INTO module (site_id, full_name, name, version, is_default, category, summary, load_command, keywords)
    VALUES ('here', 'gromacs/2022.5', 'gromacs', '2022.5', true, 'dynamics', 'Molecular dynamics', 'module load gromacs/2022.5', '{md}'),
           ('here', 'gromacs/2021', 'gromacs', '2021', false, 'dynamics', 'Molecular dynamics', 'module load gromacs/2021', '{md}'),
           ('here', 'xtb/6.5', 'xtb', '6.5', true, 'quantum', 'Tight binding', 'module load xtb/6.5', '{}');`);
  check('files.list', await ann.get(`/projects/${id}/files`));
  check('files.get', await ann.get(`/files/${file}`));
  check('structures.list', await ann.get(`/projects/${id}/structures`));
  check('structures.get', await ann.get('/structures/str_01hgw2bbg00000000000000001'));
  check('modules.list', await ann.get('/modules'));
  check('modules.get', await ann.get('/modules/gromacs'));
  check('sites.list', await ann.get('/sites'));
  check('ops.readyz', await ann.get('/readyz', { raw: true }));

  const site = (await ann.get('/sites')).json.items[0];
  assert.equal(site.in_words, 'Slurm 22.05.8: 2 nodes, 8 CPUs, 1 GPU; 1 of the nodes down; 3 CPUs idle');
  assert.equal(site.reachable, true);
});

test('modules are found by words, beginnings, category and site', async () => {
  const names = async (query) => (await ann.get(`/modules?${query}`)).json.items.map((m) => m.name);
  assert.deepEqual(await names(''), ['gromacs', 'xtb']);
  assert.deepEqual(await names('q=gro'), ['gromacs']);
  assert.deepEqual(await names('q=dynam%20molec'), ['gromacs']);
  assert.deepEqual(await names('q=2022.5'), ['gromacs']);
  assert.deepEqual(await names('q=TIGHT'), ['xtb']);
  assert.deepEqual(await names('category=quantum'), ['xtb']);
  assert.deepEqual(await names('site=elsewhere'), []);
  assert.deepEqual(await names("q='%20%26%20!%20)%20(%20\\%20:*"), []);
  assert.deepEqual(await names('q=%20'), ['gromacs', 'xtb']);
  const first = (await ann.get('/modules?limit=1')).json;
  assert.equal(first.next_cursor, 'gromacs');
  assert.deepEqual(first.items[0].versions.map((v) => v.version), ['2022.5', '2021']);
  assert.deepEqual(await names('limit=1&cursor=gromacs'), ['xtb']);
  assert.equal((await ann.get('/modules/nothing')).status, 404);
  assert.equal((await ann.get(`/modules?q=${'x'.repeat(201)}`)).json.field, 'q');
});
