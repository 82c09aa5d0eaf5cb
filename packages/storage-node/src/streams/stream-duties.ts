import {assert, prefixEnd} from '@murmuration/base';
import type {GroupId, ScanRange, StorePort, StoreRow} from '@murmuration/base';
import {hlcToWallMs, streamRecordsPrefix, streamShardsPrefix, trimStream} from '@murmuration/partition';
import type {HostedPartition} from '../hosted-partition.js';
import {emit} from '../partition-context.js';
import type {NodeContext} from '../partition-context.js';

/** Records of one trimming effect. */
const TRIM_ROWS_MAX = 500;

interface StreamDuty {
  isBusy: boolean;
  trimFromMs: number;
}

/** What leaders here do for streams by themselves: shards go on in others after some hours, and what is too old is removed. */
export class StreamDuties {
  readonly #node: NodeContext;
  readonly #duties = new Map<GroupId, StreamDuty>();
  constructor(node: NodeContext) {
    this.#node = node;
  }
  forget(group: GroupId): void {
    this.#duties.delete(group);
  }
  /** Whether an effect of it is under way: shards must not be changed by anybody else meanwhile. */
  isBusy(group: GroupId): boolean {
    return this.#duties.get(group)?.isBusy === true;
  }

  /** Cheap when there is nothing to do. Precondition: the partition leads, and its derivation is not being changed. */
  follow(partition: HostedPartition): void {
    const {shards} = partition.machine;
    if (shards.all.length === 0) return;
    const duty = this.#dutyOf(partition.group);
    if (duty.isBusy) return;
    const {open} = shards;
    const {clock, tuning} = this.#node;
    if (open !== undefined && clock.wallMs() - hlcToWallMs(open.createdHlc) >= tuning.streamShardLifeMs) this.#rotate(partition, duty);
    else if (clock.monotonicMs() >= duty.trimFromMs) this.#trim(partition, duty);
  }

  #dutyOf(group: GroupId): StreamDuty {
    const known = this.#duties.get(group) ?? {isBusy: false, trimFromMs: this.#node.clock.monotonicMs() + this.#node.tuning.streamTrimPeriodMs};
    this.#duties.set(group, known);
    return known;
  }
  #rotate(partition: HostedPartition, duty: StreamDuty): void {
    duty.isBusy = true;
    partition.writes.propose(
      () => (partition.machine.shards.open === undefined ? undefined : partition.machine.evaluateRotation(this.#node.clock.wallMs())),
      () => (duty.isBusy = false),
    );
  }
  #trim(partition: HostedPartition, duty: StreamDuty): void {
    const {group, machine} = partition;
    const {clock, store, events, metrics, tuning} = this.#node;
    duty.isBusy = true;
    // Records that the store does not show yet are younger than all it shows, and belong to no shard that closed long ago.
    readFirst(store, rangeOf(streamRecordsPrefix(group)), TRIM_ROWS_MAX).then((rows) => {
      const isAll = rows.length < TRIM_ROWS_MAX;
      const {changes, recordCount} = trimStream(group, machine.shards.all, rows, isAll, clock.wallMs() - tuning.streamRetentionMs);
      duty.trimFromMs = clock.monotonicMs() + (recordCount < TRIM_ROWS_MAX ? tuning.streamTrimPeriodMs : 0);
      // Leadership may have gone and come back during the read: then shards may have changed, and others may be changing them.
      const isCurrent = this.#duties.get(group) === duty;
      partition.writes.propose(() => (!isCurrent || changes.length === 0 ? undefined : machine.evaluateInternal(changes, clock.wallMs())), (isApplied) => {
        duty.isBusy = false;
        if (isApplied) metrics.streams.trimmed.add(recordCount);
      });
    }).catch((error: unknown) => {
      duty.isBusy = false;
      duty.trimFromMs = clock.monotonicMs() + tuning.streamTrimPeriodMs;
      emit(events, {event: 'partition/read-failed', level: 'error', group, reason: error instanceof Error ? error.message : 'unknown error'});
    });
  }
}

/** The rows that tell a partition's shards, as the store shows them. */
export async function readShardRows(store: StorePort, group: GroupId): Promise<readonly Uint8Array[]> {
  const iterator = store.iterate(rangeOf(streamShardsPrefix(group)));
  const values: Uint8Array[] = [];
  try {
    for (;;) {
      const rows = await iterator.next(TRIM_ROWS_MAX);
      for (const {value} of rows) values.push(value);
      if (rows.length < TRIM_ROWS_MAX) return values;
    }
  } finally {
    await iterator.close();
  }
}

async function readFirst(store: StorePort, range: ScanRange, rowCountMax: number): Promise<readonly StoreRow[]> {
  const iterator = store.iterate(range);
  try {
    return await iterator.next(rowCountMax);
  } finally {
    await iterator.close();
  }
}
function rangeOf(prefix: Uint8Array): ScanRange {
  const until = prefixEnd(prefix);
  assert(until !== undefined, 'a prefix of rows has an end');
  return {from: prefix, until};
}
