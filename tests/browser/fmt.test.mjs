// Numbers, amounts and times as text (static/js/fmt.js); plain node, no browser.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { source } from './lib/source.mjs';

const { ago, bytes, dur, err, num, pct, plural, si, when } = await source('fmt.js');

/** In expectations `_` is a thin space. */
const thin = (text) => text.replace(/_/g, '\u2009');
const rows = (make, table) => { for (const [given, want] of table) assert.equal(make(...[given].flat()), thin(want), JSON.stringify(given)); };

test('numbers: significant digits, a thin space between thousands, a true minus', () => {
  rows((x, how) => num(x, how), [
    [0, '0'], [-0, '0'], [7, '7'], [1234, '1234'], [12345, '12_345'], [-24000, '−24_000'], [1234567, '1_234_567'],
    [0.1, '0.1'], [300.123456, '300.1'], [0.00123456, '0.001235'], [99999.96, '100_000'], [-0.5, '−0.5'],
    [1.5e-7, '1.500·10⁻⁷'], [6.02214076e23, '6.022·10²³'], [null, '–'], [undefined, '–'], [NaN, '–'], [Infinity, '∞'], [-Infinity, '−∞'],
    [[300.123, { digits: 1, unit: 'K' }], '300.1_K'], [[-0.04, { digits: 1 }], '0.0'], [[12, { unit: '°' }], '12°'],
    [[1.5, { sig: 2, unit: 'ns/day' }], '1.5_ns/day'],
  ]);
});

test('prefixes and bytes', () => {
  rows((x, unit) => si(x, unit), [
    [[0, 's'], '0_s'], [[1500, 'Hz'], '1.50_kHz'], [[999.6e3, 'B'], '1.00_MB'], [[0.002, 's'], '2.00_ms'], [[-12e6, 'J'], '−12.0_MJ'],
    [[5e-15, 's'], '0.00500_ps'], [[null, 's'], '–'],
  ]);
  rows(bytes, [[0, '0_B'], [999, '999_B'], [1000, '1.00_kB'], [18641234, '18.6_MB'], [2199023255552, '2.20_TB'], [null, '–']]);
});

test('durations by their two largest parts', () => {
  rows(dur, [[0, '0_s'], [0.02, '20_ms'], [2.34, '2.3_s'], [9.96, '10_s'], [59.4, '59_s'], [59.6, '1_min'], [61, '1_min 1_s'], [3599.7, '1_h'],
    [31200, '8_h 40_min'], [86399, '1_d'], [93600, '1_d 2_h'], [1e7, '115_d 18_h'], [-5, '0_s'], [null, '–'], [Infinity, '–']]);
});

test('how long ago', () => {
  const now = Date.parse('2026-11-20T12:00:00Z');
  const at = (seconds) => ago(new Date(now - seconds * 1000).toISOString(), now);
  assert.equal(at(3), 'just now');
  assert.equal(at(-20), 'just now', 'a clock that is a little ahead');
  assert.equal(at(120), `${thin('2_min')} ago`);
  assert.equal(at(5400), `${thin('2_h')} ago`);
  assert.equal(at(86400), '1 day ago');
  assert.equal(at(86400 * 40), '1 month ago');
  assert.equal(at(86400 * 800), '2 years ago');
  assert.equal(at(-7200), `in ${thin('2_h')}`);
  assert.equal(ago(null), '–');
  assert.equal(ago('nonsense'), '–');
});

test('the exact moment names its zone', () => {
  assert.match(when('2026-11-20T12:00:00Z'), /^2026-11-(19|20|21) \d\d:\d\d:\d\d UTC([+−]\d{1,2}(:\d\d)?)?$/);
  assert.equal(when(undefined), '–');
});

test('shares are never 100 before the end, never 0 after the beginning', () => {
  rows((x, digits) => pct(x, digits), [[0, '0_%'], [0.004, '<_1_%'], [0.5, '50_%'], [0.999, '99_%'], [1, '100_%'], [[0.9999, 1], '99.9_%'], [null, '–']]);
});

test('values with their errors, counts with their nouns', () => {
  rows((v, e, u) => err(v, e, u), [[[300.123, 0.42, 'K'], '300.1_±_0.4_K'], [[1.23456, 0.0123, ''], '1.235_±_0.012'], [[-4521, 130, 'kJ/mol'], '−4521_±_130_kJ/mol'],
    [[5, null, 'nm'], '5_nm'], [[5, 0], '5'], [[null, 1], '–']]);
  assert.equal(plural(1, 'run'), '1 run');
  assert.equal(plural(0, 'run'), '0 runs');
  assert.equal(plural(24000, 'run'), `${thin('24_000')} runs`);
  assert.equal(plural(2, 'entry', 'entries'), '2 entries');
});
