// A module of static/js that imports nothing, for tests without a browser. Its name ends in .js and no package.json says
// that it is a module, so old versions of node must be told by the way it is loaded.

import fs from 'node:fs';
import { ROOT } from '../../api/lib/stack.mjs';

/** @param {string} name below static/js, e.g. `fmt.js` */
export const source = (name) => import(`data:text/javascript;base64,${fs.readFileSync(`${ROOT}/static/js/${name}`).toString('base64')}`);
