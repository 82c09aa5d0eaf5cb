// Goal: replicas that came by a value in different ways store and compare the same text. Method: equal values, other orders.
import {canonicalJson} from './canonical-json.js';

test('the order in which members were set does not show, at any depth', () => {
  expect(canonicalJson({b: [{y: 1, x: undefined, w: null}], a: {d: 'e', c: true}})).toBe('{"a":{"c":true,"d":"e"},"b":[{"w":null,"y":1}]}');
  expect(canonicalJson({a: {c: true, d: 'e'}, b: [{w: null, y: 1}]})).toBe(canonicalJson({b: [{y: 1, w: null}], a: {d: 'e', c: true}}));
});
test('the order of a list does show', () => {
  expect(canonicalJson([2, 1])).not.toBe(canonicalJson([1, 2]));
});
