import {StoreError, assert, prefixEnd} from '@murmuration/base';
import type {StoreIterator} from '@murmuration/base';
import {RowMerge, StreamPage, streamRecordKey, streamRecordsPrefix} from '@murmuration/partition';
import type {PartitionResponse, StreamRecordsRequest, StreamShard} from '@murmuration/partition';
import type {Call} from '../call.js';
import {answerAsLeader, emit, translateRead} from '../partition-context.js';
import type {PartitionContext} from '../partition-context.js';

/** Rows of one read of the store: small, because a record may have close to a megabyte. */
const ROWS_FIRST = 16;
const ROWS_MAX = 128;
/** Records of one answer, whatever is asked for. */
const RECORDS_MAX = 1_000;

/**
 * Reads of a partition's stream. Only the leader answers them, and from committed state: a reader that was told of a record
 * finds it ever after, and one that was told of none is behind no write that was answered before it asked.
 */
export class StreamReads {
  readonly #context: PartitionContext;
  #isStopped = false;
  constructor(context: PartitionContext) {
    this.#context = context;
  }
  stop(): void {
    this.#isStopped = true;
  }

  shards(call: Call): void {
    this.#asLeader(call, () => {
      const {shards, record} = this.#context.machine;
      answerAsLeader(this.#context, call, {kind: 'stream-shards', shards: shards.all, sequence: record.sequence});
    });
  }

  records(call: Call, request: StreamRecordsRequest): void {
    this.#asLeader(call, () => {
      const {node, group, machine} = this.#context;
      const shard = machine.shards.find(request.createdHlc);
      const refusal = StreamPage.refusalOf(request, shard);
      if (refusal !== undefined || shard === undefined) {
        if (refusal !== undefined) answerAsLeader(this.#context, call, refusal);
        return;
      }
      if (node.rangeReads.count >= node.tuning.rangeReadsMax) {
        call.fail({code: 'Overloaded', retryAfterMs: node.tuning.retryAfterMs});
        return;
      }
      node.rangeReads.count += 1;
      this.#read(call, request, shard).then(
        (response) => {
          node.rangeReads.count -= 1;
          if (response.kind === 'stream-records') node.metrics.streams.read.add(response.records.length);
          if (this.#isStopped) call.fail({code: 'UnknownPartition'});
          else answerAsLeader(this.#context, call, response);
        },
        (error: unknown) => {
          node.rangeReads.count -= 1;
          const reason = error instanceof Error ? error.message : 'unknown error';
          emit(node.events, {event: 'partition/read-failed', level: 'error', group, reason});
          if (!(error instanceof StoreError) || error.failure.code === 'Corrupt') this.#context.quarantine(reason);
          call.fail({code: 'Unavailable', reason: 'the stream could not be read'});
        },
      );
    });
  }

  async #read(call: Call, request: StreamRecordsRequest, shard: StreamShard): Promise<PartitionResponse> {
    const {node, group, machine} = this.#context;
    const page = new StreamPage({...request, recordCountMax: Math.min(request.recordCountMax, RECORDS_MAX)}, shard, machine.record.sequence);
    const until = prefixEnd(streamRecordsPrefix(group));
    assert(until !== undefined, 'a prefix of records has an end');
    const range = {from: streamRecordKey(group, page.from), until: page.until.sequence >= Number.MAX_SAFE_INTEGER ? until : streamRecordKey(group, page.until)};
    // One moment: what the machine counts, the copy of what the store does not show yet, and the store's view.
    const merge = new RowMerge(machine.overlay.committedRange(range.from, range.until), false);
    const iterator = node.store.iterate(range);
    try {
      return await this.#fill(call, page, merge, iterator);
    } finally {
      await iterator.close();
    }
  }
  async #fill(call: Call, page: StreamPage, merge: RowMerge, iterator: StoreIterator): Promise<PartitionResponse> {
    let isExhausted = false;
    let wanted = Math.min(ROWS_FIRST, page.roomCount);
    while (!isExhausted && !page.isFull) {
      if (this.#context.node.clock.monotonicMs() >= call.deadlineMs) {
        call.expire();
        break;
      }
      const rows = await iterator.next(wanted);
      isExhausted = rows.length < wanted;
      if (!merge.chunk(rows, isExhausted, (key, value) => page.add(key, value))) break;
      wanted = Math.max(1, Math.min(ROWS_MAX, page.roomCount));
    }
    return page.finish();
  }

  #asLeader(call: Call, read: () => void): void {
    const {node, group, replica} = this.#context;
    if (node.host.hasLease(group)) {
      read();
      return;
    }
    const leader = node.host.leaderOf(group);
    if (leader !== replica) {
      call.fail({code: 'NotLeader', leaderHint: leader});
      return;
    }
    node.host.readIndex(group, (result) => {
      if (this.#isStopped) call.fail({code: 'UnknownPartition'});
      else if (result.ok) read();
      else call.fail(translateRead(result.failure));
    });
  }
}
