// Runs that no job computed: rows and folders as worker and job would write them, for what cannot be had in seconds.

import fs from 'node:fs';
import path from 'node:path';
import { pairs, runFolder, seedResult, seedRun, writeFile } from '../../api/lib/runs.mjs';
import { sql, VAR } from './stack.mjs';

/** What the fixtures of the API tests take for a stack. */
const stack = { dir: fs.realpathSync(VAR), sql };

/**
 * A finished run of xtb-relax with one long series and a picture, a table and a page of markup among its files.
 *
 * @param {import('../../api/lib/stack.mjs').Caller} who @param {string} projectId @param {{ name?: string, points: number, shift?: number }} about
 */
export async function longRun(who, projectId, { name = 'A long series', points, shift = 0 }) {
  const id = await seedRun(stack, projectId, who.id, { name });
  const folder = runFolder(stack, projectId, id);
  writeFile(folder, 'results/series/long.f64', pairs(Array.from({ length: points }, (_, i) => [i * 0.01, shift + Math.sin(i / 5000) + (i % 7) * 0.01])));
  writeFile(folder, 'work/<img src=x onerror=alert(1)>.txt', '<script>alert(1)</script>\n');
  writeFile(folder, 'work/values.csv', 'name,value\n"a, quoted",1\nb,2\n');
  writeFile(folder, 'work/data.bin', Buffer.from(Array.from({ length: 64 }, (_, i) => 128 + i)));
  await seedResult(stack, id, {
    version: 1, template: 'xtb-relax', title: 'One long series',
    summary: [{ name: 'long', label: 'Long value', value: shift, error: 0.01, unit: 'K', digits: 2, note: 'mean' }],
    series: [{ name: 'long', label: 'Long value', x: { label: 'Time', unit: 'ps' }, y: { label: 'Value', unit: 'K' }, stage: 'production', file: 'series/long.f64', points }],
    trajectories: [], files: [{ path: 'work/values.csv', label: 'Values', bytes: 30, kind: 'table' }], tables: [], structures: [], warnings: [],
    provenance: { engine: 'none', modules: [], host: 'here', commands: ['true'], seed: 1, inputs: {} }, methods: 'Made by a test.', citations: [],
  });
  return id;
}

/** Where a run's folder is, for tests that change it. @param {string} projectId @param {string} runId */
export const folderOf = (projectId, runId) => path.join(stack.dir, 'projects', projectId, 'runs', runId);
