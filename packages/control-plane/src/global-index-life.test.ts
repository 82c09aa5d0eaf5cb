// What becomes of a table's list of global indexes when one is added, is filled, and goes.
import {toIndexId, toTableId} from '@murmuration/base';
import {fedGlobalIndexes} from '@murmuration/model';
import type {IndexDefinition, TableDescriptor} from '@murmuration/model';
import {activateIndex, changeIndexes, forgetIndex, indexesOfNewTable} from './global-index-life.js';

function definition(IndexName: string, attribute: string): IndexDefinition {
  return {IndexName, KeySchema: [{AttributeName: attribute, KeyType: 'HASH'}], Projection: {ProjectionType: 'ALL'}};
}
const BY_A = definition('by-a', 'a');
const TABLE: TableDescriptor = {
  tableId: toTableId(1), name: 'T', tableUuid: '', status: 'ACTIVE', keySchema: {hash: {name: 'pk', type: 'S'}, range: undefined},
  attributeDefinitions: [{AttributeName: 'pk', AttributeType: 'S'}, {AttributeName: 'a', AttributeType: 'S'}], billingMode: 'PAY_PER_REQUEST',
  provisionedThroughput: {ReadCapacityUnits: 0, WriteCapacityUnits: 0}, createdAtMs: 0, extra: {globalSecondaryIndexes: [BY_A]}, ...indexesOfNewTable([BY_A]),
};
function changed(table: TableDescriptor, change: Parameters<typeof changeIndexes>[1]): TableDescriptor {
  const result = changeIndexes(table, change);
  if ('failure' in result) throw new Error(result.failure.code);
  return result.table;
}
const ADD_B = {kind: 'create', definition: definition('by-b', 'b'), attributeDefinitions: [{AttributeName: 'b', AttributeType: 'N'}]} as const;

test('indexes that come with a table are fed from its first write', () => {
  expect(fedGlobalIndexes(TABLE)).toEqual([{indexId: 0x100, name: 'by-a', hash: [{name: 'a', type: 'S'}], range: [], projection: {kind: 'ALL'}}]);
});

test('an index that is added has an id of its own and brings its attribute', () => {
  const table = changed(TABLE, ADD_B);
  expect(table.globalIndexes?.[1]).toEqual({indexId: 0x101, name: 'by-b', status: 'CREATING', isOnline: true});
  expect(table.attributeDefinitions.map(({AttributeName}) => AttributeName)).toEqual(['pk', 'a', 'b']);
  expect(fedGlobalIndexes(table).map(({name}) => name)).toEqual(['by-a', 'by-b']);
});

test('a second one is refused until the first is filled', () => {
  const table = changed(TABLE, ADD_B);
  const again = {...ADD_B, definition: definition('by-c', 'b')};
  expect(changeIndexes(table, again)).toMatchObject({failure: {code: 'LimitExceeded'}});
  const filled = activateIndex(table, toIndexId(0x101));
  expect(filled === undefined ? undefined : changed(filled, again).globalIndexes?.[2]).toMatchObject({indexId: 0x102, status: 'CREATING'});
});

test('an index that goes is fed no more, and its id is not given again', () => {
  const dying = changed(TABLE, {kind: 'delete', name: 'by-a'});
  expect(fedGlobalIndexes(dying)).toEqual([]);
  expect(activateIndex(dying, toIndexId(0x100))).toBeUndefined();
  const gone = forgetIndex(dying, toIndexId(0x100));
  expect(gone).toMatchObject({globalIndexes: [], nextGlobalIndexId: 0x101, attributeDefinitions: [{AttributeName: 'pk', AttributeType: 'S'}]});
  expect(gone?.extra.globalSecondaryIndexes).toBeUndefined();
});

test('an index that is being filled can be given up', () => {
  const table = changed(TABLE, ADD_B);
  expect(changed(table, {kind: 'delete', name: 'by-b'}).globalIndexes?.[1]).toMatchObject({status: 'DELETING'});
});

test('names are told apart and have to exist', () => {
  expect(changeIndexes(TABLE, {...ADD_B, definition: BY_A})).toMatchObject({failure: {code: 'BadRequest'}});
  expect(changeIndexes(TABLE, {kind: 'delete', name: 'none'})).toMatchObject({failure: {code: 'NotFound'}});
});
