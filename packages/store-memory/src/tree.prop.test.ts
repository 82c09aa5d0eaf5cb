import {compareBytes, equalBytes} from '@murmuration/base';
import * as fc from 'fast-check';
import type {TreeNode} from './tree.js';
import {emptyTree, getFrom, newOwner, putInto, removeFrom, walk} from './tree.js';

const toKey = (value: number): Uint8Array => Uint8Array.of(value >> 8, value & 0xff);
const list = (root: TreeNode, from: number, until: number, reverse: boolean): number[] => {
  const out: number[] = [];
  walk(root, toKey(from), toKey(until), reverse, (key) => {
    out.push(((key[0] ?? 0) << 8) | (key[1] ?? 0));
    return true;
  });
  return out;
};

/** Same depth everywhere, keys in order, no empty node below the root, no node above the limit. */
function depthOf(node: TreeNode, isRoot: boolean): number {
  for (let i = 1; i < node.keys.length; i += 1) {
    const isFirstBorder = node.kind === 'branch' && i === 1;
    if (!isFirstBorder) expect(compareBytes(node.keys[i - 1] as Uint8Array, node.keys[i] as Uint8Array)).toBeLessThan(0);
  }
  expect(node.keys.length).toBeLessThanOrEqual(64);
  if (!isRoot) expect(node.keys.length).toBeGreaterThan(0);
  if (node.kind === 'leaf') return 0;
  expect(node.keys.length).toBe(node.children.length);
  const depths = new Set(node.children.map((child) => depthOf(child, false)));
  expect(depths.size).toBe(1);
  return ([...depths][0] ?? 0) + 1;
}

test('large trees stay ordered and level through puts and range removals, and frozen versions never change', () => {
  const step = fc.oneof(
    {weight: 3, arbitrary: fc.record({kind: fc.constant('fill' as const), from: fc.nat(5_000), count: fc.integer({min: 1, max: 1_500}), stride: fc.integer({min: 1, max: 7})})},
    {weight: 3, arbitrary: fc.record({kind: fc.constant('cut' as const), from: fc.nat(6_000), count: fc.nat(2_500)})},
    {weight: 1, arbitrary: fc.constant({kind: 'freeze' as const})},
  );
  fc.assert(
    fc.property(fc.array(step, {maxLength: 12}), (steps) => {
      let owner = newOwner();
      let root = emptyTree(owner);
      const model = new Set<number>();
      const frozen: {root: TreeNode; keys: number[]}[] = [];
      const sorted = (): number[] => [...model].sort((a, b) => a - b);
      for (const next of steps) {
        if (next.kind === 'freeze') {
          owner = newOwner();
          frozen.push({root, keys: sorted()});
        } else if (next.kind === 'fill') {
          for (let i = 0; i < next.count; i += 1) {
            const value = next.from + i * next.stride;
            model.add(value);
            root = putInto(root, toKey(value), toKey(value), owner);
          }
        } else {
          for (let value = next.from; value < next.from + next.count; value += 1) model.delete(value);
          root = removeFrom(root, toKey(next.from), toKey(next.from + next.count), owner);
        }
        depthOf(root, true);
        expect(list(root, 0, 0xffff, false)).toEqual(sorted());
      }
      expect(list(root, 1_000, 4_000, true)).toEqual(sorted().filter((value) => value >= 1_000 && value < 4_000).reverse());
      for (const value of model) expect(equalBytes(getFrom(root, toKey(value)) ?? Uint8Array.of(), toKey(value))).toBe(true);
      for (const one of frozen) expect(list(one.root, 0, 0xffff, false)).toEqual(one.keys);
    }),
    {numRuns: 12},
  );
});
