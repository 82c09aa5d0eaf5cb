import type {ReplicaId} from '@murmuration/base';
import type {ConfState} from '@murmuration/raft';

/**
 * The leader's lease of one group: from the sending time of the newest heartbeat round that a quorum acknowledged.
 * While it lasts no other replica can have been elected, because the followers of that round refuse their votes.
 * A leadership transfer breaks that promise on purpose, and a TimeoutNow may travel for long: after one was started
 * there is no lease for the rest of the term, and reads take the ReadIndex way.
 */
export class Lease {
  readonly #self: ReplicaId;
  #isHeld = false;
  #isRevoked = false;
  #acknowledgedMs = new Map<ReplicaId, number>();
  #confState: ConfState;
  /** Newest sending time that a quorum acknowledged; undefined when no other voter is needed. */
  #quorumSentAtMs: number | undefined = Number.NEGATIVE_INFINITY;

  constructor(self: ReplicaId, confState: ConfState) {
    this.#self = self;
    this.#confState = confState;
  }
  /** Leadership of a new term began: nothing was acknowledged in it yet. */
  begin(): void {
    this.#isHeld = true;
    this.#isRevoked = false;
    this.#acknowledgedMs = new Map();
    this.#count();
  }
  end(): void {
    this.#isHeld = false;
  }
  /** Until the next term. Called before any message leaves that lets another replica lead. */
  revoke(): void {
    this.#isRevoked = true;
  }
  configure(confState: ConfState): void {
    this.#confState = confState;
    this.#count();
  }
  /** A replica answered, in this term, a heartbeat sent at `sentAtMs` on this process's clock. */
  acknowledged(from: ReplicaId, sentAtMs: number): void {
    if (!this.#isHeld || sentAtMs <= (this.#acknowledgedMs.get(from) ?? Number.NEGATIVE_INFINITY)) return;
    this.#acknowledgedMs.set(from, sentAtMs);
    this.#count();
  }
  /** When leadership was last known for sure. Also good for bounding staleness, whatever happened to the lease. */
  confirmedAtMs(nowMs: number): number {
    if (!this.#isHeld) return Number.NEGATIVE_INFINITY;
    return this.#quorumSentAtMs ?? nowMs;
  }
  isValid(nowMs: number, durationMs: number): boolean {
    return this.#isHeld && !this.#isRevoked && nowMs - this.confirmedAtMs(nowMs) < durationMs;
  }

  #count(): void {
    const incoming = this.#quorumOf(this.#confState.voters);
    const outgoing = this.#quorumOf(this.#confState.votersOutgoing);
    this.#quorumSentAtMs = incoming === undefined ? outgoing : outgoing === undefined ? incoming : Math.min(incoming, outgoing);
  }
  /** @returns undefined when this replica alone, or nobody, makes the majority */
  #quorumOf(voters: readonly ReplicaId[]): number | undefined {
    let needed = Math.floor(voters.length / 2) + 1;
    if (voters.length === 0) return undefined;
    const others: number[] = [];
    for (const voter of voters) {
      if (voter === this.#self) needed -= 1;
      else others.push(this.#acknowledgedMs.get(voter) ?? Number.NEGATIVE_INFINITY);
    }
    if (needed === 0) return undefined;
    others.sort((a, b) => b - a);
    return others[needed - 1] ?? Number.NEGATIVE_INFINITY;
  }
}
