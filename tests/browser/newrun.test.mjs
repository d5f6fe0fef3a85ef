// The form of a new run: what is typed is kept through reloads, ended sessions and lost replies; one launch is one run;
// mistakes are told at the field; fields that mean nothing hide and keep their values; a rerun says what differs.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { ROOT } from '../api/lib/stack.mjs';
import { admin, allow, assertAccessible, assertFits, browserTest, PASSWORD, project, sampleRun, sql, unique, until, upload } from './lib/browser.mjs';

const ETHANOL = fs.readFileSync(path.join(ROOT, 'templates/xtb-relax/sample/ethanol.xyz'));
const PEPTIDE = fs.readFileSync(path.join(ROOT, 'templates/protein-md/sample/chignolin.pdb'));

/** A project with one structure in it that was inspected. */
async function withStructure(who, name = 'ethanol.xyz', bytes = ETHANOL) {
  const { id } = await project(who, unique('Set up'));
  await upload(who, id, name, bytes);
  const structure = await until(async () => (await who.get(`/projects/${id}/structures`)).json.items.find((s) => s.state === 'ready'), 'the structure to be read');
  return { id, structure };
}

const launch = (page) => page.getByRole('button', { name: 'Launch run' });
const runsOf = async (who, id) => (await who.get(`/runs?project=${id}`)).json.items;
const sentence = (page) => page.locator('.sentence');

browserTest('a form opens filled from its address, tells mistakes at the field, and leads to them', async ({ who, open }) => {
  const { id, structure } = await withStructure(who, 'chignolin.pdb', PEPTIDE);
  const page = await open(`/new/protein-md?project=${id}&structure=${structure.id}&preset=thorough`);
  await page.getByText('10 residues, 1 chain').waitFor();
  assert.ok(await page.getByRole('radio', { name: /Thorough/ }).isChecked());
  await sentence(page).waitFor();
  await assertAccessible(page, 'new run');

  await page.locator('#param-temperature_k').fill('9000');
  const problem = page.getByRole('group', { name: 'What stands in the way' }).getByRole('link', { name: 'Temperature' });
  await problem.waitFor();
  assert.equal(await page.locator('#param-temperature_k').getAttribute('aria-invalid'), 'true');
  await launch(page).click();
  assert.equal((await runsOf(who, id)).length, 0, 'nothing is launched with a mistake in it');
  await problem.click();
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'param-temperature_k');

  await page.locator('#param-temperature_k').fill('310');
  await page.locator('#param-timestep_fs').evaluate((e) => { e.closest('details').open = true; });
  await page.locator('#param-timestep_fs').fill('4');
  await page.locator('.field', { has: page.locator('#param-timestep_fs') }).getByText(/not stable/).waitFor();
  await page.getByRole('button', { name: 'Reset Time step' }).first().click();
  await sentence(page).waitFor();
  assert.equal(await page.locator('#param-timestep_fs').inputValue(), '2');
  const changed = page.getByRole('region', { name: 'What you changed from the preset' });
  await changed.getByRole('row', { name: /Temperature 300\sK 310\sK/ }).waitFor();
  await assertAccessible(page, 'new run with changes');
});

browserTest('fields without a meaning hide, and keep their values', async ({ who, open }) => {
  const { id, structure } = await withStructure(who);
  const page = await open(`/new/xtb-relax?project=${id}&structure=${structure.id}&preset=standard`);
  await page.locator('#param-temperature_k').fill('350');
  await page.locator('#param-frequencies').uncheck();
  await page.locator('#param-temperature_k').waitFor({ state: 'detached' });
  await page.locator('#param-frequencies').check();
  assert.equal(await page.locator('#param-temperature_k').inputValue(), '350');
});

browserTest('what was typed survives a reload and an ended session', async ({ who, open }) => {
  const { id, structure } = await withStructure(who);
  const page = await open(`/new/xtb-relax?project=${id}&structure=${structure.id}`);
  await page.locator('#param-charge_e').fill('0');
  await page.locator('#part-name').fill('Kept <b>through</b> everything');
  await page.locator('#param-solvent').selectOption('water');
  await page.reload();
  await page.getByText('What you had set up is restored.').waitFor();
  assert.equal(await page.locator('#part-name').inputValue(), 'Kept <b>through</b> everything');
  assert.equal(await page.locator('#param-solvent').inputValue(), 'water');

  await sentence(page).waitFor();
  allow(page, /status of 401/);
  await sql(`DELETE FROM session WHERE account_id = '${who.id}'`);
  await page.locator('#param-solvent').selectOption('dmso');
  const dialog = page.getByRole('dialog');
  await dialog.waitFor();
  await dialog.getByLabel('Password').fill(PASSWORD);
  await page.keyboard.press('Enter');
  await dialog.waitFor({ state: 'detached' });
  assert.equal(await page.locator('#param-solvent').inputValue(), 'dmso');
  assert.equal(await page.locator('#part-name').inputValue(), 'Kept <b>through</b> everything');
  await page.getByRole('button', { name: 'Start over' }).click();
  assert.match(await page.locator('#part-name').inputValue(), /^Relax a molecule, /, 'a name is suggested again');
});

browserTest('a double click makes one run, a lost reply too', async ({ who, open }) => {
  const { id, structure } = await withStructure(who);
  const page = await open(`/new/xtb-relax?project=${id}&structure=${structure.id}&preset=quick`);
  await sentence(page).waitFor();
  await launch(page).dblclick();
  await page.waitForURL(/\/runs\/run_/);
  assert.equal((await runsOf(who, id)).length, 1);

  const again = await open(`/new/xtb-relax?project=${id}&structure=${structure.id}&preset=quick`);
  allow(again, /ERR_FAILED|ERR_CONNECTION|Failed to load resource/);
  await sentence(again).waitFor();
  let cut = 0;
  await again.route('**/api/v1/runs', async (route) => {
    if (route.request().method() !== 'POST' || cut) return route.fallback();
    cut += 1;
    await route.fetch();
    return route.abort('connectionfailed');
  });
  await launch(again).click();
  await again.waitForURL(/\/runs\/run_/);
  assert.equal(cut, 1);
  assert.equal((await runsOf(who, id)).length, 2, 'the run whose reply was lost was not made twice');
});

browserTest('the input files are shown before anything is launched', async ({ who, open }) => {
  const { id, structure } = await withStructure(who);
  const page = await open(`/new/xtb-relax?project=${id}&structure=${structure.id}`);
  await sentence(page).waitFor();
  await page.getByRole('button', { name: 'View input files' }).click();
  const dialog = page.getByRole('dialog', { name: 'Input files' });
  await dialog.getByText('$chrg 0').waitFor();
  await assertAccessible(page, 'input files');
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
});

browserTest('running again begins with what was, and says what differs', async ({ who, open }) => {
  const { id, structure } = await withStructure(who);
  const made = await who.post('/runs', { project: id, template: 'xtb-relax', structure: structure.id, preset: 'quick', params: { solvent: 'water' }, name: 'The parent' });
  assert.equal(made.status, 201, made.text);
  const page = await open(`/new/xtb-relax?from=${made.json.id}`);
  assert.equal(await page.locator('#param-solvent').inputValue(), 'water');
  await page.getByText('None yet: this would repeat the run exactly as it was.').waitFor();
  await page.locator('#param-solvent').selectOption('dmso');
  await page.getByRole('row', { name: 'Solvent Water DMSO' }).waitFor();
  await sentence(page).waitFor();
  await launch(page).click();
  await page.waitForURL(/\/runs\/run_/);
  const child = (await who.get(`/runs/${new URL(page.url()).pathname.split('/')[2]}`)).json;
  assert.equal(child.parent.id, made.json.id);
  assert.deepEqual(child.parent_diff.params.solvent, { before: 'water', after: 'dmso' });
});

browserTest('a run one may only look at is repeated in a project of one\'s own', async ({ who, open }) => {
  const chief = await admin();
  const sample = await sampleRun(chief);
  const joined = await chief.call('PUT', `/projects/${sample.project}/members/${who.login}`, { json: { role: 'viewer' } });
  assert.ok(joined.status < 300, joined.text);
  const { id, name } = await project(who, unique('Mine'));
  const page = await open(`/new/protein-md?from=${sample.id}`);
  await page.getByRole('button', { name: `Copy it into ${name}` }).click();
  await page.getByText('10 residues, 1 chain').waitFor({ timeout: 60000 });
  await sentence(page).waitFor();
  assert.equal((await who.get(`/projects/${id}/structures`)).json.items.length, 1);
});

browserTest('it fits a narrow window, and shows its empty state to somebody without a project', async ({ who, open }) => {
  const page = await open('/new/protein-md', { width: 320, height: 800 });
  await page.getByText('You have no project to launch in').waitFor();
  await assertFits(page);
  const { id, structure } = await withStructure(who, 'chignolin.pdb', PEPTIDE);
  await page.goto(`/new/protein-md?project=${id}&structure=${structure.id}`);
  await sentence(page).waitFor();
  await page.locator('#param-temperature_k').fill('310');
  await page.getByRole('region', { name: 'What you changed from the preset' }).waitFor();
  await assertFits(page);
  await assertAccessible(page, 'new run, narrow');
});
