// Makes the files below /vendor/ of the browser application: build.mjs <packages> <output>
//   <packages>  the folder where npm ci has been run (package-lock.json pins every byte)
// Each entries/<name>.mjs becomes <name>.js, one minified ES module; fonts and style sheets are copied. VENDOR.json tells
// of every file its size, sha256 and the packages in it; LICENSES.txt holds their licences. Nothing is fetched here.

import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { write } from './pack.mjs';

const [packages, output] = process.argv.slice(2).map((folder) => path.resolve(folder));
const here = path.dirname(fileURLToPath(import.meta.url));
const modules = path.join(packages, 'node_modules');
const esbuild = createRequire(path.join(packages, 'package.json'))('esbuild');

const COPIES = {
  'openchemlib-resources.json': 'openchemlib/dist/resources.json', // torsions and force field: only making 3D shapes needs them
  'uplot.css': 'uplot/dist/uPlot.min.css',
  'fonts/sans.woff2': '@fontsource-variable/ibm-plex-sans/files/ibm-plex-sans-latin-wght-normal.woff2',
  'fonts/mono-400.woff2': '@fontsource/ibm-plex-mono/files/ibm-plex-mono-latin-400-normal.woff2',
  'fonts/mono-600.woff2': '@fontsource/ibm-plex-mono/files/ibm-plex-mono-latin-600-normal.woff2',
};
const LICENCE_FILE = /^(licen[cs]e|copying|notice)/i;

/** The innermost package a path below node_modules belongs to: its folder. */
function packageFolder(file) {
  const parts = file.split('/');
  const at = parts.lastIndexOf('node_modules') + 1;
  return parts.slice(0, at + (parts[at].startsWith('@') ? 2 : 1)).join('/');
}

function describe(folder) {
  const { name, version, license } = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'));
  return { name, version, license };
}

const used = new Map(); // folder -> {name, version, license}
function record(file, bytes, folders) {
  for (const folder of folders) if (!used.has(folder)) used.set(folder, describe(folder));
  write(path.join(output, file), bytes);
  return {
    file,
    bytes: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    packages: [...folders].map((folder) => `${used.get(folder).name}@${used.get(folder).version}`).sort(),
  };
}

async function bundle(entry) {
  const file = entry.replace(/\.mjs$/, '.js');
  const result = await esbuild.build({
    entryPoints: [path.join(here, 'entries', entry)],
    bundle: true,
    write: false,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    legalComments: 'none',
    nodePaths: [modules],
    define: { 'process.env.NODE_ENV': '"production"', 'process.env.DEBUG': 'undefined' },
    metafile: true,
    absWorkingDir: packages,
    logLevel: 'warning',
  });
  const inputs = Object.values(result.metafile.outputs)[0].inputs;
  const folders = Object.entries(inputs)
    .filter(([name, { bytesInOutput }]) => bytesInOutput > 0 && name.includes('node_modules/'))
    .map(([name]) => packageFolder(path.resolve(packages, name)));
  return record(file, Buffer.from(result.outputFiles[0].contents), new Set(folders));
}

function copy(file, from) {
  return record(file, fs.readFileSync(path.join(modules, from)), [packageFolder(path.join(modules, from))]);
}

function licences() {
  const texts = [...used].sort(([, a], [, b]) => a.name.localeCompare(b.name)).map(([folder, { name, version, license }]) => {
    const own = fs.readdirSync(folder).filter((file) => LICENCE_FILE.test(file));
    const text = own.map((file) => fs.readFileSync(path.join(folder, file), 'utf8').trim()).join('\n\n');
    return `${'='.repeat(78)}\n${name} ${version}: ${license}\n${'='.repeat(78)}\n\n${text || 'The package names its licence and carries no text of it.'}\n`;
  });
  return `What the files in this folder contain, and the licences of it.\n\n${texts.join('\n')}`;
}

fs.rmSync(output, { recursive: true, force: true });
const files = [];
for (const entry of fs.readdirSync(path.join(here, 'entries')).sort()) files.push(await bundle(entry));
for (const [file, from] of Object.entries(COPIES)) files.push(copy(file, from));
const list = [...used.values()].sort((a, b) => a.name.localeCompare(b.name));
write(path.join(output, 'VENDOR.json'), `${JSON.stringify({ packages: list, files }, null, 2)}\n`);
write(path.join(output, 'LICENSES.txt'), licences());
for (const { file, bytes } of files) console.log(`${file}  ${bytes} bytes`);
