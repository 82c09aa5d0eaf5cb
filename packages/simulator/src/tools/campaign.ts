import {fork} from 'node:child_process';
import {fileURLToPath} from 'node:url';
import type {ProfileName, SeedResult} from '../seed-result.js';
import type {WorkerBegun, WorkerOrder, WorkerReport} from './worker-main.js';

/** A run that takes longer is caught in a loop that makes no events: its process is ended, and the seed counts as lost. */
const PATIENCE_MS: Readonly<Record<ProfileName, number>> = {raft: 60_000, cluster: 900_000, transactions: 900_000};

export interface CampaignOptions {
  readonly profile: ProfileName;
  readonly firstSeed: number;
  readonly seedCount: number;
  readonly jobs: number;
  readonly onResult: (result: SeedResult, cpuSeconds: number) => void;
  /** A seed whose process ended without an answer. */
  readonly onLost?: (seed: number) => void;
  /** For runs of changed code: passed to node before the program. */
  readonly execArgv?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** No further seed is begun once this says so. */
  readonly isOver?: () => boolean;
}

/** Runs seeds on several processes. @returns seeds whose process ended without an answer @throws Error when the code cannot even be loaded */
export async function runCampaign(options: CampaignOptions): Promise<readonly number[]> {
  let next = options.firstSeed;
  const until = options.firstSeed + options.seedCount;
  const lost: number[] = [];
  const worker = fileURLToPath(new URL('./worker-main.js', import.meta.url));
  await Promise.all(Array.from({length: Math.min(options.jobs, options.seedCount)}, () => new Promise<void>((resolve, reject) => {
    const start = (): void => {
      const child = fork(worker, [], {
        // Nearly all that a run allocates is soon garbage: a larger young generation is cheaper to clean.
        execArgv: ['--max-semi-space-size=64', ...(options.execArgv ?? [])], ...(options.env === undefined ? {} : {env: {...process.env, ...options.env}}),
      });
      let seed: number | undefined;
      let hasBegun = false;
      let patience: NodeJS.Timeout | undefined;
      const order = (): void => {
        if (next >= until || options.isOver?.() === true) {
          seed = undefined;
          child.disconnect();
          return;
        }
        seed = next;
        next += 1;
        patience = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS[options.profile]);
        const text: WorkerOrder = {profile: options.profile, seed};
        child.send(text);
      };
      child.on('message', (report: WorkerBegun | WorkerReport) => {
        hasBegun = true;
        if (report.kind === 'begun') return;
        clearTimeout(patience);
        options.onResult(report.result, report.cpuSeconds);
        order();
      });
      child.on('exit', () => {
        clearTimeout(patience);
        if (seed === undefined) return resolve();
        if (!hasBegun) return reject(new Error('the worker ended before it ran anything: the code cannot be loaded'));
        lost.push(seed);
        options.onLost?.(seed);
        if (next < until && options.isOver?.() !== true) start();
        else resolve();
      });
      order();
    };
    start();
  })));
  return lost;
}
