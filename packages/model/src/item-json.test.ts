// Content rules of values with their exact messages (Value and Shape rows of the error table), and the canonical form.
import {utf8Decode, utf8Encode} from '@murmuration/base';
import {decodeItem, decodeStoredItem, encodeItem, itemToJson, parseAttributeValue, parseItem} from './item-json.js';
import {equalItems, equalValues} from './attribute-value.js';
import {ModelError} from './errors.js';
import {itemSizeBytes} from './item-size.js';
import {encodeStoredValue} from './stored-value.js';

const P = 'One or more parameter values were invalid: ';

function failure(json: unknown): {code: string; message: string | undefined} {
  try {
    parseAttributeValue(json);
  } catch (error) {
    if (error instanceof ModelError) return {code: error.failure.code, message: error.failure.message};
    throw error;
  }
  throw new Error('accepted');
}

test.each([
  [{}, 'Supplied AttributeValue is empty, must contain exactly one of the supported datatypes'],
  [{X: 'a'}, 'Supplied AttributeValue is empty, must contain exactly one of the supported datatypes'],
  [{S: 'a', N: '1'}, 'Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes'],
  [{NULL: false}, `${P}Null attribute value types must have the value of true`],
  [{SS: []}, `${P}An string set  may not be empty`],
  [{NS: []}, `${P}An number set  may not be empty`],
  [{BS: []}, `${P}Binary sets should not be empty`],
  [{SS: ['a', 'a']}, `${P}Input collection [a, a] contains duplicates.`],
  [{NS: ['1', '1.0']}, 'Input collection contains duplicates'],
  [{BS: ['YQ==', 'YQ==']}, `${P}Input collection [YQ==, YQ==]of type BS contains duplicates.`],
  [{L: [{}]}, 'Supplied AttributeValue is empty, must contain exactly one of the supported datatypes'],
  [{M: {a: {N: 'x'}}}, 'The parameter cannot be converted to a numeric value: x'],
  [{M: {'': {N: '1'}}}, 'Empty attribute name'],
])('%j is refused for its content', (json, message) => {
  expect(failure(json)).toEqual({code: 'ValidationException', message});
});

test.each([
  [{S: 1}, 'NUMBER_VALUE cannot be converted to String'],
  [{S: 1.5}, 'DECIMAL_VALUE cannot be converted to String'],
  [{S: true}, 'TRUE_VALUE cannot be converted to String'],
  [{S: false}, 'FALSE_VALUE cannot be converted to String'],
  [{S: {}}, 'Start of structure or map found where not expected'],
  [{S: []}, 'Unrecognized collection type class java.lang.String'],
  [{N: 1}, 'NUMBER_VALUE cannot be converted to String'],
  [{B: 1}, 'only base-64-encoded strings are convertible to bytes'],
  [{B: 'abc'}, 'Base64 encoded length is expected a multiple of 4 bytes but found: 3'],
  [{B: 'YR=='}, 'Invalid last non-pad Base64 character dectected'],
  [{BOOL: 'maybe'}, 'Unexpected token received from parser'],
  [{SS: 'a'}, 'Unexpected field type'],
  [{M: 'a'}, 'Unexpected field type'],
  ['a', 'Unexpected value type in payload'],
])('%j is refused for its JSON type', (json, message) => {
  expect(failure(json)).toEqual({code: 'SerializationException', message});
});

test.each([
  {S: ''}, {B: ''}, {L: []}, {M: {}}, {SS: ['']}, {BS: ['']}, {L: [{S: ''}, {B: ''}, {L: []}]}, {M: {a: {S: ''}}}, {S: 'a\0b'},
])('the empty value in %j is allowed outside keys', (json) => {
  expect(JSON.stringify(itemToJson(parseItem({a: json})))).toBe(JSON.stringify({a: json}));
});

test('an attribute name has 1 to 65,535 bytes, in maps too', () => {
  const longest = '\u20ac'.repeat(21_845);
  expect(parseItem({[longest]: {NULL: true}}).has(longest)).toBe(true);
  const message = `${P}Attribute name is too large, must be at most 65535 bytes`;
  expect(() => parseItem({[`${longest}x`]: {NULL: true}})).toThrow(new Error(message));
  expect(failure({M: {['x'.repeat(65_536)]: {NULL: true}}})).toEqual({code: 'ValidationException', message});
  expect(() => parseItem({'': {NULL: true}})).toThrow(new Error('Empty attribute name'));
});

test('numbers in a set are one text a value', () => {
  expect(parseAttributeValue({NS: ['3', '1.0', '-0', '2e1']})).toEqual({kind: 'NS', values: ['0', '1', '3', '20']});
  expect(failure({NS: ['0', '-0']}).message).toBe('Input collection contains duplicates');
});

test('equal numbers, sets and maps are equal however they are written', () => {
  const equal = (a: unknown, b: unknown): boolean => equalValues(parseAttributeValue(a), parseAttributeValue(b));
  expect(equal({N: '1e2'}, {N: '100.0'})).toBe(true);
  expect(equal({SS: ['a', 'b']}, {SS: ['b', 'a']})).toBe(true);
  expect(equal({NS: ['1', '2']}, {NS: ['2.0', '1']})).toBe(true);
  expect(equal({BS: ['AQ==', 'Ag==']}, {BS: ['Ag==', 'AQ==']})).toBe(true);
  expect(equal({M: {a: {S: 'x'}, b: {L: [{N: '1'}]}}}, {M: {b: {L: [{N: '1.0'}]}, a: {S: 'x'}}})).toBe(true);
  expect(equal({L: [{S: 'a'}, {S: 'b'}]}, {L: [{S: 'b'}, {S: 'a'}]})).toBe(false);
  expect(equal({SS: ['a']}, {L: [{S: 'a'}]})).toBe(false);
  expect(equal({N: '1'}, {S: '1'})).toBe(false);
});

function nested(levels: number): unknown {
  let value: unknown = {S: 'x'};
  for (let i = 0; i < levels; i += 1) value = i % 2 === 0 ? {L: [value]} : {M: {a: value}};
  return value;
}

test('31 lists and maps around a value are accepted, 32 refused, and a hundred thousand do not exhaust the stack', () => {
  expect(() => parseAttributeValue(nested(31))).not.toThrow();
  for (const levels of [32, 100_000]) {
    expect(failure(nested(levels)).message).toBe('Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit');
  }
});

test('members of a set are put in order: texts and binaries by their bytes, numbers by value', () => {
  expect(parseAttributeValue({SS: ['b', '\u{1f600}', '', '\uffff', 'B']})).toEqual({kind: 'SS', values: ['', 'B', 'b', '\uffff', '\u{1f600}']});
  expect(parseAttributeValue({NS: ['10', '9.5', '-1', '1e2', '0']})).toEqual({kind: 'NS', values: ['-1', '0', '9.5', '10', '100']});
  expect(parseAttributeValue({BS: ['/w==', 'AAA=', 'AA==', '']})).toEqual({
    kind: 'BS', values: [[], [0], [0, 0], [255]].map((bytes) => Uint8Array.from(bytes)),
  });
});

test('null members are absent and unknown ones ignored', () => {
  expect(parseAttributeValue({S: 'a', N: null, Future: 7})).toEqual({kind: 'S', value: 'a'});
});

test.each([['true', true], ['YES', true], ['0', false]])('the text %s is taken for a boolean', (text, value) => {
  expect(parseAttributeValue({BOOL: text})).toEqual({kind: 'BOOL', value});
});

test('the stored form is canonical: numbers normalised, order of attributes kept', () => {
  const item = parseItem({b: {N: '1.50'}, a: {L: [{N: '1e2'}, {NULL: true}]}, c: {M: {x: {BS: ['YQ==']}}}});
  expect(utf8Decode(encodeItem(item)))
    .toBe('{"b":{"N":"1.5"},"a":{"L":[{"N":"100"},{"NULL":true}]},"c":{"M":{"x":{"BS":["YQ=="]}}}}');
});

test('an attribute may be called __proto__', () => {
  const json: unknown = JSON.parse('{"__proto__":{"S":"x"},"constructor":{"M":{"__proto__":{"N":"1"}}}}');
  const item = parseItem(json);
  expect([...item.keys()]).toEqual(['__proto__', 'constructor']);
  expect(utf8Decode(encodeItem(decodeItem(encodeItem(item))))).toBe(JSON.stringify(json));
  expect(JSON.stringify(itemToJson(item))).toBe(JSON.stringify(json));
});

test('a stored item whose values are made on demand is the item', () => {
  const item = parseItem({pk: {S: 'a'}, n: {N: '1.50'}, b: {B: 'AAEC'}, nothing: {NULL: true}, ['__proto__']: {L: [{M: {x: {SS: ['p', 'q']}}}, {BOOL: false}]}});
  const body = encodeItem(item);
  const stored = decodeStoredItem(encodeStoredValue({itemSizeBytes: itemSizeBytes(item), timestampHlc: 1, sequence: 1, flags: 0}, body));
  expect(stored.get('n')).toEqual({kind: 'N', value: '1.5'});
  expect(stored.get('missing')).toBeUndefined();
  expect(stored.get('constructor')).toBeUndefined();
  expect(equalItems(stored, item)).toBe(true);
  expect([...stored.keys()]).toEqual([...item.keys()]);
  expect(stored.size).toBe(5);
  expect(itemSizeBytes(stored)).toBe(itemSizeBytes(item));
  expect(encodeItem(stored)).toEqual(body);
});

test('a lone surrogate becomes the replacement character before it can reach a key', () => {
  expect(parseAttributeValue({S: 'a\ud800b'})).toEqual({kind: 'S', value: 'a\ufffdb'});
});

test('stored bytes that are no item are told apart', () => {
  expect(() => decodeItem(utf8Encode('{"a":{}}'))).toThrow('without a type');
});
