import {InvalidArgumentError, Option} from 'commander';
import type {Command} from 'commander';
import {DEFAULT_ADMIN_URL, fetchTriggers, orderTrigger} from '../admin-client.js';
import type {ShownTrigger} from '../admin-client.js';
import {EXIT_OK} from '../exit-codes.js';
import type {Terminal} from '../terminal.js';
import {printable} from '../terminal.js';
import {newTable} from './status.js';

interface CommonFlags {
  readonly admin: string;
  readonly timeout: number;
  readonly output: string;
}
interface CreateFlags extends CommonFlags {
  readonly url?: string;
  readonly module?: string;
  readonly from: string;
  readonly batchSize?: number;
  readonly window?: number;
  readonly parallel?: number;
  readonly bisect?: boolean;
  readonly retries?: number;
  readonly maxAge?: number;
  readonly reportFailures?: boolean;
  readonly filter?: readonly string[];
  readonly onFailureUrl?: string;
  readonly onFailureFile?: string;
  readonly functionTimeout?: number;
  readonly disabled?: boolean;
}

/** `murmur trigger …`: functions that are called for changes of items. */
export function addTriggerCommands(program: Command, terminal: Terminal, setExitCode: (code: number) => void): void {
  const trigger = program.command('trigger').description('Call functions with the changes of a table\'s items.');
  common(trigger.command('create').description('Call a function with the records of a table\'s stream, in order and at least once.').argument('<name>', 'of the trigger').argument('<table>', 'a table with a stream'))
    .addOption(new Option('--url <url>', 'address that takes a POST with the event').conflicts('module'))
    .option('--module <path>', 'Node module with a handler, inside the function directory of the processes')
    .addOption(new Option('--from <place>', 'oldest record there is, or those from now on').choices(['oldest', 'latest']).default('latest'))
    .option('--batch-size <count>', 'records of one call, up to 10000', whole)
    .option('--window <seconds>', 'how long a batch is waited for, up to 300', whole)
    .option('--parallel <count>', 'calls of one shard at once, up to 10; of one item never more than one', whole)
    .option('--bisect', 'halve a batch that fails')
    .option('--retries <count>', 'tries after the first; without it until the records are gone', whole)
    .option('--max-age <seconds>', 'older records are given up, 60 to 604800', whole)
    .option('--report-failures', 'the function answers which records failed, as batchItemFailures')
    .option('--filter <pattern...>', 'only records that fit one of these patterns')
    .addOption(new Option('--on-failure-url <url>', 'address that takes the news of records given up').conflicts('onFailureFile'))
    .option('--on-failure-file <path>', 'file that takes it, inside the function directory')
    .option('--function-timeout <seconds>', 'how long one call may take, up to 900', whole)
    .option('--disabled', 'make it without running it')
    .action(async (name: string, table: string, flags: CreateFlags) => {
      await orderTrigger(flags.admin, {create: toSettings(name, table, flags)}, flags.timeout * 1000);
      terminal.out(`trigger ${printable(name)} made\n`);
      setExitCode(EXIT_OK);
    });
  common(trigger.command('list').description('Show triggers, and which process runs each.')).action(async (flags: CommonFlags) => {
    const triggers = await fetchTriggers(flags.admin, flags.timeout * 1000);
    terminal.out(render(triggers, flags.output));
    setExitCode(EXIT_OK);
  });
  common(trigger.command('delete').description('Remove a trigger, with what it knows of where it was.').argument('<name>', 'of the trigger')).action(async (name: string, flags: CommonFlags) => {
    await orderTrigger(flags.admin, {delete: name}, flags.timeout * 1000);
    terminal.out(`trigger ${printable(name)} removed\n`);
    setExitCode(EXIT_OK);
  });
}

function common(command: Command): Command {
  return command
    .option('--admin <url>', 'admin API of any process with the router role', process.env['MURMUR_ADMIN'] ?? DEFAULT_ADMIN_URL)
    .option('--timeout <seconds>', 'how long to wait for an answer', whole, 30)
    .addOption(new Option('-o, --output <format>', 'table or json').choices(['table', 'json']).default('table'));
}

function toSettings(name: string, table: string, flags: CreateFlags): Readonly<Record<string, unknown>> {
  return {
    name, table, startingPosition: flags.from === 'oldest' ? 'TRIM_HORIZON' : 'LATEST',
    target: flags.module === undefined ? {kind: 'http', url: flags.url} : {kind: 'module', path: flags.module},
    batchSize: flags.batchSize, maximumBatchingWindowInSeconds: flags.window, parallelizationFactor: flags.parallel, bisectBatchOnFunctionError: flags.bisect,
    maximumRetryAttempts: flags.retries, maximumRecordAgeInSeconds: flags.maxAge, reportBatchItemFailures: flags.reportFailures, filters: flags.filter,
    onFailure: flags.onFailureUrl !== undefined ? {kind: 'http', url: flags.onFailureUrl} : flags.onFailureFile !== undefined ? {kind: 'file', path: flags.onFailureFile} : undefined,
    timeoutSeconds: flags.functionTimeout, enabled: flags.disabled === true ? false : undefined,
  };
}

function render(triggers: readonly ShownTrigger[], output: string): string {
  if (output === 'json') return `${JSON.stringify({apiVersion: 'murmuration/v1', triggers}, null, 2)}\n`;
  if (triggers.length === 0) return 'no triggers\n';
  const table = newTable(['NAME', 'TABLE', 'FUNCTION', 'FROM', 'BATCH', 'RUNS ON']);
  for (const {name, table: of, target, startingPosition, batchSize, runner, enabled} of triggers) {
    table.push([printable(name), printable(of), printable(target.kind === 'http' ? target.url : target.path), startingPosition, String(batchSize), enabled ? runner : 'disabled']);
  }
  return `${table.toString()}\n`;
}

function whole(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) throw new InvalidArgumentError('a whole number is needed');
  return value;
}
