import type {Random} from '@murmuration/base';
import type {StatusPartition} from '@murmuration/server';
import type {ClusterNode, NemesisCluster} from '../cluster.js';

/** What a fault saw of itself. */
export interface Effect {
  /** The processes or the traffic really felt it; a run with a kind that never took effect does not count. */
  readonly tookEffect: boolean;
  /** Whom it met and what was seen. */
  readonly detail: string;
  /** A promise that was broken under the eyes of the fault itself, for example a failed sync that was survived. */
  readonly violation?: string;
  /** When it began to be felt, by the clock of `nowMs`, where that is later than its call: gaps count from there. */
  readonly struckMs?: number;
}

export interface FaultContext {
  readonly cluster: NemesisCluster;
  /** Of this injection alone, so that the schedule does not depend on how long others took. */
  readonly random: Random;
  /** Table of the load. */
  readonly table: string;
  /** How long a fault that has a duration stays. */
  readonly holdMs: number;
  /** Partitions of the load's table; empty while nobody can say. */
  partitions(): Promise<readonly StatusPartition[]>;
  /** Number of the load's table, as in stored keys. */
  readonly tableId: number;
  /** Has ranges of stored keys probed until the step is over; its gaps are measured there and nowhere else. @returns once each was written and read */
  probe(ranges: readonly {readonly from: string; readonly until: string}[]): Promise<void>;
}

/** What a kind of fault needs beyond processes and sockets. */
export type FaultNeed = 'images' | 'shim';

/** One kind of fault. An injection strikes, stays, and undoes itself; when it returns, every process runs again. */
export interface Fault {
  /** As chosen by `--faults`, for example `cut-one-way`. */
  readonly name: string;
  /** Chooses all of its kinds at once, for example `cut`. */
  readonly family: string;
  readonly needs: readonly FaultNeed[];
  /** May be drawn together with one of another family. */
  readonly pairs: boolean;
  /** Pairs only with these families. */
  readonly pairsOnlyWith?: readonly string[];
  /** Not chosen by `all`: only by its own name. */
  readonly onlyByName?: boolean;
  /** Why it cannot be done here; undefined when it can. */
  probe(surroundings: Surroundings): Promise<string | undefined> | string | undefined;
  inject(context: FaultContext): Promise<Effect>;
}

export interface Surroundings {
  readonly nodeCount: number;
  /** Working copy of another build, made ready to run. */
  readonly otherBuild: string | undefined;
}

export function draw<T>(random: Random, from: readonly T[]): T {
  const drawn = from[random.below(from.length)];
  if (drawn === undefined) throw new Error('nothing to draw from');
  return drawn;
}
export function drawNode(context: FaultContext): ClusterNode {
  return draw(context.random, context.cluster.nodes);
}
/** The node that leads a partition drawn from the load's table; any node while nobody can say. */
export async function drawLeader(context: FaultContext): Promise<ClusterNode> {
  const partitions = (await context.partitions()).filter((partition) => partition.leader !== null);
  const number = context.random.uint32();
  const leader = partitions.length === 0 ? undefined : partitions[number % partitions.length]?.leader;
  return leader === undefined || leader === null ? drawNode(context) : context.cluster.node(leader);
}
export const NOTHING: readonly FaultNeed[] = [];
export function always(): undefined {
  return undefined;
}
