/** A replica as the admin API tells it. */
export interface SeenReplica {
  readonly node: string;
  /** `unknown` when its process was not heard lately. */
  readonly state: string;
  readonly appliedIndex: number | null;
}
interface SeenPartition {
  readonly id: number;
  readonly replicas: readonly SeenReplica[];
}

/**
 * When all replicas had everything again, after some had not. A replica has everything when it applied what the leader had applied at
 * the look before: under load the newest entries are always on their way.
 */
export class Redundancy {
  readonly #leaderIndexes = new Map<number, number>();
  #isBroken = false;
  #wholeAgainAtMs: number | undefined;

  /** Undefined while something is missing, or when nothing ever was. */
  get wholeAgainAtMs(): number | undefined {
    return this.#wholeAgainAtMs;
  }
  look(partitions: readonly SeenPartition[], atMs: number): void {
    const isWhole = partitions.every(({id, replicas}) => {
      const wanted = this.#leaderIndexes.get(id) ?? 0;
      return replicas.length > 0 && replicas.every(({state, appliedIndex}) => state !== 'unknown' && appliedIndex !== null && appliedIndex >= wanted);
    });
    for (const {id, replicas} of partitions) {
      const applied = replicas.find(({state}) => state === 'leader')?.appliedIndex;
      if (applied !== undefined && applied !== null) this.#leaderIndexes.set(id, applied);
    }
    if (!isWhole) {
      this.#isBroken = true;
      this.#wholeAgainAtMs = undefined;
    } else if (this.#isBroken) {
      this.#isBroken = false;
      this.#wholeAgainAtMs = atMs;
    }
  }
}
