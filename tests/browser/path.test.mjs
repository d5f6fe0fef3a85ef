// The whole path a chemist goes: sign in, make a project, bring a protein, see what it costs, launch, watch, and play the
// trajectory beside its plots. Once by mouse to the moving picture, once by keyboard alone to the launch.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { ROOT } from '../api/lib/stack.mjs';
import { browserTest, PASSWORD, project, ready, shot, unique, until } from './lib/browser.mjs';
import { apart, lookOf } from './lib/molecules.mjs';

const PATH_MS = 900000;
const RUN_MS = 600000;
const SAMPLE = path.join(ROOT, 'templates/protein-md/sample');
/** Parameters of the smallest run that still has a trajectory, by the name of their field. */
const { params: SHORT } = JSON.parse(fs.readFileSync(path.join(SAMPLE, 'request-check.json'), 'utf8'));

/** Presses Tab until the element that is wanted has the focus. */
async function tabTo(page, locator, most = 120) {
  for (let i = 0; i < most; i += 1) {
    if (await locator.evaluate((e) => e === document.activeElement).catch(() => false)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`Tab does not come to ${locator}`);
}

/** Fields of a template by their names, folded ones too. */
async function setFields(page, values) {
  for (const [name, value] of Object.entries(values)) {
    const field = page.locator(`#param-${name}`);
    await field.evaluate((e) => {
      for (let box = e.closest('details'); box; box = box.parentElement.closest('details')) box.open = true;
    });
    await field.fill(String(value));
  }
}

browserTest('from sign-in to a moving trajectory of an uploaded protein, by mouse', async ({ who, open }) => {
  const page = await open('/', { who: null });
  await page.getByLabel('Login').fill(who.login);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();

  await page.getByRole('link', { name: 'Create a project' }).click();
  const dialog = page.getByRole('dialog', { name: 'New project' });
  await dialog.getByLabel('Name').fill('Chignolin folding');
  await dialog.getByRole('button', { name: /Create|Make/ }).click();
  await page.waitForURL(/\/projects\/prj_/);
  await page.getByRole('link', { name: 'New run' }).first().click();
  await page.getByRole('link', { name: 'Set up a run: Protein in water, molecular dynamics' }).click();
  await page.getByRole('heading', { name: 'Structure', exact: true }).waitFor();

  await page.getByRole('radio', { name: 'Upload' }).check();
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'Choose a file' }).click();
  await (await chooser).setFiles(path.join(SAMPLE, 'chignolin.pdb'));
  await page.getByText('10 residues, 1 chain').waitFor({ timeout: 60000 });
  await page.getByText('Inspected, nothing to note').waitFor();

  await page.getByRole('radio', { name: /Quick look/ }).check();
  await setFields(page, SHORT);
  await page.getByRole('region', { name: 'What you changed from the preset' }).waitFor();
  const estimate = page.getByRole('complementary', { name: 'Estimate and launch' });
  await estimate.getByText('gromacs/').waitFor();
  await estimate.getByText(/Protein in water, molecular dynamics of chignolin\.pdb/).waitFor();
  await shot(page, 'new-run');
  await page.emulateMedia({ colorScheme: 'dark' });
  await shot(page, 'new-run-dark');
  await page.emulateMedia({ colorScheme: null });
  await estimate.getByRole('button', { name: 'Launch run' }).click();

  await page.waitForURL(/\/runs\/run_/);
  const id = new URL(page.url()).pathname.split('/')[2];
  await page.getByRole('button', { name: 'Undo' }).waitFor();
  const run = await until(async () => {
    const { json } = await who.get(`/runs/${id}`);
    return ['finished', 'failed', 'cancelled'].includes(json.state) && json;
  }, 'the run to end', RUN_MS);
  assert.equal(run.state, 'finished', JSON.stringify(run.failure));

  await page.getByRole('navigation', { name: /Parts|run/i }).getByRole('link', { name: 'Results' }).click();
  await page.getByRole('figure', { name: 'Temperature', exact: true }).waitFor({ timeout: 60000 });
  const stage = page.locator('.viewer-stage').first();
  await page.getByRole('slider', { name: 'Frame' }).first().waitFor({ timeout: 60000 });
  const before = await until(async () => {
    const look = await lookOf(stage);
    return look.variance > 5 && look;
  }, 'the protein to be drawn', 60000);
  await page.getByRole('button', { name: 'Play', exact: true }).first().click();
  await until(async () => apart(before, await lookOf(stage)) > 0.2, 'the protein to move', 60000);
}, { timeout: PATH_MS });

browserTest('the same way by keyboard alone, to the launch', async ({ who, open }) => {
  const { id } = await project(who, unique('Keys'));
  const page = await open('/templates');
  await tabTo(page, page.getByRole('link', { name: 'Set up a run: Protein in water, molecular dynamics' }));
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Structure', exact: true }).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement?.tagName), 'H1', 'the focus is at the heading of the new page');

  await tabTo(page, page.getByRole('radio', { name: 'From the project' }));
  await page.keyboard.press('ArrowRight');
  await tabTo(page, page.getByRole('button', { name: 'Choose a file' }));
  const chooser = page.waitForEvent('filechooser');
  await page.evaluate(() => 0); // file dialogs are watched from the next turn on
  await page.keyboard.press('Enter');
  await (await chooser).setFiles(path.join(SAMPLE, 'chignolin.pdb'));
  await page.getByText('10 residues, 1 chain').waitFor({ timeout: 60000 });

  await tabTo(page, page.getByRole('radio', { name: /Standard/ }));
  await page.keyboard.press('ArrowLeft');
  await until(() => page.getByRole('radio', { name: /Quick look/ }).isChecked(), 'the quick preset to be chosen');
  await tabTo(page, page.locator('#param-production_ns'));
  await page.keyboard.press('Control+a');
  await page.keyboard.type('0.01');
  await page.getByText(/molecular dynamics of chignolin\.pdb/).waitFor();
  await tabTo(page, page.getByRole('button', { name: 'Launch run' }));
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/runs\/run_/);
  const { items } = (await who.get(`/runs?project=${id}`)).json;
  assert.equal(items.length, 1);
  await ready(page);
  await page.close();
  await who.post(`/runs/${items[0].id}/cancel`);
});
