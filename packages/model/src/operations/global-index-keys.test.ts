// Keys of global indexes in items that are put.
import {parseItem} from '../item-json.js';
import {checkGlobalIndexKeys} from './global-index-keys.js';

const TABLE = {
  attributeDefinitions: [{AttributeName: 'g', AttributeType: 'S'}, {AttributeName: 'r', AttributeType: 'N'}],
  extra: {globalSecondaryIndexes: [{
    IndexName: 'by-g', KeySchema: [{AttributeName: 'g', KeyType: 'HASH'}, {AttributeName: 'r', KeyType: 'RANGE'}], Projection: {ProjectionType: 'ALL'},
  }]},
} as const;
const check = (json: object): void => checkGlobalIndexKeys(TABLE, parseItem({pk: {S: 'a'}, ...json}));

test('a missing key is no mistake', () => {
  expect(() => check({})).not.toThrow();
  expect(() => check({g: {S: 'x'}, r: {N: '1'}})).not.toThrow();
});
test.each([
  [{g: {N: '1'}}, 'Type mismatch for Index Key g Expected: S Actual: N IndexName: by-g'],
  [{g: {S: 'x'}, r: {NULL: true}}, 'Type mismatch for Index Key r Expected: N Actual: NULL IndexName: by-g'],
  [{g: {S: ''}}, 'empty string value. IndexName: by-g, IndexKey: g'],
  [{g: {S: 'x'.repeat(2049)}}, 'Size of hashkey has exceeded the maximum size limit of2048 bytes'],
])('%j is refused', (json, message) => {
  expect(() => check(json)).toThrow(message);
});
