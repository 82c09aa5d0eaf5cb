// Goal: the one pass over an item of a request says what the plain parser, the plain writer and the plain measure say together,
// faults included. Method: maps of values of every kind, right and wrong, through both.
import fc from 'fast-check';
import {ModelError} from './errors.js';
import {itemText, parseItem} from './item-json.js';
import {readItem} from './item-scan.js';
import {itemSizeBytes} from './item-size.js';
import {RequestItem} from './request-item.js';

const RUN_COUNT = 5_000;

const text = fc.oneof(fc.string({maxLength: 6}), fc.constantFrom('', 'ä', '\u{1f600}', '\ud800', 'a"b', '__proto__', 'constructor'));
const number = fc.oneof(
  fc.integer().map(String), fc.double({noNaN: true}).map(String), fc.constantFrom('1e3', '1.0', '-0', '+7', '.5', '1e125', '1e126', '1e-131', '', 'x', '1'.repeat(39)),
);
const blob = fc.oneof(fc.uint8Array({maxLength: 5}).map((bytes) => Buffer.from(bytes).toString('base64')), fc.constantFrom('a', 'ab==', '+/+=', 5, true));
const sometimes = <Value>(usual: fc.Arbitrary<Value>): fc.Arbitrary<unknown> =>
  fc.oneof({weight: 30, arbitrary: usual}, {weight: 1, arbitrary: fc.constantFrom<unknown>(null, 1, 1.5, true, 'x', [], {})});
const value = fc.letrec((tie) => ({
  value: sometimes(fc.oneof(
    {depthSize: 'small', withCrossShrink: true},
    sometimes(text).map((S) => ({S})), sometimes(number).map((N) => ({N})), sometimes(blob).map((B) => ({B})),
    sometimes(fc.boolean()).map((BOOL) => ({BOOL})), sometimes(fc.constant(true)).map((NULL) => ({NULL})),
    sometimes(fc.array(sometimes(text), {maxLength: 3})).map((SS) => ({SS})), sometimes(fc.array(sometimes(number), {maxLength: 3})).map((NS) => ({NS})),
    sometimes(fc.array(sometimes(blob), {maxLength: 3})).map((BS) => ({BS})),
    sometimes(fc.array(tie('value'), {maxLength: 3})).map((L) => ({L})), sometimes(fc.dictionary(text, tie('value'), {maxKeys: 3})).map((M) => ({M})),
    fc.constantFrom<unknown>({}, {S: 'a', N: '1'}, {S: null, N: '1'}, {X: 1}, {X: 1, S: 'a'}),
  )),
})).value;
const map = sometimes(fc.dictionary(text, value, {maxKeys: 4}));

/** What became of it, in terms that do not tell how it was done. */
function outcome(read: () => ReturnType<typeof parseItem>): unknown {
  try {
    const item = read();
    return {text: itemText(item), sizeBytes: itemSizeBytes(item), size: item.size, entries: [...item], keys: [...item.keys()], each: [...item.keys()].map((name) => [item.has(name), item.get(name)])};
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    return error.failure;
  }
}

test('one pass over an item gives what parsing, writing and measuring it give, or the same fault', () => {
  fc.assert(fc.property(map, (made) => {
    // As it comes from a request: what a text can hold, with own members of any name.
    const json: unknown = JSON.parse(JSON.stringify(made));
    expect(outcome(() => readItem(json))).toEqual(outcome(() => parseItem(json)));
  }), {numRuns: RUN_COUNT});
});

test('single attributes are read without the others', () => {
  const item = readItem({pk: {S: 'a'}, gone: null, list: {L: [{N: '1.0'}]}});
  expect(item).toBeInstanceOf(RequestItem);
  expect([item.get('pk'), item.get('gone'), item.has('gone'), item.get('toString'), item.size]).toEqual([{kind: 'S', value: 'a'}, undefined, false, undefined, 2]);
  expect(itemText(item)).toBe('{"pk":{"S":"a"},"list":{"L":[{"N":"1"}]}}');
  const seen: string[] = [];
  item.forEach((_value, name) => seen.push(name));
  expect([seen, [...item.values()].map(({kind}) => kind), item.get('list')]).toEqual([['pk', 'list'], ['S', 'L'], {kind: 'L', values: [{kind: 'N', value: '1'}]}]);
});
