import {BASE_INDEX_ID, toGroupId, utf8Decode} from '@murmuration/base';
import {STREAM_VIEW_TYPES, decodeItem, encodeItem, equalItems, keyFromStored, sequenceNumberText, storedBody} from '@murmuration/model';
import type {TableDescriptor} from '@murmuration/model';
import {decodeStreamRecord, decodeStreamShard, readStreamRecordKey, streamRecordsPrefix, streamShardsPrefix} from '@murmuration/partition';
import type {StreamRecord, StreamShard} from '@murmuration/partition';
import type {PartitionEntry} from '@murmuration/placement';
import {prefixRange, rowsOf} from './inspect.js';
import type {SimNode} from './sim-node.js';

interface Told {
  readonly sequence: number;
  readonly number: string;
  readonly record: StreamRecord;
}

/**
 * What the stream of a table tells beside what its items are, at rest and with nothing trimmed. An item never leaves one line of
 * partitions, along which sequences grow: the records of an item, in the order of their numbers, must begin with its making, each
 * with what the one before left, and end with what it is. Then none is missing, doubled or out of order.
 * @param holderOf a node that holds a partition's rows as they are now @returns undefined when they agree
 */
export async function streamDifference(table: TableDescriptor, partitions: readonly PartitionEntry[], holderOf: (entry: PartitionEntry) => SimNode | undefined): Promise<string | undefined> {
  const stream = table.derivation?.stream;
  if (stream === undefined || stream.viewType !== STREAM_VIEW_TYPES.at(-1)) return undefined;
  const told = new Map<string, Told[]>();
  const items = new Map<string, Uint8Array>();
  const shards: StreamShard[] = [];
  for (const entry of partitions.filter((each) => each.table === table.tableId && each.index === BASE_INDEX_ID)) {
    const node = holderOf(entry);
    if (node === undefined) continue;
    const group = toGroupId(entry.group);
    for (const {key, value} of await rowsOf(node, {from: entry.from, until: entry.until})) items.set(utf8Decode(encodeItem(keyFromStored(table.keySchema, key))), storedBody(value));
    const own = (await rowsOf(node, prefixRange(streamShardsPrefix(group)))).map(({value}) => decodeStreamShard(value));
    shards.push(...own);
    if (own.filter(({endSequence}) => endSequence === undefined).length !== 1) return `group ${group} of table ${table.name} has not one open shard`;
    for (const {key, value} of await rowsOf(node, prefixRange(streamRecordsPrefix(group)))) {
      const position = readStreamRecordKey(key);
      const holders = own.filter(({startSequence, endSequence}) => startSequence <= position.sequence && position.sequence < (endSequence ?? Number.POSITIVE_INFINITY));
      if (holders.length !== 1) return `record ${sequenceNumberText(position)} of group ${group} is in ${holders.length} shards`;
      const record = decodeStreamRecord(value);
      const name = utf8Decode(record.keys);
      told.set(name, [...(told.get(name) ?? []), {sequence: position.sequence, number: sequenceNumberText(position), record}]);
    }
  }
  for (const {parent, label} of shards) {
    if (parent !== undefined && !shards.some((shard) => shard.group === parent.group && shard.createdHlc === parent.createdHlc && shard.label === label)) return `a shard of table ${table.name} has a parent that is not there`;
  }
  for (const name of new Set([...told.keys(), ...items.keys()])) {
    const fault = chainFault(told.get(name) ?? [], items.get(name));
    if (fault !== undefined) return `the stream of table ${table.name} and item ${name}: ${fault}`;
  }
  return undefined;
}

function chainFault(told: Told[], item: Uint8Array | undefined): string | undefined {
  let before: Uint8Array | undefined;
  for (const {number, record} of told.sort((a, b) => a.sequence - b.sequence)) {
    const {kind, oldImage, newImage} = record;
    if (!isSame(oldImage, before)) return `record ${number} begins with ${shown(oldImage)} where the one before left ${shown(before)}`;
    const expected = oldImage === undefined ? 'INSERT' : newImage === undefined ? 'REMOVE' : 'MODIFY';
    if (kind !== expected || (oldImage === undefined && newImage === undefined)) return `record ${number} is ${kind} with ${shown(oldImage)} and ${shown(newImage)}`;
    before = newImage;
  }
  return isSame(before, item) ? undefined : `it ends with ${shown(before)}, and the item is ${shown(item)}`;
}
function isSame(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a === undefined || b === undefined ? a === b : equalItems(decodeItem(a), decodeItem(b));
}
function shown(image: Uint8Array | undefined): string {
  return image === undefined ? 'nothing' : utf8Decode(image);
}
