import type {Random} from '@murmuration/base';
import {Zipf} from '../workloads/zipf.js';
import {frame, inTurn} from '../requests.js';
import type {PeerProtocol} from './peer.js';

export const KEY_VALUE_TABLE = 'PeerKeyValue';
export const RANGE_TABLE = 'PeerRange';
/** Items of the key-value table; every one is there before reads begin. */
export const KEY_COUNT = 20_000;
const COLLECTION_COUNT = 200;
const ITEMS_A_COLLECTION = 25;
/** Requests that are prepared for one load: the generator only picks the next. */
const PREPARED_COUNT = 4_000;
const PREPARED_COUNT_MIN = 200;
const ZIPF_THETA = 0.99;
/** Without a common divisor with the number of keys. */
const STRIDE = 7_919;

export type KeyDistribution = 'uniform' | 'zipf';

export interface PeerWorkload {
  readonly name: string;
  /** Things that one request reads or writes. */
  readonly itemsPerRequest: number;
  readonly sizeBytes: number;
  readonly keys: KeyDistribution;
  readonly protocols: readonly PeerProtocol[];
  /** @returns prepared requests; equal for equal seeds */
  readonly prepare: (protocol: PeerProtocol, host: string, random: Random) => () => Buffer;
}

interface Body {
  readonly operation: string;
  readonly body: unknown;
}

export const partitionKey = (i: number): string => `user#${String(i).padStart(8, '0')}`;
const sortKey = (i: number): string => `event#${String(i).padStart(4, '0')}`;
/** "pk" and "data" with a key of 13 characters are 19 bytes; "sk" with one of 10 is 12 more. */
const dataOf = (sizeBytes: number, namesBytes = 19): string => 'x'.repeat(sizeBytes - namesBytes);

export function keyValueItem(i: number, sizeBytes: number): unknown {
  return {pk: {S: partitionKey(i)}, data: {S: dataOf(sizeBytes)}};
}
/** Puts of 25 items each that fill the table with collections. */
export function rangeBatches(): readonly unknown[] {
  return Array.from({length: COLLECTION_COUNT}, (_, i) => ({
    RequestItems: {
      [RANGE_TABLE]: Array.from({length: ITEMS_A_COLLECTION}, (_each, j) => ({PutRequest: {Item: {pk: {S: partitionKey(i)}, sk: {S: sortKey(j)}, data: {S: dataOf(256, 31)}}}})),
    },
  }));
}

function keys(random: Random, distribution: KeyDistribution): () => number {
  if (distribution === 'uniform') return () => random.below(KEY_COUNT);
  const zipf = new Zipf(KEY_COUNT, ZIPF_THETA);
  return () => zipf.draw(random) % KEY_COUNT;
}

/** Every key once, far apart one after the other, before any comes again. */
function strides(): () => number {
  let next = 0;
  return () => {
    next = (next + STRIDE) % KEY_COUNT;
    return next;
  };
}

/** A workload whose requests are one each of `make`, over keys drawn anew. */
function workload(name: string, options: {readonly sizeBytes?: number; readonly keys?: KeyDistribution; readonly itemsPerRequest?: number; readonly areKeysApart?: boolean; readonly etcd?: (key: string, sizeBytes: number) => {readonly path: string; readonly body: unknown}}, make: (key: () => number, sizeBytes: number) => Body): PeerWorkload {
  const sizeBytes = options.sizeBytes ?? 256;
  const distribution = options.keys ?? 'uniform';
  const {etcd} = options;
  return {
    name, sizeBytes, keys: distribution, itemsPerRequest: options.itemsPerRequest ?? 1,
    protocols: etcd === undefined ? ['dynamodb'] : ['dynamodb', 'etcd'],
    prepare: (protocol, host, random) => {
      const key = options.areKeysApart === true ? strides() : keys(random, distribution);
      const count = Math.max(PREPARED_COUNT_MIN, Math.ceil(PREPARED_COUNT / (options.itemsPerRequest ?? 1)));
      return inTurn(Array.from({length: count}, () => {
        if (protocol === 'etcd' && etcd !== undefined) {
          const {path, body} = etcd(partitionKey(key()), sizeBytes);
          return etcdFrame(path, JSON.stringify(body), host);
        }
        const {operation, body} = make(key, sizeBytes);
        return frame(operation, JSON.stringify(body), host);
      }));
    },
  };
}

function etcdFrame(path: string, body: string, host: string): Buffer {
  return Buffer.from(`POST ${path} HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
}
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const etcdPut = (key: string, sizeBytes: number): {path: string; body: unknown} => ({path: '/v3/kv/put', body: {key: base64(key), value: base64(dataOf(sizeBytes, key.length))}});
const etcdGet = (isSerializable: boolean) => (key: string): {path: string; body: unknown} => ({path: '/v3/kv/range', body: {key: base64(key), serializable: isSerializable}});

const put = (key: () => number, sizeBytes: number): Body => ({operation: 'PutItem', body: {TableName: KEY_VALUE_TABLE, Item: keyValueItem(key(), sizeBytes)}});
const get = (isStrong: boolean) => (key: () => number): Body => ({operation: 'GetItem', body: {TableName: KEY_VALUE_TABLE, Key: {pk: {S: partitionKey(key())}}, ConsistentRead: isStrong}});

/** Distinct keys for one request. */
function distinct(key: () => number, count: number): readonly number[] {
  const drawn = new Set<number>();
  while (drawn.size < count) drawn.add(key());
  return [...drawn];
}

export const PEER_WORKLOADS: readonly PeerWorkload[] = [
  workload('GetItem eventual', {etcd: etcdGet(true)}, get(false)),
  workload('GetItem strong', {etcd: etcdGet(false)}, get(true)),
  workload('PutItem', {etcd: etcdPut}, put),
  workload('GetItem eventual zipf', {keys: 'zipf', etcd: etcdGet(true)}, get(false)),
  workload('PutItem zipf', {keys: 'zipf', etcd: etcdPut}, put),
  workload('PutItem 1 KiB', {sizeBytes: 1_024, etcd: etcdPut}, put),
  workload('UpdateItem', {}, (key) => ({
    operation: 'UpdateItem',
    body: {
      TableName: KEY_VALUE_TABLE, Key: {pk: {S: partitionKey(key())}}, UpdateExpression: 'ADD hits :one', ConditionExpression: 'attribute_exists(pk) AND size(pk) > :none',
      ExpressionAttributeValues: {':one': {N: '1'}, ':none': {N: '0'}},
    },
  })),
  workload('Query 25', {itemsPerRequest: ITEMS_A_COLLECTION}, (key) => ({
    operation: 'Query',
    body: {TableName: RANGE_TABLE, KeyConditionExpression: 'pk = :pk', ExpressionAttributeValues: {':pk': {S: partitionKey(key() % COLLECTION_COUNT)}}},
  })),
  workload('Scan 100', {itemsPerRequest: 100}, () => ({operation: 'Scan', body: {TableName: RANGE_TABLE, Limit: 100}})),
  workload('BatchGetItem 100', {itemsPerRequest: 100}, (key) => ({
    operation: 'BatchGetItem', body: {RequestItems: {[KEY_VALUE_TABLE]: {Keys: distinct(key, 100).map((i) => ({pk: {S: partitionKey(i)}}))}}},
  })),
  workload('BatchWriteItem 25', {itemsPerRequest: 25}, (key, sizeBytes) => ({
    operation: 'BatchWriteItem', body: {RequestItems: {[KEY_VALUE_TABLE]: distinct(key, 25).map((i) => ({PutRequest: {Item: keyValueItem(i, sizeBytes)}}))}},
  })),
  // Keys that no other prepared request has: what is measured are transactions, not their conflicts.
  workload('TransactWriteItems 4', {itemsPerRequest: 4, areKeysApart: true}, (key, sizeBytes) => ({
    operation: 'TransactWriteItems', body: {TransactItems: distinct(key, 4).map((i) => ({Put: {TableName: KEY_VALUE_TABLE, Item: keyValueItem(i, sizeBytes)}}))},
  })),
];
