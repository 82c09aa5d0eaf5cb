// The depth of a text is told before anything recurses over it, and brackets inside texts do not count.
import {utf8Encode} from '@murmuration/base';
import fc from 'fast-check';
import {nestsDeeperThan} from './json-depth.js';

function depthOf(json: unknown): number {
  if (typeof json !== 'object' || json === null) return 0;
  return 1 + Math.max(0, ...Object.values(json).map(depthOf));
}

test('agrees with a recursive count on any JSON', () => {
  fc.assert(fc.property(fc.jsonValue({maxDepth: 6}), fc.nat(7), (json, levelsMax) => {
    expect(nestsDeeperThan(utf8Encode(JSON.stringify(json)), levelsMax)).toBe(depthOf(json) > levelsMax);
  }), {numRuns: 500});
});

test.each([
  ['brackets in a text', '{"a":"[[[[[[[[["}', false],
  ['an escaped quote before brackets in a text', '{"a":"\\"[[[[[[[["}', false],
  ['a backslash that ends a text', '{"a":"\\\\","b":[[[[1]]]]}', true],
  ['an unclosed text', '"[[[[[[[[[', false],
  ['rubbish', '[[[[[[[[[[', true],
])('%s', (_what, text, isDeep) => {
  expect(nestsDeeperThan(utf8Encode(text), 3)).toBe(isDeep);
});

test('16 MiB of brackets are told at once, without a stack', () => {
  expect(nestsDeeperThan(new Uint8Array(16 * 1024 * 1024).fill(0x5b), 256)).toBe(true);
});
