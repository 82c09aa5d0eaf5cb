import {assert, compareBytes, prefixEnd} from '@murmuration/base';
import type {GroupId, LogIndex, ReplicaId, ScanRange, Term, WriteBatch} from '@murmuration/base';
import {PartitionMachine, decodePartitionRecord, keyText, partitionMetaPrefix, partitionRecordKey} from '@murmuration/partition';
import type {AppliedEffect, PartitionRequest} from '@murmuration/partition';
import type {CommittedCommand, GroupStateMachine} from '@murmuration/raft-host';
import type {Call} from './call.js';
import type {PartitionIdentity} from './owner-data.js';
import {emit} from './partition-context.js';
import type {NodeContext} from './partition-context.js';
import {PartitionReads} from './partition-reads.js';
import {keepable} from './row-cache.js';
import {WritePipeline} from './write-pipeline.js';

/** One replica of one partition: what its group replicates, and who asks it. */
export class HostedPartition implements GroupStateMachine {
  readonly group: GroupId;
  readonly replica: ReplicaId;
  readonly machine: PartitionMachine;
  readonly #node: NodeContext;
  readonly #writes: WritePipeline;
  readonly #reads: PartitionReads;
  #identity: PartitionIdentity;
  #isStopped = false;

  constructor(group: GroupId, replica: ReplicaId, identity: PartitionIdentity, node: NodeContext) {
    this.group = group;
    this.replica = replica;
    this.#identity = identity;
    this.#node = node;
    this.machine = new PartitionMachine({group, schema: identity.schema, birth: identity});
    const context = {node, group, replica, machine: this.machine};
    this.#writes = new WritePipeline(context);
    this.#reads = new PartitionReads(context, identity.schema.range !== undefined);
  }
  get identity(): PartitionIdentity {
    return this.#identity;
  }
  get isLeader(): boolean {
    return this.#writes.isLeader;
  }
  get openProposalCount(): number {
    return this.#writes.openCount;
  }
  /** The map names a newer epoch of the same range: members changed. */
  setEpoch(epoch: number, mapVersion: number): void {
    if (epoch > this.#identity.epoch) this.#identity = {...this.#identity, epoch, mapVersion};
  }

  handle(request: PartitionRequest, call: Call): void {
    if (this.#isStopped) {
      call.fail({code: 'UnknownPartition'});
      return;
    }
    const {epoch, from, until} = this.#identity;
    if (request.epoch !== epoch || !isInside(request, from, until)) {
      call.fail({code: 'WrongEpoch', epoch});
      return;
    }
    if (this.#node.clock.monotonicMs() >= call.deadlineMs) {
      call.expire();
      return;
    }
    switch (request.kind) {
      case 'write':
        this.#writes.write(call, request.command);
        break;
      case 'get':
        this.#reads.get(call, request);
        break;
      case 'range':
        this.#reads.range(call, request);
        break;
    }
  }
  sweep(): void {
    this.#writes.sweep();
  }

  apply(command: CommittedCommand, batch: WriteBatch): AppliedEffect {
    const applied = this.machine.apply(command.data, command.index, batch);
    if (applied.isRefused) {
      emit(this.#node.events, {
        event: 'partition/effect-refused', level: 'warn', group: this.group, index: command.index, sequence: applied.effect.sequence,
      });
      return applied;
    }
    if (applied.kind === 'split') return applied;
    const {cache, loader} = this.#node;
    for (const change of applied.effect.changes) {
      const text = keyText(change.key);
      // A follower keeps only what its readers asked for; the leader will be asked for what was just written.
      if (!this.isLeader && !cache.has(text) && loader.loadingCount === 0) continue;
      const value = keepable(change.value);
      loader.applied(text, value);
      if (this.isLeader || cache.has(text)) cache.set(text, value);
    }
    this.#writes.applied();
    return applied;
  }
  onStored(through: LogIndex): void {
    this.machine.stored(through);
  }
  onLeadership(isLeader: boolean, term: Term): void {
    this.#writes.leadership(isLeader, term);
  }
  stateRanges(): readonly ScanRange[] {
    const meta = partitionMetaPrefix(this.group);
    const metaEnd = prefixEnd(meta);
    assert(metaEnd !== undefined, 'a metadata prefix has an end');
    return [{from: this.#identity.from, until: this.#identity.until}, {from: meta, until: metaEnd}];
  }
  async reload(): Promise<void> {
    const [record] = await this.#node.store.getMany([partitionRecordKey(this.group)]);
    this.#node.loader.invalidate(this.#identity.from, this.#identity.until);
    this.#node.cache.clear();
    this.machine.reload(record === undefined ? undefined : decodePartitionRecord(record, this.#identity));
  }
  onConfiguration(): void {
    // Members and epoch come with the cluster map; the host knows the configuration.
  }
  stop(): void {
    this.#isStopped = true;
    this.#writes.stop({code: 'UnknownPartition'});
    this.#reads.stop();
  }
}

/** Whether everything a request names lies in [from, until). */
function isInside(request: PartitionRequest, from: Uint8Array, until: Uint8Array): boolean {
  const holds = (key: Uint8Array): boolean => compareBytes(key, from) >= 0 && compareBytes(key, until) < 0;
  switch (request.kind) {
    case 'write':
      return holds(request.command.key);
    case 'get':
      return request.keys.every(holds);
    case 'range':
      return compareBytes(request.from, from) >= 0 && compareBytes(request.until, until) <= 0;
  }
}
