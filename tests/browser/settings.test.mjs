// Settings and the user guide: password, sessions, tokens, theme, help.

import assert from 'node:assert/strict';
import { allow, apiSignIn, assertAccessible, assertFits, browserTest, open, PASSWORD, ready } from './lib/browser.mjs';

const NEW_PASSWORD = 'battery horse correct staple';

browserTest('a new password ends the other sessions and keeps this one', async ({ who, open: show }) => {
  const other = await apiSignIn(who.login);
  const page = await show('/settings');
  await assertAccessible(page, 'account');
  const fill = async (current, next, again) => {
    await page.getByLabel('Current password').fill(current);
    await page.getByLabel('New password', { exact: true }).fill(next);
    await page.getByLabel('New password again').fill(again);
    await page.getByRole('button', { name: 'Change password' }).click();
  };
  await fill(PASSWORD, NEW_PASSWORD, 'something else');
  await page.getByText('The two are not the same.').waitFor();
  allow(page, /status of 403/);
  await fill('not my password', NEW_PASSWORD, NEW_PASSWORD);
  await page.getByText('The current password is wrong.').waitFor();
  await fill(PASSWORD, NEW_PASSWORD, NEW_PASSWORD);
  await page.getByText(/The password is changed/).first().waitFor();
  assert.equal((await other.get('/session')).status, 401);
  await page.getByRole('link', { name: 'Sessions' }).click();
  await page.getByText('this browser').waitFor();
  await page.getByText('Chrome on Linux').waitFor();
  assert.equal((await (await apiSignIn(who.login, NEW_PASSWORD)).get('/session')).status, 200);
});

browserTest('the name others see is changed', async ({ who, open: show }) => {
  const page = await show('/settings');
  await page.getByLabel('Name others see').fill('Tess <i>Tube</i>');
  await page.getByLabel('E-mail').fill('tess@example.org');
  await page.getByRole('button', { name: 'Save profile' }).click();
  await page.getByText('Your profile is saved.').first().waitFor();
  const { account } = (await who.get('/session')).json;
  assert.deepEqual([account.display_name, account.email], ['Tess <i>Tube</i>', 'tess@example.org']);
});

browserTest('a session of another device is ended by itself', async ({ who, open: show }) => {
  const other = await apiSignIn(who.login);
  const page = await show('/settings/sessions');
  await assertAccessible(page, 'sessions');
  const rows = page.getByRole('row').filter({ hasNotText: 'this browser' }).filter({ has: page.getByRole('button', { name: 'Sign out' }) });
  await rows.first().getByRole('button', { name: 'Sign out' }).click();
  await rows.first().waitFor({ state: 'detached' });
  assert.equal((await other.get('/session')).status, 401);
  await page.reload();
  await page.getByText('this browser').waitFor();
});

browserTest('a token is shown once, works, and is revoked', async ({ who, window }) => {
  const context = await window({ permissions: ['clipboard-read', 'clipboard-write'] });
  const page = await open(context, '/settings/tokens');
  await page.getByText('No tokens yet').waitFor();
  await assertAccessible(page, 'tokens');
  await page.getByLabel('Name').fill('<b>notebook</b>');
  await page.getByLabel('Launch and control runs').check();
  await page.getByRole('button', { name: 'Make token' }).click();
  await page.getByRole('button', { name: 'Copy the secret' }).click();
  const secret = await page.evaluate(() => navigator.clipboard.readText());
  assert.match(secret, /^ath_/);
  const me = await who.call('GET', '/session', { headers: { Cookie: null, Authorization: `Bearer ${secret}` } });
  assert.deepEqual([me.status, me.json.scopes.includes('runs:write'), me.json.scopes.includes('files:write')], [200, true, false]);
  await assertAccessible(page, 'a token just made');
  await page.reload();
  await ready(page);
  await page.getByRole('rowheader', { name: '<b>notebook</b>' }).waitFor();
  assert.equal(await page.getByText(secret).count(), 0, 'never again');
  await page.getByRole('button', { name: 'Revoke' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Revoke' }).click();
  await page.getByText('revoked', { exact: true }).waitFor();
  assert.equal((await who.call('GET', '/session', { headers: { Cookie: null, Authorization: `Bearer ${secret}` } })).status, 401);
});

browserTest('the theme is chosen, kept, and follows the system again', async ({ window }) => {
  const page = await open(await window(), '/settings/appearance');
  const paper = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const light = await paper();
  await page.getByRole('radio', { name: 'Dark' }).check();
  assert.notEqual(await paper(), light);
  await page.reload();
  await ready(page);
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'dark');
  await assertAccessible(page, 'appearance');
  await page.getByRole('radio', { name: 'As the system' }).check();
  assert.equal(await paper(), light);
});

browserTest('the guide: found by words, one task an address, nothing breaks on a telephone', async ({ window }) => {
  const page = await open(await window({ width: 320, height: 640 }), '/help');
  await page.getByRole('heading', { name: 'Sign in' }).first().waitFor();
  await assertFits(page);
  await assertAccessible(page, 'help');
  await page.getByRole('searchbox', { name: 'Search the guide' }).fill('password');
  await page.getByRole('navigation', { name: 'Tasks' }).getByRole('link').first().click();
  await page.waitForURL(/\/help\/./);
  await page.goBack();
  await page.waitForURL(/\/help$/);
  for (const target of ['/settings', '/settings/sessions', '/settings/tokens', '/settings/appearance']) {
    await page.goto(target);
    await ready(page);
    await assertFits(page);
  }
});

browserTest('an address of nothing says so and leads on', async ({ open: show }) => {
  const page = await show('/no/such/page');
  await page.getByRole('heading', { name: 'There is nothing at this address' }).waitFor();
  await assertAccessible(page, 'not found');
  await page.getByRole('main').getByRole('link', { name: 'Home' }).click();
  await page.waitForURL((url) => url.pathname === '/');
  await page.goBack();
  await page.getByRole('heading', { name: 'There is nothing at this address' }).waitFor();
});
