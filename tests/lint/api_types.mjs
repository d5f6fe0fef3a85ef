// The API's types for the browser application: static/js/api-types.d.ts from what `athanor --show-openapi` prints.
//   node tests/lint/api_types.mjs            compares, and fails when they are out of step
//   node tests/lint/api_types.mjs --write    writes the file

import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

const ROOT = path.resolve(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), '../..');
const TARGET = path.join(ROOT, 'static/js/api-types.d.ts');
const program = path.resolve(ROOT, process.env.B ?? 'build', 'athanor');
const LINE_MAX = 120;

const name = (key) => (/^[A-Za-z_]\w*$/.test(key) ? key : `'${key}'`);

/** @param {any} schema @param {string} indent of the line the type begins in */
function typeOf(schema, indent = '') {
  if (!schema || Object.keys(schema).length === 0) return 'any';
  if (schema.$ref) return schema.$ref.split('/').pop();
  if (schema.anyOf) return schema.anyOf.map((one) => typeOf(one, indent)).join(' | ');
  if (schema.enum) return schema.enum.map((word) => `'${word}'`).join(' | ');
  switch (schema.type) {
    case 'null': return 'null';
    case 'integer': case 'number': return 'number';
    case 'boolean': return 'boolean';
    case 'string': return 'string';
    case 'array': return `Array<${typeOf(schema.items, indent)}>`;
    default: return schema.properties ? objectOf(schema, indent) : 'Record<string, any>';
  }
}

function objectOf(schema, indent) {
  const must = new Set(schema.required ?? Object.keys(schema.properties).filter((key) => ['items', 'next_cursor'].includes(key)));
  const inner = `${indent}  `;
  const fields = Object.entries(schema.properties).map(([key, one]) => `${name(key)}${must.has(key) ? '' : '?'}: ${typeOf(one, inner)}`);
  const flat = `{ ${fields.join('; ')} }`;
  if (indent && !flat.includes('\n') && indent.length + flat.length < LINE_MAX) return flat;
  return `{\n${fields.map((field) => `${inner}${field};\n`).join('')}${indent}}`;
}

function answers(paths) {
  const rows = [];
  for (const methods of Object.values(paths)) {
    for (const { operationId, responses } of Object.values(methods)) {
      const [, success] = Object.entries(responses).find(([code]) => code.startsWith('2')) ?? [];
      const schema = success?.content?.['application/json']?.schema;
      if (schema) rows.push(`  '${operationId}': ${typeOf(schema, '  ')};\n`);
    }
  }
  return rows.join('');
}

const { paths, components } = JSON.parse(execFileSync(program, ['--show-openapi'], { maxBuffer: 16 << 20, encoding: 'utf8' }));
const types = Object.entries(components.schemas).map(([key, schema]) => (
  schema.properties ? `export interface ${key} ${objectOf(schema, '')}\n` : `export type ${key} = ${typeOf(schema)};\n`));
const text = `// Made from the API's own description by tests/lint/api_types.mjs --write; a lint compares. Do not edit.

${types.join('\n')}
/** What a route answers with success, by its name in portal/api/routes.c. */
export interface Answers {
${answers(paths)}}
`;

if (process.argv.includes('--write')) {
  fs.writeFileSync(TARGET, text);
} else if (!fs.existsSync(TARGET) || fs.readFileSync(TARGET, 'utf8') !== text) {
  console.error('static/js/api-types.d.ts is out of step with the API. What to do: node tests/lint/api_types.mjs --write');
  process.exit(1);
}
