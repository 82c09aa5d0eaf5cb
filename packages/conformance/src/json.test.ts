// The judge of the suite: what it takes for equal, and what it must never.
import {Matcher, absent, anyOrder, differenceOf, including, pattern} from './json.js';
import type {Json} from './json.js';

const differs = (expected: Json, actual: unknown): boolean => differenceOf(expected, actual, 'x') !== undefined;

describe('comparing answers', () => {
  test('members have no order, lists have one', () => {
    expect(differs({a: 1, b: {c: [1, 2]}}, {b: {c: [1, 2]}, a: 1})).toBe(false);
    expect(differs([1, 2], [2, 1])).toBe(true);
    expect(differs(anyOrder([1, {a: 2}]), [{a: 2}, 1])).toBe(false);
    expect(differs(anyOrder([1, 1]), [1, 2])).toBe(true);
  });
  test('a member too many and a member too few are differences', () => {
    expect(differs({a: 1}, {a: 1, b: 2})).toBe(true);
    expect(differs({a: 1, b: 2}, {a: 1})).toBe(true);
    expect(differs({}, [])).toBe(true);
    expect(differs([], {})).toBe(true);
    expect(differs({a: null}, {})).toBe(true);
  });
  test('an undefined expected member says that there must be none', () => {
    expect(differs({a: undefined}, {})).toBe(false);
    expect(differs({a: undefined}, {a: 1})).toBe(true);
    expect(differs({a: absent}, {a: null})).toBe(true);
  });
  test('values of sets have no order', () => {
    expect(differs({SS: ['a', 'b']}, {SS: ['b', 'a']})).toBe(false);
    expect(differs({SS: ['a', 'b']}, {SS: ['a', 'a']})).toBe(true);
    expect(differs({SS: ['a']}, {})).toBe(true);
    expect(differs({L: ['a', 'b']}, {L: ['b', 'a']})).toBe(true);
  });
  test('texts and numbers are never equal', () => {
    expect(differs('1', 1)).toBe(true);
    expect(differs(pattern(/^1$/), 1)).toBe(true);
  });
  test('some members of many', () => {
    expect(differs(including({a: 1, gone: absent}), {a: 1, b: 2})).toBe(false);
    expect(differs(including({a: 1, gone: absent}), {a: 1, gone: 2})).toBe(true);
  });
  test('a matcher sees the members of a set in the order in which they came', () => {
    const inOrder = new Matcher('b before a', (value) => JSON.stringify(value) === '["b","a"]');
    expect(differenceOf({SS: inOrder}, {SS: ['b', 'a']}, 'Reply')).toBeUndefined();
    expect(differenceOf({SS: inOrder}, {SS: ['a', 'b']}, 'Reply')).toContain('b before a');
  });

  test('a difference says where it is and what was wanted', () => {
    expect(differenceOf({a: [{b: 1}]}, {a: [{b: 2}]}, 'Reply')).toBe('Reply.a[0].b: 2 instead of 1');
    expect(differenceOf(new Matcher('an even number', () => false), 3, 'n')).toBe('n: 3 instead of an even number');
  });
});
