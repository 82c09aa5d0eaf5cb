import type {GroupId} from '@murmuration/base';
import {keyText} from '@murmuration/partition';
import {readHalfUnits} from '@murmuration/capacity';
import {checkKeyPaths, itemText, parseBatchGetItem, validateKeyObject, validationError} from '@murmuration/model';
import type {BatchGetTable, Item, TableDescriptor} from '@murmuration/model';
import {consumedCapacityListMember} from '../consumed-capacity.js';
import {RouterError} from '../errors.js';
import type {Exchange} from '../exchange.js';
import {readItems} from '../item-reads.js';
import type {ReadItem} from '../item-reads.js';
import {refusal} from '../partition-errors.js';
import type {Throttle} from '../partition-errors.js';
import {projectJson} from '../project-json.js';
import {ReplyBody} from '../reply-body.js';
import type {OperationServices} from '../services.js';
import {storedItemKey} from '../stored-item-key.js';
import {arnPrefix} from '../table-replies.js';

/** Items of one answer, by item size; keys behind it come back as unprocessed. */
const REPLY_SIZE_BYTES_MAX = 16 * 1024 * 1024;

/** Items that one partition gives to one call, by item size; keys behind it come back as unprocessed too. */
const PARTITION_SIZE_BYTES_MAX = 1024 * 1024;

/** One table's share of the batch, while it is answered. */
interface TableRead {
  readonly table: TableDescriptor;
  readonly request: BatchGetTable;
  readonly storedKeys: readonly Uint8Array[];
  results: readonly ReadItem[];
}

export function batchGetItem(exchange: Exchange, services: OperationServices): void {
  const request = parseBatchGetItem(exchange.body);
  services.tables.findAll(exchange, request.tables.map(({tableName}) => tableName), (tables) => {
    const reads = request.tables.map((part, i): TableRead => toRead(part, tables[i] as TableDescriptor));
    let openCount = reads.length;
    const answered = exchange.step(() => exchange.succeed(answer(services, reads, request.returnConsumedCapacity)));
    for (const read of reads) {
      readItems(services, read.storedKeys, read.request.consistentRead ? 'strong' : 'eventual', exchange.deadlineMs, (results) => {
        read.results = results;
        openCount -= 1;
        if (openCount === 0) answered(undefined);
      });
    }
  });
}

function toRead(request: BatchGetTable, table: TableDescriptor): TableRead {
  const storedKeys = request.keys.map((key) => storedItemKey(table, validateKeyObject(table.keySchema, key)));
  if (new Set(storedKeys.map(keyText)).size !== storedKeys.length) throw validationError('Provided list of item keys contains duplicates');
  checkKeyPaths(request.expressions.compiled, table.keySchema, table.attributeDefinitions);
  return {table, request, storedKeys, results: []};
}

function answer(services: OperationServices, reads: readonly TableRead[], detail: 'INDEXES' | 'TOTAL' | 'NONE'): Uint8Array {
  const reply = new ReplyBody().text('{"Responses":{');
  const unprocessed: string[] = [];
  const capacity: {tableNameGiven: string; halfUnits: number}[] = [];
  let roomBytes = REPLY_SIZE_BYTES_MAX;
  const givenBytes = new Map<GroupId, number>();
  let readCount = 0;
  let reason = '';
  let throttle: Throttle | undefined;
  reads.forEach(({table, request, results}, i) => {
    const items: Uint8Array[] = [];
    const left: Item[] = [];
    let halfUnits = 0;
    results.forEach((result, position) => {
      const sizeBytes = result.kind === 'item' ? result.sizeBytes : 0;
      const partitionBytes = sizeBytes + (result.kind === 'item' ? givenBytes.get(result.group) ?? 0 : 0);
      if (result.kind === 'failed' || sizeBytes > roomBytes || partitionBytes > PARTITION_SIZE_BYTES_MAX) {
        if (result.kind === 'failed') {
          reason = result.reason;
          throttle ??= result.throttle;
        }
        left.push(request.keys[position] as Item);
        return;
      }
      readCount += 1;
      roomBytes -= sizeBytes;
      if (result.kind === 'item') givenBytes.set(result.group, partitionBytes);
      halfUnits += readHalfUnits(sizeBytes, request.consistentRead);
      if (result.kind === 'item') items.push(projectJson(result.json, request.expressions.compiled.projection));
    });
    services.metrics.read(table.name, halfUnits, items.length);
    capacity.push({tableNameGiven: request.tableNameGiven, halfUnits});
    reply.text(`${i > 0 ? ',' : ''}${JSON.stringify(request.tableNameGiven)}:`).list(items);
    if (left.length > 0) unprocessed.push(unprocessedText(request, left));
  });
  if (readCount === 0 && throttle !== undefined) throw refusal(throttle, arnPrefix(services));
  if (readCount === 0) throw new RouterError({code: 'Unavailable', reason});
  return reply.text(`},"UnprocessedKeys":{${unprocessed.join(',')}}${consumedCapacityListMember(detail, capacity)}}`).finish();
}

/** What is left of one table's part, so that the client can send it again as it is. */
function unprocessedText(request: BatchGetTable, keys: readonly Item[]): string {
  const {projection, names, isTranslated} = request.expressions.input;
  const members = [`"Keys":[${keys.map(itemText).join(',')}]`];
  if (request.consistentRead) members.push('"ConsistentRead":true');
  if (isTranslated === true) {
    // What was translated goes back as the parameter it came from.
    members.push(`"AttributesToGet":${JSON.stringify([...(names ?? new Map<string, string>()).values()])}`);
    return `${JSON.stringify(request.tableNameGiven)}:{${members.join(',')}}`;
  }
  if (projection !== undefined) members.push(`"ProjectionExpression":${JSON.stringify(projection)}`);
  if (names !== undefined) members.push(`"ExpressionAttributeNames":${JSON.stringify(Object.fromEntries(names))}`);
  return `${JSON.stringify(request.tableNameGiven)}:{${members.join(',')}}`;
}
