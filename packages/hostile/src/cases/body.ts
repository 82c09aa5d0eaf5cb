import {deflateSync, gzipSync} from 'node:zlib';
import {ANY, INVALID, OK, UNREADABLE, apiCall, latin1, oneStep, rawRequest, refusedAs, status} from '../hostile-case.js';
import type {Expectation, HostileCase} from '../hostile-case.js';
import {TABLE} from '../target.js';

const MIB = 1024 * 1024;
const KEY = '{"pk":{"S":"body"},"sk":{"N":"1"}}';
const body = (name: string, bytes: Uint8Array, expected: Expectation): HostileCase => oneStep('body', name, bytes, expected);
const get = (name: string, text: string | Uint8Array, expected: Expectation, ...headers: readonly string[]): HostileCase => body(name, apiCall('GetItem', text, ...headers), expected);
/** An item with one more attribute, given as JSON text. */
const put = (name: string, attribute: string, expected: Expectation): HostileCase =>
  body(name, apiCall('PutItem', `{"TableName":"${TABLE}","Item":{"pk":{"S":"body"},"sk":{"N":"1"},"a":${attribute}}}`), expected);
const valid = `{"TableName":"${TABLE}","Key":${KEY}}`;
const lists = (levels: number): string => `${'{"L":['.repeat(levels)}{"S":"x"}${']}'.repeat(levels)}`;
const maps = (levels: number): string => `${'{"M":{"m":'.repeat(levels)}{"S":"x"}${'}}'.repeat(levels)}`;
const DEEP = refusedAs('ValidationException', /Nesting Levels/);

const SIZES: readonly HostileCase[] = [
  body('17 MiB by header', rawRequest(['POST / HTTP/1.1', 'Host: localhost', 'Content-Type: application/x-amz-json-1.0', `Content-Length: ${17 * MIB}`], Buffer.alloc(17 * MIB, 0x20)), status(413)),
  body('a length of a terabyte, refused before a byte of it', rawRequest(['POST / HTTP/1.1', 'Host: localhost', 'Content-Length: 1099511627776']), status(413)),
  body('17 MiB by chunks', rawRequest(['POST / HTTP/1.1', 'Host: localhost', 'Content-Type: application/x-amz-json-1.0', 'Transfer-Encoding: chunked'],
    Buffer.concat([...Array.from({length: 17}, () => Buffer.concat([latin1(`${MIB.toString(16)}\r\n`), Buffer.alloc(MIB, 0x20), latin1('\r\n')])), latin1('0\r\n\r\n')])), status(413)),
  body('17 MiB asked for leave first', rawRequest(['POST / HTTP/1.1', 'Host: localhost', 'Expect: 100-continue', `Content-Length: ${17 * MIB}`]), status(413)),
  get('16 MiB of spaces', Buffer.alloc(16 * MIB, 0x20), UNREADABLE),
  get('empty', '', UNREADABLE),
];

const CODINGS: readonly HostileCase[] = [
  get('gzip', gzipSync(valid), OK, 'Content-Encoding: gzip'),
  get('a bomb of gzip: 64 MiB in 64 KiB', gzipSync(Buffer.alloc(64 * MIB)), status(413), 'Content-Encoding: gzip'),
  get('a bomb of deflate', deflateSync(Buffer.alloc(64 * MIB)), status(413), 'Content-Encoding: deflate'),
  get('gzip in gzip', gzipSync(gzipSync(valid)), ANY, 'Content-Encoding: gzip, gzip'),
  get('a coding that is not offered', valid, ANY, 'Content-Encoding: br'),
  get('a coding with a name of 8 KiB', valid, ANY, `Content-Encoding: ${'g'.repeat(8192)}`),
  get('gzip that is none', valid, ANY, 'Content-Encoding: gzip'),
  get('gzip cut short', gzipSync(valid).subarray(0, 20), ANY, 'Content-Encoding: gzip'),
  get('gzip with a wrong checksum', flipLast(gzipSync(valid)), ANY, 'Content-Encoding: gzip'),
  get('gzip with rubbish behind it', Buffer.concat([gzipSync(valid), latin1('rubbish')]), ANY, 'Content-Encoding: gzip'),
  get('gzip said to be deflate', gzipSync(valid), ANY, 'Content-Encoding: deflate'),
];

const TEXTS: readonly HostileCase[] = [
  get('a byte order mark', Buffer.concat([Buffer.of(0xef, 0xbb, 0xbf), latin1(valid)]), UNREADABLE),
  get('UTF-16', Buffer.from(valid, 'utf16le'), UNREADABLE),
  get('invalid UTF-8', Buffer.concat([latin1('{"a":"'), Buffer.of(0xff, 0xfe), latin1('"}')]), UNREADABLE),
  get('UTF-8 cut inside a character', Buffer.concat([latin1('{"a":"'), Buffer.of(0xe2, 0x82), latin1('"}')]), UNREADABLE),
  get('an overlong NUL', Buffer.concat([latin1('{"a":"'), Buffer.of(0xc0, 0x80), latin1('"}')]), UNREADABLE),
  get('a surrogate in UTF-8', Buffer.concat([latin1('{"a":"'), Buffer.of(0xed, 0xa0, 0x80), latin1('"}')]), UNREADABLE),
  get('not JSON', 'hello', UNREADABLE),
  get('XML', '<a/>', UNREADABLE),
  get('JSON cut short', valid.slice(0, -1), UNREADABLE),
  get('JSON with more behind it', `${valid}{}`, UNREADABLE),
  get('JSON with a comment', `/* */${valid}`, UNREADABLE),
  get('JSON with a trailing comma', '{"TableName":"x",}', UNREADABLE),
  get('JSON with a raw line feed in a text', '{"a":"\n"}', UNREADABLE),
  get('NaN', '{"Limit":NaN}', UNREADABLE),
  ...['null', 'true', '1', '"text"', '[]', '[{}]'].map((text) => get(`the JSON ${text}, which is no object`, text, UNREADABLE)),
  get('a doubled member, the last counts', `{"TableName":"nobody","TableName":"${TABLE}","Key":${KEY}}`, OK),
  get('200,000 unknown members', `{"TableName":"${TABLE}","Key":${KEY},${Array.from({length: 200_000}, (_, i) => `"k${i}":${i}`).join()}}`, OK),
  get('200,000 members named by numbers', `{"TableName":"${TABLE}","Key":${KEY},${Array.from({length: 200_000}, (_, i) => `"${4_294_967_294 - i}":0`).join()}}`, OK),
  get('a million nulls for keys', `{"RequestItems":{"${TABLE}":{"Keys":[${'null,'.repeat(999_999)}null]}}}`, ANY),
  get('a text of a million escapes', `{"TableName":"${'\\u0041'.repeat(1_000_000)}","Key":${KEY}}`, INVALID),
  get('a number of 100,000 digits', `{"TableName":"${TABLE}","Key":${KEY},"n":${'9'.repeat(100_000)}}`, OK),
  get('a member __proto__', `{"__proto__":{"TableName":"${TABLE}"},"Key":${KEY}}`, INVALID),
  get('a member constructor', `{"TableName":"${TABLE}","Key":${KEY},"constructor":{"prototype":{"polluted":1}}}`, OK),
];

const DEPTHS: readonly HostileCase[] = [
  put('31 lists around a text: 32 levels', lists(31), OK),
  put('32 lists around a text: 33 levels', lists(32), DEEP),
  put('31 maps around a text: 32 levels', maps(31), OK),
  put('32 maps around a text: 33 levels', maps(32), DEEP),
  put('a list 10,000 levels deep', lists(10_000), DEEP),
  put('a map 100,000 levels deep', maps(100_000), DEEP),
  get('8 million brackets', '['.repeat(8_000_000), ANY),
  get('an unknown member 100,000 levels deep', `{"TableName":"${TABLE}","Key":${KEY},"x":${'['.repeat(100_000)}${']'.repeat(100_000)}}`, INVALID),
];

const VALUES: readonly HostileCase[] = [
  put('a number of 39 digits', `{"N":"${'1'.repeat(39)}"}`, INVALID),
  put('a number of a million digits', `{"N":"${'1'.repeat(1_000_000)}"}`, INVALID),
  put('a number with an exponent of a million digits', `{"N":"1e${'9'.repeat(1_000_000)}"}`, INVALID),
  put('a number too large', '{"N":"1e126"}', INVALID),
  put('a number too small', '{"N":"1e-131"}', INVALID),
  ...['', ' ', '+', '.', '1.2.3', '0x10', 'NaN', 'Infinity', '-', '1e', '١'].map((text) => put(`the number ${JSON.stringify(text)}`, `{"N":${JSON.stringify(text)}}`, INVALID)),
  put('a number that is a JSON number', '{"N":1}', UNREADABLE),
  put('no type', '{}', INVALID),
  put('two types', '{"S":"a","N":"1"}', INVALID),
  put('an unknown type', '{"Q":"a"}', INVALID),
  put('a type in lower case', '{"s":"a"}', INVALID),
  put('a value that is an array', '[]', UNREADABLE),
  put('a value that is a text', '"a"', UNREADABLE),
  put('NULL of false', '{"NULL":false}', INVALID),
  put('binary that is no base64', '{"B":"%%%%"}', UNREADABLE),
  put('binary without padding', '{"B":"YQ"}', UNREADABLE),
  put('an empty set', '{"SS":[]}', INVALID),
  put('a set with a doubled member', '{"NS":["1","1.0"]}', INVALID),
  put('a set of a million equal texts', `{"SS":[${'"a",'.repeat(999_999)}"a"]}`, INVALID),
  put('a set with a null', '{"SS":[null]}', INVALID),
  put('a lone surrogate', '{"S":"\\ud800"}', OK),
  put('a text of NULs', '{"S":"\\u0000\\u0000"}', OK),
  put('an item of 500 KB', `{"S":"${'x'.repeat(500_000)}"}`, INVALID),
  put('an item of 15 MB', `{"S":"${'x'.repeat(15_000_000)}"}`, INVALID),
];

/** Integers that no counter can hold: each ended the process or read as something else in some server once. */
const INTEGERS: readonly HostileCase[] = ['1e400', '-1e400', '1e308', '9007199254740993', '9223372036854775808', '2147483648', '-1', '0', '1.5', '"1"', 'true', '{}', '[]']
  .map((limit) => body(`a Limit of ${limit}`, apiCall('Scan', `{"TableName":"${TABLE}","Limit":${limit}}`), limit === '1.5' ? OK : ['-1', '0'].includes(limit) ? INVALID : UNREADABLE));

const SEGMENTS: readonly HostileCase[] = [
  body('a segment past the last', apiCall('Scan', {TableName: TABLE, Segment: 5, TotalSegments: 5}), INVALID),
  body('a million and one segments', apiCall('Scan', {TableName: TABLE, Segment: 0, TotalSegments: 1_000_001}), INVALID),
  body('a negative segment', apiCall('Scan', {TableName: TABLE, Segment: -1, TotalSegments: 5}), INVALID),
  body('a start key of another table', apiCall('Scan', {TableName: TABLE, ExclusiveStartKey: {id: {S: 'x'}}}), INVALID),
  body('a start key of the wrong type', apiCall('Scan', {TableName: TABLE, ExclusiveStartKey: {pk: {N: '1'}, sk: {N: '1'}}}), INVALID),
  body('an empty start key', apiCall('Scan', {TableName: TABLE, ExclusiveStartKey: {}}), INVALID),
  body('26 writes in a batch', apiCall('BatchWriteItem', {RequestItems: {[TABLE]: Array.from({length: 26}, (_, i) => ({DeleteRequest: {Key: {pk: {S: 'b'}, sk: {N: String(i)}}}}))}}), INVALID),
  body('101 keys in a batch', apiCall('BatchGetItem', {RequestItems: {[TABLE]: {Keys: Array.from({length: 101}, (_, i) => ({pk: {S: 'b'}, sk: {N: String(i)}}))}}}), INVALID),
  body('the same key twice in a batch', apiCall('BatchGetItem', {RequestItems: {[TABLE]: {Keys: [{pk: {S: 'b'}, sk: {N: '1'}}, {pk: {S: 'b'}, sk: {N: '1'}}]}}}), INVALID),
  body('a statement of 8,192 parentheses', apiCall('ExecuteStatement', {Statement: `SELECT * FROM "${TABLE}" WHERE ${'('.repeat(8000)}`}), INVALID),
  body('a statement of 2,000 NOTs', apiCall('ExecuteStatement', {Statement: `SELECT * FROM "${TABLE}" WHERE ${'NOT '.repeat(2000)}a = 1`}), INVALID),
  body('a statement of 4,000 lists', apiCall('ExecuteStatement', {Statement: `INSERT INTO "${TABLE}" VALUE {'pk': ${'['.repeat(4000)}`}), INVALID),
  body('a statement of 1,500 sums', apiCall('ExecuteStatement', {Statement: `UPDATE "${TABLE}" SET a = ${'1 + '.repeat(1500)}1 WHERE pk = 'b' AND sk = 1`}), INVALID),
  body('a statement with 100,000 parameters', apiCall('ExecuteStatement', {Statement: `SELECT * FROM "${TABLE}"`, Parameters: Array.from({length: 100_000}, () => ({S: 'x'}))}), INVALID),
  body('a statement that asks for one of 100,000 keys', apiCall('ExecuteStatement', {Statement: `SELECT * FROM "${TABLE}" WHERE pk IN ?`, Parameters: [{L: Array.from({length: 100_000}, (_, i) => ({S: String(i)}))}]}), INVALID),
  body('a NextToken of 32,768 letters', apiCall('ExecuteStatement', {Statement: `SELECT * FROM "${TABLE}"`, NextToken: 'A'.repeat(32_768)}), INVALID),
  body('a batch of nothing', apiCall('BatchWriteItem', {RequestItems: {}}), INVALID),
];

const TARGETS: readonly HostileCase[] = ['', 'GetItem', 'DynamoDB_20120810', 'DynamoDB_20120810.', 'DynamoDB_20120810.getitem', 'DynamoDB_20120810.__proto__', 'DynamoDB_20120810.constructor',
  'DynamoDB_20120810.toString', `DynamoDB_20120810.${'G'.repeat(8192)}`, 'DynamoDB_20120810.GetItem.GetItem', 'DynamoDB_20111205.GetItem']
  .map((target) => body(`the target ${JSON.stringify(target.slice(0, 60))}`,
    rawRequest(['POST / HTTP/1.1', 'Host: localhost', 'Content-Type: application/x-amz-json-1.0', `X-Amz-Target: ${target}`, 'Content-Length: 2'], '{}'), refusedAs('UnknownOperationException')));

const CONTENT_TYPES: readonly HostileCase[] = ['text/plain', 'application/x-amz-json-1.1', '', 'application/xml', 'multipart/form-data; boundary=x', `${'a'.repeat(8192)}/b`, 'application/json\x0b']
  .map((type) => body(`the content type ${JSON.stringify(type.slice(0, 60))}`,
    rawRequest(['POST / HTTP/1.1', 'Host: localhost', `Content-Type: ${type}`, 'X-Amz-Target: DynamoDB_20120810.ListTables', 'Content-Length: 2'], '{}'), {kind: 'refused'}));

function flipLast(bytes: Buffer): Buffer {
  const flipped = Buffer.from(bytes);
  flipped[flipped.length - 6] = (flipped[flipped.length - 6] ?? 0) ^ 1;
  return flipped;
}

export const BODY_CASES: readonly HostileCase[] = [...SIZES, ...CODINGS, ...TEXTS, ...DEPTHS, ...VALUES, ...INTEGERS, ...SEGMENTS, ...TARGETS, ...CONTENT_TYPES];
