#!/bin/bash
# The browser application's types: api-types.d.ts in step with the API, and tsc --checkJs --strict over static/js.
set -euo pipefail
cd "$(dirname "$0")/../.."
export B=${B:-build}
node tests/lint/api_types.mjs
# static/jsconfig.json as editors read it, for the build folder in use.
node - "$B" <<'JS' >"$B/jsconfig.json"
const fs = require('node:fs');
const path = require('node:path');
const config = JSON.parse(fs.readFileSync('static/jsconfig.json', 'utf8'));
const at = (name) => path.resolve('static', name.replace(/^\.\.\/build\//, `${path.resolve(process.argv[2])}/`));
for (const [name, places] of Object.entries(config.compilerOptions.paths)) config.compilerOptions.paths[name] = places.map(at);
config.include = config.include.map(at);
console.log(JSON.stringify(config, null, 2));
JS
node "$B/npm/node_modules/typescript/bin/tsc" -p "$B/jsconfig.json"
