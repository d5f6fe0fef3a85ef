// What the palette finds for what is typed (static/js/shell/match.js); plain node, no browser.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { source } from './lib/source.mjs';

const { match, pieces } = await source('shell/match.js');

/** Those of `names` that fit, best first. */
const found = (typed, names) => names.map((name) => ({ name, hit: match(typed, name) })).filter((one) => one.hit)
  .sort((a, b) => b.hit.score - a.hit.score).map((one) => one.name);

test('nothing typed fits everything alike', () => {
  assert.deepEqual(match('', 'Runs'), { score: 0, hits: [] });
  assert.deepEqual(match('   ', 'Runs'), { score: 0, hits: [] });
});

test('a piece of the name beats strewn letters, a start of a word beats the middle, short beats long', () => {
  assert.deepEqual(found('run', ['Rerun plan', 'Runs', 'Return of urea in nitrate']).slice(0, 2), ['Runs', 'Rerun plan']);
  assert.deepEqual(found('water', ['Underwater', 'Protein in water', 'Water']), ['Water', 'Protein in water', 'Underwater']);
});

test('initials and halves of words', () => {
  assert.deepEqual(found('kin inh', ['Kinase inhibitors', 'Alkane chains']), ['Kinase inhibitors']);
  assert.deepEqual(found('pmd', ['Protein molecular dynamics', 'Lipids']), ['Protein molecular dynamics']);
});

test('letters that happen to occur far apart are no match', () => {
  assert.equal(match('zz', 'Samples'), null);
  assert.equal(match('rus', 'Project of a group working upon ions'), null);
});

test('upper and lower case, spaces and signs that mean something elsewhere', () => {
  assert.ok(match('ETHANOL', 'ethanol, relaxed'));
  assert.ok(match('(demo)', 'Results (demo)'));
  assert.equal(match('.*', 'Results'), null);
});

test('what matched is marked, the rest is not, and nothing is lost', () => {
  const { hits } = match('eth', 'Collapsed methyl');
  assert.deepEqual(pieces('Collapsed methyl', hits), [{ text: 'Collapsed m', hit: false }, { text: 'eth', hit: true }, { text: 'yl', hit: false }]);
  assert.deepEqual(pieces('<b>', []), [{ text: '<b>', hit: false }]);
  assert.deepEqual(pieces('', []), []);
});
