import type {Fault} from './world/faults.js';

export type ProfileName = 'raft' | 'cluster' | 'transactions';

/** What one run of one seed came to. */
export interface SeedResult {
  readonly profile: ProfileName;
  readonly seed: number;
  /** Of everything that happened: equal on every machine. */
  readonly hash: string;
  readonly virtualMs: number;
  readonly eventCount: number;
  /** Client operations that were checked. */
  readonly operationCount: number;
  /** Transactions that were carried out and judged; tokens that were sent more than once; items that went because their time was over. */
  readonly transactionCount?: number;
  readonly retriedTokenCount?: number;
  readonly expiryCount?: number;
  /** Faults that hit something, in order. */
  readonly faults: readonly Fault[];
  readonly probes: Readonly<Record<string, number>>;
  readonly failure: {readonly rule: string; readonly message: string; readonly stack: string} | undefined;
  /** Latest lines of the trace, when they were asked for. */
  readonly trace: readonly string[];
}
