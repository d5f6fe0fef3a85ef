// Fixtures for tests about runs: a site with modules, a ready structure, and what workers and jobs would write.
// Rows are made by SQL because no worker runs in these tests; every reply still comes from the real portal.

import fs from 'node:fs';
import path from 'node:path';
import { randomBytes } from 'node:crypto';

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** A well-formed id with this prefix. */
export function newId(prefix) {
  const time = BigInt(Date.now());
  let head = '';
  for (let i = 9; i >= 0; i -= 1) head += ALPHABET[Number((time >> BigInt(5 * i)) & 31n)];
  return `${prefix}_${head}${[...randomBytes(16)].map((b) => ALPHABET[b & 31]).join('')}`;
}

const quote = (text) => `'${String(text).replaceAll("'", "''")}'`;
const json = (value) => `${quote(JSON.stringify(value))}::jsonb`;

export async function seedSite(stack, modules = ['xtb/6.5.1', 'gromacs/2022.5']) {
  const facts = { cpus: 2, gpus: 0, nodes: 1, version: '22.05', partitions: [{ name: 'main', max_time_s: 0, is_default: true }] };
  await stack.sql(`INSERT INTO site (id, kind, title, facts, as_of) VALUES ('local', 'slurm', 'This machine', ${json(facts)}, now())
    ON CONFLICT (id) DO UPDATE SET as_of = now(); DELETE FROM module`);
  for (const full of modules) {
    const [name, version] = full.split('/');
    await stack.sql(`INSERT INTO module (site_id, full_name, name, version, is_default, load_command)
      VALUES ('local', '${full}', '${name}', '${version}', true, 'module load ${full}')`);
  }
}

export const ETHANOL = {
  formula: 'C2H6O', atoms: 9, heavy_atoms: 3, hydrogens: 6, residues: 0, protein_residues: 0, nucleic_residues: 0, waters: 0,
  ions: 0, ligands: [], chains: [], models: 1, charge: null, elements: { C: 2, H: 6, O: 1 }, box_a: null, altlocs: 0, gaps: 0,
  missing_atoms: 0, clashes: 0, title: 'ethanol', bounds_a: [[-1, -1, -1], [2, 2, 2]],
};

export async function seedStructure(stack, project, account, { facts = ETHANOL, format = 'xyz', state = 'ready', name = 'ethanol.xyz' } = {}) {
  const sha = randomBytes(32).toString('hex');
  const [file, structure] = [newId('fil'), newId('str')];
  await stack.sql(`INSERT INTO blob (sha256, bytes) VALUES ('\\x${sha}', 100);
    INSERT INTO file (id, project_id, name, bytes, sha256, created_by) VALUES ('${file}', '${project}', ${quote(name)}, 100, '\\x${sha}', '${account}');
    INSERT INTO structure (id, project_id, file_id, name, state, format, facts, created_by)
      VALUES ('${structure}', '${project}', '${file}', ${quote(name)}, '${state}', '${format}', ${json(facts)}, '${account}')`);
  return structure;
}

/** A run as the database holds it, without the portal: for lists and for run folders. */
export async function seedRun(stack, project, account, { state = 'finished', name = 'a run', attempt = 1, id = newId('run'), template = 'xtb-relax' } = {}) {
  const ended = ['finished', 'failed', 'cancelled'].includes(state);
  await stack.sql(`INSERT INTO run (id, project_id, account_id, name, template, template_version, site_id, spec, state, attempt, started_at, ended_at)
    VALUES ('${id}', '${project}', '${account}', ${quote(name)}, '${template}', '1.0.0', 'local', '{"version":1}', '${state}', ${attempt},
            now() - interval '1 hour', ${ended ? 'now()' : 'NULL'})`);
  return id;
}

export async function workerEvent(stack, run, kind, data = {}, attempt = 1) {
  const [[id]] = await stack.sql(`SELECT run_event_append('${run}', NULL, '${kind}', ${attempt}, NULL, ${json(data)})`, 'athanor_worker');
  return Number(id);
}

export const runFolderPath = (stack, project, run) => path.join(stack.dir, 'projects', project, 'runs', run);

export function runFolder(stack, project, run) {
  const folder = runFolderPath(stack, project, run);
  fs.mkdirSync(folder, { recursive: true });
  return folder;
}

export function writeFile(folder, rel, content) {
  const file = path.join(folder, rel);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, content);
  return file;
}

export async function seedResult(stack, run, doc) {
  await stack.sql(`INSERT INTO run_result (run_id, doc, sha256) VALUES ('${run}', ${json(doc)}, '\\x${randomBytes(32).toString('hex')}')`);
}

/** Little-endian float64 pairs. */
export function pairs(points) {
  const b = Buffer.alloc(points.length * 16);
  points.forEach(([x, y], i) => { b.writeDoubleLE(x, i * 16); b.writeDoubleLE(y, i * 16 + 8); });
  return b;
}

export function float32(values) {
  const b = Buffer.alloc(values.length * 4);
  values.forEach((v, i) => b.writeFloatLE(v, i * 4));
  return b;
}

export function uint32(values) {
  const b = Buffer.alloc(values.length * 4);
  values.forEach((v, i) => b.writeUInt32LE(v, i * 4));
  return b;
}
