// Catalogues of templates and modules: finding by typing, what is not installed says so, many modules stay quick.

import assert from 'node:assert/strict';
import { assertAccessible, assertFits, browserTest, shot, sql } from './lib/browser.mjs';

const MANY = 150;
const TYPED_MAX_MS = 400;

browserTest('templates are found by question, and one is explained in full', async ({ open }) => {
  const page = await open('/templates');
  await page.getByRole('link', { name: /How does this protein move/ }).waitFor();
  await assertAccessible(page, 'templates');
  await shot(page, 'templates');
  await page.getByRole('searchbox', { name: 'Find a template' }).fill('infrared');
  await page.getByRole('link', { name: /How does this protein move/ }).waitFor({ state: 'detached' });
  assert.equal(new URL(page.url()).searchParams.get('q'), 'infrared');
  await page.getByRole('searchbox', { name: 'Find a template' }).fill('no such thing');
  await page.getByText('No template fits').waitFor();
  await page.getByRole('button', { name: 'Show all' }).click();
  await page.getByRole('link', { name: /How does this protein move/ }).click();
  await page.getByText('What counts as success').waitFor();
  await page.getByRole('row', { name: /Simulated time/ }).waitFor();
  await assertAccessible(page, 'a template');
  for (const link of await page.locator('a[target=_blank]').all()) assert.match(await link.getAttribute('rel'), /noopener/);
  await page.setViewportSize({ width: 320, height: 800 });
  await assertFits(page);
});

browserTest('many modules are searched as one types, by category, and each says how to load it', async ({ open }) => {
  await sql(`INSERT INTO module (site_id, full_name, name, version, is_default, category, summary, load_command, seen_at)
    SELECT (SELECT site_id FROM module LIMIT 1), 'made' || i || '/1.0', 'made' || i, '1.0', true, 'made by a test', 'Program number ' || i, 'module load made' || i || '/1.0', now() FROM generate_series(1, ${MANY}) i
    ON CONFLICT DO NOTHING`);
  const page = await open('/modules');
  await page.getByRole('link', { name: 'gromacs', exact: true }).waitFor();
  await assertAccessible(page, 'modules');
  const box = page.getByRole('searchbox', { name: 'Find a module' });
  const began = Date.now();
  await box.pressSequentially('gro', { delay: 0 });
  await page.getByRole('link', { name: 'made1', exact: true }).waitFor({ state: 'detached' });
  assert.ok(Date.now() - began < 3 * TYPED_MAX_MS, `three letters took ${Date.now() - began} ms`);
  await box.fill('');
  await page.getByRole('button', { name: /^Made by a test/ }).click();
  assert.equal(new URL(page.url()).searchParams.get('category'), 'made by a test');
  await page.goBack();
  await page.getByRole('link', { name: 'gromacs', exact: true }).click();
  await page.getByText('module load gromacs/').first().waitFor();
  await page.getByRole('link', { name: 'Protein in water, molecular dynamics' }).waitFor();
  await assertAccessible(page, 'a module');
  await page.goto('/modules?q=nothing+of+this+name');
  await page.getByText('No module fits').waitFor();
  await page.setViewportSize({ width: 320, height: 800 });
  await assertFits(page);
  await sql("DELETE FROM module WHERE category = 'made by a test'");
});
