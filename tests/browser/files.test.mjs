// Files of a project and their uploads: cut and resumed to the same checksum, paused, refused with the reason, whole folders,
// names that look like markup, renaming, moving, the trash, and all of it by keyboard.

import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { allow, assertAccessible, assertFits, browserTest, PASSWORD, project, shot, sql, unique, until, upload } from './lib/browser.mjs';

const MARKUP = '<img src=x onerror=alert(1)>.txt';
const LOST = /ERR_|status of 4|status of 5|Failed to load resource/;

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');
const filesOf = async (who, id) => (await who.get(`/projects/${id}/files`)).json.items;

/** Chooses files for the button with this name. */
async function choose(page, name, files) {
  const chooser = page.waitForEvent('filechooser');
  await page.evaluate(() => 0); // file dialogs are watched from the next turn on
  await page.getByRole('button', { name, exact: true }).click();
  await (await chooser).setFiles(files);
}

browserTest('an upload that is cut goes on where it was, to the same bytes', async ({ who, open }) => {
  const { id } = await project(who, unique('Uploads'));
  const bytes = randomBytes(12 << 20);
  const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'ath-files-')), 'large.bin');
  fs.writeFileSync(file, bytes);
  const page = await open(`/projects/${id}/files`);
  allow(page, LOST);
  const offsets = [];
  await page.route('**/api/v1/uploads/*', async (route) => {
    const request = route.request();
    if (request.method() !== 'PATCH') return route.fallback();
    offsets.push(Number(request.headers()['upload-offset']));
    if (offsets.length > 1) return route.fallback();
    // The first 5 MB reach the server, then the line is dead.
    await route.fetch({ postData: request.postDataBuffer().subarray(0, 5 << 20), headers: { ...request.headers(), 'content-length': String(5 << 20) } });
    return route.abort('connectionreset');
  });
  await choose(page, 'Add files', file);
  const stored = await until(async () => (await filesOf(who, id)).find((f) => f.name === 'large.bin'), 'the file to be stored', 60000);
  assert.equal(stored.sha256, sha256(bytes));
  assert.deepEqual(offsets, [0, 5 << 20], 'nothing the server had was sent again');
  await page.getByRole('link', { name: 'large.bin' }).waitFor();
  fs.rmSync(path.dirname(file), { recursive: true });
});

browserTest('a paused upload waits, and a closed tab offers to go on', async ({ who, window }) => {
  const { id } = await project(who, unique('Uploads'));
  const context = await window();
  const bytes = randomBytes(2 << 20);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ath-files-'));
  const file = path.join(folder, 'slow.bin');
  fs.writeFileSync(file, bytes);
  try {
    const page = await context.newPage();
    await page.goto(`/projects/${id}/files`);
    allow(page, LOST);
    await page.route('**/api/v1/uploads/*', (route) => (route.request().method() === 'PATCH' ? new Promise(() => {}) : route.fallback()));
    const sending = page.waitForRequest((request) => request.method() === 'PATCH');
    await choose(page, 'Add files', file);
    await sending;
    await page.getByRole('button', { name: 'Pause slow.bin' }).first().click();
    await page.getByText('Paused').first().waitFor();
    await assertAccessible(page, 'files with an upload');
    await page.close();

    const again = await context.newPage();
    await again.goto(`/projects/${id}/files`);
    await again.getByRole('button', { name: 'Uploads: 1 cut off' }).click();
    const chooser = again.waitForEvent('filechooser');
    await again.getByRole('button', { name: 'Choose again' }).click();
    await (await chooser).setFiles(file);
    const stored = await until(async () => (await filesOf(who, id)).find((f) => f.name === 'slow.bin'), 'the file to be stored', 60000);
    assert.equal(stored.sha256, sha256(bytes));
    assert.equal((await sql(`SELECT count(*) FROM upload WHERE project_id = '${id}'`))[0][0], '1', 'one upload, not two');
    await again.getByRole('button', { name: 'Uploads: stored' }).waitFor();
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
});

browserTest('a paused upload goes on when it is told to', async ({ who, open }) => {
  const { id } = await project(who, unique('Pause'));
  const page = await open(`/projects/${id}/files`);
  let held = true;
  await page.route('**/api/v1/uploads/*', (route) => (route.request().method() === 'PATCH' && held ? new Promise(() => {}) : route.fallback()));
  const sending = page.waitForRequest((request) => request.method() === 'PATCH');
  await choose(page, 'Add files', { name: 'rests.bin', mimeType: 'application/octet-stream', buffer: randomBytes(2 << 20) });
  await sending;
  await page.getByRole('button', { name: 'Pause rests.bin' }).first().click();
  held = false;
  await page.getByRole('button', { name: 'Go on with rests.bin' }).first().click();
  await page.getByRole('link', { name: 'rests.bin' }).waitFor();
});

browserTest('without room the upload is refused in words that say what to do', async ({ who, open }) => {
  const { id } = await project(who, unique('Full'));
  await sql(`UPDATE quota SET limit_b = 1000 WHERE scope = 'account' AND id = '${who.id}'`);
  const page = await open(`/projects/${id}/files`);
  allow(page, LOST);
  await choose(page, 'Add files', { name: 'too-much.bin', mimeType: 'application/octet-stream', buffer: randomBytes(5000) });
  const row = page.locator('.upload-row', { hasText: 'too-much.bin' }).first();
  await row.getByText(/storage|room|quota/i).first().waitFor();
  await row.getByRole('link', { name: 'Empty the trash' }).waitFor();
  await assertAccessible(page, 'a refused upload');
});

browserTest('a whole folder comes in with its folders, and moves, and goes into the trash and back', async ({ who, open }) => {
  const { id } = await project(who, unique('Folders'));
  const top = fs.mkdtempSync(path.join(os.tmpdir(), 'ath-folder-'));
  fs.mkdirSync(path.join(top, 'set/deep'), { recursive: true });
  fs.writeFileSync(path.join(top, 'set/a.txt'), 'a\n');
  fs.writeFileSync(path.join(top, 'set/deep/b.txt'), 'b\n');
  fs.writeFileSync(path.join(top, 'set/.DS_Store'), 'x');
  try {
    const page = await open(`/projects/${id}/files`);
    await choose(page, 'Add a folder', path.join(top, 'set'));
    await until(async () => (await filesOf(who, id)).length === 2, 'both files to be stored');
    assert.deepEqual((await filesOf(who, id)).map((f) => `${f.folder}/${f.name}`).sort(), ['set/a.txt', 'set/deep/b.txt']);

    const tree = page.getByRole('navigation', { name: 'Folders' });
    await tree.getByRole('link', { name: /^set/ }).click();
    assert.equal(new URL(page.url()).searchParams.get('folder'), 'set');
    await page.getByRole('link', { name: 'a.txt' }).waitFor();
    await assertAccessible(page, 'files in folders');
    await shot(page, 'files');

    await page.getByRole('checkbox', { name: 'Select a.txt' }).check();
    await page.getByRole('button', { name: 'Move', exact: true }).click();
    const dialog = page.getByRole('dialog', { name: 'Move a.txt' });
    await dialog.getByLabel('To folder').fill('other/place');
    await page.keyboard.press('Enter');
    await until(async () => (await filesOf(who, id)).some((f) => f.folder === 'other/place'), 'the file to have moved');

    await page.goto(`/projects/${id}/files`);
    await page.getByRole('button', { name: 'Actions of set' }).click();
    await page.getByRole('menuitem', { name: 'Put into the trash' }).click();
    await page.getByRole('button', { name: 'Undo' }).waitFor();
    await until(async () => (await filesOf(who, id)).length === 1, 'the folder to be in the trash');
    await page.getByRole('link', { name: 'Trash' }).click();
    await page.getByRole('button', { name: 'Take back b.txt' }).click();
    await until(async () => (await filesOf(who, id)).length === 2, 'the file to be back');
    await assertAccessible(page, 'the trash');
    await who.delete(`/projects/${id}/folders?folder=set`);
    await page.reload();
    await page.getByRole('button', { name: 'Delete all for good' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Delete for good' }).click();
    await page.getByText('The trash is empty').waitFor({ timeout: 30000 });
  } finally {
    fs.rmSync(top, { recursive: true });
  }
});

browserTest('a name that is markup is a name; renaming and preview by keyboard', async ({ who, open }) => {
  const { id } = await project(who, unique('Names'));
  await upload(who, id, MARKUP, 'harmless text\n');
  const page = await open(`/projects/${id}/files`);
  const link = page.getByRole('link', { name: MARKUP });
  await link.waitFor();
  assert.equal(await page.locator('img[src="x"]').count(), 0);
  await link.focus();
  await page.keyboard.press('Enter');
  await page.getByText('harmless text').waitFor();
  assert.ok(new URL(page.url()).searchParams.get('file').startsWith('fil_'));
  await assertAccessible(page, 'a file beside its list');
  await page.goBack();

  await page.getByRole('button', { name: `Actions of ${MARKUP}` }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('menuitem', { name: 'Rename' }).waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Rename' });
  await dialog.waitFor();
  await page.keyboard.press('Control+a');
  await page.keyboard.type('plain "name" & more.txt');
  await page.keyboard.press('Enter');
  await page.getByRole('link', { name: 'plain "name" & more.txt' }).waitFor();

  await page.getByRole('searchbox', { name: 'Find a file' }).fill('nothing');
  await page.getByText('No file of this name').waitFor();
  await page.getByRole('searchbox', { name: 'Find a file' }).fill('plain');
  await page.getByRole('link', { name: 'plain "name" & more.txt' }).waitFor();
  await page.setViewportSize({ width: 320, height: 800 });
  await assertFits(page);
});

browserTest('an ended session interrupts an upload until somebody has signed in again', async ({ who, open }) => {
  const { id } = await project(who, unique('Session'));
  const page = await open(`/projects/${id}/files`);
  allow(page, LOST);
  await page.getByText('No files yet').waitFor();
  await sql(`DELETE FROM session WHERE account_id = '${who.id}'`);
  await choose(page, 'Add files', { name: 'waits.bin', mimeType: 'application/octet-stream', buffer: randomBytes(100000) });
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Password').fill(PASSWORD);
  await page.keyboard.press('Enter');
  await page.getByRole('link', { name: 'waits.bin' }).waitFor();
});

browserTest('files dropped on the tab come in, and a reload in the middle asks first', async ({ who, open }) => {
  const { id } = await project(who, unique('Drop'));
  const page = await open(`/projects/${id}/files`);
  await page.getByText('No files yet').waitFor();
  const transfer = await page.evaluateHandle(() => {
    const made = new DataTransfer();
    made.items.add(new File(['dropped text'], 'dropped.txt'));
    return made;
  });
  for (const type of ['dragenter', 'dragover', 'drop']) await page.locator('.files').dispatchEvent(type, { dataTransfer: transfer });
  await page.getByRole('link', { name: 'dropped.txt' }).waitFor();

  allow(page, LOST);
  await page.route('**/api/v1/uploads', (route) => (route.request().method() === 'POST' ? new Promise(() => {}) : route.fallback()));
  const asked = page.waitForEvent('request', (request) => request.method() === 'POST' && request.url().endsWith('/uploads'));
  await choose(page, 'Add files', { name: 'slow.bin', mimeType: 'application/octet-stream', buffer: randomBytes(1000) });
  await asked;
  const question = page.waitForEvent('dialog');
  const reload = page.reload().catch(() => null);
  const dialog = await question;
  assert.equal(dialog.type(), 'beforeunload');
  await dialog.accept();
  await reload;
});
