// The browser's own files as they are installed: small.mjs <packages> <source> <output>
// Each file of <source> goes to <output> with its small copies (pack.mjs). Modules and style sheets lose their comments and blanks, and nothing else: names stay, no file is joined with another. Files that
// are as new as their source are left alone; those whose source is gone are removed, but for what other steps made.

import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { write } from './pack.mjs';

const [packages, source, output] = process.argv.slice(2).map((folder) => path.resolve(folder));
const esbuild = createRequire(path.join(packages, 'package.json'))('esbuild');
const LOADER = { '.js': 'js', '.css': 'css' };
/** Made by build.mjs and guide.mjs. */
const OTHERS = /^(vendor|guide)(\/|$)/;

const list = (folder) => fs.readdirSync(folder, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile()).map((entry) => path.relative(folder, path.join(entry.parentPath ?? entry.path, entry.name)))
  .filter((file) => !file.endsWith('.d.ts') && file !== 'jsconfig.json');

async function strip(file, bytes) {
  const loader = LOADER[path.extname(file)];
  if (!loader) return bytes;
  const { code } = await esbuild.transform(bytes.toString(), { loader, minifyWhitespace: true, legalComments: 'none', charset: 'utf8', sourcefile: file });
  return Buffer.from(code);
}

const files = new Set(list(source).filter((file) => !file.startsWith(`packages${path.sep}`)));
for (const file of files) {
  const [from, to] = [path.join(source, file), path.join(output, file)];
  if (fs.existsSync(to) && fs.statSync(to).mtimeMs >= fs.statSync(from).mtimeMs) continue;
  write(to, await strip(file, fs.readFileSync(from)));
}
for (const file of list(output)) {
  if (!OTHERS.test(file) && !files.has(file.replace(/\.(br|gz)$/, '')) && !file.startsWith('guide.') && file !== '.done') fs.rmSync(path.join(output, file));
}
