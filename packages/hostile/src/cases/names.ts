import {INVALID, OK, apiCall, oneStep, refusedAs} from '../hostile-case.js';
import type {Expectation, HostileCase} from '../hostile-case.js';
import {KEY_ONLY_TABLE, TABLE} from '../target.js';

/** Names that mean something to the language, to the text's encoding or to whoever shows them. */
const NAMES: readonly (readonly [what: string, name: string])[] = [
  ['__proto__', '__proto__'], ['constructor', 'constructor'], ['prototype', 'prototype'], ['toString', 'toString'], ['hasOwnProperty', 'hasOwnProperty'], ['valueOf', 'valueOf'],
  ['__defineGetter__', '__defineGetter__'], ['then', 'then'], ['toJSON', 'toJSON'], ['length', 'length'], ['0', '0'], ['-1', '-1'], ['4294967295', '4294967295'],
  ['a space', ' '], ['NUL', '\0'], ['an emoji', '🐦'], ['right to left', '\u202egnp.exe'], ['a quote', '"'], ['a backslash', '\\'], ['HTML', '<script>alert(1)</script>'],
  ['a formula', '=cmd|\'/C calc\'!A0'], ['an escape of terminals', '\u001b[2J'], ['a path', '../../etc/passwd'], ['a template', '${7*7}{{7*7}}'], ['60,000 letters', 'n'.repeat(60_000)],
];

/** The item put comes back as it went in, by a strong read and by a projection of that one attribute. */
function comesBack(what: string, name: string): HostileCase {
  const key = `{"pk":{"S":"names"},"sk":{"N":"1"}}`;
  const item = `{"pk":{"S":"names"},"sk":{"N":"1"},${JSON.stringify(name)}:{"M":{${JSON.stringify(name)}:{"S":"kept"}}}}`;
  return {
    row: 'names', name: `an attribute and a member named ${what} come back as they went in`,
    steps: [
      {pieces: [apiCall('PutItem', `{"TableName":"${TABLE}","Item":${item}}`)], expected: OK},
      {pieces: [apiCall('GetItem', `{"TableName":"${TABLE}","Key":${key},"ConsistentRead":true}`)], expected: {kind: 'body', json: {Item: JSON.parse(item) as unknown}}},
      {
        pieces: [apiCall('GetItem', {TableName: TABLE, Key: JSON.parse(key) as unknown, ConsistentRead: true, ProjectionExpression: '#n.#n', ExpressionAttributeNames: {'#n': name}})],
        expected: {kind: 'body', json: {Item: JSON.parse(`{${JSON.stringify(name)}:{"M":{${JSON.stringify(name)}:{"S":"kept"}}}}`) as unknown}},
      },
      {
        pieces: [apiCall('UpdateItem', {
          TableName: TABLE, Key: JSON.parse(key) as unknown, UpdateExpression: 'SET #n.#n = :v', ConditionExpression: 'attribute_exists(#n.#n)', ReturnValues: 'UPDATED_NEW',
          ExpressionAttributeNames: {'#n': name}, ExpressionAttributeValues: {':v': {S: 'changed'}},
        })],
        expected: {kind: 'body', json: {Attributes: JSON.parse(`{${JSON.stringify(name)}:{"M":{${JSON.stringify(name)}:{"S":"changed"}}}}`) as unknown}},
      },
      {pieces: [apiCall('DeleteItem', `{"TableName":"${TABLE}","Key":${key}}`)], expected: OK},
    ],
  };
}

/** A key made of it finds its item again. */
function isAKey(what: string, name: string): HostileCase {
  return {
    row: 'names', name: `a key of ${what} finds its item`,
    steps: [
      {pieces: [apiCall('PutItem', {TableName: KEY_ONLY_TABLE, Item: {pk: {S: name}, v: {S: 'kept'}}})], expected: OK},
      {pieces: [apiCall('GetItem', {TableName: KEY_ONLY_TABLE, Key: {pk: {S: name}}, ConsistentRead: true})], expected: {kind: 'body', json: {Item: {pk: {S: name}, v: {S: 'kept'}}}}},
    ],
  };
}

const get = (name: string, body: unknown, expected: Expectation): HostileCase => oneStep('names', name, apiCall('GetItem', body), expected);
const KEY = {pk: {S: 'names'}, sk: {N: '1'}};
const TABLE_NAMES = ['', 'ab', ' ', 'a b c', '../../x', 'a/b/c', 'tab\0le', '🐦🐦🐦', 'x'.repeat(256), 'x'.repeat(65_536), '<b>table</b>', 'arn:aws:dynamodb', 'arn:aws:dynamodb:us-east-1:1:table/', `arn:${'x'.repeat(2000)}`];

export const NAME_CASES: readonly HostileCase[] = [
  ...NAMES.map(([what, name]) => comesBack(what, name)),
  ...NAMES.filter(([, name]) => Buffer.byteLength(name) <= 2048).map(([what, name]) => isAKey(what, name)),
  ...TABLE_NAMES.map((name) => get(`the table ${JSON.stringify(name.slice(0, 40))} of ${name.length} letters`, {TableName: name, Key: KEY}, INVALID)),
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', '...', '---'].map((name) =>
    get(`the table ${name} is not there`, {TableName: name, Key: KEY}, refusedAs('ResourceNotFoundException'))),
  ...['__proto__', 'constructor'].map((name) => oneStep('names', `a batch on the table ${name}`,
    apiCall('BatchGetItem', `{"RequestItems":{"${name}":{"Keys":[{"pk":{"S":"x"},"sk":{"N":"1"}}]}}}`), refusedAs('ResourceNotFoundException'))),
  ...['#', '#__proto__x y', 'n', '', `#${'n'.repeat(65_536)}`, '#\0', '#🐦', '##'].map((placeholder) =>
    get(`the placeholder ${JSON.stringify(placeholder.slice(0, 40))} of ${placeholder.length} letters`, {TableName: TABLE, Key: KEY, ProjectionExpression: 'a', ExpressionAttributeNames: {[placeholder]: 'a'}}, INVALID)),
  get('placeholders named as parts of objects', {TableName: TABLE, Key: KEY, ProjectionExpression: '#__proto__, #constructor', ExpressionAttributeNames: {'#__proto__': 'a', '#constructor': 'b'}}, OK),
  get('a key with an attribute __proto__', `{"TableName":"${TABLE}","Key":{"pk":{"S":"x"},"sk":{"N":"1"},"__proto__":{"S":"y"}}}`, INVALID),
  get('an attribute name of 70,000 letters', `{"TableName":"${TABLE}","Key":{"pk":{"S":"x"},"${'n'.repeat(70_000)}":{"N":"1"}}}`, INVALID),
  oneStep('names', 'an empty attribute name', apiCall('PutItem', {TableName: TABLE, Item: {...KEY, '': {S: 'x'}}}), INVALID),
  oneStep('names', 'a key of 2,049 bytes', apiCall('PutItem', {TableName: KEY_ONLY_TABLE, Item: {pk: {S: 'k'.repeat(2049)}}}), INVALID),
  oneStep('names', 'an empty key', apiCall('PutItem', {TableName: KEY_ONLY_TABLE, Item: {pk: {S: ''}}}), INVALID),
];
