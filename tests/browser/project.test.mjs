// Projects: made, found, renamed by two people at once, archived; members and the rule of the last lead; what a viewer
// does not see.

import assert from 'node:assert/strict';
import { allow, assertAccessible, assertFits, browserTest, open as openIn, person, project, ready, shot, unique, window } from './lib/browser.mjs';

browserTest('a project is made; what was typed survives closing the dialog', async ({ who, open }) => {
  const page = await open('/projects');
  await page.getByText('No projects yet').waitFor();
  await page.getByRole('button', { name: 'New project' }).click();
  const dialog = page.getByRole('dialog', { name: 'New project' });
  await dialog.getByLabel('Name').fill('Bromodomain ligands');
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  assert.equal(new URL(page.url()).search, '');
  await page.getByRole('button', { name: 'New project' }).click();
  assert.equal(await dialog.getByLabel('Name').inputValue(), 'Bromodomain ligands', 'nothing typed is lost');
  await dialog.getByLabel('Description').fill('BRD4, first <b>bromodomain</b>');
  await assertAccessible(page, 'the dialog of a new project');
  await dialog.getByRole('button', { name: 'Create project' }).click();
  await page.waitForURL(/\/projects\/prj_[^/]+\/structures$/);
  await page.getByRole('heading', { name: 'Bromodomain ligands', level: 1 }).waitFor();
  await page.getByText('BRD4, first <b>bromodomain</b>').waitFor();
  const { json } = await who.get('/projects');
  assert.deepEqual(json.items.map((p) => p.name), ['Bromodomain ligands'], 'made once');
});

browserTest('finding a project, Back and Forward, archive', async ({ who, open }) => {
  for (const name of ['Alpha helices', 'Beta barrels', 'Gamma turns']) await project(who, name);
  const page = await open('/projects');
  const rows = page.locator('.projects-table tbody tr');
  await page.getByRole('searchbox', { name: 'Find a project' }).fill('beta');
  await page.waitForFunction(() => document.querySelectorAll('.projects-table tbody tr').length === 1);
  await assertAccessible(page);
  await shot(page, 'projects');
  await rows.getByRole('link', { name: 'Beta barrels' }).click();
  await page.getByRole('heading', { name: 'Beta barrels', level: 1 }).waitFor();
  await page.goBack();
  await page.waitForFunction(() => new URL(document.URL).searchParams.get('q') === 'beta');
  await rows.first().waitFor();
  assert.equal(await rows.count(), 1, 'the filter is in the address');
  await page.goForward();
  await page.getByRole('heading', { name: 'Beta barrels', level: 1 }).waitFor();

  await page.getByRole('link', { name: 'Settings', exact: true }).click();
  await page.getByRole('button', { name: 'Archive project' }).click();
  const question = page.getByRole('alertdialog');
  await question.getByRole('button', { name: 'Archive project' }).click();
  await page.getByText('This project is archived').waitFor();
  assert.equal(await page.getByRole('link', { name: 'New run' }).count(), 0, 'nothing is launched in an archived project');
  await page.goto('/projects?archived=1');
  await rows.getByRole('link', { name: 'Beta barrels' }).waitFor();
});

browserTest('members: added by login, role changed, removed; the last lead stays', async ({ who, open }) => {
  const { id } = await project(who, 'Shared work');
  const colleague = await person('cora');
  const page = await open(`/projects/${id}/members`);
  const mine = page.getByRole('row', { name: new RegExp(who.login) });
  await mine.waitFor();
  assert.ok(await mine.getByRole('combobox').isDisabled(), 'the only lead cannot step down');
  assert.ok(await mine.getByRole('button').isDisabled(), 'nor leave');

  allow(page, /status of 404/);
  await page.getByRole('textbox', { name: 'Login' }).fill(unique('nobody'));
  await page.getByRole('button', { name: 'Add person' }).click();
  await page.getByText('Nobody has the login').waitFor();
  await assertAccessible(page, 'members with a refusal');
  await page.getByRole('textbox', { name: 'Login' }).fill(colleague.login);
  await page.keyboard.press('Enter');
  const theirs = page.getByRole('row', { name: new RegExp(colleague.login) });
  await theirs.waitFor();

  await theirs.getByRole('combobox').selectOption('lead');
  await page.waitForFunction(([login]) => [...document.querySelectorAll('.members tbody tr')].find((r) => !r.textContent.includes(login))?.querySelector('select')?.disabled === false, [colleague.login]);
  await theirs.getByRole('combobox').selectOption('viewer');
  await page.waitForFunction(() => [...document.querySelectorAll('.members select')].some((s) => s.disabled));
  await assertFits(page);
  await shot(page, 'members');

  const theirWindow = await window({ who: colleague });
  const theirPage = await openIn(theirWindow, `/projects/${id}`);
  await theirPage.getByRole('heading', { name: 'Shared work', level: 1 }).waitFor();
  assert.equal(await theirPage.getByRole('link', { name: 'New run' }).count(), 0, 'a viewer launches nothing');
  assert.equal(await theirPage.getByRole('link', { name: 'Settings', exact: true }).count(), 0);
  await theirWindow.close();

  await theirs.getByRole('button', { name: /^Remove/ }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Remove' }).click();
  await theirs.waitFor({ state: 'detached' });
});

browserTest('two people edit a project: the second is told and keeps the text', async ({ who, open }) => {
  const { id } = await project(who, 'Contended');
  const page = await open(`/projects/${id}/settings`);
  const name = page.getByRole('textbox', { name: 'Name' });
  await name.fill('Mine');
  const read = await who.get(`/projects/${id}`);
  const changed = await who.call('PATCH', `/projects/${id}`, { json: { name: 'Theirs' }, headers: { 'If-Match': read.headers.etag } });
  assert.equal(changed.status, 200, changed.text);
  await page.getByRole('button', { name: 'Save changes' }).click();
  await page.getByText('Somebody changed this project meanwhile').waitFor();
  assert.equal(await name.inputValue(), 'Mine');
  await page.getByRole('heading', { name: 'Theirs', level: 1 }).waitFor();
  await page.getByRole('button', { name: 'Save changes' }).click();
  await page.getByRole('heading', { name: 'Mine', level: 1 }).waitFor();
});

browserTest('activity: who did what, in words', async ({ who, open }) => {
  const { id } = await project(who, 'Watched');
  const colleague = await person('vera');
  await who.call('PUT', `/projects/${id}/members/${colleague.login}`, { json: { role: 'member' } });
  const page = await open(`/projects/${id}/activity`);
  await page.locator('.activity li').first().waitFor();
  assert.match(await page.locator('.activity').textContent(), new RegExp(colleague.login));
  await assertAccessible(page);
});

browserTest('a project that is not there, or not yours to know, is told in words', async ({ open }) => {
  const other = await person('odo');
  const hidden = await project(other, 'Not for you');
  const page = await open('/');
  allow(page, /status of 404/);
  for (const id of [hidden.id, 'prj_00000000000000000000000000']) {
    await page.goto(`/projects/${id}`);
    await ready(page);
    await page.getByRole('alert').waitFor();
    assert.equal(await page.getByText('Not for you').count(), 0);
  }
});
