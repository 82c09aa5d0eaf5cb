import type {Area, ConformanceCase} from '../conformance-case.js';
import {gives, has, proves, put} from '../conformance-case.js';
import type {Json} from '../json.js';
import {HASH, RANGE} from '../suite-tables.js';
import {OPERATION_COSTS} from './capacity-operations.js';

const cost = (CapacityUnits: number): Json => ({TableName: HASH, CapacityUnits});
const detailed = (CapacityUnits: number): Json => ({TableName: HASH, CapacityUnits, Table: {CapacityUnits}});
const key = (name: string): Json => ({pk: {S: `capacity-${name}`}});
/** An item of exactly so many bytes. */
const sized = (name: string, sizeBytes: number): Json => ({...key(name) as object, t: {S: 'x'.repeat(sizeBytes - 12 - name.length)}});

function wrote(name: string, sizeBytes: number, units: number): ConformanceCase {
  return proves('capacity 2', `an item of ${sizeBytes} bytes costs ${units} write units`,
    gives('DeleteItem', {TableName: HASH, Key: key(name)}, {}),
    gives('PutItem', {TableName: HASH, Item: sized(name, sizeBytes), ReturnConsumedCapacity: 'TOTAL'}, {ConsumedCapacity: cost(units)}),
    gives('PutItem', {TableName: HASH, Item: key(name), ReturnConsumedCapacity: 'TOTAL'}, {ConsumedCapacity: cost(units)}),
    gives('UpdateItem', {TableName: HASH, Key: key(name), ReturnConsumedCapacity: 'INDEXES', UpdateExpression: 'SET t = :t', ExpressionAttributeValues: {':t': {S: 'x'.repeat(sizeBytes - 12 - name.length)}}}, {ConsumedCapacity: detailed(units)}),
    gives('DeleteItem', {TableName: HASH, Key: key(name), ReturnConsumedCapacity: 'TOTAL'}, {ConsumedCapacity: cost(units)}));
}
function read(name: string, sizeBytes: number, strong: number): ConformanceCase {
  return proves('capacity 2', `an item of ${sizeBytes} bytes costs ${strong} read units, and half of it eventually`,
    put({TableName: HASH, Item: sized(name, sizeBytes)}),
    has('GetItem', {TableName: HASH, Key: key(name), ConsistentRead: true, ReturnConsumedCapacity: 'TOTAL'}, {ConsumedCapacity: cost(strong)}),
    has('GetItem', {TableName: HASH, Key: key(name), ConsistentRead: true, ReturnConsumedCapacity: 'INDEXES', ProjectionExpression: 'pk'}, {ConsumedCapacity: detailed(strong)}),
    {kind: 'until', operation: 'GetItem', body: {TableName: HASH, Key: key(name), ReturnConsumedCapacity: 'TOTAL'}, expected: {kind: 'has', members: {ConsumedCapacity: cost(strong / 2)}}},
    has('BatchGetItem', {RequestItems: {[HASH]: {Keys: [key(name)], ConsistentRead: true}}, ReturnConsumedCapacity: 'TOTAL'}, {ConsumedCapacity: [cost(strong)]}),
    has('Query', {TableName: HASH, KeyConditionExpression: 'pk = :p', ExpressionAttributeValues: {':p': {S: `capacity-${name}`}}, ConsistentRead: true, ReturnConsumedCapacity: 'TOTAL'}, {ConsumedCapacity: cost(strong)}));
}

export const CAPACITY: Area = {
  name: 'capacity',
  title: 'Consumed capacity',
  cases: [
    wrote('w1', 1024, 1), wrote('w2', 1025, 2), wrote('w3', 2048, 2), wrote('w4', 10_240, 10), wrote('w5', 10_241, 11),
    read('r1', 4096, 1), read('r2', 4097, 2), read('r3', 8192, 2), read('r4', 8193, 3), read('r5', 100_000, 25),
    proves('capacity 2', 'a missing item costs one unit, and half of it eventually',
      gives('GetItem', {TableName: HASH, Key: key('none'), ReturnConsumedCapacity: 'TOTAL'}, {ConsumedCapacity: cost(0.5)}),
      gives('GetItem', {TableName: HASH, Key: key('none'), ConsistentRead: true, ReturnConsumedCapacity: 'TOTAL'}, {ConsumedCapacity: cost(1)}),
      gives('DeleteItem', {TableName: HASH, Key: key('none'), ReturnConsumedCapacity: 'TOTAL'}, {ConsumedCapacity: cost(1)})),
    proves('capacity 2', 'nothing is told of NONE', gives('GetItem', {TableName: HASH, Key: key('none'), ReturnConsumedCapacity: 'NONE'}, {})),
    proves('capacity 2', 'an empty query costs the least', gives('Query', {TableName: HASH, KeyConditionExpression: 'pk = :p', ExpressionAttributeValues: {':p': {S: 'capacity-none'}}, ReturnConsumedCapacity: 'TOTAL'},
      {Items: [], Count: 0, ScannedCount: 0, ConsumedCapacity: cost(0.5)})),
    proves('capacity 2', 'a query rounds its sum, not each item', ...[0, 1, 2, 3].map((i) => put({TableName: RANGE, Item: {pk: {S: 'capacity'}, sk: {S: String(i)}, t: {S: 'x'.repeat(1000)}}})),
      has('Query', {TableName: RANGE, KeyConditionExpression: 'pk = :p', ExpressionAttributeValues: {':p': {S: 'capacity'}}, ConsistentRead: true, ReturnConsumedCapacity: 'TOTAL', Select: 'COUNT'},
        {Count: 4, ConsumedCapacity: {TableName: RANGE, CapacityUnits: 1}}),
      has('Query', {TableName: RANGE, KeyConditionExpression: 'pk = :p', FilterExpression: 't = :p', ExpressionAttributeValues: {':p': {S: 'capacity'}}, ConsistentRead: true, ReturnConsumedCapacity: 'INDEXES'},
        {Count: 0, ScannedCount: 4, ConsumedCapacity: {TableName: RANGE, CapacityUnits: 1, Table: {CapacityUnits: 1}}})),
    proves('capacity 2', 'a batch rounds each item by itself', has('BatchGetItem', {
      RequestItems: {[RANGE]: {Keys: [0, 1, 2, 3].map((i) => ({pk: {S: 'capacity'}, sk: {S: String(i)}})), ConsistentRead: true}}, ReturnConsumedCapacity: 'INDEXES',
    }, {ConsumedCapacity: [{TableName: RANGE, CapacityUnits: 4, Table: {CapacityUnits: 4}}]})),
    proves('capacity 2', 'writes of a batch are summed by table', gives('BatchWriteItem', {
      RequestItems: {[HASH]: [{PutRequest: {Item: sized('bw1', 1500)}}, {DeleteRequest: {Key: key('none')}}]}, ReturnConsumedCapacity: 'TOTAL',
    }, {UnprocessedItems: {}, ConsumedCapacity: [cost(3)]})),
    ...OPERATION_COSTS,
  ],
};
