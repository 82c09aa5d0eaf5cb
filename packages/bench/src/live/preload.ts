import {BenchError} from '../errors.js';
import {itemSizeBytes} from '../workloads/item-size.js';
import {indexNumberOf} from '../workloads/key-picker.js';
import {indexKeyText, partitionKeyText, sortKeyText} from '../workloads/workload-spec.js';
import type {WorkloadSpec} from '../workloads/workload-spec.js';
import type {DynamoDbConnections} from './dynamodb-connections.js';
import {outcomeOf} from './reply-outcome.js';
import type {RequestBodies} from './request-body.js';
import {ask} from './table-setup.js';

/** Most items of one BatchWriteItem. */
const BATCH_ITEMS_MAX = 25;
const CONCURRENCY = 8;
const TRIES_MAX = 200;
const PAUSE_MS = 100;

/**
 * Writes the items that a workload's reads will ask for, at most so many of each stream, at the pace the table allows. Not
 * part of the run: nothing of it is counted.
 * @returns how many were written
 * @throws BenchError `EndpointFailed` when the endpoint refuses, or throttles without end
 */
export async function preload(connections: DynamoDbConnections, spec: WorkloadSpec, bodies: RequestBodies, itemsMax: number): Promise<number> {
  const items = itemsOf(spec, bodies, itemsMax);
  const batches: (readonly string[])[] = [];
  for (let from = 0; from < items.length; from += BATCH_ITEMS_MAX) batches.push(items.slice(from, from + BATCH_ITEMS_MAX));
  let next = 0;
  const work = async (): Promise<void> => {
    for (;;) {
      const batch = batches[next];
      next += 1;
      if (batch === undefined) return;
      await write(connections, JSON.stringify(spec.table.name), batch);
    }
  };
  await Promise.all(Array.from({length: CONCURRENCY}, work));
  return items.length;
}

/** Streams may share keys: each item once, by its key. */
function itemsOf(spec: WorkloadSpec, bodies: RequestBodies, itemsMax: number): readonly string[] {
  const items = new Map<string, string>();
  for (const {keys, itemSize} of spec.streams) {
    // Monotonic keys are made by the run itself; a trace's items are not known.
    if (keys.kind === 'replay' || keys.kind === 'monotonic') continue;
    const isCollection = keys.kind === 'hot-collection';
    const count = Math.min(itemsMax, isCollection ? keys.sortKeyCount : keys.keyCount);
    for (let i = 0; i < count; i += 1) {
      const keyNumber = isCollection ? keys.firstKey : keys.firstKey + i;
      const sortNumber = isCollection ? keys.firstSortKey + i : 0;
      const partitionKey = partitionKeyText(keyNumber);
      const sortKey = spec.table.hasSortKey ? sortKeyText(sortNumber) : undefined;
      items.set(`${partitionKey} ${sortKey ?? ''}`, bodies.item(partitionKey, sortKey, indexKeyText(indexNumberOf(keys, keyNumber)), itemSizeBytes(itemSize, keyNumber, sortNumber)));
    }
  }
  return [...items.values()];
}

async function write(connections: DynamoDbConnections, tableJson: string, items: readonly string[]): Promise<void> {
  let requests = `{${tableJson}:[${items.map((item) => `{"PutRequest":{"Item":${item}}}`).join(',')}]}`;
  for (let tries = 1; ; tries += 1) {
    const [status, text] = await ask(connections, 'BatchWriteItem', `{"RequestItems":${requests}}`);
    const outcome = outcomeOf('put', status, text);
    if (outcome.kind === 'failed' && !outcome.mayRetry) throw new BenchError({code: 'EndpointFailed', reason: `writing items first: ${text.slice(0, 300)}`});
    if (outcome.kind === 'accepted') {
      const left = (JSON.parse(text) as {readonly UnprocessedItems?: Readonly<Record<string, unknown>>}).UnprocessedItems ?? {};
      if (Object.keys(left).length === 0) return;
      requests = JSON.stringify(left);
    }
    if (tries === TRIES_MAX) throw new BenchError({code: 'EndpointFailed', reason: `writing items first: still throttled after ${TRIES_MAX} tries`});
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}
