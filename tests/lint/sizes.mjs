// What a browser loads, compressed by Brotli as it is installed ($B/static): the first page of everybody, the sign-in
// (document, styles, modules, Preact), must stay below 40 kB, home in its frame below 55 kB; every part loaded later is
// listed. Writes $B/log/sizes.md and fails when one has grown past its limit.

import fs from 'node:fs';
import path from 'node:path';

const ROOT = path.resolve(path.dirname(new URL(import.meta.url).pathname), '../..');
const BUILD = path.resolve(ROOT, process.env.B ?? 'build');
const LIMITS = { '/signin': 40000, '/': 55000 };

const fileOf = (url) => (url.startsWith('/vendor/') ? path.join(BUILD, 'static', url) : path.join(ROOT, 'static', url));
/** As it travels. */
const sizeOf = (url) => fs.statSync(path.join(BUILD, 'static', `${url}.br`)).size;

/** What a module imports at once, and what later. @param {string} url */
function importsOf(url) {
  const text = fs.readFileSync(fileOf(url), 'utf8').replace(/\/\*[\s\S]*?\*\//g, '');
  const resolve = (name) => new URL(name, `http://x${url}`).pathname;
  return {
    now: [...text.matchAll(/^(?:import|export)\s(?:[^;]*?\sfrom\s)?'([^']+)'/gm)].map((m) => resolve(m[1])),
    later: [...text.matchAll(/\bimport\('([^']+)'\)/g)].map((m) => resolve(m[1])),
  };
}

/** All modules `urls` need at once, and the ones they may ask for later. @param {string[]} urls */
function closure(urls) {
  const at = new Set();
  const later = new Set();
  const queue = [...urls];
  while (queue.length) {
    const url = queue.pop();
    if (at.has(url)) continue;
    at.add(url);
    if (url.startsWith('/vendor/')) continue;
    const found = importsOf(url);
    queue.push(...found.now);
    for (const one of found.later) later.add(one);
  }
  return { at, later };
}

const sum = (urls) => [...urls].reduce((total, url) => total + sizeOf(url), 0);
const shell = fs.readFileSync(path.join(ROOT, 'static/index.html'), 'utf8');
const named = [...shell.matchAll(/(?:href|src)="([^"]+)"/g)].map((m) => m[1]);
const routes = [...fs.readFileSync(path.join(ROOT, 'static/js/routes.js'), 'utf8').matchAll(/path: '([^']+)', page: \(\) => import\('\.(\/[^']+)'\)(?:, css: '([^']+)')?/g)]
  .map(([, address, page, css]) => ({ address, page: `/js${page}`, css: css && `/css/pages/${css}.css` }));

const modules = closure(named.filter((url) => url.endsWith('.js')));
const always = new Set(['/index.html', ...named.filter((url) => !url.endsWith('.svg')), ...modules.at]);
// Home stands in its frame, which the sign-in does without.
const frame = [...closure(['/js/shell.js']).at, '/css/shell.css'].filter((url) => !always.has(url));
const rows = [];
const seen = new Set();
const parts = [];
let bad = false;
for (const { address, page, css } of routes) {
  if (!fs.existsSync(fileOf(page))) continue;
  const { at, later } = closure([page]);
  const framed = address !== '/signin';
  const first = new Set([...always, ...(framed ? frame : [])]);
  const own = [...at, ...(css ? [css] : [])].filter((url) => !first.has(url));
  rows.push([`page ${address}`, sum(own)]);
  parts.push(...later);
  if (LIMITS[address]) {
    const total = sum(first) + sum(own);
    rows.push([`**first page at ${address}**`, total]);
    if (total >= LIMITS[address]) {
      bad = true;
      console.error(`the first page at ${address} is ${total} bytes, less than ${LIMITS[address]} are wanted. The largest parts:`);
      for (const url of [...first, ...own].sort((a, b) => sizeOf(b) - sizeOf(a)).slice(0, 15)) console.error(`  ${sizeOf(url)}  ${url}`);
    }
  }
}
const queue = [...modules.later, ...closure(['/js/shell.js']).later, ...parts];
while (queue.length) {
  const url = queue.shift();
  if (seen.has(url) || routes.some(({ page }) => page === url) || !fs.existsSync(fileOf(url))) continue;
  seen.add(url);
  const { at, later } = closure([url]);
  queue.push(...later);
  rows.push([`when needed: ${url}`, sum([...at].filter((one) => !always.has(one) && !frame.includes(one)))]);
}
for (const { file } of JSON.parse(fs.readFileSync(path.join(BUILD, 'static/vendor/VENDOR.json'), 'utf8')).files) {
  const url = `/vendor/${file}`;
  rows.push([`file ${url}`, file.endsWith('.woff2') ? fs.statSync(fileOf(url)).size : sizeOf(url)]);
}

const table = rows.map(([what, bytes]) => `| ${what} | ${(bytes / 1000).toFixed(1)} |`).join('\n');
fs.mkdirSync(path.join(BUILD, 'log'), { recursive: true });
fs.writeFileSync(path.join(BUILD, 'log/sizes.md'), `| part | kB, Brotli |\n|---|---:|\n${table}\n`);
console.log(`first page: ${rows.filter(([what]) => what.startsWith('**')).map(([what, bytes]) => `${what.replace(/\*/g, '').replace('first page at ', '')} ${(bytes / 1000).toFixed(1)} kB`).join(', ')}; all parts: ${path.relative(ROOT, path.join(BUILD, 'log/sizes.md'))}`);
process.exit(bad ? 1 : 0);
