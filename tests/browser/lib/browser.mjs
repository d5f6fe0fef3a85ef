// A real Chromium, and what every page of ours must never do. A test file says
//
//   import { browserTest } from './lib/browser.mjs';
//   browserTest('a person signs in', async ({ open, who }) => {
//     const page = await open('/runs');            // signed in as `who`, a fresh account
//     await page.getByRole('link', { name: 'Home' }).click();
//   });
//
// Each page opened is watched: console errors, uncaught errors, CSP reports and requests to other origins fail the test
// when it ends. What a test provokes on purpose it names: `allow(page, /status of 401/)`.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import fs from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { BUILD, ROOT } from '../../api/lib/stack.mjs';
import { person, URL_ } from './stack.mjs';

export * from './stack.mjs';
const packages = createRequire(path.join(BUILD, 'npm/package.json'));
const { chromium } = packages('playwright-core');
const axeSource = fs.readFileSync(packages.resolve('axe-core/axe.min.js'), 'utf8');

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const TEST_MS = 240000;
const STEP_MS = 20000;
const WCAG = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
// Before anybody is signed in the application asks who it is, and hears 401: the browser reports that as an error.
const ALWAYS = [/status of 401.*\/api\/v1\/session$/];

let browser;
async function theBrowser() {
  browser ??= await chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--enable-unsafe-swiftshader'],
  });
  return browser;
}
after(() => browser?.close());

/** What pages did that they must not. @type {Map<import('playwright-core').Page, { faults: string[], allowed: RegExp[] }>} */
const watched = new Map();

function watch(page) {
  const record = { faults: [], allowed: [...ALWAYS] };
  watched.set(page, record);
  const note = (text) => record.faults.push(text);
  page.on('console', (message) => {
    if (message.type() === 'error') note(`console: ${message.text()} ${message.location().url}`);
  });
  page.on('pageerror', (error) => note(`uncaught: ${error.stack ?? error}`));
  page.on('request', (request) => {
    const url = request.url();
    if (!/^(data|blob):/.test(url) && new URL(url).origin !== URL_) note(`another origin: ${url}`);
  });
}

/** What this page is made to do wrong on purpose. @param {RegExp[]} patterns */
export function allow(page, ...patterns) {
  watched.get(page).allowed.push(...patterns);
}

/** Fails on what pages did that nobody allowed. */
export function assertClean(pages = [...watched.keys()]) {
  for (const page of pages) {
    const { faults, allowed } = watched.get(page);
    const left = faults.filter((fault) => !allowed.some((pattern) => pattern.test(fault)));
    assert.deepEqual(left, [], `${page.url()} is not clean`);
  }
}

/** A window of its own: cookies, storage, size, theme. `who`: a Caller whose session it has. */
export async function window({ who, width = 1440, height = 900, dark = false, ...more } = {}) {
  const context = await (await theBrowser()).newContext({
    viewport: { width, height }, colorScheme: dark ? 'dark' : 'light', baseURL: URL_, timezoneId: 'UTC', ...more,
  });
  context.setDefaultTimeout(STEP_MS);
  context.on('page', watch);
  await context.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      console.error(`CSP: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`);
    });
  });
  if (who) await signIn(context, who);
  return context;
}

/** Gives a window the session of a Caller. */
export async function signIn(context, who) {
  const [name, ...value] = who.cookie.split('=');
  await context.addCookies([{ name, value: value.join('='), url: URL_, httpOnly: true, sameSite: 'Lax' }]);
}

/** Opens an address and waits until its page shows. */
export async function open(context, target = '/') {
  const page = await context.newPage();
  await page.goto(target);
  await ready(page);
  return page;
}

/** The page is there: its heading is. */
export async function ready(page) {
  await page.locator('h1').first().waitFor();
}

/** Uncommon roles aside, what axe finds in light and in dark. */
export async function assertAccessible(page, what = new URL(page.url()).pathname, { exclude = [] } = {}) {
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.evaluate(axeSource);
    const found = await page.evaluate(({ tags, without }) => globalThis.axe.run(
      { exclude: without.map((one) => [one]) }, { runOnly: { type: 'tag', values: [...tags, 'best-practice'] }, resultTypes: ['violations'] },
    ), { tags: WCAG, without: exclude });
    const words = found.violations.map((v) => `${v.id}: ${v.help}\n${v.nodes.slice(0, 3).map((n) => `      ${n.html.slice(0, 160)}\n      ${n.failureSummary?.split('\n').slice(1).join('; ')}`).join('\n')}`);
    assert.deepEqual(words, [], `axe on ${what}, ${colorScheme}`);
  }
  await page.emulateMedia({ colorScheme: null, reducedMotion: null });
}

/** Nothing is wider than the window. */
export async function assertFits(page) {
  const wide = await page.evaluate(() => {
    const limit = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= limit) return [];
    const clipped = (e) => {
      // What is placed absolutely is cut only by an ancestor it is placed in.
      for (let up = e.offsetParent ?? e.parentElement; up && up !== document.body; up = up.parentElement) if (getComputedStyle(up).overflowX !== 'visible') return true;
      return false;
    };
    const outside = [...document.querySelectorAll('body *')].filter((e) => e.getBoundingClientRect().right > limit + 1 && !clipped(e));
    return [`${document.documentElement.scrollWidth} px`, ...outside.map((e) => `${e.tagName.toLowerCase()}.${e.className} ${e.textContent.slice(0, 40)}`).slice(0, 5)];
  });
  assert.deepEqual(wide, [], `${page.url()} scrolls sideways at ${page.viewportSize().width} px`);
}

/** A picture for README and user guide, only when asked: ATH_SHOTS=1 writes docs/img/<name>.png. */
export async function shot(page, name, options = {}) {
  if (!process.env.ATH_SHOTS) return;
  const folder = path.join(ROOT, 'docs/img');
  fs.mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: path.join(folder, `${name}.png`), ...options });
}

/**
 * One test with a fresh person and the windows it opens. The body gets
 *   who                      a new account (a Caller of the API)
 *   window(options)          a browser context signed in as `who` unless options.who says else (null: nobody)
 *   open(target, options)    a page in a window of its own
 */
export function browserTest(name, body, { admin = false, timeout = TEST_MS } = {}) {
  test(name, { timeout }, async (t) => {
    const who = await person('tess', { admin });
    const contexts = [];
    const mine = async (options = {}) => {
      const context = await window({ who, ...options });
      contexts.push(context);
      return context;
    };
    try {
      await body({ t, who, window: mine, open: async (target, options) => open(await mine(options), target) });
      assertClean();
    } finally {
      watched.clear();
      for (const context of contexts) await context.close();
    }
  });
}
