// A module of static/js whose imports are all relative, for tests without a browser. Its name ends in .js and no
// package.json says that it is a module, so old versions of node must be told by the way it is loaded: as a data address,
// its imports too.

import fs from 'node:fs';
import path from 'node:path';
import { ROOT } from '../../api/lib/stack.mjs';

/** @param {string} file @returns {string} */
function address(file) {
  const text = fs.readFileSync(file, 'utf8').replace(/ from '(\.[^']+)';/g, (_all, name) => ` from '${address(path.resolve(path.dirname(file), name))}';`);
  return `data:text/javascript;base64,${Buffer.from(text).toString('base64')}`;
}

/** @param {string} name below static/js, e.g. `fmt.js` */
export const source = (name) => import(address(path.join(ROOT, 'static/js', name)));
