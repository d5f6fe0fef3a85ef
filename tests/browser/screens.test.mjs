// Every screen once: it shows, without console errors, CSP reports or requests elsewhere (lib/browser.mjs fails on any);
// axe finds nothing in light and dark; nothing is wider than a telephone.

import assert from 'node:assert/strict';
import { admin, assertAccessible, assertFits, browserTest, open, project, sampleRun, shot, upload } from './lib/browser.mjs';
import { helix, pdbOf } from './lib/molecules.mjs';

const NARROW = 320;

/** Waits until a page has what it shows: no skeletons, no progress of loading. */
async function settled(page) {
  await page.locator('main h1').first().waitFor();
  await page.waitForFunction(() => !document.querySelector('.skeleton, .loading-bar'));
}

/** The screens of one group, each in a window of both widths. `make`: name of the picture or null, address, theme of the picture. */
function screensTest(name, make) {
  browserTest(name, async ({ who, window }) => {
    const screens = await make(who);
    const wide = await open(await window(), '/projects');
    for (const [picture, address, colorScheme = 'light'] of screens) {
      await wide.goto(address);
      await settled(wide);
      await assertAccessible(wide, address);
      assert.ok((await wide.title()).endsWith('· Athanor'), `${address} has a title: ${await wide.title()}`);
      assert.equal(await wide.locator('h1').count(), 1, `${address} has one first heading`);
      if (!picture) continue;
      await wide.emulateMedia({ colorScheme });
      await shot(wide, picture);
    }
    await wide.close();
    const narrow = await open(await window({ width: NARROW, height: 640 }), '/projects');
    for (const [, address] of screens) {
      await narrow.goto(address);
      await settled(narrow);
      await assertFits(narrow);
    }
  });
}

/** A project of somebody with one structure in it. */
async function furnished(who) {
  const made = await project(who, 'Peptides in water');
  const stored = await upload(who, made.id, 'peptide.pdb', pdbOf(helix(12)));
  return { id: made.id, file: stored.file_id };
}

screensTest('screens of a project', async (who) => {
  const { id } = await furnished(who);
  return [
    [null, `/projects/${id}`], ['structures', `/projects/${id}/structures`], ['files', `/projects/${id}/files`], [null, `/projects/${id}/members`],
    [null, `/projects/${id}/activity`], [null, `/projects/${id}/settings`],
  ];
});

screensTest('screens of a finished run', async (who) => {
  const chief = await admin();
  const sample = await sampleRun(chief);
  await chief.call('PUT', `/projects/${sample.project}/members/${who.login}`, { json: { role: 'viewer' } });
  const at = `/runs/${sample.id}`;
  return [[null, `${at}/overview`], ['results-dark', `${at}/results`, 'dark'], [null, `${at}/trajectory`], [null, `${at}/log`], [null, `${at}/files`], [null, `${at}/provenance`]];
});

screensTest('screens of catalogues, settings and help', () => [
  [null, '/modules'], [null, '/templates'], [null, '/templates/protein-md'], [null, '/new/xtb-relax'], [null, '/runs'], [null, '/compare'],
  [null, '/settings/account'], [null, '/settings/sessions'], [null, '/settings/tokens'], [null, '/settings/appearance'],
  [null, '/help'], [null, '/help/start-a-run'], [null, '/nothing/is/here'],
]);
