// Comparing runs: chosen by typing, what differs, differences judged by their errors, series laid over each other.

import assert from 'node:assert/strict';
import { admin, assertAccessible, assertFits, browserTest, project, sampleRun, shot, until } from './lib/browser.mjs';
import { longRun } from './lib/seed.mjs';

/** Waits until a cell says what it should: runs are laid out anew when the address changes. */
const says = (at, pattern) => until(async () => pattern.test((await at.innerText()).replaceAll(/\s+/g, ' ')), `a cell to say ${pattern}`);

const cell = (page, table, row, column) => page.getByRole('region', { name: table }).getByRole('row', { name: row }).getByRole('cell').nth(column);

browserTest('runs are found by typing, compared, made the reference and taken out', async ({ who, open }) => {
  const { id: projectId } = await project(who);
  const first = await longRun(who, projectId, { name: 'Cold <b>run</b>', points: 2000, shift: 10 });
  const second = await longRun(who, projectId, { name: 'Warm run', points: 3000, shift: 10.5 });
  const page = await open(`/compare?runs=${first}`);
  await page.getByText('Choose one more run').waitFor();
  const box = page.getByRole('combobox', { name: 'Compare with' });
  await box.focus();
  await page.keyboard.type('warm');
  await page.getByRole('option', { name: /Warm run/ }).waitFor();
  await page.keyboard.press('Enter');
  await page.waitForURL(`**/compare?runs=${first},${second}`);
  await page.getByText('Cold <b>run</b>').first().waitFor();

  await says(cell(page, 'Key numbers compared', /Long value/, 1), /^10\.50 ± 0\.01 \+0\.50/);
  await cell(page, 'Key numbers compared', /Long value/, 1).getByText('beyond twice the combined error').waitFor({ state: 'attached' });
  const plot = page.getByRole('figure', { name: 'Long value' });
  await plot.locator('canvas').waitFor();
  const lines = plot.getByRole('list', { name: 'Lines' }).getByRole('listitem');
  assert.equal(await lines.count(), 2);
  const looks = await lines.locator('svg').evaluateAll((all) => all.map((svg) => `${svg.getAttribute('class')} ${svg.querySelector('line').getAttribute('stroke-dasharray')} ${svg.children[1].tagName}`));
  assert.notEqual(looks[0].split(' ').at(-1), looks[1].split(' ').at(-1), 'told apart without colour');
  await plot.getByRole('slider').focus();
  await page.keyboard.press('Home');
  await page.keyboard.press('ArrowRight');
  await until(async () => /A Cold .*10\.\d+.*B Warm run 10\.\d+/.test(await plot.getByRole('slider').getAttribute('aria-valuetext')), 'both values to be said');

  await page.getByRole('button', { name: 'Make reference' }).click();
  await page.waitForURL(`**/compare?runs=${second},${first}`);
  await says(cell(page, 'Key numbers compared', /Long value/, 1), /^10\.00 ± 0\.01 −0\.50/);
  await page.goBack();
  await page.waitForURL(`**/compare?runs=${first},${second}`);
  await says(cell(page, 'Key numbers compared', /Long value/, 1), /^10\.50 ± 0\.01 \+0\.50/);
  await page.getByRole('button', { name: 'Take Warm run out' }).click();
  await page.getByText('Choose one more run').waitFor();
});

browserTest('other templates are explained, unknown runs named, and everybody can read it', async ({ open }) => {
  const who = await admin();
  const sample = await sampleRun(who);
  const { id: projectId } = await project(who);
  const other = await longRun(who, projectId, { name: 'Another template', points: 500 });
  const page = await open(`/compare?runs=${sample.id},${other}`, { who });
  await page.getByText('These runs come from different templates').waitFor();
  await page.getByText('These runs share no series.').waitFor();
  await assertAccessible(page, 'compare');
  await page.goto(`/compare?runs=${sample.id},${sample.id}`);
  await page.getByText('Choose one more run').waitFor();

  const twin = await who.get(`/runs?template=protein-md&state=finished&limit=2`);
  const two = twin.json.items.map((run) => run.id);
  if (two.length === 2) {
    await page.goto(`/compare?runs=${two}`);
    await page.getByRole('figure').nth(2).waitFor();
    await assertAccessible(page, 'compare of two proteins');
    await shot(page, 'compare');
  }
  const narrow = await open(`/compare?runs=${sample.id},${other}`, { who, width: 320, height: 700 });
  await narrow.getByRole('table').first().waitFor();
  await assertFits(narrow);
  await until(async () => (await narrow.getByRole('table').count()) === 2, 'both tables');
});
