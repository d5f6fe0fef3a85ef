// Lists of runs: filters, both orders, bounds in time, totals, and the table for spreadsheets.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startStack } from './lib/stack.mjs';
import { newId, seedRun, seedSite, seedStructure } from './lib/runs.mjs';

let stack; let ann; let ben; let root; let project; let other; let structure;
const made = []; // ids, oldest first

/** The id of a run made at this time. */
function idAt(ms) {
  const now = Date.now;
  Date.now = () => ms;
  try {
    return newId('run');
  } finally {
    Date.now = now;
  }
}

before(async () => {
  stack = await startStack();
  ann = await stack.person('ann');
  ben = await stack.person('ben');
  root = await stack.person('root1', true);
  project = (await ann.post('/projects', { name: 'One' })).json.id;
  other = (await ann.post('/projects', { name: 'Two' })).json.id;
  await seedSite(stack);
  structure = await seedStructure(stack, project, ann.id);
  const states = ['finished', 'failed', 'running', 'queued', 'finished', 'cancelled', 'finished'];
  for (const [i, state] of states.entries()) {
    const id = idAt(Date.UTC(2026, 0, 1 + i));
    await seedRun(stack, i % 3 === 2 ? other : project, ann.id, { id, state, name: `run ${i}`, template: i % 2 ? 'protein-md' : 'xtb-relax' });
    made.push(id);
  }
  await stack.sql(`UPDATE run SET structure_id = '${structure}' WHERE id IN ('${made[0]}', '${made[3]}')`);
});
after(() => stack?.stop());

const list = async (query, caller = ann) => {
  const reply = await caller.get(`/runs?${query}`);
  assert.equal(reply.status, 200, reply.text);
  return reply.json;
};
const places = async (query, caller) => (await list(query, caller)).items.map((r) => made.indexOf(r.id));

test('newest first, oldest first, page by page', async () => {
  assert.deepEqual(await places(''), [6, 5, 4, 3, 2, 1, 0]);
  assert.deepEqual(await places('order=oldest'), [0, 1, 2, 3, 4, 5, 6]);
  for (const [order, all] of [['newest', [6, 5, 4, 3, 2, 1, 0]], ['oldest', [0, 1, 2, 3, 4, 5, 6]]]) {
    const got = [];
    for (let cursor = ''; cursor !== null;) {
      const page = await list(`limit=3&order=${order}${cursor && `&cursor=${cursor}`}`);
      got.push(...page.items.map((r) => made.indexOf(r.id)));
      cursor = page.next_cursor;
    }
    assert.deepEqual(got, all, order);
  }
  assert.equal((await ann.get('/runs?order=sideways')).json.field, 'order');
});

test('filters, alone and together, also for administrators', async () => {
  assert.deepEqual(await places('state=finished,failed'), [6, 4, 1, 0]);
  assert.deepEqual(await places('state=finished&order=oldest'), [0, 4, 6]);
  assert.deepEqual(await places(`project=${other}`), [5, 2]);
  assert.deepEqual(await places(`structure=${structure}`), [3, 0]);
  assert.deepEqual(await places('q=RUN%203'), [3]);
  assert.deepEqual(await places('q=%25'), []);
  assert.deepEqual(await places('since=2026-01-03&until=2026-01-06'), [4, 3, 2]);
  assert.deepEqual(await places('since=2026-01-03T00:00:00Z&order=oldest&template=xtb-relax'), [2, 4, 6]);
  assert.deepEqual(await places('until=2026-01-03&limit=1'), [1]);
  assert.deepEqual(await places('since=2026-01-02&order=oldest&limit=2'), [1, 2]);
  assert.deepEqual(await places('since=2026-01-02&order=oldest&limit=2', ben), []);
  assert.deepEqual(await places('all=true&order=oldest&state=failed', root), [1]);
  assert.deepEqual(await places('all=true&since=2026-01-05', root), [6, 5, 4]);
  assert.deepEqual(await places('', root), []);
  for (const [query, field] of [['since=yesterday', 'since'], ['structure=x', 'structure'], ['count=maybe', 'count'], ['trashed=true&order=oldest', 'order']]) {
    const reply = await ann.get(`/runs?${query}`);
    assert.deepEqual([reply.status, reply.json.field], [400, field], query);
  }
});

test('totals are of the whole list', async () => {
  const total = async (query, caller) => (await list(`count=true&limit=1&${query}`, caller)).total;
  assert.equal((await list('')).total, null);
  assert.equal(await total(''), 7);
  assert.equal(await total('state=finished'), 3);
  assert.equal(await total(`project=${other}`), 2);
  assert.equal(await total('since=2026-01-03'), 5);
  assert.equal(await total(`cursor=${made[2]}`), 7, 'whichever page is asked for');
  assert.equal(await total('', ben), 0);
  assert.equal(await total('all=true', root), 7);
  assert.equal(await total('trashed=true'), 0);
  assert.equal((await list('count=true')).total_exact, true);
});

test('rows say what a table shows', async () => {
  const [row] = (await list('q=run%200')).items;
  assert.equal(row.template_title, (await ann.get('/templates/xtb-relax')).json.title);
  assert.equal(row.structure, structure);
  assert.equal(row.trashed_at, null);
});

test('the table for spreadsheets has the same rows, and no cell is a formula', async () => {
  const names = ['=1+1', '+x', '-x', '@x', 'say "so", twice\nand more', 'plain = yes'];
  for (const name of names) await stack.sql(`UPDATE run SET name = '${name}' WHERE id = '${made[names.indexOf(name)]}'`);
  const reply = await ann.get('/runs.csv?order=oldest');
  assert.equal(reply.status, 200, reply.text);
  assert.match(reply.headers['content-type'], /^text\/csv/);
  assert.match(reply.headers['content-disposition'], /^attachment; filename="?runs\.csv/);
  const cells = [...reply.text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g)].map((m) => (m[1] ?? m[2]).replaceAll('""', '"'));
  const width = reply.text.slice(0, reply.text.indexOf('\r\n')).split(',').length;
  const table = Array.from({ length: cells.length / width }, (_, i) => cells.slice(i * width, (i + 1) * width));
  assert.deepEqual(table[0].slice(0, 4), ['id', 'name', 'state', 'project']);
  assert.deepEqual(table.slice(1).map((r) => r[0]), made);
  assert.deepEqual(table.slice(1, 7).map((r) => r[1]), ["'=1+1", "'+x", "'-x", "'@x", 'say "so", twice\nand more', 'plain = yes']);
  assert.equal((await ann.get('/runs.csv?state=failed')).text.split('\r\n').length, 3);
  assert.equal((await ben.get('/runs.csv')).text.split('\r\n').length, 2);
  assert.equal((await ann.get('/runs.csv?limit=1')).json.field, 'limit');
});

test('the table streams more than a page', async () => {
  await stack.sql(`INSERT INTO run (id, project_id, account_id, name, template, template_version, site_id, spec, state)
    SELECT 'run_0' || lpad(i::text, 25, '0'), '${project}', '${ann.id}', 'bulk ' || i, 'bulk', '1', 'local', '{}', 'finished' FROM generate_series(1, 1234) i`);
  const ids = (await ann.get('/runs.csv?template=bulk')).text.split('\r\n').slice(1, -1).map((line) => line.split(',')[0]);
  assert.equal(new Set(ids).size, 1234);
  assert.deepEqual([...ids].sort().reverse(), ids);
});
