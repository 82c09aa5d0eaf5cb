import type {Area, ConformanceCase} from '../conformance-case.js';
import {gives, invalid, proves, put} from '../conformance-case.js';
import type {Json} from '../json.js';
import {Matcher} from '../json.js';
import {HASH} from '../suite-tables.js';

const P = 'One or more parameter values were invalid: ';
const EMPTY = 'Supplied AttributeValue is empty, must contain exactly one of the supported datatypes';
const SEVERAL = 'Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes';
const OVERFLOW = 'Number overflow. Attempting to store a number with magnitude larger than supported range';
const UNDERFLOW = 'Number underflow. Attempting to store a number with magnitude smaller than supported range';
const DIGITS = 'Attempting to store more than 38 significant digits in a Number';
const noNumber = (text: string): string => `The parameter cannot be converted to a numeric value${text === '' ? '' : `: ${text}`}`;

/** A value that is refused, whether it stands alone, in a map or in a list, in an item or in a key. */
function refused(name: string, value: Json, message: string, rule = '7 Value'): ConformanceCase {
  return proves(rule, name,
    invalid('PutItem', {TableName: HASH, Item: {pk: {S: 'values'}, a: value}}, message),
    invalid('PutItem', {TableName: HASH, Item: {pk: {S: 'values'}, a: {M: {b: value}}}}, message),
    invalid('PutItem', {TableName: HASH, Item: {pk: {S: 'values'}, a: {L: [{S: 'x'}, value]}}}, message),
    invalid('GetItem', {TableName: HASH, Key: {pk: value}}, message),
    invalid('UpdateItem', {TableName: HASH, Key: {pk: {S: 'values'}}, UpdateExpression: 'SET a = :a', ExpressionAttributeValues: {':a': value}},
      `ExpressionAttributeValues contains invalid value: ${message} for key :a`),
    invalid('BatchWriteItem', {RequestItems: {[HASH]: [{PutRequest: {Item: {pk: {S: 'values'}, a: value}}}]}}, message));
}

let count = 0;
/** A value that is kept and comes back as `echoed`. */
function kept(name: string, value: Json, echoed: Json = value, rule = '2 Data model'): ConformanceCase {
  count += 1;
  const pk = {S: `values-${count}`};
  return proves(rule, name,
    put({TableName: HASH, Item: {pk, a: value, m: {M: {b: value}}, l: {L: [value]}}}),
    gives('GetItem', {TableName: HASH, Key: {pk}, ConsistentRead: true}, {Item: {pk, a: echoed, m: {M: {b: echoed}}, l: {L: [echoed]}}}));
}
const number = (text: string, echoed: string): ConformanceCase => kept(`number ${text} comes back as ${echoed}`, {N: text}, {N: echoed}, '8 Number echo');
const nested = (levels: number): Json => {
  let value: Json = {S: 'x'};
  for (let i = 0; i < levels; i += 1) value = i % 2 === 0 ? {L: [value]} : {M: {a: value}};
  return value;
};
const TOO_DEEP = 'Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit';
/** Members of a set in one order: compared without it, any order would do. */
const inOrder = (members: readonly string[]): Json => new Matcher(`${JSON.stringify(members)} in this order`, (value) => JSON.stringify(value) === JSON.stringify(members));
const nines = (length: number): string => '9'.repeat(length);

export const VALUES: Area = {
  name: 'values',
  title: 'Attribute values, numbers and sizes',
  cases: [
    refused('a value without a type', {}, EMPTY),
    refused('a value of an unknown type', {X: 'a'}, EMPTY),
    refused('a value whose only type is null', {S: null}, EMPTY),
    refused('a value of two types', {S: 'a', N: '1'}, SEVERAL),
    refused('a value of a set and a list', {SS: ['a'], L: []}, SEVERAL),
    refused('NULL that is false', {NULL: false}, `${P}Null attribute value types must have the value of true`),
    refused('NULL that is the text no', {NULL: 'no'}, `${P}Null attribute value types must have the value of true`),
    refused('an empty set of strings', {SS: []}, `${P}An string set  may not be empty`),
    refused('an empty set of numbers', {NS: []}, `${P}An number set  may not be empty`),
    refused('an empty set of binaries', {BS: []}, `${P}Binary sets should not be empty`),
    refused('a string twice in a set', {SS: ['a', 'a']}, `${P}Input collection [a, a] contains duplicates.`),
    refused('a string twice among others', {SS: ['a', 'b', 'a']}, `${P}Input collection [a, b, a] contains duplicates.`),
    refused('a binary twice in a set', {BS: ['Yg==', 'Yg==']}, `${P}Input collection [Yg==, Yg==]of type BS contains duplicates.`),
    refused('a number twice in a set', {NS: ['1', '1']}, 'Input collection contains duplicates'),
    refused('a number twice in different texts', {NS: ['1', '1.0']}, 'Input collection contains duplicates'),
    refused('a number and its exponent form in a set', {NS: ['100', '1e2']}, 'Input collection contains duplicates'),
    ...['', ' ', 'x', '1x', '1 2', '--1', '1e', 'e1', '1.2.3', '0x10', 'NaN', 'Infinity', '1,5', '+'].map((text) =>
      refused(`number "${text}" is none`, {N: text}, noNumber(text), '7 Number')),
    refused('a set of numbers with a text', {NS: ['1', 'b']}, noNumber('b'), '7 Number'),
    refused('39 significant digits', {N: '1'.repeat(39)}, DIGITS, '7 Number'),
    refused('39 significant digits behind the point', {N: `-1.${'1'.repeat(38)}`}, DIGITS, '7 Number'),
    refused('a magnitude of 1e126', {N: '1e126'}, OVERFLOW, '7 Number'),
    refused('a magnitude of -1e126', {N: '-1e126'}, OVERFLOW, '7 Number'),
    refused('a magnitude of 127 digits', {N: `1${'0'.repeat(126)}`}, OVERFLOW, '7 Number'),
    refused('a magnitude of 1e-131', {N: '1e-131'}, UNDERFLOW, '7 Number'),
    refused('a magnitude of -1e-131', {N: '-1e-131'}, UNDERFLOW, '7 Number'),
    refused('a set with a number too large', {NS: ['1', '1e126']}, OVERFLOW, '7 Number'),
    number('0', '0'), number('-0', '0'), number('0.0', '0'), number('000', '0'), number('1e3', '1000'), number('1E+2', '100'), number('1e-3', '0.001'), number('.5', '0.5'),
    number('5.', '5'), number('+7', '7'), number('-1.50', '-1.5'), number('007', '7'), number('1.10e1', '11'), number('-.25e2', '-25'), number('0.0e126', '0'),
    number(nines(38), nines(38)), number(`-${nines(38)}`, `-${nines(38)}`), number(`${nines(38)}000`, `${nines(38)}000`), number(`0.${nines(38)}`, `0.${nines(38)}`),
    number('1e125', `1${'0'.repeat(125)}`), number('9.9999999999999999999999999999999999999e125', `${nines(38)}${'0'.repeat(88)}`), number('1e-130', `0.${'0'.repeat(129)}1`),
    number('-1e-130', `-0.${'0'.repeat(129)}1`), number('123456789012345678901234567890.12345678', '123456789012345678901234567890.12345678'),
    kept('a text', {S: 'some text'}),
    kept('an empty text', {S: ''}),
    kept('a text of many alphabets', {S: 'aä\u4e16\u{1f600}\u0000"\\\n'}),
    kept('an empty binary', {B: ''}),
    kept('a binary', {B: 'AAECA/8='}),
    kept('true', {BOOL: true}),
    kept('false', {BOOL: false}),
    kept('a boolean given as text', {BOOL: 'yes'}, {BOOL: true}),
    kept('NULL', {NULL: true}),
    kept('NULL given as text', {NULL: 'TRUE'}, {NULL: true}),
    kept('an empty list', {L: []}),
    kept('an empty map', {M: {}}),
    kept('a list of all types', {L: [{S: 'a'}, {N: '1'}, {B: 'YQ=='}, {BOOL: true}, {NULL: true}, {SS: ['a']}, {NS: ['1']}, {BS: ['YQ==']}, {L: []}, {M: {}}]}),
    kept('a map with names that mean something elsewhere', {M: {__proto: {S: 'a'}, constructor: {S: 'b'}, 'a.b': {S: 'c'}, '#x': {S: 'd'}, ':y': {S: 'e'}, ' ': {S: 'f'}}}),
    kept('a set of strings', {SS: ['b', 'a', '']}, {SS: ['', 'a', 'b']}),
    kept('a set of numbers', {NS: ['1.0', '2e1', '-0']}, {NS: ['0', '1', '20']}),
    kept('a set of binaries', {BS: ['', 'YQ==']}),
    kept('other members of a value are ignored', {S: 'a', Unknown: 'b'}, {S: 'a'}),
    kept('31 levels below the attribute', nested(30)),
    proves('2 Nesting', '33 levels are too many, counted with the value', invalid('PutItem', {TableName: HASH, Item: {pk: {S: 'values'}, a: nested(32)}}, TOO_DEEP)),
    proves('2 Nesting', '33 levels in a batch', invalid('BatchWriteItem', {RequestItems: {[HASH]: [{PutRequest: {Item: {pk: {S: 'values'}, a: nested(32)}}}]}}, TOO_DEEP)),
    proves('2 Nesting', '33 levels in a value of an expression',
      invalid('PutItem', {TableName: HASH, Item: {pk: {S: 'values'}}, ConditionExpression: 'a = :a', ExpressionAttributeValues: {':a': nested(32)}}, new Matcher('a text about nesting', (text) => typeof text === 'string' && text.includes(TOO_DEEP)))),
    proves('2 Nesting', '32 levels are not', put({TableName: HASH, Item: {pk: {S: 'values-32'}, a: nested(31)}})),
    proves('2 Sets', 'texts come back in the order of their bytes, numbers by value, binaries by their bytes',
      put({TableName: HASH, Item: {pk: {S: 'values-order'}, s: {SS: ['b', 'a', '', 'B', '\u{1f600}', '\uffff']}, n: {NS: ['10', '9', '-1', '0.5', '1e2']}, b: {BS: ['/w==', 'AA==', 'AAA=', '']}}}),
      gives('GetItem', {TableName: HASH, Key: {pk: {S: 'values-order'}}, ConsistentRead: true},
        {Item: {pk: {S: 'values-order'}, s: {SS: inOrder(['', 'B', 'a', 'b', '\uffff', '\u{1f600}'])}, n: {NS: inOrder(['-1', '0.5', '9', '10', '100'])}, b: {BS: inOrder(['', 'AA==', 'AAA=', '/w=='])}}}),
      gives('UpdateItem', {TableName: HASH, Key: {pk: {S: 'values-order'}}, UpdateExpression: 'ADD s :s, n :n, b :b', ExpressionAttributeValues: {':s': {SS: ['aa', '0']}, ':n': {NS: ['9.5']}, ':b': {BS: ['AQ==']}}, ReturnValues: 'UPDATED_NEW'},
        {Attributes: {s: {SS: inOrder(['', '0', 'B', 'a', 'aa', 'b', '\uffff', '\u{1f600}'])}, n: {NS: inOrder(['-1', '0.5', '9', '9.5', '10', '100'])}, b: {BS: inOrder(['', 'AA==', 'AAA=', 'AQ==', '/w=='])}}})),
    proves('8 Attribute names', 'an empty name', invalid('PutItem', {TableName: HASH, Item: {pk: {S: 'values'}, '': {S: 'a'}}}, undefined)),
    proves('2 Attribute names', 'a name of 65,535 bytes', put({TableName: HASH, Item: {pk: {S: 'values-name'}, ['n'.repeat(65_535)]: {S: 'a'}}})),
    proves('8 Attribute names', 'a name of 65,536 bytes', invalid('PutItem', {TableName: HASH, Item: {pk: {S: 'values'}, ['n'.repeat(65_536)]: {S: 'a'}}}, undefined)),
    // pk and its value 8, "a" 1: the text may have 409,591.
    proves('2 Item size', '400 KB exactly', put({TableName: HASH, Item: {pk: {S: 'sizes1'}, a: {S: 'x'.repeat(409_591)}}})),
    proves('7 Size', 'one byte more', invalid('PutItem', {TableName: HASH, Item: {pk: {S: 'sizes1'}, a: {S: 'x'.repeat(409_592)}}}, 'Item size has exceeded the maximum allowed size')),
    proves('2 Item size', 'texts count in bytes of UTF-8', invalid('PutItem', {TableName: HASH, Item: {pk: {S: 'sizes1'}, a: {S: 'ä'.repeat(204_796)}}}, 'Item size has exceeded the maximum allowed size')),
    proves('2 Item size', 'binaries count their own bytes', put({TableName: HASH, Item: {pk: {S: 'sizes2'}, a: {B: Buffer.alloc(409_591).toString('base64')}}})),
    proves('2 Item size', 'a list counts three and one for each element', put({TableName: HASH, Item: {pk: {S: 'sizes3'}, a: {L: [{S: 'x'.repeat(409_587)}]}}}),
      invalid('PutItem', {TableName: HASH, Item: {pk: {S: 'sizes3'}, a: {L: [{S: 'x'.repeat(409_588)}]}}}, 'Item size has exceeded the maximum allowed size')),
    proves('7 Size', 'in a batch', invalid('BatchWriteItem', {RequestItems: {[HASH]: [{PutRequest: {Item: {pk: {S: 'sizes1'}, a: {S: 'x'.repeat(409_592)}}}}]}}, 'Item size has exceeded the maximum allowed size')),
    proves('7 Size', 'an update that makes an item too large', put({TableName: HASH, Item: {pk: {S: 'sizes4'}, a: {S: 'x'.repeat(300_000)}}}),
      invalid('UpdateItem', {TableName: HASH, Key: {pk: {S: 'sizes4'}}, UpdateExpression: 'SET b = :b', ExpressionAttributeValues: {':b': {S: 'x'.repeat(110_000)}}}, 'Item size to update has exceeded the maximum allowed size')),
    // What is as large as these would fill the pages of later scans.
    proves('3 BatchWriteItem', 'large items are gone in one batch', gives('BatchWriteItem', {RequestItems: {[HASH]: ['sizes1', 'sizes2', 'sizes3', 'sizes4', 'values-name'].map((name) => ({DeleteRequest: {Key: {pk: {S: name}}}}))}}, {UnprocessedItems: {}})),
  ],
};
