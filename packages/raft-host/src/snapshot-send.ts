import type {CallResult, GroupId, LogIndex, NodeId, ReplicaId, StoreSnapshot} from '@murmuration/base';
import {ByteWriter, SERVICE_SNAPSHOT, StoreError, assert, compareBytes, crc32c} from '@murmuration/base';
import type {Message} from '@murmuration/raft';
import {RaftHostError} from './errors.js';
import {emitEvent} from './events.js';
import type {Group} from './group.js';
import {appliedKey} from './keys.js';
import type {RaftHostMetrics} from './metrics.js';
import type {RaftHostPorts, RaftHostTuning} from './options.js';
import type {AppliedRecord} from './record-codec.js';
import {decodeAppliedRecord} from './record-codec.js';
import {initialRecord} from './recovery.js';
import type {SnapshotCall, TransferId} from './snapshot-codec.js';
import {appendRow, decodeSnapshotAnswer, encodeSnapshotCall} from './snapshot-codec.js';

const ROWS_PER_READ = 256;
const RETRY_MS_MIN = 50;
const RETRY_MS_MAX = 2_000;

interface Sending {
  readonly group: GroupId;
  readonly to: ReplicaId;
  index: LogIndex;
}

/** Told when a sending ended, once for each that was started. */
export type SendingEnded = (group: Group, to: ReplicaId, isFailed: boolean) => void;

/** Streams the stored state of groups to replicas that the log no longer reaches. */
export class SnapshotSender {
  readonly #ports: RaftHostPorts;
  readonly #tuning: RaftHostTuning;
  readonly #metrics: RaftHostMetrics;
  readonly #onEnded: SendingEnded;
  readonly #sendings = new Set<Sending>();
  /** When the next chunk may leave under the rate limit, of all sendings together. */
  #freeAtMs = 0;
  #isStopped = false;

  constructor(ports: RaftHostPorts, tuning: RaftHostTuning, metrics: RaftHostMetrics, onEnded: SendingEnded) {
    this.#ports = ports;
    this.#tuning = tuning;
    this.#metrics = metrics;
    this.#onEnded = onEnded;
  }
  get hasRoom(): boolean {
    return this.#sendings.size < this.#tuning.snapshotSendsMax;
  }
  /** The log must be kept from the entry after this one, for those that are receiving. */
  indexMin(group: GroupId): number {
    let least = Number.POSITIVE_INFINITY;
    for (const sending of this.#sendings) if (sending.group === group) least = Math.min(least, sending.index);
    return least;
  }
  start(group: Group, message: Message): void {
    const node = group.nodeOf(message.to);
    const snapshot = message.snapshot;
    assert(snapshot !== undefined, 'a Snap message names a snapshot');
    const isSending = [...this.#sendings].some((sending) => sending.group === group.id && sending.to === message.to);
    if (node === undefined || isSending || !this.hasRoom || this.#isStopped) {
      this.#ports.timers.nextTurn(() => this.#onEnded(group, message.to, true));
      return;
    }
    const sending: Sending = {group: group.id, to: message.to, index: snapshot.meta.index};
    this.#sendings.add(sending);
    this.#send(group, node, message, sending).then(
      () => this.#end(sending, group, false),
      (error: unknown) => {
        const reason = error instanceof Error ? error.message : String(error);
        if (error instanceof StoreError && error.failure.code === 'Corrupt') group.machine.onDamage?.(reason);
        emitEvent(this.#ports.events, {event: 'raft-host/snapshot-send-failed', group: group.id, to: message.to, reason});
        this.#end(sending, group, true);
      },
    );
  }
  stop(): void {
    this.#isStopped = true;
  }

  #end(sending: Sending, group: Group, isFailed: boolean): void {
    this.#sendings.delete(sending);
    if (!this.#isStopped) this.#onEnded(group, sending.to, isFailed);
  }
  async #send(group: Group, node: NodeId, message: Message, sending: Sending): Promise<void> {
    const view = this.#ports.store.snapshot();
    try {
      const record = await this.#recordOf(group, view);
      assert(message.snapshot !== undefined && record.index >= message.snapshot.meta.index, 'the store is not behind its own record');
      sending.index = record.index;
      const transfer: TransferId = {high: this.#ports.random.uint32(), low: this.#ports.random.uint32()};
      const isMetadataOnly = group.isLogReplica(message.to);
      // What is applied and not stored may have changed the ranges: those of the view count.
      const stored = isMetadataOnly ? [] : await (group.machine.storedRanges?.(view) ?? group.machine.stateRanges());
      const ranges = [...stored].sort((a, b) => compareBytes(a.from, b.from));
      const meta = {index: record.index, term: record.term, confState: record.confState};
      const revised: Message = {...message, snapshot: {meta, data: message.snapshot.data}};
      await this.#call(group, node, {
        kind: 'begin', transfer, group: group.id, message: revised, membership: record.membership, members: group.members, isMetadataOnly, ranges,
      }, 0);
      const writer = new ByteWriter(this.#tuning.snapshotChunkBytes + 4096);
      let sequence = 0;
      let rowCount = 0;
      let sizeBytes = 0;
      let checksum = 0;
      const flush = async (): Promise<void> => {
        const rows = writer.finish();
        writer.reset();
        checksum = crc32c(rows, checksum);
        sizeBytes += rows.length;
        await this.#pace(rows.length);
        await this.#call(group, node, {kind: 'chunk', transfer, group: group.id, sequence, checksum: crc32c(rows), rows}, sequence + 1);
        sequence += 1;
      };
      for (const range of ranges) {
        const iterator = view.iterate(range);
        try {
          for (;;) {
            const rows = await iterator.next(ROWS_PER_READ);
            if (rows.length === 0) break;
            for (const row of rows) {
              appendRow(writer, row);
              rowCount += 1;
              if (writer.lengthBytes >= this.#tuning.snapshotChunkBytes) await flush();
            }
          }
        } finally {
          await iterator.close();
        }
      }
      if (writer.lengthBytes > 0) await flush();
      await this.#call(group, node, {kind: 'end', transfer, group: group.id, chunkCount: sequence, rowCount, checksum}, sequence);
      this.#metrics.snapshotsSent.add(1);
      emitEvent(this.#ports.events, {
        event: 'raft-host/snapshot-sent', group: group.id, to: message.to, index: record.index, sizeBytes, chunkCount: sequence,
      });
    } finally {
      await view.close();
    }
  }
  async #recordOf(group: Group, view: StoreSnapshot): Promise<AppliedRecord> {
    const [bytes] = await view.getMany([appliedKey(group.id)]);
    const record = bytes === undefined ? undefined : decodeAppliedRecord(bytes);
    // Nothing was stored yet: the state is the one the group began with.
    return record?.replica === group.replica ? record : initialRecord(group.descriptor);
  }
  /** Repeats the call until it is answered, the tries are used up, or there is no reason left to send. */
  async #call(group: Group, node: NodeId, call: SnapshotCall, nextSequence: number): Promise<void> {
    const payload = encodeSnapshotCall(call);
    let reason = '';
    let retryMs = RETRY_MS_MIN;
    for (let tries = 0; tries < this.#tuning.snapshotTriesMax; tries += 1) {
      if (this.#isStopped || group.isStopped || !group.isLeader) throw failed('no longer the leader');
      const result = await new Promise<CallResult>((resolve) => {
        this.#ports.network.call(node, SERVICE_SNAPSHOT, payload, this.#tuning.snapshotCallTimeoutMs, resolve);
      });
      if (result.ok) {
        const answer = decodeSnapshotAnswer(result.payload);
        if (answer.ok && answer.nextSequence === nextSequence) return;
        reason = answer.ok ? 'answer to another call' : answer.reason;
        if (answer.ok || answer.isFinal) throw failed(reason);
      } else {
        reason = `${result.failure.code}: ${result.failure.reason}`;
      }
      await this.#wait(retryMs);
      retryMs = Math.min(RETRY_MS_MAX, retryMs * 2);
    }
    throw failed(`tries used up: ${reason}`);
  }
  async #pace(sizeBytes: number): Promise<void> {
    const rate = this.#tuning.snapshotRateBytesPerSecond;
    if (rate === 0) return;
    const nowMs = this.#ports.clock.monotonicMs();
    const startMs = Math.max(nowMs, this.#freeAtMs);
    this.#freeAtMs = startMs + (sizeBytes / rate) * 1000;
    if (startMs > nowMs) await this.#wait(startMs - nowMs);
  }
  #wait(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.#ports.timers.after(delayMs, resolve);
    });
  }
}

function failed(reason: string): RaftHostError {
  return new RaftHostError({code: 'SnapshotFailed', reason});
}
