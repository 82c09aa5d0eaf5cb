import type {ProfileName} from '../seed-result.js';

/** What `npm test` runs of a profile, and the operations of users that are judged in it at least: fewer than when it was chosen, as code changes. */
export interface GateShare {
  readonly seedCount: number;
  readonly operationsMin: number;
  /** Of them, transactions. */
  readonly transactionsMin?: number;
}

/** Together at least this many: a gate that checks little proves little. */
export const GATE_OPERATIONS_MIN = 200_000;

export const GATE: Readonly<Record<ProfileName, GateShare>> = {
  raft: {seedCount: 250, operationsMin: 190_000},
  cluster: {seedCount: 10, operationsMin: 38_000},
  transactions: {seedCount: 12, operationsMin: 20_000, transactionsMin: 20_000},
};
