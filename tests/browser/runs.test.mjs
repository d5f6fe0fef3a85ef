// Lists of runs: 24,000 of them scroll, filters live in the address, rows follow events, many are acted on at once.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import { allow, assertAccessible, assertFits, browserTest, open, project, ready, shot, sql, unique, until } from './lib/browser.mjs';

const MANY = 24000;
const BLANK_MS = 100;

/** Ended runs of a project, a minute apart, newest first in name and id; the states take turns. */
async function seed(who, projectId, count, states = ['finished', 'failed', 'cancelled', 'finished']) {
  const list = states.map((state) => `'${state}'`).join(',');
  await sql(`
    INSERT INTO run (id, project_id, account_id, name, template, template_version, site_id, spec, state, attempt, created_at, started_at, ended_at, failure)
    SELECT 'run_' || (SELECT string_agg(substr('0123456789abcdefghjkmnpqrstvwxyz', ((ms >> (5 * k)) & 31)::int + 1, 1), '' ORDER BY k DESC) FROM generate_series(0, 9) k)
             || substr(md5(i::text || '${projectId}'), 1, 16),
           '${projectId}', '${who.id}', 'Seeded ' || lpad(i::text, 5, '0'), CASE WHEN i % 3 = 0 THEN 'xtb-relax' ELSE 'protein-md' END, '1.0.0', 'local', '{"version":1}',
           s, CASE WHEN s = 'held' THEN 0 ELSE 1 END, to_timestamp(ms / 1000.0), CASE WHEN s <> 'held' THEN to_timestamp(ms / 1000.0) END, CASE WHEN s <> 'held' THEN to_timestamp(ms / 1000.0 + 40) END,
           CASE WHEN s = 'failed' THEN '{"cause":"blew_up","text":"The energy is not finite: atoms overlap."}'::jsonb END
      FROM (SELECT i, (extract(epoch FROM now()) * 1000)::bigint - i * 60000 AS ms, (ARRAY[${list}])[1 + i % ${states.length}] AS s FROM generate_series(1, ${count}) i) AS made`);
  // What waits has a history that the worker can go on from.
  await sql(`
    INSERT INTO run_event (run_id, project_id, seq, kind, actor)
    SELECT id, project_id, seq, kind, account_id FROM run, (VALUES (1, 'submit'), (2, 'hold_request')) AS asked (seq, kind)
     WHERE project_id = '${projectId}' AND state = 'held';
    UPDATE run SET event_seq = 2, folded_seq = 2, hold_requested = true WHERE project_id = '${projectId}' AND state = 'held'`);
  if (count > 1000) await sql('ANALYZE run');
}

const rowsShown = (page) => page.locator('tbody tr[data-index]:not(.grey)');
const firstName = (page) => rowsShown(page).first().locator('th').innerText();

/** Scrolls by `step` px a frame and tells the longest time in which a part of the table in sight had no row. */
const scrollAndWatch = (page, { step, seconds }) => page.evaluate(({ by, ms }) => new Promise((resolve) => {
  const box = document.querySelector('.vtable');
  const start = performance.now();
  let blankFrom = 0;
  let worst = 0;
  let frames = 0;
  const look = (now) => {
    frames += 1;
    const rect = box.getBoundingClientRect();
    const blank = [0.15, 0.5, 0.9].some((part) => {
      const row = document.elementFromPoint(rect.left + 200, rect.top + 34 + (rect.height - 40) * part)?.closest('tr');
      return !row || row.classList.contains('gap') || row.classList.contains('grey');
    });
    if (blank && !blankFrom) blankFrom = now;
    if (!blank) blankFrom = 0;
    if (blankFrom) worst = Math.max(worst, now - blankFrom);
    if (now - start > ms) return resolve({ worst, frames, top: box.scrollTop });
    box.scrollTop += by;
    return requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}), { by: step, ms: seconds * 1000 });

browserTest('24,000 runs scroll without a blank, jump to the end, and keep their place', async ({ who, open: show, t }) => {
  const { id } = await project(who);
  await seed(who, id, MANY);
  const page = await show('/runs');
  await rowsShown(page).first().waitFor();
  assert.equal(await page.locator('table[aria-rowcount]').getAttribute('aria-rowcount'), String(MANY + 1));
  await page.getByText('24\u2009000 runs').waitFor();

  const calm = await scrollAndWatch(page, { step: 120, seconds: 4 });
  t.diagnostic(`scrolling ${Math.round(calm.top / 32)} rows in 4 s, ${calm.frames} frames: blank for ${Math.round(calm.worst)} ms at most`);
  assert.ok(calm.worst < BLANK_MS, `blank for ${calm.worst} ms`);
  const wild = await scrollAndWatch(page, { step: 1200, seconds: 3 });
  t.diagnostic(`scrolling ${Math.round((wild.top - calm.top) / 32)} rows in 3 s, ${wild.frames} frames: blank for ${Math.round(wild.worst)} ms at most`);
  assert.ok(wild.worst < BLANK_MS, `blank for ${wild.worst} ms when thrown`);

  const jumped = Date.now();
  await page.evaluate(() => {
    const box = document.querySelector('.vtable');
    box.scrollTop = box.scrollHeight;
  });
  await page.locator(`tr[data-index="${MANY - 1}"]`).waitFor();
  await page.locator(`tr[data-index="${MANY - 1}"]:not(.grey)`).waitFor();
  t.diagnostic(`from there to row ${MANY}: ${Date.now() - jumped} ms`);
  assert.match(await page.locator(`tr[data-index="${MANY - 1}"] th`).innerText(), /Seeded 24000/);
  assert.ok(await page.locator('tbody tr').count() < 150, 'only rows in sight are in the document');

  const top = await page.evaluate(() => document.querySelector('.vtable').scrollTop);
  await page.locator(`tr[data-index="${MANY - 3}"] th a`).click();
  await page.waitForURL(/\/runs\/run_/);
  await ready(page);
  allow(page, /status of 404/, /status of 500/);
  await page.goBack();
  await rowsShown(page).first().waitFor();
  const back = await page.evaluate(() => document.querySelector('.vtable').scrollTop);
  assert.ok(Math.abs(back - top) < 64, `back at ${back}, was ${top}`);
});

browserTest('filters are in the address, Back and Forward follow them, the list can be taken as CSV', async ({ who, open: show }) => {
  const { id } = await project(who);
  await seed(who, id, 60);
  const page = await show('/runs');
  await page.getByText('60 runs').waitFor();
  await page.getByRole('radio', { name: 'Failed' }).check();
  await page.getByText('15 runs').waitFor();
  assert.equal(new URL(page.url()).searchParams.get('state'), 'failed');
  await page.getByText('The energy is not finite').first().waitFor();
  await page.getByLabel('Template').selectOption('xtb-relax');
  await page.getByText(/^5 runs/).waitFor();
  await page.goBack();
  await page.getByText('15 runs').waitFor();
  await page.goBack();
  await page.getByText('60 runs').waitFor();
  await page.goForward();
  await page.getByText('15 runs').waitFor();
  await page.getByLabel('Search runs by name').fill('Seeded 0001');
  await page.waitForURL(/q=Seeded/);
  await page.getByText(/^[1-9] runs?$/).waitFor();
  await page.getByLabel('Search runs by name').fill('nothing has this name');
  await page.getByText('No run fits these filters').waitFor();
  await assertAccessible(page, 'runs, none fits');
  await page.getByRole('button', { name: 'Clear filters' }).first().click();
  await page.getByText('60 runs').waitFor();

  await page.getByRole('button', { name: 'Launched' }).click();
  await page.waitForURL(/order=oldest/);
  await page.getByRole('rowheader', { name: 'Seeded 00060' }).waitFor();
  assert.equal(await firstName(page), 'Seeded 00060');
  assert.equal(await page.getByRole('columnheader', { name: 'Launched' }).getAttribute('aria-sort'), 'ascending');

  await page.goto('/runs?state=failed');
  await page.getByText('15 runs').waitFor();
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'CSV' }).click()]);
  const lines = fs.readFileSync(await download.path(), 'utf8').trim().split('\r\n');
  assert.equal(lines.length, 16);
  assert.match(lines[1], /"failed"/);
});

browserTest('by keyboard: rows, selection, ranges, opening; a page of plain rows for those who want it', async ({ who, open: show }) => {
  const { id } = await project(who);
  await seed(who, id, 120);
  const page = await show('/runs');
  await page.getByText('120 runs').waitFor();
  await page.getByRole('rowheader', { name: 'Seeded 00001' }).getByRole('link').focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  const focused = () => page.evaluate(() => document.activeElement?.closest('tr')?.querySelector('th')?.textContent);
  assert.equal(await focused(), 'Seeded 00003');
  await page.keyboard.press('Space');
  await page.keyboard.press('Shift+ArrowDown');
  await page.keyboard.press('Shift+ArrowDown');
  await page.getByText('3 selected', { exact: true }).first().waitFor();
  await page.keyboard.press('End');
  await until(async () => (await focused()) === 'Seeded 00120', 'the last row to have the focus');
  await page.keyboard.press('Home');
  await until(async () => (await focused()) === 'Seeded 00001', 'the first row to have the focus');
  await page.keyboard.press('Escape');
  await page.getByText('3 selected', { exact: true }).first().waitFor({ state: 'detached' });

  await page.getByRole('checkbox', { name: 'Select Seeded 00002' }).click();
  await page.getByRole('checkbox', { name: 'Select Seeded 00009' }).click({ modifiers: ['Shift'] });
  await page.getByRole('region', { name: 'Selected runs' }).getByText('8 selected').waitFor();
  await assertAccessible(page, 'runs, some selected');
  await shot(page, 'runs');

  await page.getByRole('button', { name: 'Columns' }).click();
  await page.getByRole('menuitemradio', { name: 'Show in pages' }).click();
  await page.getByText('1–50 of 120').waitFor();
  await page.getByRole('button', { name: 'Next' }).click();
  await page.getByText('51–100 of 120').waitFor();
  assert.equal(await firstName(page), 'Seeded 00051');
  await page.reload();
  await page.getByText('1–50 of 120').waitFor();
  await page.getByRole('rowheader', { name: 'Seeded 00002' }).getByRole('link').focus();
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/runs\/run_/);
  allow(page, /status of 404/, /status of 500/);
});

browserTest('many runs at once: what fits is done, what does not is left alone, deleting can be undone', async ({ who, open: show }) => {
  const { id } = await project(who);
  await seed(who, id, 12, ['held', 'finished', 'held']);
  const page = await show(`/projects/${id}`);
  await page.getByText('12 runs').waitFor();
  await page.getByRole('checkbox', { name: 'Select all loaded rows' }).check();
  const bar = page.getByRole('region', { name: 'Selected runs' });
  await bar.getByRole('button', { name: 'Cancel' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('4 selected runs cannot be changed').waitFor();
  await assertAccessible(page, 'bulk cancel');
  await dialog.getByRole('button', { name: 'Cancel 8 runs' }).click();
  await page.getByText('Asked to stop: 8 runs').first().waitFor();
  await page.locator('tr', { hasText: 'Cancelled' }).nth(7).waitFor();
  await until(async () => (await who.get(`/runs?project=${id}&state=cancelled`)).json.items.length === 8, 'the worker to cancel them');

  await bar.getByRole('button', { name: 'Select nothing' }).click();
  await page.getByRole('checkbox', { name: 'Select Seeded 00001' }).check();
  await bar.getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete 1 run' }).click();
  await page.getByText('In the trash: 1 run').first().waitFor();
  await page.getByText('11 runs').waitFor();
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.getByText('12 runs').waitFor();
});

browserTest('views: saved under a name, there again after a reload, forgotten', async ({ who, open: show }) => {
  await project(who);
  const page = await show('/runs?state=failed&since=30d');
  const name = unique('My failures');
  await page.getByRole('button', { name: /Own filters/ }).click();
  await page.getByRole('menuitem', { name: 'Save this view' }).click();
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name }).waitFor();
  await page.goto('/runs');
  await page.getByRole('button', { name: 'All runs' }).click();
  await page.getByRole('menuitemradio', { name }).click();
  await page.waitForURL(/state=failed&since=30d/);
  await page.getByRole('button', { name }).click();
  await page.getByRole('menuitem', { name: 'Forget' }).click();
  await page.getByRole('button', { name: /Own filters/ }).waitFor();
});

browserTest('empty, narrow, dark', async ({ who, open: show, window }) => {
  const page = await show('/runs', { width: 320, height: 720 });
  await page.getByText('No runs yet').waitFor();
  await assertFits(page);
  await assertAccessible(page, 'runs, none yet');
  const { id } = await project(who);
  await seed(who, id, 40);
  const dark = await open(await window({ dark: true }), `/projects/${id}`);
  await dark.getByText('40 runs').waitFor();
  await assertAccessible(dark, 'runs of a project');
  const narrow = await open(await window({ width: 320, height: 720 }), '/runs');
  await narrow.getByText('40 runs').waitFor();
  await assertFits(narrow);
  await assertAccessible(narrow, 'runs at 320 px');
});
