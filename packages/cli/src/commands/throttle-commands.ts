import {Option} from 'commander';
import type {Command} from 'commander';
import {DEFAULT_ADMIN_URL, fetchStatus, fetchThrottles} from '../admin-client.js';
import type {ShownThrottle} from '../admin-client.js';
import {CommandError, EXIT_NOT_FOUND, EXIT_OK} from '../exit-codes.js';
import type {Terminal} from '../terminal.js';
import {printable} from '../terminal.js';
import {wholeNumber} from './cluster-commands.js';
import {newTable} from './status.js';

interface ThrottleFlags {
  readonly admin: string;
  readonly timeout: number;
  readonly output: string;
  readonly table?: string;
  readonly index?: string;
  readonly operation?: string;
  readonly reason?: string;
  readonly limit: number;
}

/** `murmur explain throttle` and `murmur throttles`: why requests were refused for throughput. */
export function addThrottleCommands(program: Command, terminal: Terminal, setExitCode: (code: number) => void): void {
  const explain = program.command('explain').description('Say why something was refused.');
  common(explain.command('throttle').description('Say which bucket refused a request, what it held, and when the request would have passed.').argument('<request-id>', 'x-amzn-RequestId of the answer'))
    .action(async (requestId: string, flags: ThrottleFlags) => {
      const throttles = await fromAnyNode(flags, {requestId});
      if (throttles.length === 0) throw new CommandError(EXIT_NOT_FOUND, `no process remembers a throttle of request ${printable(requestId)}: it was not throttled, or it is long ago`);
      terminal.out(flags.output === 'json' ? `${JSON.stringify(throttles, undefined, 2)}\n` : throttles.map(explainThrottle).join('\n'));
      setExitCode(EXIT_OK);
    });
  common(program.command('throttles').description('List the newest throttles that processes remember, newest first.'))
    .option('--table <name>', 'of this table')
    .option('--index <name>', 'of this global index')
    .option('--operation <name>', 'of this operation, for example PutItem')
    .option('--reason <name>', 'for this reason, for example TableWriteKeyRangeThroughputExceeded')
    .option('--limit <count>', 'so many of each process', wholeNumber, 50)
    .action(async (flags: ThrottleFlags) => {
      const {table, index, operation, reason, limit} = flags;
      const filter = Object.fromEntries(Object.entries({table, index, operation, reason, limit: String(limit)}).filter((entry): entry is [string, string] => entry[1] !== undefined));
      const throttles = [...await fromAllNodes(flags, filter)].sort((a, b) => b.atMs - a.atMs).slice(0, limit);
      terminal.out(flags.output === 'json' ? `${JSON.stringify(throttles, undefined, 2)}\n` : renderThrottles(throttles));
      setExitCode(EXIT_OK);
    });
}

function common(command: Command): Command {
  return command
    .option('--admin <url>', 'admin API of any process', process.env['MURMUR_ADMIN'] ?? DEFAULT_ADMIN_URL)
    .option('--timeout <seconds>', 'how long to wait for an answer', wholeNumber, 10)
    .addOption(new Option('-o, --output <format>', 'table or json').choices(['table', 'json']).default('table'));
}

/** The process that answered the request knows it: first the one that is asked, then the others. */
async function fromAnyNode(flags: ThrottleFlags, filter: Readonly<Record<string, string>>): Promise<readonly ShownThrottle[]> {
  const own = await fetchThrottles(flags.admin, filter, flags.timeout * 1000);
  return own.length > 0 ? own : fromAllNodes(flags, filter);
}
async function fromAllNodes(flags: ThrottleFlags, filter: Readonly<Record<string, string>>): Promise<readonly ShownThrottle[]> {
  const {nodes} = await fetchStatus(flags.admin, flags.timeout * 1000);
  const living = nodes.filter(({state, roles}) => state !== 'down' && roles.includes('router'));
  const answers = await Promise.allSettled(living.map(({adminAddress}) => fetchThrottles(`http://${adminAddress}`, filter, flags.timeout * 1000)));
  // Who does not answer is left out: what the others remember is of use all the same.
  return answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
}

const BUCKETS: Readonly<Record<string, string>> = {
  ceiling: 'the ceiling of the partition, which holds however much the table has',
  share: 'the part of the table\'s throughput that the partition may use, and its burst',
  node: 'what the process may serve from burst',
  table: 'the tokens of the table that the router held',
  account: 'the tables of the account together',
};

/** A few sentences. */
export function explainThrottle(throttle: ShownThrottle): string {
  const {requestId, atMs, operation, table, index, group, keyHash, reason, bucket, tokensThenHalfUnits = 0, tokensAskedHalfUnits = 0, passesInMs} = throttle;
  const units = (halfUnits: number): string => String(halfUnits / 2);
  const lines = [
    `${requestId}: ${operation} at ${new Date(atMs).toISOString()}`,
    `  of ${index === undefined ? `table ${printable(table)}` : `index ${printable(index)} of table ${printable(table)}`}, partition ${group}${keyHash === '' ? '' : `, key hash ${keyHash}`}`,
    `  refused for ${reason}`,
  ];
  if (bucket === undefined) lines.push('  what waits to be written to global indexes had reached its bound');
  else {
    lines.push(`  by ${BUCKETS[bucket] ?? bucket}: it held ${units(tokensThenHalfUnits)} units and was asked for ${units(tokensAskedHalfUnits)}`);
    lines.push(passesInMs === undefined ? '  when it would have passed is not known' : `  it would have passed ${passesInMs} ms later, had nobody else come`);
  }
  return `${lines.join('\n')}\n`;
}

export function renderThrottles(throttles: readonly ShownThrottle[]): string {
  const table = newTable(['TIME', 'REQUEST', 'OPERATION', 'TABLE', 'INDEX', 'PARTITION', 'REASON', 'BUCKET', 'HELD', 'ASKED']);
  for (const {atMs, requestId, operation, table: name, index, group, reason, bucket, tokensThenHalfUnits = 0, tokensAskedHalfUnits = 0} of throttles) {
    table.push([new Date(atMs).toISOString(), requestId, operation, printable(name), printable(index ?? '–'), String(group), reason, bucket ?? 'outbox', String(tokensThenHalfUnits / 2), String(tokensAskedHalfUnits / 2)]);
  }
  return `${table.toString()}\n`;
}
