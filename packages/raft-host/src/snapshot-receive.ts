import type {GroupId, NodeId, ScanRange} from '@murmuration/base';
import {DecodeError, SERVICE_SNAPSHOT, WriteBatch, assert, compareBytes, crc32c} from '@murmuration/base';
import {emitEvent} from './events.js';
import type {Group} from './group.js';
import {stagedKey, stagingRange} from './keys.js';
import type {RaftHostPorts, RaftHostTuning} from './options.js';
import type {InstallMarker} from './record-codec.js';
import type {SnapshotAnswer, SnapshotBegin, SnapshotCall, SnapshotChunk, SnapshotEnd} from './snapshot-codec.js';
import {decodeRows, decodeSnapshotCall, encodeSnapshotAnswer} from './snapshot-codec.js';

interface Transfer {
  readonly begin: SnapshotBegin;
  readonly from: NodeId;
  nextSequence: number;
  checksum: number;
  rowCount: number;
  sizeBytes: number;
  lastKey: Uint8Array | undefined;
  /** Which of the ranges the last row lies in. */
  rangeIndex: number;
  lastAtMs: number;
  /** A store write for it is under way. */
  isBusy: boolean;
  /** All rows are staged and the core was told. */
  isComplete: boolean;
}

type Reply = (answer: SnapshotAnswer) => void;

/**
 * Takes snapshots from peers into staging rows. Nothing of the group's state is touched: when all is there and the
 * checksums fit, the core is told, and it decides. A peer's bytes are input: a chunk out of order, a row outside the
 * ranges or not in key order, a wrong checksum or too many bytes end the transfer.
 */
export class SnapshotReceiver {
  readonly #ports: RaftHostPorts;
  readonly #tuning: RaftHostTuning;
  readonly #groupOf: (group: GroupId) => Group | undefined;
  readonly #mark: (group: Group) => void;
  readonly #onFailure: (error: unknown) => void;
  readonly #transfers = new Map<GroupId, Transfer>();
  #isStopped = false;

  constructor(
    ports: RaftHostPorts, tuning: RaftHostTuning, groupOf: (group: GroupId) => Group | undefined,
    mark: (group: Group) => void, onFailure: (error: unknown) => void,
  ) {
    this.#ports = ports;
    this.#tuning = tuning;
    this.#groupOf = groupOf;
    this.#mark = mark;
    this.#onFailure = onFailure;
  }
  listen(): void {
    this.#ports.network.onCall(SERVICE_SNAPSHOT, (from, payload, _deadlineMs, reply, refuse) => {
      if (this.#isStopped) refuse('stopped');
      else this.#receive(from, payload, (answer) => reply(encodeSnapshotAnswer(answer)));
    });
  }
  stop(): void {
    this.#isStopped = true;
    this.#transfers.clear();
  }
  /** The core accepted the snapshot: what is to be installed. The transfer is over. */
  take(group: Group): InstallMarker {
    const transfer = this.#transfers.get(group.id);
    assert(transfer?.isComplete === true, 'a snapshot is installed only after it was received', {group: group.id});
    this.#transfers.delete(group.id);
    const {message, membership, members, ranges} = transfer.begin;
    assert(message.snapshot !== undefined, 'a received Snap message names a snapshot');
    const {index, term, confState} = message.snapshot.meta;
    return {applied: {replica: group.replica, index, term, confState, membership, members}, ranges};
  }
  /** Drops transfers that got nothing for too long. Called every tick. */
  expire(nowMs: number): void {
    for (const transfer of [...this.#transfers.values()]) {
      if (!transfer.isBusy && nowMs - transfer.lastAtMs > this.#tuning.snapshotIdleMsMax) this.#drop(transfer, 'nothing came for too long');
    }
  }
  forget(group: GroupId): void {
    this.#transfers.delete(group);
  }

  #receive(from: NodeId, payload: Uint8Array, reply: Reply): void {
    let call: SnapshotCall;
    try {
      call = decodeSnapshotCall(payload);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.#refuse(0, from, error.message, reply);
      return;
    }
    const group = this.#groupOf(call.group);
    if (group === undefined || group.isStopped) {
      this.#refuse(call.group, from, 'unknown group', reply);
    } else if (group.isInstalling) {
      reply({ok: false, isFinal: false, reason: 'installing another snapshot'});
    } else if (call.kind === 'begin') {
      this.#begin(group, from, call, reply);
    } else {
      this.#continue(group, from, call, reply);
    }
  }
  #begin(group: Group, from: NodeId, call: SnapshotBegin, reply: Reply): void {
    const present = this.#transfers.get(group.id);
    if (present !== undefined && isSame(present, from, call)) {
      if (present.isBusy) reply({ok: false, isFinal: false, reason: 'busy'});
      else reply({ok: true, nextSequence: present.nextSequence});
      return;
    }
    const refusal = this.#obstacle(group, call);
    if (refusal !== undefined) {
      this.#refuse(group.id, from, refusal, reply);
      return;
    }
    const active = [...this.#transfers.values()].filter((transfer) => !transfer.isComplete && transfer !== present).length;
    if (present?.isBusy === true || present?.isComplete === true || active >= this.#tuning.snapshotReceivesMax) {
      reply({ok: false, isFinal: false, reason: 'too many snapshots at once'});
      return;
    }
    const transfer: Transfer = {
      begin: call, from, nextSequence: 0, checksum: 0, rowCount: 0, sizeBytes: 0, lastKey: undefined, rangeIndex: 0,
      lastAtMs: this.#ports.clock.monotonicMs(), isBusy: false, isComplete: false,
    };
    this.#transfers.set(group.id, transfer);
    const batch = new WriteBatch();
    wipeStaging(group.id, batch);
    this.#write(transfer, batch, () => reply({ok: true, nextSequence: 0}));
  }
  #obstacle(group: Group, call: SnapshotBegin): string | undefined {
    const {message} = call;
    if (message.to !== group.replica) return 'for another replica';
    if (message.snapshot === undefined || message.snapshot.meta.confState.voters.length === 0) return 'without a configuration';
    if (message.term < group.term) return 'of an earlier term';
    if (message.snapshot.meta.index <= group.commit) {
      // The core tells the leader how far this replica is, so that it does not try again.
      group.node.step(message);
      this.#mark(group);
      return 'not needed';
    }
    if (call.isMetadataOnly !== group.isLog) return group.isLog ? 'rows for a log replica' : 'no rows for a replica that holds them';
    if (!areOrdered(call.ranges)) return 'ranges overlap';
    const own = group.machine.stateRanges();
    if (!call.ranges.every((range) => own.some((outer) => contains(outer, range)))) return 'ranges outside the state of the group';
    return undefined;
  }
  #continue(group: Group, from: NodeId, call: SnapshotChunk | SnapshotEnd, reply: Reply): void {
    const transfer = this.#transfers.get(group.id);
    if (transfer === undefined || !isSame(transfer, from, call)) {
      this.#refuse(group.id, from, 'unknown transfer', reply);
    } else if (transfer.isBusy) {
      reply({ok: false, isFinal: false, reason: 'busy'});
    } else if (call.kind === 'end') {
      this.#finish(group, transfer, call, reply);
    } else {
      this.#chunk(group, transfer, call, reply);
    }
  }
  #chunk(group: Group, transfer: Transfer, call: SnapshotChunk, reply: Reply): void {
    if (call.sequence === transfer.nextSequence - 1) {
      // Its answer was lost.
      reply({ok: true, nextSequence: transfer.nextSequence});
      return;
    }
    const batch = new WriteBatch();
    const reason = this.#stage(group.id, transfer, call, batch);
    if (reason !== undefined) {
      this.#drop(transfer, reason);
      reply({ok: false, isFinal: true, reason});
      return;
    }
    this.#write(transfer, batch, () => {
      transfer.nextSequence += 1;
      reply({ok: true, nextSequence: transfer.nextSequence});
    });
  }
  /** @returns why the transfer must end, undefined when the rows are in the batch */
  #stage(group: GroupId, transfer: Transfer, call: SnapshotChunk, batch: WriteBatch): string | undefined {
    if (call.sequence !== transfer.nextSequence || transfer.isComplete) return 'chunk out of order';
    transfer.sizeBytes += call.rows.length;
    if (transfer.sizeBytes > this.#tuning.snapshotSizeBytesMax) return 'too many bytes';
    if (call.rows.length === 0) return 'empty chunk';
    let rows;
    try {
      rows = decodeRows(call.rows);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      return error.message;
    }
    const {ranges} = transfer.begin;
    for (const {key, value} of rows) {
      if (transfer.lastKey !== undefined && compareBytes(key, transfer.lastKey) <= 0) return 'rows out of order';
      while (transfer.rangeIndex < ranges.length && compareBytes(key, (ranges[transfer.rangeIndex] as ScanRange).until) >= 0) transfer.rangeIndex += 1;
      const range = ranges[transfer.rangeIndex];
      if (range === undefined || compareBytes(key, range.from) < 0) return 'row outside the ranges';
      transfer.lastKey = key.slice();
      transfer.rowCount += 1;
      batch.put(stagedKey(group, key), value.slice());
    }
    transfer.checksum = crc32c(call.rows, transfer.checksum);
    return undefined;
  }
  #finish(group: Group, transfer: Transfer, call: SnapshotEnd, reply: Reply): void {
    transfer.lastAtMs = this.#ports.clock.monotonicMs();
    if (!transfer.isComplete) {
      if (call.chunkCount !== transfer.nextSequence || call.rowCount !== transfer.rowCount || call.checksum !== transfer.checksum) {
        const reason = 'counts or checksum of the whole do not fit';
        this.#drop(transfer, reason);
        reply({ok: false, isFinal: true, reason});
        return;
      }
      transfer.isComplete = true;
      group.node.step(transfer.begin.message);
      this.#mark(group);
      this.#dropIfIgnored(group, transfer);
    }
    reply({ok: true, nextSequence: transfer.nextSequence});
  }
  /** The core may have no use for the snapshot: it knows better by now, or has not heard of being a member. */
  #dropIfIgnored(group: Group, transfer: Transfer): void {
    this.#ports.timers.nextTurn(() => this.#ports.timers.nextTurn(() => {
      if (this.#transfers.get(group.id) !== transfer || this.#isStopped) return;
      if (group.node.hasReady()) this.#dropIfIgnored(group, transfer);
      else this.#drop(transfer, 'the core did not accept it');
    }));
  }
  #write(transfer: Transfer, batch: WriteBatch, done: () => void): void {
    transfer.isBusy = true;
    this.#ports.store.write(batch).then(() => {
      transfer.isBusy = false;
      transfer.lastAtMs = this.#ports.clock.monotonicMs();
      if (!this.#isStopped) done();
    }).catch(this.#onFailure);
  }
  #drop(transfer: Transfer, reason: string): void {
    const {group} = transfer.begin;
    this.#transfers.delete(group);
    emitEvent(this.#ports.events, {event: 'raft-host/snapshot-refused', group, from: transfer.from, reason});
    const batch = new WriteBatch();
    wipeStaging(group, batch);
    this.#ports.store.write(batch).catch(this.#onFailure);
  }
  #refuse(group: number, from: NodeId, reason: string, reply: Reply): void {
    emitEvent(this.#ports.events, {event: 'raft-host/snapshot-refused', group, from, reason});
    reply({ok: false, isFinal: true, reason});
  }
}

export function wipeStaging(group: GroupId, batch: WriteBatch): void {
  const {from, until} = stagingRange(group);
  batch.deleteRange(from, until);
}

function isSame(transfer: Transfer, from: NodeId, call: SnapshotCall): boolean {
  const {high, low} = transfer.begin.transfer;
  return transfer.from === from && high === call.transfer.high && low === call.transfer.low;
}

function contains(outer: ScanRange, inner: ScanRange): boolean {
  return compareBytes(outer.from, inner.from) <= 0 && compareBytes(inner.until, outer.until) <= 0;
}

function areOrdered(ranges: readonly ScanRange[]): boolean {
  return ranges.every((range, i) => {
    const before = ranges[i - 1];
    return compareBytes(range.from, range.until) < 0 && (before === undefined || compareBytes(before.until, range.from) <= 0);
  });
}
