// The page of one run with real jobs on real Slurm: watched while it works, failing with a cause, held and released,
// cancelled, renamed, deleted and brought back; its log followed, searched, linked to, and read when it is very long.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { ROOT } from '../api/lib/stack.mjs';
import { allow, assertAccessible, assertFits, browserTest, open, project, shot, unique, until, upload, VAR } from './lib/browser.mjs';

const SAMPLE = path.join(ROOT, 'templates/protein-md/sample');
const ENETDOWN = /ERR_INTERNET_DISCONNECTED|Failed to load resource/;
/** Atoms on top of each other: the optimiser gives up. */
const COLLAPSED = '4\ncollapsed\nC 0 0 0\nH 0.05 0 0\nH 0 0.05 0\nH 0 0 0.05\n';
/** Far from its minimum: two cycles are not enough. */
const BENT = '3\nbent\nO 0 0 0\nH 1.3 0.4 0\nH -0.7 1.1 0.2\n';

/** A structure in a project, ready for runs. */
async function structure(who, projectId, name, bytes) {
  const { file_id: file } = await upload(who, projectId, name, bytes);
  return until(async () => (await who.get(`/projects/${projectId}/structures`)).json.items.find((s) => s.file_id === file && s.state === 'ready')?.id, `${name} to be ready`);
}

/** Launches over the API. */
async function launch(who, body) {
  const reply = await who.call('POST', '/runs', { json: { name: unique('Run'), ...body }, headers: { 'Idempotency-Key': unique('launch-key') } });
  assert.equal(reply.status, 201, reply.text);
  return reply.json;
}

/** A small protein run, about half a minute of work. */
async function protein(who, more = {}) {
  const { id } = await project(who);
  const request = JSON.parse(fs.readFileSync(path.join(SAMPLE, 'request-check.json'), 'utf8'));
  const pdb = fs.readdirSync(SAMPLE).find((name) => name.endsWith('.pdb'));
  const made = await structure(who, id, 'chignolin.pdb', fs.readFileSync(path.join(SAMPLE, pdb)));
  return { projectId: id, structureId: made, request: { ...request, ...more, project: id, structure: made } };
}

async function failing(who) {
  const { id } = await project(who);
  const made = await structure(who, id, 'collapsed.xyz', COLLAPSED);
  const run = await launch(who, { project: id, template: 'xtb-relax', structure: made, params: { unpaired_electrons: 1 } });
  await until(async () => (await who.get(`/runs/${run.id}`)).json.state === 'failed', 'the run to fail', 90000);
  return run;
}

/** The run as the database has it while somebody else holds the cluster. */
const state = async (who, id) => (await who.get(`/runs/${id}`)).json.state;

browserTest('a run is watched from its launch to its results, in two tabs, with one held behind it', async ({ who, open: show, window }) => {
  const { request } = await protein(who);
  const list = await show('/runs');
  // Long enough that it still computes when all that is looked at has been looked at, on a busy machine too.
  const first = await launch(who, { ...request, params: { ...request.params, production_ns: 0.006 }, name: 'The watched one' });
  const second = await launch(who, { ...request, name: 'The one behind' });
  await list.getByRole('rowheader', { name: 'The watched one' }).waitFor();
  const page = await open(await window(), `/runs/${first.id}`);
  const behind = await open(await window(), `/runs/${second.id}`);

  // Behind: why it waits, in words; held; released.
  await behind.locator('.state[data-state="pending"]').waitFor();
  await behind.getByText(/waits for CPUs|higher priority|not considered/).first().waitFor();
  await assertAccessible(behind, 'a waiting run');
  await behind.getByRole('button', { name: 'Hold' }).click();
  await behind.locator('.state[data-state="held"]').waitFor();
  await list.locator('tr', { hasText: 'The one behind' }).getByText('Held', { exact: true }).waitFor();
  await assertAccessible(behind, 'a held run');
  await behind.getByRole('button', { name: 'Release' }).first().click();
  await behind.locator('.state[data-state="pending"], .state[data-state="running"]').first().waitFor();

  // Watched: stages, figures, curves that grow, the log.
  await page.locator('.state[data-state="running"]').waitFor();
  await page.getByRole('list', { name: 'Stages' }).locator('[aria-current="step"]').waitFor();
  await page.getByText('ns/day').first().waitFor();
  await page.locator('figure.plot').nth(4).waitFor();
  await assertAccessible(page, 'a running run');
  await shot(page, 'run-live');
  await page.getByRole('link', { name: 'Log' }).first().click();
  await page.getByRole('button', { name: 'Follow' }).click();
  await page.waitForURL(/follow=1/);
  await page.locator('.log-line', { hasText: 'stage production' }).waitFor({ timeout: 60000 });
  await page.getByRole('link', { name: 'Overview' }).click();
  await page.getByText('Finished, results checked').waitFor({ timeout: 90000 });
  await list.locator('tr', { hasText: 'The watched one' }).getByText('Finished', { exact: true }).waitFor();
  await page.getByText(/estimated .* took/).waitFor();
  await assertAccessible(page, 'a finished run, overview');

  // Cancelled while it waits or works; requeued would go on.
  await behind.getByRole('button', { name: 'Cancel', exact: true }).click();
  await behind.getByText('This run was cancelled').waitFor({ timeout: 60000 });
  await behind.getByText(`${who.login} stopped it`).waitFor();
  assert.equal(await state(who, second.id), 'cancelled');
});

browserTest('a failed run opens with its cause, what to do, and the lines that show it', async ({ who, open: show, window }) => {
  const run = await failing(who);
  const page = await show(`/runs/${run.id}`);
  const panel = page.locator('.failure');
  await panel.getByRole('heading').waitFor();
  assert.match(await panel.getByRole('region', { name: 'Lines of the log' }).innerText(), /ERROR|error|fail/i);
  assert.match(await panel.getByRole('link', { name: 'Rerun with changes' }).getAttribute('href'), new RegExp(`^/new/xtb-relax\\?from=${run.id}$`));
  await assertAccessible(page, 'a failed run');
  await shot(page, 'run-failed');

  await panel.getByRole('link', { name: 'Open the log there' }).click();
  await page.waitForURL(/\/log\?file=/);
  const current = page.locator('.log-line[data-current]');
  await current.waitFor();
  assert.match(await current.innerText(), /error|fail/i);
  await assertAccessible(page, 'a log');

  // A line has an address.
  await page.locator('.log-line', { hasText: 'Geometry optimization' }).first().locator('a').click();
  await page.waitForURL(/line=\d+/);
  const line = new URL(page.url()).searchParams.get('line');
  const other = await open(await window({ dark: true, width: 320, height: 720 }), page.url().replace(/&?q=[^&]*/, ''));
  await other.locator('.log-line[data-current]').waitFor();
  assert.equal(await other.locator('.log-line[data-current] .log-no').innerText(), line);
  await assertFits(other);
  await other.goto(`/runs/${run.id}`);
  await other.locator('.failure').waitFor();
  await assertFits(other);
  await assertAccessible(other, 'a failed run at 320 px');

  // Only what matters; by keyboard from match to match.
  await page.getByLabel('Lines shown').selectOption('error');
  await page.waitForURL(/level=error/);
  await page.locator('.log-line').first().waitFor();
  assert.equal(await page.locator('.log-line:not([data-level="error"])').count(), 0);

  await page.goto(`/runs/${run.id}`);
  await page.getByRole('button', { name: 'Try the same again' }).click();
  await until(async () => (await who.get(`/runs/${run.id}`)).json.attempt === 2, 'the second attempt');
  await page.getByRole('heading', { name: 'Attempts' }).waitFor();
});

browserTest('a failure that a change usually mends offers just that change, and it mends it', async ({ who, open: show }) => {
  const { id } = await project(who);
  const made = await structure(who, id, 'bent.xyz', BENT);
  const run = await launch(who, { project: id, template: 'xtb-relax', structure: made, params: { max_cycles: 2, frequencies: false } });
  await until(async () => (await state(who, run.id)) === 'failed', 'the run to fail', 90000);
  const page = await show(`/runs/${run.id}`);
  const offered = page.getByRole('button', { name: 'Rerun with optimisation cycles at most 10' });
  await offered.waitFor();
  await page.setViewportSize({ width: 320, height: 720 });
  await assertFits(page);
  await page.setViewportSize({ width: 1440, height: 900 });
  await offered.click();
  await page.waitForURL((url) => /\/runs\/run_/.test(url.pathname) && !url.pathname.includes(run.id));
  await page.locator('.toast', { hasText: 'was launched' }).waitFor();
  const next = new URL(page.url()).pathname.split('/')[2];
  const { json } = await who.get(`/runs/${next}`);
  assert.equal(json.parent.id, run.id);
  assert.equal(json.spec.resolved.max_cycles, 10);
});

browserTest('a log of 60 MB opens at once, is searched to its end, and its lines can be linked to', async ({ who, open: show, t }) => {
  const run = await failing(who);
  const file = path.join(fs.realpathSync(VAR), 'projects', run.project.id, 'runs', run.id, 'work/opt/opt.log');
  const before = fs.readFileSync(file);
  const block = Buffer.from(Array.from({ length: 8192 }, (_, i) => `Step ${i}, Time ${i * 0.002} ps: potential energy -1.0e+05 kJ/mol\n`).join(''));
  const out = fs.openSync(file, 'r+');
  let size = 0;
  while (size < 60e6) size += fs.writeSync(out, block, 0, block.length, size);
  const needle = size;
  size += fs.writeSync(out, 'LINCS WARNING: a needle in the middle\n', size);
  for (let i = 0; i < 4; i += 1) size += fs.writeSync(out, block, 0, block.length, size);
  fs.writeSync(out, before, 0, before.length, size);
  fs.closeSync(out);

  const page = await show(`/runs/${run.id}`);
  const began = Date.now();
  await page.goto(`/runs/${run.id}/log?file=work/opt/opt.log`);
  await page.locator('.log-line').first().waitFor();
  t.diagnostic(`first lines after ${Date.now() - began} ms`);
  await page.getByRole('button', { name: 'Go to the end' }).click();
  await page.locator('.log-line', { hasText: '####' }).last().waitFor();
  assert.ok(await page.locator('.log-line').count() < 200, 'only lines in sight are in the document');

  const asked = Date.now();
  await page.getByLabel('Search the log').fill('needle in the middle');
  await page.locator('.log-line[data-current]', { hasText: 'needle' }).waitFor({ timeout: 60000 });
  t.diagnostic(`60 MB searched in ${Date.now() - asked} ms`);
  await page.getByText('1 of 1 match').waitFor();
  await page.locator('.log-line', { hasText: 'needle' }).locator('a').click();
  await page.waitForURL(new RegExp(`line=b${needle}`));
  await page.getByLabel('Search the log').fill('');
  await page.reload();
  await page.locator('.log-line[data-current]', { hasText: 'needle' }).waitFor();
  await assertAccessible(page, 'a long log');
});

browserTest('renamed in place, deleted and brought back, a launch taken back', async ({ who, open: show }) => {
  const run = await failing(who);
  const page = await show(`/runs/${run.id}`);
  await page.getByRole('button', { name: 'Rename' }).click();
  const name = page.getByLabel('Name of the run');
  await name.fill('<b>Renamed</b> & kept');
  await page.keyboard.press('Enter');
  // The heading holds the field while it is sent, so its name alone does not say that it is done.
  await page.getByRole('button', { name: 'Rename' }).waitFor();
  await page.getByRole('heading', { name: '<b>Renamed</b> & kept' }).waitFor();
  assert.equal((await who.get(`/runs/${run.id}`)).json.name, '<b>Renamed</b> & kept');

  await page.getByRole('button', { name: 'More actions' }).click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await page.waitForURL(/\/projects\//);
  await page.getByText('No runs yet').waitFor();
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.waitForURL(new RegExp(`/runs/${run.id}`));
  await page.locator('.failure').waitFor();

  // What the form does after a launch.
  const launched = await launch(who, { project: run.project.id, template: 'xtb-relax', structure: run.structure.id, params: { unpaired_electrons: 1 } });
  await page.goto(`/runs/${launched.id}?submitted=1`);
  await page.locator('.toast', { hasText: 'was launched' }).waitFor();
  assert.equal(new URL(page.url()).searchParams.get('submitted'), null, 'a reload does not offer it again');
  allow(page, /status of 404/);
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.waitForURL(/\/new\/xtb-relax/);
  await page.getByText('You were here before').waitFor();
  assert.equal(await page.locator('.toast', { hasText: 'was launched' }).count(), 0, 'offered once');
  const { json } = await who.get(`/runs?project=${run.project.id}`);
  assert.deepEqual(json.items.map((one) => one.id), [run.id], 'the launched run is hidden');
});

browserTest('without a connection the page keeps what it has and goes on by itself', async ({ who, open: show }) => {
  const run = await failing(who);
  const page = await show(`/runs/${run.id}`);
  await page.locator('.failure').waitFor();
  allow(page, ENETDOWN);
  await page.context().setOffline(true);
  await page.getByRole('link', { name: 'Log' }).first().click();
  await page.getByRole('heading', { name: run.name }).waitFor();
  await page.context().setOffline(false);
  await page.goto(`/runs/${run.id}/log`);
  await page.locator('.log-line').first().waitFor();
  const missing = await who.get('/runs/run_00000000000000000000000000');
  assert.equal(missing.status, 404);
  allow(page, /status of 404/);
  await page.goto('/runs/run_00000000000000000000000000');
  await page.getByText('There is no such run').first().waitFor();
});
