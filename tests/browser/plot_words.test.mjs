// What plots compute themselves: figures of a series, their wording, looks, CSV. No browser needed.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { source } from './lib/source.mjs';

const { csv, fileName } = await source('plot/csv.js');
const { LOOKS, looks } = await source('plot/palette.js');
const { decimals, spacingDigits, stats, unitText, words } = await source('plot/stats.js');

const range = (n, f) => Float64Array.from({ length: n }, (_, i) => f(i));
const said = (parts) => Object.fromEntries(parts.map(({ term, text }) => [term, text.replaceAll('\u2009', ' ')]));

test('mean, spread, extremes and drift, also of values far from zero', () => {
  const x = range(1001, (i) => i * 0.1);
  const y = range(1001, (i) => -1e5 + 0.5 * i * 0.1 + (i % 2 ? 1 : -1));
  const s = stats(x, y);
  assert.ok(Math.abs(s.mean - (-1e5 + 25)) < 1e-2);
  assert.ok(Math.abs(s.drift - 50) < 0.1, `${s.drift}`);
  assert.equal(s.first, y[0]);
  assert.equal(s.last, y[1000]);
  assert.equal(s.maxAt, x[999]);
  assert.equal(stats(x, y, 10, 20).n, 101);
});

test('gaps are no values; nothing is nothing', () => {
  const s = stats([0, 1, 2, 3], [null, 1, NaN, 3]);
  assert.equal(s.n, 2);
  assert.equal(s.mean, 2);
  assert.equal(stats([0, 1], [null, null]), null);
  assert.equal(stats([], []), null);
  assert.equal(stats([0, 1], [5, 5], 2, 3), null);
});

test('means are said of series in time only, with the error the analysis gives', () => {
  const s = stats([0, 1, 2], [300, 301, 299]);
  assert.deepEqual(Object.keys(said(words(s, { unit: 'K', xUnit: 'ps' }))), ['Mean', 'Drift', 'Min', 'Max', 'Last']);
  const known = { value: 299.71, error: 0.45, digits: 1, note: 'mean over the production run' };
  assert.equal(said(words(s, { unit: 'K', xUnit: 'ps', known })).Mean, '299.7 ± 0.5 K over the production run');
  assert.match(said(words(s, { unit: 'K', xUnit: 'ps', approximate: true })).Mean, /^≈/);
  assert.deepEqual(Object.keys(said(words(s, { unit: 'nm', xUnit: '' }))), ['Min', 'Max', 'Last']);
  assert.deepEqual(said(words(stats([100, 200.2, 300], [0, 9, 1]), { unit: 'km/mol', xUnit: '1/cm' })), { Highest: '9.0 km/mol at 200 cm⁻¹' });
});

test('digits tell neighbours apart and nothing rounds to zero', () => {
  assert.equal(decimals(66), 0);
  assert.equal(decimals(0.45), 2);
  assert.equal(spacingDigits({ from: 0, to: 20, n: 101, whole: false }), 1);
  assert.equal(spacingDigits({ from: 0, to: 5, n: 6, whole: true }), 0);
  const s = stats([0, 1, 2], [0.02, 0.001, 4.4e-5]);
  assert.match(said(words(s, { unit: 'Eh', xUnit: '' })).Last, /4\.4·10⁻⁵ Eh/);
  assert.equal(unitText('km/mol per 1/cm'), 'km/mol per cm⁻¹');
});

test('a series looks the same everywhere, and no two lines of a plot alike', () => {
  const [alone] = looks(['potential']);
  assert.deepEqual(looks(['rmsd', 'potential'])[1], alone);
  const many = looks(Array.from({ length: LOOKS }, (_, i) => `series_${i}`));
  assert.equal(new Set(many.map((look) => `${look.colour} ${look.dash}`)).size, LOOKS);
});

test('CSV holds numbers in full, quotes what must be, and starts no formula', () => {
  const text = csv(['a "b"', '=c'], [[0.1 + 0.2, 'x,y'], [1e-7, '=SUM(1)'], [null, '-1']]);
  assert.equal(text, `"a ""b""",'=c\r\n0.3,"x,y"\r\n1e-7,'=SUM(1)\r\n,'-1\r\n`);
  assert.equal(fileName('Potential energy / kJ', 'csv'), 'potential-energy-kj.csv');
});
