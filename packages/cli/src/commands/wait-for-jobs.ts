import type {StatusDocument, StatusJob} from '@murmuration/server';
import {SingleBar} from 'cli-progress';
import {fetchStatus} from '../admin-client.js';
import {CommandError, EXIT_CHECK_FAILED, EXIT_OK, EXIT_TIMEOUT, EXIT_UNAVAILABLE} from '../exit-codes.js';
import {printable} from '../terminal.js';
import type {Terminal} from '../terminal.js';

/** How far something is: it ends when `left` is 0. */
export interface Progress {
  readonly left: number;
  readonly text: string;
  /** Jobs that ended otherwise than they should have, in words. */
  readonly failures: readonly string[];
}

export interface WaitOptions {
  readonly adminUrl: string;
  readonly timeoutMs: number;
  readonly pollMs: number;
  /** Pause between plain lines where there is no terminal to draw on. */
  readonly lineMs: number;
}

export const WAIT_DEFAULTS = {pollMs: 250, lineMs: 10_000} as const;
const STATUS_TIMEOUT_MS = 5_000;

/**
 * Waits until `measure` says that nothing is left, drawing one bar on a terminal and a line every ten seconds elsewhere.
 * An unreachable admin API is waited out.
 * @returns the exit code @throws CommandError `EXIT_TIMEOUT`
 */
export async function waitFor(measure: (status: StatusDocument) => Progress, options: WaitOptions, terminal: Terminal): Promise<number> {
  const untilMs = performance.now() + options.timeoutMs;
  const bar = terminal.isInteractive === true ? new SingleBar({format: '{bar} {percentage}% | {text}', clearOnComplete: true, stream: process.stderr}) : undefined;
  let total = 0;
  let lineAtMs = performance.now() + options.lineMs;
  try {
    for (;;) {
      const progress = await look(measure, options);
      if (progress !== undefined) {
        if (progress.left === 0) {
          bar?.stop();
          for (const failure of progress.failures) terminal.err(`${printable(failure)}\n`);
          return progress.failures.length === 0 ? EXIT_OK : EXIT_CHECK_FAILED;
        }
        if (total === 0) bar?.start(progress.left, 0, {text: progress.text});
        total = Math.max(total, progress.left);
        bar?.setTotal(total);
        bar?.update(total - progress.left, {text: progress.text});
        if (bar === undefined && performance.now() >= lineAtMs) {
          terminal.err(`${progress.text}\n`);
          lineAtMs = performance.now() + options.lineMs;
        }
      }
      if (performance.now() > untilMs) throw new CommandError(EXIT_TIMEOUT, `not done within ${options.timeoutMs / 1000} s; it goes on without this command: ${progress?.text ?? 'the cluster does not answer'}`);
      await new Promise((done) => setTimeout(done, options.pollMs));
    }
  } finally {
    bar?.stop();
  }
}

/** Waits for the jobs of an order. */
export function measureJobs(ids: readonly number[]): (status: StatusDocument) => Progress {
  return (status) => {
    const own = status.jobs.filter((job) => ids.includes(job.id));
    const running = own.filter((job) => job.state === 'running');
    return {
      left: running.length,
      text: running.map((job) => `job ${job.id}: ${job.kind} of partition ${job.partition}, ${job.step}`).join('; '),
      failures: own.filter((job) => job.state === 'failed' || job.state === 'cancelled').map(tellFailure),
    };
  };
}

/** Waits until a node holds no replica; with `isGone`, until it is forgotten too. */
export function measureEmpty(node: string, isGone: boolean): (status: StatusDocument) => Progress {
  return (status) => {
    const held = status.partitions.filter((partition) => partition.replicas.some((replica) => replica.node === node)).length;
    const isKnown = status.nodes.some((known) => known.id === node);
    return {left: held + (isGone && isKnown ? 1 : 0), text: `node ${node} holds ${held} replicas; ${countRunning(status)} jobs run`, failures: []};
  };
}

/** Waits until replicas are even over the nodes. */
export function measureBalance(status: StatusDocument): Progress {
  const runningCount = countRunning(status);
  return {left: runningCount + (status.isBalancing ? 1 : 0), text: `${runningCount} moves under way`, failures: []};
}

export function tellFailure(job: StatusJob): string {
  return `job ${job.id} (${job.kind} of partition ${job.partition}) ${job.state}: ${job.failure ?? 'no reason told'}`;
}

async function look(measure: (status: StatusDocument) => Progress, options: WaitOptions): Promise<Progress | undefined> {
  try {
    return measure(await fetchStatus(options.adminUrl, STATUS_TIMEOUT_MS));
  } catch (cause) {
    if (cause instanceof CommandError && cause.exitCode === EXIT_UNAVAILABLE) return undefined;
    throw cause;
  }
}

function countRunning(status: StatusDocument): number {
  return status.jobs.filter((job) => job.state === 'running').length;
}
