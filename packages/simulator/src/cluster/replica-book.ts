import type {EventRecord} from '@murmuration/base';
import {SimulationError} from '../world/world.js';

/** What the book needs to know of a running replica. */
export interface LiveReplica {
  readonly group: number;
  readonly replica: number;
}

/**
 * The world's own book of replicas. An id belongs to one node for ever, and a replica whose removal was told of never lives again:
 * it has forgotten what it promised, and others may still count on it.
 */
export class ReplicaBook {
  readonly #homes = new Map<string, string>();
  readonly #removed = new Set<string>();

  onEvent(node: string, record: EventRecord): void {
    if (record.event === 'raft-host/group-created' || record.event === 'raft-host/became-leader') this.#lives(node, replicaOf(record));
    else if (record.event === 'raft-host/group-removed') this.#removed.add(keyOf(replicaOf(record)));
  }
  /** @param replicas all that run on a node now */
  live(node: string, replicas: Iterable<LiveReplica>): void {
    for (const replica of replicas) this.#lives(node, replica);
  }

  #lives(node: string, replica: LiveReplica): void {
    const key = keyOf(replica);
    if (this.#removed.has(key)) throw new SimulationError('removed-never-back', `replica ${replica.replica} of group ${replica.group} was removed and lives again on ${node}`);
    const home = this.#homes.get(key);
    if (home !== undefined && home !== node) throw new SimulationError('one-home', `replica ${replica.replica} of group ${replica.group} lives on ${node}, and lived on ${home}`);
    this.#homes.set(key, node);
  }
}

function replicaOf(record: EventRecord): LiveReplica {
  const {group, replica} = record as unknown as LiveReplica;
  return {group, replica};
}
function keyOf({group, replica}: LiveReplica): string {
  return `${group}/${replica}`;
}
