import {compareBytes} from '@murmuration/base';
import type {GroupId} from '@murmuration/base';
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
 */
export async function executeSplit(partition: HostedPartition, plan: Plan, node: NodeContext): Promise<SplitOutcome> {
  const {epoch} = partition.range;
  const isValid = (): boolean => partition.isLeader && partition.range.epoch === epoch && partition.isSettled;
  if (!isValid()) return 'again';
  let count: SplitCount | undefined;
  try {
    const at = plan.at ?? await choosePlace(partition, node);
    if (at === undefined) return {refusal: 'the partition has too few items to be cut in two'};
    const {from, until} = partition.range;
    if (compareBytes(from, at) >= 0 || compareBytes(at, until) >= 0) return {refusal: 'the place does not lie inside the partition'};
    if (!isValid()) return 'again';
    const counted = new SplitCount(at);
    count = counted;
    await countRows(partition, counted, node);
    // The state may have been replaced by a snapshot, or another execution have begun after a change of leadership.
    const isCounted = (): boolean => partition.splitCount === counted && isValid();
    if (!isCounted()) return 'again';
    const isApplied = await new Promise<boolean>((resolve) => {
      partition.writes.cutOver(() => (isCounted() ? partition.machine.evaluateSplit(plan.child, counted, node.clock.wallMs()) : undefined), resolve);
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

async function choosePlace(partition: HostedPartition, node: NodeContext): Promise<Uint8Array | undefined> {
  const point = new SplitPoint(partition.machine.record.sizeBytes);
  await eachRow(partition, partition.range.from, node, (key, value) => point.row(key, value));
  return point.finish();
}

async function countRows(partition: HostedPartition, count: SplitCount, node: NodeContext): Promise<void> {
  // From this turn on what is applied is added; the rows read are those of this turn.
  partition.splitCount = count;
  await eachRow(partition, count.at, node, (_key, value) => {
    count.row(value);
    return true;
  });
}

/** The committed rows of this moment from a key on, in order, until `take` returns false. */
async function eachRow(partition: HostedPartition, from: Uint8Array, node: NodeContext, take: (key: Uint8Array, value: Uint8Array) => boolean): Promise<void> {
  const {until} = partition.range;
  const merge = new RowMerge(partition.machine.overlay.committedRange(from, until), false);
  const iterator = node.store.iterate({from, until});
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
