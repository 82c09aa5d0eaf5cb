import type {Fault} from '../world/faults.js';
import type {ProfileName, SeedResult} from '../seed-result.js';

export interface RunOptions {
  readonly seed: number;
  readonly faults?: readonly Fault[];
  readonly traceLineCount?: number;
}
export type RunSeed = (options: RunOptions) => Promise<SeedResult>;

/** Loads a profile when it is asked for: the cluster brings half of the product with it. */
export async function loadProfile(name: ProfileName): Promise<RunSeed> {
  if (name === 'raft') return (await import('../raft/run-raft-seed.js')).runRaftSeed;
  const {runClusterSeed, runTransactionsSeed} = await import('../cluster/run-cluster-seed.js');
  return name === 'cluster' ? runClusterSeed : runTransactionsSeed;
}

export function isProfileName(text: string): text is ProfileName {
  return text === 'raft' || text === 'cluster' || text === 'transactions';
}
