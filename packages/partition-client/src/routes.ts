import {NO_REPLICA, assert} from '@murmuration/base';
import type {AzId, GroupId, NodeId, ReplicaId} from '@murmuration/base';
import type {ClusterMap, PartitionEntry, ReplicaPlacement} from '@murmuration/placement';

/** What this process believes about one partition: who leads it, and which replica to read from first. */
export class Route {
  readonly entry: PartitionEntry;
  /** Replicas that hold items and are here to stay, nearest first: this process, this AZ, the others. */
  readonly readOrder: readonly ReplicaPlacement[];
  /** Those that may lead. */
  readonly #candidates: readonly ReplicaPlacement[];
  #leader: ReplicaPlacement;

  constructor(entry: PartitionEntry, readOrder: readonly ReplicaPlacement[], leader: ReplicaId) {
    this.entry = entry;
    this.readOrder = readOrder;
    const voting = entry.replicas.filter(({role}) => role === 'voter' || role === 'leaving');
    this.#candidates = voting.length > 0 ? voting : entry.replicas;
    const named = (wanted: ReplicaId): ReplicaPlacement | undefined => this.#candidates.find(({replica}) => replica === wanted);
    const known = named(leader) ?? named(entry.preferredLeader) ?? this.#candidates[0];
    assert(known !== undefined, 'a partition has no replicas', {group: entry.group});
    this.#leader = known;
  }

  /** A guess: whoever it is says so when it is wrong. */
  get leader(): ReplicaPlacement {
    return this.#leader;
  }

  /**
   * `asked` does not lead. Of many requests that learn it at once only the first changes the guess.
   * @param hint whom it takes for the leader; NO_REPLICA when it knows of none
   * @returns whether the guess now names a replica that somebody vouched for
   */
  notLeader(asked: ReplicaPlacement, hint: ReplicaId): boolean {
    const hinted = hint === NO_REPLICA || hint === asked.replica ? undefined : this.#candidates.find(({replica}) => replica === hint);
    if (this.#leader !== asked) return true;
    this.#leader = hinted ?? this.#after(asked);
    return hinted !== undefined;
  }

  /** Whether the map this came from names the replica. */
  knows(replica: ReplicaId): boolean {
    return this.entry.replicas.some((placement) => placement.replica === replica);
  }

  #after(asked: ReplicaPlacement): ReplicaPlacement {
    return this.#candidates[(this.#candidates.indexOf(asked) + 1) % this.#candidates.length] ?? asked;
  }
}

/** Routes by partition. A changed map entry keeps the leader last seen. */
export class Routes {
  readonly #self: NodeId;
  readonly #az: AzId;
  readonly #routes = new Map<GroupId, Route>();

  constructor(self: NodeId, az: AzId) {
    this.#self = self;
    this.#az = az;
  }

  of(entry: PartitionEntry, map: ClusterMap): Route {
    const known = this.#routes.get(entry.group);
    if (known !== undefined && known.entry === entry) return known;
    const route = new Route(entry, this.#readOrder(entry, map), known?.leader.replica ?? entry.preferredLeader);
    this.#routes.set(entry.group, route);
    return route;
  }

  /** Forgets partitions that are gone, so that routes are never more than the map's partitions. */
  mapChanged(map: ClusterMap): void {
    for (const group of this.#routes.keys()) if (map.partition(group) === undefined) this.#routes.delete(group);
  }

  #readOrder(entry: PartitionEntry, map: ClusterMap): readonly ReplicaPlacement[] {
    const distance = ({node}: ReplicaPlacement): number => (node === this.#self ? 0 : map.node(node)?.az === this.#az ? 1 : 2);
    // A learner may have nothing yet, and one that leaves may be gone in a moment.
    return entry.replicas.filter(({role}) => role === 'voter').sort((a, b) => distance(a) - distance(b));
  }
}
