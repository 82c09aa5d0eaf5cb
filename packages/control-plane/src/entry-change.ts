import {compareBytes, fromHex, toReplicaId} from '@murmuration/base';
import type {GroupId, NodeId, ReplicaId} from '@murmuration/base';
import type {PartitionEntry, ReplicaPlacement, ReplicaRole} from '@murmuration/placement';

/** New replicas of a partition, valid for exactly the entry they were planned for. */
export interface EntryChange {
  readonly group: GroupId;
  readonly expectedEpoch: number;
  readonly expectedMembership: number;
  readonly replicas: readonly ReplicaPlacement[];
  readonly nextReplica: ReplicaId;
  readonly preferredLeader: ReplicaId;
}

/** @returns the changed entry, or why the change must not be made */
export function applyEntryChange(entry: PartitionEntry | undefined, change: EntryChange): PartitionEntry | 'stale' | {readonly fault: string} {
  if (entry === undefined || entry.epoch !== change.expectedEpoch || entry.membership !== change.expectedMembership) return 'stale';
  const fault = replicasFault(entry, change);
  if (fault !== undefined) return {fault};
  return {...entry, membership: entry.membership + 1, replicas: change.replicas, nextReplica: change.nextReplica, preferredLeader: change.preferredLeader};
}

/** What would be wrong with a partition after a change; undefined when nothing. */
function replicasFault(entry: PartitionEntry, change: EntryChange): string | undefined {
  const {replicas, nextReplica} = change;
  if (!replicas.some((placement) => placement.role === 'voter')) return 'the partition would have no full voter';
  if (new Set(replicas.map((placement) => placement.node)).size !== replicas.length) return 'two replicas would be on one node';
  if (new Set(replicas.map((placement) => placement.replica)).size !== replicas.length) return 'a replica would be named twice';
  if (nextReplica < entry.nextReplica) return 'replica ids would be given twice';
  for (const placement of replicas) {
    if (placement.replica >= nextReplica) return 'a replica has an id that is not given yet';
    const known = entry.replicas.find((other) => other.replica === placement.replica);
    if (known === undefined && placement.replica < entry.nextReplica) return 'a replica id would come back';
    if (known !== undefined && known.node !== placement.node) return 'a replica would change its node';
    if (known?.role === 'leaving' && placement.role !== 'leaving') return 'a leaving replica would stay';
  }
  return undefined;
}

/** A plan under construction: every method gives a new one. */
export class EntryDraft {
  readonly #entry: PartitionEntry;
  readonly #replicas: readonly ReplicaPlacement[];
  readonly #nextReplica: ReplicaId;

  constructor(entry: PartitionEntry, replicas: readonly ReplicaPlacement[] = entry.replicas, nextReplica: ReplicaId = entry.nextReplica) {
    this.#entry = entry;
    this.#replicas = replicas;
    this.#nextReplica = nextReplica;
  }

  /** The id that `add` gives next. */
  get nextReplica(): ReplicaId {
    return this.#nextReplica;
  }
  get replicas(): readonly ReplicaPlacement[] {
    return this.#replicas;
  }
  add(node: NodeId, role: ReplicaRole): EntryDraft {
    return new EntryDraft(this.#entry, [...this.#replicas, {replica: this.#nextReplica, node, role}], toReplicaId(this.#nextReplica + 1));
  }
  turn(replica: ReplicaId | undefined, role: ReplicaRole): EntryDraft {
    return this.#with(this.#replicas.map((placement) => (placement.replica === replica ? {...placement, role} : placement)));
  }
  /** Every log replica leaves: full copies have taken over. */
  dismissLogReplicas(): EntryDraft {
    return this.#with(this.#replicas.map((placement) => (placement.role === 'log' ? {...placement, role: 'leaving' as const} : placement)));
  }
  /** Forgets those that have left. Only after the group said so. */
  dropLeaving(): EntryDraft {
    return this.#with(this.#replicas.filter((placement) => placement.role !== 'leaving'));
  }
  toChange(): EntryChange {
    const voters = this.#replicas.filter((placement) => placement.role === 'voter');
    const preferred = voters.find((placement) => placement.replica === this.#entry.preferredLeader) ?? voters.find((placement) => !this.#entry.replicas.includes(placement)) ?? voters[0];
    return {
      group: this.#entry.group, expectedEpoch: this.#entry.epoch, expectedMembership: this.#entry.membership,
      replicas: this.#replicas, nextReplica: this.#nextReplica, preferredLeader: preferred?.replica ?? this.#entry.preferredLeader,
    };
  }
  #with(replicas: readonly ReplicaPlacement[]): EntryDraft {
    return new EntryDraft(this.#entry, replicas, this.#nextReplica);
  }
}

/** Parent and child of a split at a stored key. @returns why not, when the border is not inside the parent */
export function splitEntry(parent: PartitionEntry, child: GroupId, atHex: string): {readonly parent: PartitionEntry; readonly child: PartitionEntry} | {readonly fault: string} {
  const at = fromHex(atHex);
  if (compareBytes(at, parent.from) <= 0 || compareBytes(at, parent.until) >= 0) return {fault: 'the border of a split lies outside the partition'};
  // A child is born with the configuration of its parent. When that was to change already, the child's has to change as well.
  const isAsBorn = parent.replicas.every((placement) => placement.role === 'voter');
  return {
    parent: {...parent, until: at, epoch: parent.epoch + 1, split: undefined},
    child: {...parent, group: child, from: at, epoch: parent.epoch + 1, membership: isAsBorn ? 1 : 2, split: undefined},
  };
}
