import {BASE_INDEX_ID, compareBytes} from '@murmuration/base';
import type {GroupId, StoreIterator} from '@murmuration/base';
import {isCollectionBorder, itemBorder, shiftIndex} from '@murmuration/model';
import {RowMerge, SplitCount, SplitPoint} from '@murmuration/partition';
import type {HostedPartition} from './hosted-partition.js';
import {emit} from './partition-context.js';
import type {NodeContext} from './partition-context.js';

const ROWS_PER_READ = 256;

/** `again`: something was in the way that goes by. */
export type SplitOutcome = 'applied' | 'again' | {readonly refusal: string};

interface Plan {
  readonly child: GroupId;
  readonly at: Uint8Array | undefined;
}

/**
 * Carries out a split at the leader: finds the place if none is given, counts what lies above it while writes go on,
 * then stops new writes for as long as it takes to settle the open ones and put the split behind them in the log.
 * @param isWanted whether the map still asks for it
 */
export async function executeSplit(partition: HostedPartition, plan: Plan, isWanted: () => boolean, node: NodeContext): Promise<SplitOutcome> {
  const {epoch} = partition.range;
  const isValid = (): boolean => isWanted() && partition.isLeader && partition.range.epoch === epoch && partition.isSettled;
  if (!isValid()) return 'again';
  let count: SplitCount | undefined;
  const {splits} = partition;
  splits.begun();
  const advice = splits.adviceFor(plan.at);
  try {
    const {localIndexes} = partition.identity;
    const at = plan.at === undefined ? await choosePlace(partition, node) : borderAt(partition, plan.at);
    if (at === undefined) {
      return {refusal: localIndexes.length === 0 ? 'the partition has too few items to be cut in two' : 'the table has local indexes, and the partition too few item collections to be cut between them'};
    }
    splits.chose();
    const {from, until} = partition.range;
    if (compareBytes(from, at) >= 0 || compareBytes(at, until) >= 0) return {refusal: 'the place does not lie inside the partition'};
    if (localIndexes.length > 0 && !isCollectionBorder(at)) return {refusal: 'the table has local indexes, and the place lies inside an item collection'};
    if (!isValid()) return 'again';
    const counted = new SplitCount(at, localIndexes.length);
    count = counted;
    await countRows(partition, counted, node);
    splits.counted();
    // The state may have been replaced by a snapshot, or another execution have begun after a change of leadership.
    const isCounted = (): boolean => partition.splitCount === counted && isValid();
    if (!isCounted()) return 'again';
    const isApplied = await new Promise<boolean>((resolve) => {
      partition.writes.cutOver(() => (isCounted() ? partition.machine.evaluateSplit(plan.child, counted, node.clock.wallMs()) : undefined), (isDone, facts) => {
        if (isDone) splits.applied(plan.child, facts, advice);
        resolve(isDone);
      });
    });
    return isApplied ? 'applied' : 'again';
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unknown error';
    emit(node.events, {event: 'partition/read-failed', level: 'error', group: partition.group, reason});
    return 'again';
  } finally {
    if (partition.splitCount === count) partition.splitCount = undefined;
  }
}

/** A place given from outside may lie right behind an item, where the rows beside the item are. */
function borderAt({identity: {index, schema}}: HostedPartition, at: Uint8Array): Uint8Array {
  return index === BASE_INDEX_ID ? itemBorder(at, schema.range === undefined ? 1 : 2) : at;
}

async function choosePlace(partition: HostedPartition, node: NodeContext): Promise<Uint8Array | undefined> {
  const point = new SplitPoint(partition.machine.record.sizeBytes, partition.identity.localIndexes.length > 0);
  await eachRow(openRows(partition, partition.range.from, 0, node), (key, value) => point.row(key, value));
  return point.finish();
}

async function countRows(partition: HostedPartition, count: SplitCount, node: NodeContext): Promise<void> {
  // From this turn on what is applied is added; the rows read are those of this turn.
  partition.splitCount = count;
  const items = openRows(partition, count.at, 0, node);
  const entries = partition.identity.localIndexes.map(({indexId}) => openRows(partition, count.at, indexId, node));
  try {
    await eachRow(items, (_key, value) => {
      count.row(value);
      return true;
    });
    for (const [position, rows] of entries.entries()) {
      await eachRow(rows, (_key, value) => {
        count.entry(position, value);
        return true;
      });
    }
  } finally {
    for (const {iterator} of entries) await iterator.close();
  }
}

/** Committed rows of one moment. */
interface OpenedRows {
  readonly merge: RowMerge;
  readonly iterator: StoreIterator;
}
/** Those of this moment from a key on. @param index whose: 0 for the items, else a local index's @param at in the keys of the table */
function openRows(partition: HostedPartition, at: Uint8Array, index: number, node: NodeContext): OpenedRows {
  const from = shiftIndex(at, index);
  const until = shiftIndex(partition.range.until, index);
  return {merge: new RowMerge(partition.machine.overlay.committedRange(from, until), false), iterator: node.store.iterate({from, until})};
}

/** All of them in order, until `take` returns false. Closes the iterator. */
async function eachRow({merge, iterator}: OpenedRows, take: (key: Uint8Array, value: Uint8Array) => boolean): Promise<void> {
  try {
    for (;;) {
      const rows = await iterator.next(ROWS_PER_READ);
      const isLast = rows.length < ROWS_PER_READ;
      if (!merge.chunk(rows, isLast, take) || isLast) return;
    }
  } finally {
    await iterator.close();
  }
}
