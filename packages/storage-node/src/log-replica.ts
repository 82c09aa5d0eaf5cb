import type {GroupId, ReplicaId, ScanRange} from '@murmuration/base';
import {assert} from '@murmuration/base';
import type {GroupStateMachine} from '@murmuration/raft-host';
import type {Call} from './call.js';
import type {PartitionIdentity} from './owner-data.js';
import type {NodeContext} from './partition-context.js';

/** A replica that keeps a partition's log and votes. It has no rows, so it answers nothing but who leads. */
export class LogReplica implements GroupStateMachine {
  readonly kind = 'log';
  readonly group: GroupId;
  readonly replica: ReplicaId;
  readonly identity: PartitionIdentity;
  readonly #node: NodeContext;
  constructor(group: GroupId, replica: ReplicaId, identity: PartitionIdentity, node: NodeContext) {
    this.group = group;
    this.replica = replica;
    this.identity = identity;
    this.#node = node;
  }
  handle(call: Call): void {
    call.fail({code: 'NotLeader', leaderHint: this.#node.host.leaderOf(this.group)});
  }
  apply(): unknown {
    assert(false, 'a log replica is given no entry', {group: this.group});
  }
  stateRanges(): readonly ScanRange[] {
    return [];
  }
  reload(): Promise<void> {
    return Promise.resolve();
  }
  onStored(): void {
    // Nothing of it goes to the store but its applied record.
  }
  onLeadership(): void {
    // It may lead for a moment to hand on what only it has; it serves nobody meanwhile.
  }
  onConfiguration(): void {
    this.#node.changed(this.group);
  }
  onDurableMembership(): void {
    this.#node.membershipDurable(this.group);
  }
  stop(): void {
    // Nothing waits for it.
  }
}
