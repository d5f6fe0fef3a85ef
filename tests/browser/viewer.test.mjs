// The 3D player on a trajectory of 200 frames and 3,000 atoms: it draws, it moves, it answers keys, its memory stays flat
// and its graphics contexts go when the page goes; without WebGL it says so. Drawing is done in software here.

import assert from 'node:assert/strict';
import { allow, assertAccessible, assertFits, browserTest, project, ready, until } from './lib/browser.mjs';
import { apart, lookOf, trajectoryRun } from './lib/molecules.mjs';

const FRAMES = 200;
const GROWTH_MAX_B = 12e6;
const FPS_MIN = 2; // two slow cores that draw in software, and other tests beside: the figure is in docs/benchmarks.md

const stage = (page) => page.locator('.viewer-stage');
const frameOf = async (page) => Number(await page.getByRole('slider', { name: 'Frame' }).inputValue()) + 1;
const shows = (page, frame) => until(async () => await frameOf(page) === frame, `frame ${frame} to show`, 20000);

/** Opens the trajectory tab of a run; resolves when the player is there. */
async function player(open, id, query = '', options = {}) {
  const page = await open(`/runs/${id}/trajectory${query}`, options);
  await page.getByRole('group', { name: 'Player' }).waitFor({ timeout: 60000 });
  return page;
}

/** The look of a stage that is not blank. */
const drawn = (page) => until(async () => {
  const look = await lookOf(stage(page));
  return look.variance > 5 && look;
}, 'the stage to be drawn on', 30000);

/** How many of the graphics contexts the page ever made are still alive. */
const countContexts = (context) => context.addInitScript(() => {
  const made = [];
  const original = HTMLCanvasElement.prototype.getContext;
  HTMLCanvasElement.prototype.getContext = function getContext(kind, ...rest) {
    const got = original.call(this, kind, ...rest);
    if (got && String(kind).startsWith('webgl') && !made.includes(got)) made.push(got);
    return got;
  };
  globalThis.contextsAlive = () => made.filter((gl) => !gl.isContextLost()).length;
});

browserTest('a trajectory is drawn, moves between frames, and its frame is in the address', async ({ who, open }) => {
  const id = await trajectoryRun(who, (await project(who)).id);
  const page = await player(open, id);
  const first = await drawn(page);
  await page.getByRole('textbox', { name: 'Frame number' }).fill('51');
  await shows(page, 51);
  await until(async () => apart(first, await lookOf(stage(page))) > 0.5, 'the picture to change');
  await until(() => new URL(page.url()).searchParams.get('frame') === '51', 'the frame to be in the address');
  await page.getByText('100\u2009ps').waitFor();

  const again = await player(open, id, '?frame=51');
  await shows(again, 51);
  await again.getByRole('button', { name: 'Next frame' }).click();
  await shows(again, 52);
  await assertAccessible(again, 'the trajectory');
});

browserTest('it answers the keyboard alone', async ({ who, open }) => {
  const id = await trajectoryRun(who, (await project(who)).id, { residues: 12, frames: 30 });
  const page = await player(open, id);
  await page.getByRole('slider', { name: 'Frame' }).focus();
  await page.keyboard.press('ArrowRight');
  await shows(page, 2);
  await page.keyboard.press('End');
  await shows(page, 30);
  await page.keyboard.press('Home');
  await shows(page, 1);

  await stage(page).focus();
  const before = await drawn(page);
  for (let i = 0; i < 6; i += 1) await page.keyboard.press('ArrowRight');
  await until(async () => apart(before, await lookOf(stage(page))) > 0.3, 'the view to turn');
  await page.keyboard.press('.');
  await shows(page, 2);
  await page.keyboard.press(' ');
  await page.getByRole('button', { name: 'Pause' }).waitFor();
  await until(async () => await frameOf(page) > 3, 'it to play');
  await page.keyboard.press(' ');
  await page.getByRole('button', { name: 'Play', exact: true }).waitFor();

  await page.getByRole('button', { name: 'Choose residues' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('option', { name: 'Ala 1', exact: true }).focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  await page.getByText('Selected: Ala 2, chain A').waitFor();
  await stage(page).focus();
  await page.keyboard.press('Escape');
  await page.getByText('Selected: Ala 2, chain A').waitFor({ state: 'detached' });

  await page.getByRole('button', { name: 'Measure a distance' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('option', { name: 'Ala 2', exact: true }).focus();
  await page.keyboard.press('Enter');
  await page.getByText('Choose the second atom').waitFor();
  for (let i = 0; i < 3; i += 1) await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  await page.getByText(/Ala 2 CA to Ala 5 CA: \d+\.\d\d\u2009Å/).waitFor();
});

browserTest('looks change, the wheel is the page\u2019s until the stage has the focus', async ({ who, open }) => {
  const id = await trajectoryRun(who, (await project(who)).id, { residues: 40, frames: 4 });
  const page = await player(open, id);
  const looks = page.getByRole('combobox', { name: 'Representation' });
  let last = await drawn(page);
  for (const value of ['ball-and-stick', 'line', 'spacefill', 'surface']) {
    await looks.selectOption(value);
    await until(async () => {
      const now = await lookOf(stage(page));
      const moved = apart(last, now) > 0.2 && now.variance > 5;
      if (moved) last = now;
      return moved;
    }, `${value} to show`, 30000);
  }
  await page.getByRole('combobox', { name: 'Colour by' }).selectOption('chain');
  await stage(page).hover();
  const unmoved = await lookOf(stage(page));
  await page.mouse.wheel(0, 120);
  assert.ok(apart(unmoved, await lookOf(stage(page))) < 5, 'the wheel zoomed without the focus');
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save a picture' }).click();
  assert.match((await download).suggestedFilename(), /\.png$/);
});

browserTest('200 frames of 3,000 atoms play with memory flat', async ({ t, who, open }) => {
  const id = await trajectoryRun(who, (await project(who)).id, { frames: FRAMES });
  const page = await player(open, id, '', { height: 800, width: 1100 });
  const cdp = await page.context().newCDPSession(page);
  const memory = async () => {
    await cdp.send('HeapProfiler.collectGarbage');
    const { usedSize, backingStorageSize = 0 } = await cdp.send('Runtime.getHeapUsage');
    return usedSize + backingStorageSize;
  };
  const playback = async (choice) => {
    await page.getByRole('button', { name: /^Speed/ }).click();
    await page.getByRole('menuitemradio', { name: choice }).click();
  };
  await playback('30 frames/s');
  /** Plays until every frame has come once; frames a second. */
  const round = async () => {
    const began = Date.now();
    await page.getByRole('button', { name: 'Play', exact: true }).click();
    let [seen, last] = [0, await frameOf(page)];
    await until(async () => {
      const now = await frameOf(page);
      seen += (now - last + FRAMES) % FRAMES;
      last = now;
      return seen >= FRAMES;
    }, 'a round of frames', 100000);
    await page.getByRole('button', { name: 'Pause' }).click();
    return seen / ((Date.now() - began) / 1000);
  };
  await round(); // pieces and code are there now
  const before = await memory();
  const fps = await round();
  await playback('Every 5th frame');
  await round();
  const after = await memory();
  t.diagnostic(`${fps.toFixed(1)} frames/s drawn in software; memory ${(before / 1e6).toFixed(1)} MB, two rounds later ${(after / 1e6).toFixed(1)} MB`);
  assert.ok(after - before < GROWTH_MAX_B, `memory grew by ${((after - before) / 1e6).toFixed(1)} MB`);
  assert.ok(fps > FPS_MIN, `${fps} frames/s`);
});

browserTest('ten openings leave no graphics context behind', async ({ who, window }) => {
  const id = await trajectoryRun(who, (await project(who)).id, { residues: 6, frames: 3 });
  const context = await window();
  await countContexts(context);
  const page = await context.newPage();
  await page.goto(`/runs/${id}/files`);
  await ready(page);
  for (let i = 0; i < 10; i += 1) {
    await page.getByRole('link', { name: 'Trajectory' }).click();
    await page.getByRole('group', { name: 'Player' }).waitFor({ timeout: 60000 });
    assert.equal(await page.evaluate(() => globalThis.contextsAlive()), 1);
    await page.getByRole('link', { name: /^Files/ }).click();
    await page.locator('.viewer-stage').waitFor({ state: 'detached' });
    assert.equal(await page.evaluate(() => globalThis.contextsAlive()), 0, `opening ${i + 1}`);
  }
});

browserTest('without WebGL it says so and offers the file; narrow windows hold it', async ({ who, window, open }) => {
  const id = await trajectoryRun(who, (await project(who)).id, { residues: 6, frames: 3 });
  const narrow = await player(open, id, '', { width: 320, height: 800 });
  await assertFits(narrow);
  const context = await window();
  await context.addInitScript(() => {
    const original = HTMLCanvasElement.prototype.getContext;
    HTMLCanvasElement.prototype.getContext = function getContext(kind, ...rest) {
      return String(kind).startsWith('webgl') ? null : original.call(this, kind, ...rest);
    };
  });
  const page = await context.newPage();
  await page.goto(`/runs/${id}/trajectory`);
  await page.getByText('No 3D in this browser').waitFor();
  assert.match(await page.getByRole('link', { name: 'Download the trajectory' }).getAttribute('href'), /md\.xtc$/);
  await assertAccessible(page, 'the trajectory without WebGL');
});

browserTest('a trajectory whose frames are lost says so, and plays on when they are back', async ({ who, open }) => {
  const id = await trajectoryRun(who, (await project(who)).id, { residues: 300, frames: 100 });
  const page = await player(open, id);
  allow(page, /Failed to load resource/);
  await page.route('**/frames?*', (route) => route.abort());
  await page.getByRole('textbox', { name: 'Frame number' }).fill('90');
  await page.getByText('The 3D view stopped').waitFor({ timeout: 30000 });
  await page.unroute('**/frames?*');
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByRole('group', { name: 'Player' }).waitFor();
  await page.getByRole('textbox', { name: 'Frame number' }).fill('80');
  await shows(page, 80);
});
