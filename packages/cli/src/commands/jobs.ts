import type {StatusDocument, StatusJob} from '@murmuration/server';
import {fetchStatus} from '../admin-client.js';
import {CommandError, EXIT_OK, EXIT_USAGE} from '../exit-codes.js';
import {printable} from '../terminal.js';
import type {Terminal} from '../terminal.js';
import {newTable} from './status.js';
import type {OutputFormat} from './status.js';

export interface JobsOptions {
  readonly adminUrl: string;
  readonly format: OutputFormat;
  readonly isWatching: boolean;
  readonly timeoutMs: number;
}

const WATCH_MS = 1_000;
/** Finished jobs shown in a table; JSON has them all. */
const FINISHED_SHOWN_MAX = 20;

/** Shows what moves, heals and splits; with `isWatching` again each second until nothing runs. */
export async function showJobs(options: JobsOptions, terminal: Terminal): Promise<number> {
  if (options.format !== 'table' && options.format !== 'json') throw new CommandError(EXIT_USAGE, '-o must be table or json here');
  for (;;) {
    const status = await fetchStatus(options.adminUrl, options.timeoutMs);
    terminal.out(render(status, options.format));
    if (!options.isWatching || !status.jobs.some((job) => job.state === 'running')) return EXIT_OK;
    await new Promise((done) => setTimeout(done, WATCH_MS));
  }
}

export function render(status: StatusDocument, format: OutputFormat): string {
  if (format === 'json') return `${JSON.stringify({apiVersion: status.apiVersion, isBalancing: status.isBalancing, jobs: status.jobs}, null, 2)}\n`;
  if (status.jobs.length === 0) return 'no job has run\n';
  const table = newTable(['JOB', 'KIND', 'PARTITION', 'STATE', 'STEP', 'CAUSE', 'TO', 'SECONDS', 'WHY']);
  let finishedCount = 0;
  for (const job of status.jobs) {
    if (job.state !== 'running') finishedCount += 1;
    if (finishedCount > FINISHED_SHOWN_MAX) break;
    table.push([
      String(job.id), job.kind, String(job.partition), job.state, job.step, job.cause, targetOf(job), ((job.updatedAtMs - job.startedAtMs) / 1000).toFixed(1), printable(job.failure ?? ''),
    ]);
  }
  return `${table.toString()}\n`;
}

function targetOf(job: StatusJob): string {
  if (job.kind === 'split') return job.child === null ? '' : `partition ${job.child}`;
  return job.toNode ?? '';
}
