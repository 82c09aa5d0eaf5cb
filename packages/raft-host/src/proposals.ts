import type {LogIndex, Term} from '@murmuration/base';
import {assert} from '@murmuration/base';
import type {HostFailure, ProposeResult} from './types.js';

export type ProposeCallback = (result: ProposeResult) => void;

/** Bounds and present use, shared by all groups of the host. */
export interface ProposalBudget {
  readonly countMax: number;
  readonly bytesMax: number;
  count: number;
  bytes: number;
}

export interface Proposal {
  readonly data: Uint8Array;
  readonly done: ProposeCallback;
  readonly queuedAtMs: number;
}

interface Pending extends Proposal {
  readonly index: LogIndex;
  readonly term: Term;
}

/**
 * The unanswered proposals of one group. They wait in `queued` until the turn gives them to the core, then in
 * `pending`, in index order, until the entry at their index is applied. Both are counted against the bounds.
 */
export class Proposals {
  #queued: Proposal[] = [];
  #pending: Pending[] = [];
  /** First unanswered one in `#pending`: shifting a long array for each answer would cost its length. */
  #head = 0;
  #count = 0;
  #bytes = 0;
  readonly #countMax: number;
  readonly #bytesMax: number;
  readonly #host: ProposalBudget;

  constructor(countMax: number, bytesMax: number, host: ProposalBudget) {
    this.#countMax = countMax;
    this.#bytesMax = bytesMax;
    this.#host = host;
  }
  get count(): number {
    return this.#count;
  }
  /** Given to the core and not yet applied. */
  get hasPending(): boolean {
    return this.#head < this.#pending.length;
  }
  get hasAny(): boolean {
    return this.#count > 0;
  }
  get hasQueued(): boolean {
    return this.#queued.length > 0;
  }
  /** @returns false when a bound is reached: nothing was queued */
  enqueue(data: Uint8Array, done: ProposeCallback, queuedAtMs: number): boolean {
    const size = data.length;
    const host = this.#host;
    if (this.#count >= this.#countMax || this.#bytes + size > this.#bytesMax) return false;
    if (host.count >= host.countMax || host.bytes + size > host.bytesMax) return false;
    this.#count += 1;
    this.#bytes += size;
    host.count += 1;
    host.bytes += size;
    this.#queued.push({data, done, queuedAtMs});
    return true;
  }
  takeQueued(): readonly Proposal[] {
    const queued = this.#queued;
    this.#queued = [];
    return queued;
  }
  /** The core appended these at `firstIndex` and on, in order. */
  appended(proposals: readonly Proposal[], firstIndex: LogIndex, term: Term): void {
    const last = this.#pending[this.#pending.length - 1];
    assert(this.#head === this.#pending.length || last === undefined || last.index < firstIndex, 'proposals are appended in index order', {firstIndex});
    for (let i = 0; i < proposals.length; i += 1) {
      const {data, done, queuedAtMs} = proposals[i] as Proposal;
      this.#pending.push({data, done, queuedAtMs, index: (firstIndex + i) as LogIndex, term});
    }
  }
  /** The core did not take these, or they were never offered. */
  refuse(proposals: readonly Proposal[], failure: HostFailure): void {
    for (const proposal of proposals) {
      this.#release(proposal);
      proposal.done({ok: false, failure});
    }
  }
  /** The core did not take these, and the caller answers. */
  withdraw(proposals: readonly Proposal[]): void {
    for (const proposal of proposals) this.#release(proposal);
  }
  /**
   * An entry was applied. @returns when the proposal it answers was queued, undefined when none was made here
   * @param value what the machine returned for it
   */
  applied(index: LogIndex, term: Term, value: unknown): number | undefined {
    const head = this.#pending[this.#head];
    if (head === undefined || head.index > index) return undefined;
    assert(head.index === index, 'applied indexes have no holes', {index, expected: head.index});
    this.#head += 1;
    if (this.#head === this.#pending.length) {
      this.#pending = [];
      this.#head = 0;
    } else if (this.#head >= 4096) {
      this.#pending = this.#pending.slice(this.#head);
      this.#head = 0;
    }
    this.#release(head);
    if (head.term !== term) {
      head.done({ok: false, failure: {code: 'OutcomeUnknown'}});
      return undefined;
    }
    head.done({ok: true, index, value});
    return head.queuedAtMs;
  }
  /** Leadership is lost or the group stops. @returns how many failed */
  failAll(queuedFailure: HostFailure): number {
    const queued = this.takeQueued();
    const pending = this.#pending.slice(this.#head);
    this.#pending = [];
    this.#head = 0;
    for (const proposal of pending) this.#release(proposal);
    this.refuse(queued, queuedFailure);
    for (const proposal of pending) proposal.done({ok: false, failure: {code: 'OutcomeUnknown'}});
    return queued.length + pending.length;
  }
  #release(proposal: Proposal): void {
    this.#count -= 1;
    this.#bytes -= proposal.data.length;
    this.#host.count -= 1;
    this.#host.bytes -= proposal.data.length;
    assert(this.#count >= 0 && this.#host.count >= 0, 'a proposal is released once');
  }
}
