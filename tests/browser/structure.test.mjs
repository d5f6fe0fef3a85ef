// Structures: the page of one with its facts, checks and places in 3D; the list of a project and every way in: a file
// dropped, a formula typed by keyboard alone, a pasted text; files that cannot be used are told honestly.

import assert from 'node:assert/strict';
import { admin, allow, assertAccessible, assertFits, browserTest, project, sampleRun, shot, unique, until, upload } from './lib/browser.mjs';
import { helix, lookOf, pdbOf } from './lib/molecules.mjs';

const stage = (page) => page.locator('.viewer-stage');

/** Uploads a structure; resolves when it was inspected. */
async function structure(who, projectId, name, text) {
  const file = await upload(who, projectId, name, text);
  return until(async () => (await who.get(`/projects/${projectId}/structures`)).json.items
    .find((s) => s.file_id === file.file_id && s.state !== 'inspecting'), `${name} to be inspected`);
}

/** Two helices of one chain with five residues missing between them. */
const gapped = () => pdbOf([...helix(12, 1), ...helix(12, 18).map((a) => ({ ...a, at: [a.at[0] + 14, a.at[1], a.at[2]] }))], 'A CHAIN WITH A GAP');

browserTest('a structure page shows the molecule, its facts as the API has them, and where the findings are', async ({ who, open }) => {
  const home = await project(who);
  const made = await structure(who, home.id, 'gap.pdb', gapped());
  assert.equal(made.state, 'ready');
  const page = await open(`/structures/${made.id}`);
  await page.getByRole('option', { name: /^Ala 1\b/ }).waitFor({ timeout: 60000 });
  await until(async () => (await lookOf(stage(page))).variance > 5, 'the stage to be drawn on', 30000);

  const fact = (term) => page.locator('dl.facts dt', { hasText: term }).locator('xpath=following-sibling::dd[1]').innerText();
  assert.equal((await fact('Formula')).replace(/\s/g, ''), made.facts.formula);
  assert.match(await fact('Atoms'), new RegExp(`^${made.facts.atoms},`));
  assert.match(await fact('Chains'), /A \(protein, 24\)/);
  for (const finding of made.findings) await page.getByText(finding.text, { exact: true }).first().waitFor();

  await page.getByRole('option', { name: 'Ala 5', exact: true }).click();
  await page.getByText('Selected: Ala 5, chain A').waitFor();
  assert.equal(await page.getByRole('option', { name: 'Ala 5', exact: true }).getAttribute('aria-selected'), 'true');
  const place = made.findings.find((f) => f.where.length);
  assert.ok(place, 'the gap was found');
  await page.getByRole('group', { name: 'Where' }).first().getByRole('button').first().click();
  await until(async () => /Selected|selected|neighbours/.test(await page.locator('.viewer-info').innerText()), 'the place to be shown');

  await page.getByText('Protein in water, molecular dynamics').first().waitFor();
  await page.getByRole('button', { name: 'Start a run' }).click();
  const start = page.getByRole('menuitem', { name: 'Protein in water, molecular dynamics' });
  assert.equal(await start.getAttribute('href'), `/new/protein-md?project=${home.id}&structure=${made.id}`);
  await page.keyboard.press('Escape');
  await assertAccessible(page, 'a structure');
  await page.setViewportSize({ width: 320, height: 800 });
  await assertFits(page);
});

browserTest('a molecule is made from its SMILES by the keyboard alone', async ({ who, open }) => {
  const home = await project(who);
  const page = await open(`/projects/${home.id}/structures`);
  await page.getByText('No structures yet').waitFor();
  await page.getByRole('button', { name: 'New', exact: true }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('menuitem', { name: 'Draw or type a formula' }).waitFor();
  await page.keyboard.press('Enter');
  await page.getByLabel('SMILES', { exact: true }).focus();
  await page.keyboard.type('C1CC(');
  await page.getByText('not a SMILES line yet').waitFor();
  await page.keyboard.press('Control+A');
  await page.keyboard.type('CC(=O)Oc1ccccc1C(=O)O');
  await page.getByText('not a SMILES line yet').waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Make it 3D' }).focus();
  await page.keyboard.press('Enter');
  await page.getByText(/C9H8O4, 21 atoms/).waitFor({ timeout: 60000 });
  await page.getByLabel('Name', { exact: true }).focus();
  await page.keyboard.type('aspirin');
  await assertAccessible(page, 'making a structure');
  await page.getByRole('button', { name: 'Save to the project' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'aspirin.mol' }).waitFor({ timeout: 60000 });
  await page.getByRole('img', { name: /C9H8O4/ }).waitFor({ timeout: 30000 });
  await page.getByRole('link', { name: 'Start', exact: true }).waitFor();
  const { json } = await who.get(`/projects/${home.id}/structures`);
  assert.equal(json.items[0].facts.formula, 'C9H8O4');
  assert.equal(json.items[0].facts.atoms, 21);
});

browserTest('files are dropped, texts pasted, the list filtered; what cannot be used says why', async ({ who, open }) => {
  const home = await project(who);
  const page = await open(`/projects/${home.id}/structures`);
  await page.getByText('No structures yet').waitFor();
  const transfer = await page.evaluateHandle((text) => {
    const data = new DataTransfer();
    data.items.add(new File([text], 'dropped.pdb'));
    return data;
  }, pdbOf(helix(8)));
  await page.locator('.structure-drop').dispatchEvent('dragenter', { dataTransfer: transfer });
  await page.locator('.structure-drop').dispatchEvent('dragover', { dataTransfer: transfer });
  await page.locator('.structure-drop').dispatchEvent('drop', { dataTransfer: transfer });
  await page.getByRole('link', { name: 'dropped.pdb' }).waitFor({ timeout: 60000 });
  await page.getByText('Protein, 8 residues').waitFor({ timeout: 30000 });

  await page.getByRole('button', { name: 'New', exact: true }).click();
  await page.getByRole('menuitem', { name: 'Paste a text' }).click();
  await page.getByLabel('Structure as text').fill('3\nwater\nO 0 0 0.1173\nH 0 0.7572 -0.4692\nH 0 -0.7572 -0.4692\n');
  await page.getByText('Looks like XYZ').waitFor();
  await page.getByLabel('Name', { exact: true }).fill('water');
  await page.getByRole('button', { name: 'Save to the project' }).click();
  await page.getByRole('heading', { name: 'water.xyz' }).waitFor({ timeout: 60000 });
  await page.goBack();
  await page.getByRole('link', { name: 'water.xyz' }).waitFor();
  await shot(page, 'structures');
  await page.getByRole('searchbox', { name: 'Filter structures' }).fill('dropp');
  await page.getByRole('link', { name: 'water.xyz' }).waitFor({ state: 'detached' });
  assert.equal(new URL(page.url()).searchParams.get('q'), 'dropp');
  await assertAccessible(page, 'the structures of a project');
  await page.setViewportSize({ width: 320, height: 800 });
  await assertFits(page);

  const bad = await structure(who, home.id, `${unique('bad')}.pdb`, 'This is a letter, not a structure.\n');
  const other = await open(`/structures/${bad.id}`);
  if (bad.state === 'refused') {
    await other.getByText('This file could not be used as a structure').waitFor();
    await other.getByText(bad.findings[0].text).waitFor();
    await other.getByRole('link', { name: 'Download', exact: true }).first().waitFor();
  }
  assert.equal(bad.state, 'refused');
});

browserTest('a structure goes to the trash and comes back by Undo', async ({ who, open }) => {
  const home = await project(who);
  const made = await structure(who, home.id, 'back.pdb', pdbOf(helix(6)));
  const page = await open(`/structures/${made.id}`);
  allow(page, /status of 404/); // asking for the structure while its file is in the trash
  await page.getByRole('button', { name: 'More' }).click();
  await page.getByRole('menuitem', { name: 'Move to trash' }).click();
  await page.getByText('No structures yet').waitFor();
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.getByRole('heading', { name: 'back.pdb' }).waitFor();
});

browserTest('the structure of the sample run is drawn, and names the runs that used it', async ({ open }) => {
  const who = await admin();
  const run = await sampleRun(who);
  const { structure: used } = (await who.get(`/runs/${run.id}`)).json;
  const page = await open(`/structures/${used.id}`, { who });
  await until(async () => (await lookOf(stage(page))).variance > 5, 'the stage to be drawn on', 60000);
  await page.getByRole('link', { name: run.name }).first().waitFor();
  await shot(page, 'structure');
});
