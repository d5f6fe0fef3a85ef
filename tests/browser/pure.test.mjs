// Parts of the browser application that need no browser: the checksum of files, and the expressions that show and hide
// fields, which must agree with what the server says of the same text (tests/unit/test_model_expr.c).

import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { source } from './lib/source.mjs';

const { Sha256 } = await source('upload/sha256.js');
const { evaluate, holds } = await source('pages/new/expr.js');

test('the checksum is SHA-256, however the bytes come', () => {
  for (const size of [0, 1, 55, 56, 63, 64, 65, 119, 120, 1000, 1 << 18]) {
    const bytes = randomBytes(size);
    for (const piece of [1 << 30, 64, 61]) {
      if (size > 1000 && piece === 61) continue;
      const hash = new Sha256();
      for (let at = 0; at < size; at += piece) hash.add(bytes.subarray(at, at + piece));
      assert.equal(hash.end(), createHash('sha256').update(bytes).digest('hex'), `${size} bytes in pieces of ${piece}`);
    }
  }
});

test('expressions have the precedence, the functions and the words of the template language', () => {
  const names = { water: 'tip3p', n: 4, on: 1 };
  const value = (text) => evaluate(text, (name) => {
    if (!(name in names)) throw new ReferenceError(name);
    return names[name];
  });
  const cases = [
    ['1 + 2 * 3', 7], ['(1 + 2) * 3', 9], ['-2 - -3', 1], ['7 % 4', 3], ['1 < 2 && 2 < 1', 0], ['1 || 0 && 0', 1], ['!on', 0],
    ['water == "tip3p" ? 99 : 131', 99], ['water != "spce"', 1], ['max(1, n, 3)', 4], ['pow(2, 3) / 4', 2], ['0 ? 1 : 0 ? 2 : 3', 3],
    ['floor(2.7) + ceil(2.1)', 5], ['1.5e3', 1500], ['2 <= 2', 1],
  ];
  for (const [text, wanted] of cases) assert.equal(Number(value(text)), wanted, text);
  for (const text of ['1 +', 'nope > 1', 'alert(1)', '1 2', '"open', 'a.b', '[1]']) assert.throws(() => value(text), Error, `${text} is refused`);
});

test('a condition nobody can decide hides nothing', () => {
  assert.equal(holds('use_gpu', { use_gpu: false }), false);
  assert.equal(holds('frequencies && method != "gfnff"', { frequencies: true, method: 'gfn2' }), true);
  assert.equal(holds('unknown_name > 1', {}), true);
  assert.equal(holds(undefined, {}), true);
});
