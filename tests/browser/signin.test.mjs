// Signing in, and everything that can end a session: deep links, wrong passwords, expiry in the middle of a form, another
// account, many tabs at once.

import assert from 'node:assert/strict';
import {
  allow, apiSignIn, assertAccessible, assertFits, browserTest, open, person, PASSWORD, project, ready, shot, signIn, sql, until, upload,
} from './lib/browser.mjs';

const REFUSED = /status of 401/;
const WATER = '3\nwater\nO 0.000 0.000 0.117\nH 0.000 0.757 -0.471\nH 0.000 -0.757 -0.471\n';

async function fillForm(page, login, password) {
  await page.getByLabel('Login').fill(login);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

browserTest('a deep link opens after the sign-in, a wrong password is told and forgotten', async ({ who, open: show }) => {
  const page = await show('/settings/tokens?from=mail', { who: null });
  assert.equal(new URL(page.url()).pathname, '/signin');
  await assertAccessible(page, 'sign-in');
  await shot(page, 'signin');
  allow(page, REFUSED);
  await fillForm(page, who.login, 'not the password');
  await page.getByRole('alert').getByText('Not signed in').waitFor();
  assert.equal(await page.getByLabel('Login').inputValue(), who.login, 'the login stays');
  await assertAccessible(page, 'a refused sign-in');
  await page.getByLabel('Password').fill(PASSWORD);
  await page.keyboard.press('Enter');
  await page.waitForURL('**/settings/tokens?from=mail');
  await ready(page);
  await page.goBack().catch(() => null);
  assert.notEqual(new URL(page.url()).pathname, '/signin', 'Back does not lead to the sign-in');
});

browserTest('an address of another host is never gone to after the sign-in', async ({ who, open: show }) => {
  for (const to of ['https://example.org/', '//example.org/x', '/\\example.org', 'javascript:alert(1)']) {
    const page = await show(`/signin?to=${encodeURIComponent(to)}`, { who: null });
    await fillForm(page, who.login, PASSWORD);
    await page.waitForFunction(() => window.location.pathname !== '/signin');
    assert.equal(new URL(page.url()).hostname, '127.0.0.1', to);
    await page.context().close();
  }
});

browserTest('a session that ends in the middle of a form: a dialog, and the form is sent after it', async ({ who, open: show }) => {
  const page = await show('/settings/tokens');
  const name = page.getByLabel('Name');
  await name.fill('typed before the session ended');
  await sql(`DELETE FROM session WHERE account_id = '${who.id}'`);
  allow(page, REFUSED);
  await page.getByRole('button', { name: 'Make token' }).click();
  const dialog = page.getByRole('dialog', { name: 'Your session has ended' });
  await dialog.waitFor();
  await assertAccessible(page, 'the dialog of an ended session');
  await page.keyboard.press('Escape');
  assert.ok(await dialog.isVisible(), 'Esc does not leave a page on which nothing answers');
  assert.equal(await name.inputValue(), 'typed before the session ended');
  await dialog.getByLabel('Password').fill(PASSWORD);
  await dialog.getByRole('button', { name: 'Sign in' }).click();
  await dialog.waitFor({ state: 'hidden' });
  await page.getByText(/^ath_/).first().waitFor();
  const { json } = await (await apiSignIn(who.login)).get('/tokens');
  assert.deepEqual(json.items.map((token) => token.name), ['typed before the session ended'], 'made once');
});

browserTest('another account in another tab: the first one\'s page is gone', async ({ who, window }) => {
  const context = await window();
  const mine = await project(who, 'Nobody else may see this');
  const page = await open(context, `/projects/${mine.id}`);
  await page.getByText('Nobody else may see this').first().waitFor();
  const other = await person('otto');
  const second = await open(context, '/settings');
  for (const one of [page, second]) allow(one, REFUSED, /status of 40[34]/);
  await context.clearCookies();
  await signIn(context, other);
  await second.reload();
  await ready(second);
  await page.evaluate(() => new BroadcastChannel('athanor.session').postMessage('signed-in'));
  await page.waitForURL((url) => url.pathname === '/');
  await ready(page);
  assert.equal(await page.getByText('Nobody else may see this').count(), 0);
});

browserTest('signing out in one tab leaves nothing on the screen of another', async ({ window }) => {
  const context = await window();
  const [first, second] = [await open(context, '/settings'), await open(context, '/runs')];
  await first.getByRole('button', { name: /account/i }).first().click();
  await first.getByRole('menuitem', { name: 'Sign out' }).click();
  for (const page of [first, second]) {
    await page.waitForURL('**/signin');
    await page.getByLabel('Password').waitFor();
  }
});

const isLive = async (page) => (await page.locator('.connection').first().getAttribute('data-state')) === 'live';

browserTest('seven tabs at once: all load, with one stream of events between them', async ({ who, window }) => {
  const { id } = await project(who, 'Seven tabs');
  const context = await window();
  const asked = [];
  context.on('request', (request) => asked.push(request.url()));
  const pages = [];
  for (let i = 0; i < 7; i += 1) pages.push(await open(context, `/projects/${id}`));
  for (const page of pages) await page.getByText('Seven tabs').first().waitFor();
  for (const page of pages) await until(() => isLive(page), 'a tab to be live');
  assert.deepEqual(asked.filter((url) => url.includes('/api/v1/events')), [], 'no tab has a stream of its own');
  const cdp = await context.newCDPSession(pages[0]);
  const { targetInfos } = await cdp.send('Target.getTargets');
  assert.equal(targetInfos.filter(({ type }) => type === 'shared_worker').length, 1, 'one worker has it for all');
});

browserTest('what happens shows in two tabs without a reload', async ({ who, window }) => {
  const { id } = await project(who, 'Two tabs');
  const { structure_id: structure } = await upload(who, id, 'water.xyz', WATER);
  await until(async () => (await who.get(`/structures/${structure}`)).json.state === 'ready', 'the structure to be looked at');
  const context = await window();
  const pages = [await open(context, '/'), await open(context, `/projects/${id}`)];
  for (const page of pages) await until(() => isLive(page), 'the stream');
  const made = await who.post('/runs', { project: id, template: 'xtb-relax', structure, preset: 'quick', name: 'Seen at once' });
  assert.equal(made.status, 201, made.text);
  for (const page of pages) await page.getByText('Seen at once').first().waitFor();
  await who.post(`/runs/${made.json.id}/cancel`);
});

browserTest('the sign-in fits a telephone', async ({ open: show }) => {
  const page = await show('/signin', { who: null, width: 320, height: 640 });
  await assertFits(page);
});
