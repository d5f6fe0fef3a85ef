// The shell and home: the empty start, the lead to the finished sample, the palette and shortcuts by keyboard alone,
// themes, narrow windows.

import assert from 'node:assert/strict';
import { admin, assertAccessible, assertFits, browserTest, project, sampleRun, shot } from './lib/browser.mjs';

const WIDE_MIN_PX = 24;

/** Puts somebody into the project of the sample, as a viewer. */
async function joinSamples(who) {
  const chief = await admin();
  const sample = await sampleRun(chief);
  const reply = await chief.call('PUT', `/projects/${sample.project}/members/${who.login}`, { json: { role: 'viewer' } });
  assert.ok(reply.status < 300, reply.text);
  return sample;
}

/** Controls smaller than what a finger needs; links within sentences may be as high as their line. */
function tooSmall(page) {
  return page.evaluate((least) => [...document.querySelectorAll('button, nav a, input:not([type=radio]), select, summary')]
    .filter((e) => e.checkVisibility() && (e.getBoundingClientRect().height < least || e.getBoundingClientRect().width < least))
    .filter((e) => !e.closest('label') && !e.classList.contains('sr-only'))
    .map((e) => `${e.outerHTML.slice(0, 90)} ${Math.round(e.getBoundingClientRect().width)}x${Math.round(e.getBoundingClientRect().height)}`), WIDE_MIN_PX);
}

browserTest('somebody new is led to make a project', async ({ open }) => {
  const page = await open('/');
  await page.getByText('Begin with a project').waitFor();
  await assertAccessible(page, 'home without anything');
  await page.getByRole('link', { name: 'Create a project' }).click();
  const dialog = page.getByRole('dialog', { name: 'New project' });
  await dialog.waitFor();
  assert.equal(new URL(page.url()).search, '?new=1');
  await page.goBack();
  await page.getByText('Begin with a project').waitFor();
});

browserTest('the first sign-in goes to the finished sample, once', async ({ who, open }) => {
  const sample = await joinSamples(who);
  const page = await open('/');
  await page.waitForURL(`**/runs/${sample.id}/results`);
  await page.goBack();
  await page.getByRole('heading', { name: 'Home', level: 1 }).waitFor();
  await page.getByRole('link', { name: 'Open the results' }).first().waitFor();
  await page.getByRole('img', { name: 'The protein of the sample' }).waitFor();
  await page.reload();
  await page.getByRole('heading', { name: 'Home', level: 1 }).waitFor();
  assert.equal(new URL(page.url()).pathname, '/', 'led there once, not again');
  await assertAccessible(page, 'home with the sample');
  await shot(page, 'home');
});

browserTest('the palette goes everywhere by keyboard', async ({ who, open }) => {
  const { id } = await project(who, 'Kinase inhibitors');
  const page = await open('/runs');
  await page.keyboard.press('Control+k');
  const box = page.getByRole('combobox', { name: /Go to/ });
  await box.waitFor();
  assert.ok(await box.evaluate((e) => e === document.activeElement), 'one can type at once');
  await page.keyboard.type('kin inh');
  const option = page.locator('.palette').getByRole('option', { name: /Kinase inhibitors/ });
  await option.waitFor();
  await assertAccessible(page, 'the palette');
  await shot(page, 'palette');
  await page.waitForFunction(() => document.querySelector('[role=option][aria-selected=true]')?.textContent.includes('Kinase'));
  const active = await box.getAttribute('aria-activedescendant');
  assert.match(await page.locator(`#${active}`).textContent(), /Kinase/);
  await page.keyboard.press('Enter');
  await page.waitForURL(`**/projects/${id}`);

  await page.keyboard.press('Control+k');
  await page.keyboard.type('appearance');
  await page.locator('.palette').getByRole('option', { name: 'Appearance' }).first().waitFor();
  await page.keyboard.press('Enter');
  await page.waitForURL('**/settings/appearance');

  await page.keyboard.press('Control+k');
  await page.keyboard.type('zzqx no such thing');
  await page.getByText('Nothing is called').waitFor();
  await page.keyboard.press('Escape');
  await page.locator('dialog.palette').waitFor({ state: 'detached' });
});

browserTest('shortcuts: shown by ?, silent while one types, and can be switched off', async ({ open }) => {
  const page = await open('/projects');
  await page.keyboard.press('?');
  const dialog = page.getByRole('dialog', { name: 'Keyboard' });
  await dialog.waitFor();
  await assertAccessible(page, 'the keys');
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  await page.keyboard.press('/');
  const search = page.getByRole('searchbox', { name: 'Find a project' });
  assert.ok(await search.evaluate((e) => e === document.activeElement), '/ goes to the search of the page');
  await page.keyboard.type('gh?n');
  assert.equal(await search.inputValue(), 'gh?n', 'typing is typing');
  await search.blur();
  await page.keyboard.press('g');
  await page.keyboard.press('m');
  await page.waitForURL('**/modules');

  await page.keyboard.press('?');
  await dialog.getByRole('checkbox', { name: 'Single-key shortcuts' }).uncheck();
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  await page.keyboard.press('g');
  await page.keyboard.press('r');
  await page.keyboard.press('?');
  await page.waitForTimeout(300);
  assert.equal(new URL(page.url()).pathname, '/modules');
  assert.equal(await dialog.count(), 0);
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox', { name: /Go to/ }).waitFor();
});

browserTest('the account menu by keyboard: the theme is chosen and kept', async ({ open }) => {
  const page = await open('/projects');
  await page.getByRole('button', { name: /^Account of/ }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('menuitemradio', { name: 'Dark' }).waitFor();
  await page.keyboard.press('d');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.documentElement.dataset.theme === 'dark');
  const ground = await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  await page.reload();
  await page.getByRole('heading', { level: 1 }).waitFor();
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'dark');
  assert.equal(await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor), ground);
});

browserTest('the skip link is the first stop and leads past the rail', async ({ open }) => {
  const page = await open('/projects');
  await page.evaluate(() => /** @type {HTMLElement} */ (document.activeElement)?.blur());
  await page.keyboard.press('Tab');
  const first = page.getByRole('link', { name: /Skip to/ });
  assert.ok(await first.evaluate((e) => e === document.activeElement), 'the first stop');
  await page.keyboard.press('Enter');
  assert.ok(await page.evaluate(() => Boolean(document.activeElement?.closest('main'))), 'the focus is in the page');
});

browserTest('320 px: nothing scrolls sideways, everything is large enough to touch', async ({ who, open }) => {
  await joinSamples(who);
  const { id } = await project(who, 'A project with a name that is longer than a telephone is wide');
  const page = await open('/projects', { width: 320, height: 700 });
  for (const to of ['/projects', '/', `/projects/${id}/members`, `/projects/${id}/settings`]) {
    await page.goto(to);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.waitForFunction(() => !document.querySelector('.skeleton'));
    await assertFits(page);
    assert.deepEqual(await tooSmall(page), [], `controls of ${to}`);
  }
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox', { name: /Go to/ }).waitFor();
  await assertFits(page);
});
