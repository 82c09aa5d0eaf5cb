import type {ArrivalCursor} from '../workloads/arrivals.js';
import {partitionKeyText, sortKeyText} from '../workloads/workload-spec.js';
import type {OperationKind, WorkloadSpec, WorkloadTable} from '../workloads/workload-spec.js';

export const OPERATION_NAMES: Readonly<Record<OperationKind, string>> = {
  get: 'GetItem', put: 'PutItem', 'update-counter': 'UpdateItem', delete: 'DeleteItem', query: 'Query', scan: 'Scan', 'transact-write': 'TransactWriteItems',
  'transact-get': 'TransactGetItems',
};
export function isWrite(operation: OperationKind): boolean {
  switch (operation) {
    case 'put':
    case 'update-counter':
    case 'delete':
    case 'transact-write':
      return true;
    case 'get':
    case 'query':
    case 'scan':
    case 'transact-get':
      return false;
  }
}

const FILLING = 'x'.repeat(409_600);
const CAPACITY = '"ReturnConsumedCapacity":"TOTAL"';

/** Bodies of a workload's requests. */
export class RequestBodies {
  readonly #table: WorkloadTable;
  readonly #name: string;
  /** Where the next page of a segment begins, as JSON of the key; a segment that ended begins again. */
  readonly #pageOfSegment = new Map<string, string>();
  constructor(spec: WorkloadSpec) {
    this.#table = spec.table;
    this.#name = `"TableName":${JSON.stringify(spec.table.name)}`;
  }
  /** The body of the request where the cursor stands. */
  body(cursor: ArrivalCursor): string {
    switch (cursor.operation) {
      case 'get':
        return `{${this.#name},"Key":${this.#key(cursor.partitionKey(), cursor.sortKey())},"ConsistentRead":${cursor.isStrong},${CAPACITY}}`;
      case 'put':
        return `{${this.#name},"Item":${this.item(cursor.partitionKey(), cursor.sortKey(), cursor.indexKey(), cursor.sizeBytes)},${CAPACITY}}`;
      case 'update-counter':
        return `{${this.#name},"Key":${this.#key(cursor.partitionKey(), cursor.sortKey())},"UpdateExpression":"ADD hits :one","ExpressionAttributeValues":{":one":{"N":"1"}},${CAPACITY}}`;
      case 'delete':
        return `{${this.#name},"Key":${this.#key(cursor.partitionKey(), cursor.sortKey())},${CAPACITY}}`;
      case 'query':
        return `{${this.#name},"KeyConditionExpression":"pk = :pk","ExpressionAttributeValues":{":pk":${text(cursor.partitionKey())}},"ConsistentRead":${cursor.isStrong}${limit(cursor.count)},${CAPACITY}}`;
      case 'scan': {
        const from = this.#pageOfSegment.get(this.segmentName(cursor));
        return `{${this.#name},"Segment":${cursor.segment},"TotalSegments":${cursor.segmentCount},"ConsistentRead":${cursor.isStrong}${limit(cursor.count)}${from === undefined ? '' : `,"ExclusiveStartKey":${from}`},${CAPACITY}}`;
      }
      case 'transact-write': {
        const writes = this.#keysOf(cursor, (pk, sk, i) => `{"Put":{${this.#name},"Item":${this.item(pk, sk, `group#${cursor.indexNumber + i}`, cursor.sizeBytes)}}}`);
        return `{"TransactItems":[${writes}],${CAPACITY}}`;
      }
      case 'transact-get':
        return `{"TransactItems":[${this.#keysOf(cursor, (pk, sk) => `{"Get":{${this.#name},"Key":${this.#key(pk, sk)}}}`)}],${CAPACITY}}`;
    }
  }
  /** Names the segment that a scan was of, for `scanned`. */
  segmentName(cursor: ArrivalCursor): string {
    return `${cursor.stream} ${cursor.segment}`;
  }
  /** Where the segment's next page begins, from an answer. */
  scanned(segment: string, reply: string): void {
    const from = /"LastEvaluatedKey":(\{[^]*?\}\})/.exec(reply)?.[1];
    if (from === undefined) this.#pageOfSegment.delete(segment);
    else this.#pageOfSegment.set(segment, from);
  }
  #keysOf(cursor: ArrivalCursor, one: (partitionKey: string, sortKey: string | undefined, i: number) => string): string {
    return Array.from({length: cursor.count}, (_, i) => one(partitionKeyText(cursor.keyNumber + i), this.#table.hasSortKey ? sortKeyText(cursor.sortNumber) : undefined, i)).join(',');
  }
  #key(partitionKey: string, sortKey: string | undefined): string {
    return `{"pk":${text(partitionKey)}${sortKey === undefined ? '' : `,"sk":${text(sortKey)}`}}`;
  }
  /** JSON of an item, padded to the size, which counts names and values. */
  item(partitionKey: string, sortKey: string | undefined, indexKey: string, sizeBytes: number): string {
    let json = `{"pk":${text(partitionKey)}`;
    let used = 2 + partitionKey.length;
    const add = (name: string, value: string): void => {
      json += `,${JSON.stringify(name)}:${text(value)}`;
      used += name.length + value.length;
    };
    if (sortKey !== undefined) add('sk', sortKey);
    for (const {name} of this.#table.globalIndexes) add(indexAttribute(name), indexKey);
    for (const {name} of this.#table.localIndexes) add(indexAttribute(name), indexKey);
    const filling = sizeBytes - used - 'data'.length;
    return filling > 0 ? `${json},"data":{"S":"${FILLING.slice(0, filling)}"}}` : `${json}}`;
  }
}

/** The attribute that an index has as its key. */
export function indexAttribute(indexName: string): string {
  return `${indexName}_key`;
}

function text(value: string): string {
  return `{"S":${JSON.stringify(value)}}`;
}
function limit(count: number): string {
  return count > 0 ? `,"Limit":${count}` : '';
}
