// Goal: replicas that show one log index are equal to the byte, or the first difference is named.
import {utf8Encode} from '@murmuration/base';
import {compareReplicas, RowHash} from './replica-equality.js';
import type {ReplicaListing, ReplicaRow} from './replica-equality.js';

const row = (key: string, value: string): ReplicaRow => ({key: utf8Encode(key), value: utf8Encode(value)});
const listing = (name: string, appliedIndex: number, ...rows: readonly ReplicaRow[]): ReplicaListing => ({name, appliedIndex, rows});
const hashOf = (...rows: readonly ReplicaRow[]): string => {
  const hash = new RowHash();
  for (const {key, value} of rows) hash.add(key, value);
  return hash.text;
};

test('equal listings agree', () => {
  expect(compareReplicas([listing('a', 5, row('k', '1')), listing('b', 5, row('k', '1')), listing('c', 5, row('k', '1'))])).toEqual({kind: 'ok', comparedCount: 3, differences: []});
});
test('listings of different indexes prove nothing', () => {
  expect(compareReplicas([listing('a', 5, row('k', '1')), listing('b', 6, row('k', '2'))]).kind).toBe('incomparable');
});
test.each<[string, readonly ReplicaRow[], readonly ReplicaRow[], string]>([
  ['another value', [row('j', '0'), row('k', '1')], [row('j', '0'), row('k', '2')], 'at index 5 key 6b is 31 at a and 32 at b'],
  ['a missing row', [row('k', '1'), row('l', '1')], [row('l', '1')], 'at index 5 a has key 6b, b does not'],
  ['a further row', [row('k', '1')], [row('k', '1'), row('l', '1')], 'at index 5 b has key 6c, a does not'],
])('%s is named', (_, left, right, difference) => {
  expect(compareReplicas([listing('a', 5, ...left), listing('b', 5, ...right)])).toMatchObject({kind: 'violation', differences: [difference]});
});
test('a listing out of order is named', () => {
  expect(compareReplicas([listing('a', 5, row('l', '1'), row('k', '1'))])).toMatchObject({kind: 'violation', differences: ['a lists key 6b out of order or twice']});
});
test('the hash sees values, borders and order', () => {
  const rows = [row('a', '1'), row('b', '2')];
  expect(hashOf(...rows)).toBe(hashOf(...rows));
  const others = [[row('a', '1'), row('b', '3')], [row('b', '2'), row('a', '1')], [row('a1', ''), row('b', '2')], [row('', 'a1'), row('b', '2')], [row('a', '1')], []];
  const hashes = [rows, ...others].map((some) => hashOf(...some));
  expect(new Set(hashes).size).toBe(hashes.length);
  expect(hashOf()).toMatch(/^[0-9a-f]{16}$/);
});
test('the hash sees every flipped bit of a row', () => {
  const value = utf8Encode('a value of some length');
  const first = hashOf({key: utf8Encode('k'), value});
  const seen = new Set([first]);
  for (let bit = 0; bit < value.length * 8; bit += 1) {
    const flipped = value.slice();
    flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
    seen.add(hashOf({key: utf8Encode('k'), value: flipped}));
  }
  expect(seen.size).toBe(value.length * 8 + 1);
});
