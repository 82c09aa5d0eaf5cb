// Goal: the naive model says what the documentation says.
import {applyToItem, holds, stateOf} from './item-model.js';
import {addNumbers, compareNumbers, itemText, numberText, valueText} from './attribute-value.js';
import type {AttributeJson} from './attribute-value.js';
import {keyNamed, n} from './testing/history-builder.js';

const key = keyNamed('x');
const state = stateOf({...key, a: n(5), s: {S: 'm'}});

test('conditions on missing attributes are false but for not-exists and differs', () => {
  expect(holds({kind: 'not-exists', attribute: 'z'}, state)).toBe(true);
  expect(holds({kind: 'differs', attribute: 'z', value: n(1)}, state)).toBe(true);
  expect(holds({kind: 'differs', attribute: 'z', value: n(1)}, undefined)).toBe(true);
  for (const kind of ['equals', 'less', 'at-least'] as const) expect(holds({kind, attribute: 'z', value: n(1)}, state)).toBe(false);
  expect(holds({kind: 'exists', attribute: 'z'}, undefined)).toBe(false);
});
test('comparisons need equal types', () => {
  expect(holds({kind: 'less', attribute: 'a', value: n(6)}, state)).toBe(true);
  expect(holds({kind: 'less', attribute: 'a', value: n('5.0')}, state)).toBe(false);
  expect(holds({kind: 'at-least', attribute: 'a', value: n('5.0')}, state)).toBe(true);
  expect(holds({kind: 'less', attribute: 'a', value: {S: '6'}}, state)).toBe(false);
  expect(holds({kind: 'less', attribute: 's', value: {S: 'z'}}, state)).toBe(true);
});
test('an update computes from the old item', () => {
  const step = applyToItem({kind: 'update', key, changes: [{kind: 'increment', attribute: 'a', by: '-7'}, {kind: 'add', attribute: 'b', by: '0.5'}, {kind: 'remove', attribute: 's'}], returns: 'all-new'}, state);
  expect(step).toMatchObject({kind: 'done', image: {...key, a: n(-2), b: n('0.5')}});
});
test('a sum with a missing attribute or with text is an error', () => {
  expect(applyToItem({kind: 'update', key, changes: [{kind: 'increment', attribute: 'z', by: '1'}]}, state).kind).toBe('invalid');
  expect(applyToItem({kind: 'update', key, changes: [{kind: 'add', attribute: 's', by: '1'}]}, state).kind).toBe('invalid');
});
test('an update without changes makes an item of its key', () => {
  expect(applyToItem({kind: 'update', key, changes: [], returns: 'all-new'}, undefined)).toMatchObject({image: key});
});
test('returned images show what was touched', () => {
  const changes = [{kind: 'set', attribute: 'a', value: n(1)}, {kind: 'set', attribute: 'new', value: n(2)}, {kind: 'remove', attribute: 's'}] as const;
  expect(applyToItem({kind: 'update', key, changes, returns: 'updated-old'}, state)).toMatchObject({image: {a: n(5), s: {S: 'm'}}});
  expect(applyToItem({kind: 'update', key, changes, returns: 'updated-new'}, state)).toMatchObject({image: {a: n(1), new: n(2)}});
});
test('equal values have equal texts', () => {
  const pairs: readonly (readonly [AttributeJson, AttributeJson])[] = [
    [{N: '1.0'}, {N: '1'}], [{N: '1E2'}, {N: '100'}], [{N: '-0'}, {N: '0'}], [{N: '.50'}, {N: '0.5'}], [{SS: ['b', 'a']}, {SS: ['a', 'b']}],
    [{NS: ['2', '1.0']}, {NS: ['1', '2']}], [{M: {a: n(1), b: n(2)}}, {M: {b: n(2), a: n(1)}}],
  ];
  for (const [a, b] of pairs) expect(valueText(a)).toBe(valueText(b));
  expect(valueText({S: '1'})).not.toBe(valueText({N: '1'}));
  expect(valueText({L: [n(1), n(2)]})).not.toBe(valueText({L: [n(2), n(1)]}));
  expect(itemText(JSON.parse('{"__proto__":{"S":"a"}}') as never)).toBe('{"__proto__":S"a"}');
});
test('numbers are added and compared exactly', () => {
  expect(addNumbers('0.1', '0.2')).toBe('0.3');
  expect(addNumbers('99999999999999999999999999999999999999', '-1')).toBe('99999999999999999999999999999999999998');
  expect(compareNumbers('1e3', '999.9')).toBeGreaterThan(0);
  expect(numberText('-000.1200')).toBe('-0.12');
  expect(() => numberText('x')).toThrow();
});
