import type {StatusDocument} from '@murmuration/server';
import {sendOrder} from '../admin-client.js';
import type {OrderPlan} from '../admin-client.js';
import {CommandError, EXIT_OK, EXIT_USAGE} from '../exit-codes.js';
import {printable} from '../terminal.js';
import type {Terminal} from '../terminal.js';
import type {OutputFormat} from './status.js';
import {WAIT_DEFAULTS, measureJobs, waitFor} from './wait-for-jobs.js';
import type {Progress} from './wait-for-jobs.js';

export interface OrderOptions {
  readonly adminUrl: string;
  readonly isDryRun: boolean;
  /** Do not ask back. */
  readonly isSure: boolean;
  readonly isWaiting: boolean;
  readonly timeoutMs: number;
  readonly format: OutputFormat;
}

const ORDER_TIMEOUT_MS = 12_000;

/**
 * Carries out an operator's order: shows what it comes to, asks back where a person is there to answer, gives it and, when
 * asked to, waits for its end.
 * @param measure what is waited for; the jobs of the order when undefined
 * @returns the exit code
 */
export async function giveOrder(
  action: Readonly<Record<string, unknown>>, options: OrderOptions, terminal: Terminal, measure?: (status: StatusDocument) => Progress,
): Promise<number> {
  if (options.format !== 'table' && options.format !== 'json') throw new CommandError(EXIT_USAGE, '-o must be table or json here');
  if (options.isDryRun || (!options.isSure && terminal.confirm !== undefined)) {
    const plan = await sendOrder(options.adminUrl, action, true, ORDER_TIMEOUT_MS);
    if (options.isDryRun) {
      show(plan, options.format, terminal);
      return EXIT_OK;
    }
    tell(plan, terminal.err);
    if ((await terminal.confirm?.('Do it?')) !== true) {
      terminal.err('nothing was done\n');
      return EXIT_OK;
    }
  }
  const plan = await sendOrder(options.adminUrl, action, false, ORDER_TIMEOUT_MS);
  show(plan, options.format, terminal);
  if (!options.isWaiting) return EXIT_OK;
  return waitFor(measure ?? measureJobs(plan.jobs), {...WAIT_DEFAULTS, adminUrl: options.adminUrl, timeoutMs: options.timeoutMs}, terminal);
}

function show(plan: OrderPlan, format: OutputFormat, terminal: Terminal): void {
  if (format === 'json') terminal.out(`${JSON.stringify(plan, null, 2)}\n`);
  else tell(plan, terminal.out);
}

function tell(plan: OrderPlan, write: (text: string) => void): void {
  for (const step of plan.steps) write(`${plan.dryRun ? 'would: ' : ''}${printable(step)}\n`);
  for (const warning of plan.warnings) write(`warning: ${printable(warning)}\n`);
  if (plan.jobs.length > 0) write(`jobs: ${plan.jobs.join(', ')}\n`);
}
