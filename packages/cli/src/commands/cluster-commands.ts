import {InvalidArgumentError, Option} from 'commander';
import type {Command} from 'commander';
import type {StatusDocument} from '@murmuration/server';
import {DEFAULT_ADMIN_URL, fetchStatus} from '../admin-client.js';
import {CommandError, EXIT_NOT_FOUND, EXIT_OK} from '../exit-codes.js';
import {askForNode, askSupervisor, isSupervised} from '../local/supervisor-protocol.js';
import type {Terminal} from '../terminal.js';
import {showJobs} from './jobs.js';
import {giveOrder} from './order.js';
import type {OrderOptions} from './order.js';
import {toOutputFormat} from './status.js';
import {WAIT_DEFAULTS, measureBalance, measureEmpty, waitFor} from './wait-for-jobs.js';
import type {Progress} from './wait-for-jobs.js';

/** What an action leaves for the process to exit with. */
export type SetExitCode = (code: number) => void;

/** A question that is answered from memory. */
const ASK_TIMEOUT_MS = 5_000;

interface OrderFlags {
  readonly admin: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly wait?: boolean;
  readonly timeout: number;
  readonly output: string;
}

/** `murmur node drain …`, `partition …`, `rebalance`, `jobs`: what an operator does with a running cluster. */
export function addClusterCommands(program: Command, node: Command, defaultDirectory: string, terminal: Terminal, setExitCode: SetExitCode): void {
  const order = async (flags: OrderFlags, action: Readonly<Record<string, unknown>>, measure?: (status: StatusDocument) => Progress): Promise<number> => {
    const code = await giveOrder(action, toOrderOptions(flags), terminal, measure);
    setExitCode(code);
    return code;
  };

  ordering(node.command('drain').description('Move every replica and leadership of a node elsewhere; it gets no new ones.').argument('<node>', 'for example a2'))
    .action(async (name: string, flags: OrderFlags) => void (await order(flags, {kind: 'drain-node', node: name}, measureEmpty(name, false))));
  ordering(node.command('undrain').description('Let a node take replicas and leaderships again.').argument('<node>', 'for example a2'))
    .action(async (name: string, flags: OrderFlags) => void (await order(flags, {kind: 'undrain-node', node: name}, measureBalance)));
  ordering(node.command('remove').description('Forget a node that is drained or down; a process under its name is refused from then on.').argument('<node>', 'for example a2'))
    .option('--data <directory>', 'data directory of the cluster that `murmur up` runs here', defaultDirectory)
    .action(async (name: string, flags: OrderFlags & {data: string}) => {
      const code = await order(flags, {kind: 'remove-node', node: name}, measureEmpty(name, true));
      if (code === EXIT_OK && flags.dryRun !== true && (await isSupervised(flags.data))) await endProcess(flags.data, name);
    });
  ordering(
    node.command('replace').description('Give every replica of a node to another, then forget it.').argument('<node>', 'for example a2').argument('<by>', 'its successor'),
  ).action(async (name: string, by: string, flags: OrderFlags) => void (await order(flags, {kind: 'replace-node', node: name, by}, measureEmpty(name, true))));

  node
    .command('add')
    .description('Start another process of the cluster that `murmur up` runs here; it is filled by moves.')
    .option('--az <az>', 'its AZ; the one with the fewest nodes when not given')
    .option('--data <directory>', 'data directory of the cluster', defaultDirectory)
    .option('--admin <url>', 'admin API of any process', process.env['MURMUR_ADMIN'] ?? DEFAULT_ADMIN_URL)
    .option('--wait', 'wait until it has its share')
    .option('--timeout <seconds>', 'how long to wait', wholeNumber, 600)
    .addOption(new Option('-o, --output <format>', 'table or json').default('table'))
    .action(async (flags: {az?: string; data: string; admin: string; wait?: boolean; timeout: number; output: string}) => {
      const id = await askForNode(flags.data, flags.az);
      terminal.out(toOutputFormat(flags.output) === 'json' ? `${JSON.stringify({apiVersion: 'murmuration/v1', node: id}, null, 2)}\n` : `node ${id} started\n`);
      if (flags.wait === true) setExitCode(await waitFor(measureFilled(id), {...WAIT_DEFAULTS, adminUrl: flags.admin, timeoutMs: flags.timeout * 1000}, terminal));
    });

  const partition = program.command('partition').description('Split or move one partition, or hand its leadership on.');
  ordering(partition.command('split').description('Cut a partition in two: in the middle of its data, or at a stored key.').argument('<partition>', 'number of the partition', positive))
    .option('--at <hex>', 'first stored key of the upper half, in hexadecimal')
    .action(async (group: number, flags: OrderFlags & {at?: string}) => void (await order(flags, {kind: 'split-partition', group, ...(flags.at === undefined ? {} : {atHex: flags.at.toLowerCase()})})));
  ordering(partition.command('move').description('Copy one replica of a partition to another node, then drop the old one.').argument('<partition>', 'number of the partition', positive))
    .requiredOption('--from <node>', 'node that holds the replica now')
    .option('--to <node>', 'node that gets it; the best one when not given')
    .action(async (group: number, flags: OrderFlags & {from: string; to?: string}) =>
      void (await order(flags, {kind: 'move-replica', group, from: flags.from, ...(flags.to === undefined ? {} : {to: flags.to})})));
  ordering(partition.command('transfer').description('Hand the leadership of a partition to a node that holds a replica of it.').argument('<partition>', 'number of the partition', positive))
    .requiredOption('--to <node>', 'node that is to lead')
    .action(async (group: number, flags: OrderFlags & {to: string}) => void (await order(flags, {kind: 'transfer-leader', group, to: flags.to}, measureLeader(group, flags.to))));

  ordering(partition.command('cancel').description('Call off what is done to a partition: a split its leader has not made, or a move while its copy catches up.').argument('<partition>', 'number of the partition', positive))
    .action(async (group: number, flags: OrderFlags) => {
      const status = await fetchStatus(flags.admin, ASK_TIMEOUT_MS);
      const job = status.jobs.find((known) => known.partition === group && known.state === 'running');
      if (job === undefined) throw new CommandError(EXIT_NOT_FOUND, `nothing is done to partition ${group}; murmur jobs shows what is`);
      await order(flags, {kind: 'cancel-job', job: job.id}, measureEnded(job.id));
    });

  ordering(program.command('rebalance').description('Even replicas out over the nodes of each AZ.'))
    .action(async (flags: OrderFlags) => void (await order(flags, {kind: 'rebalance'}, measureBalance)));

  const jobs = program.command('jobs').description('Show what is moved, healed and split, or call one of these off.');
  jobs
    .command('list', {isDefault: true})
    .description('Show what is moved, healed and split.')
    .option('--admin <url>', 'admin API of any process', process.env['MURMUR_ADMIN'] ?? DEFAULT_ADMIN_URL)
    .option('--watch', 'show again each second until nothing runs')
    .option('--timeout <seconds>', 'how long to wait for an answer', wholeNumber, 5)
    .addOption(new Option('-o, --output <format>', 'table or json').default('table'))
    .action(async (flags: {admin: string; watch?: boolean; timeout: number; output: string}) => {
      setExitCode(await showJobs({adminUrl: flags.admin, format: toOutputFormat(flags.output), isWatching: flags.watch === true, timeoutMs: flags.timeout * 1000}, terminal));
    });
  ordering(jobs.command('cancel').description('Call a job off: a split its leader has not made, a move or heal while its new replica catches up.').argument('<job>', 'number of the job', positive))
    .action(async (job: number, flags: OrderFlags) => void (await order(flags, {kind: 'cancel-job', job}, measureEnded(job))));
}

function ordering(command: Command): Command {
  return command
    .option('--admin <url>', 'admin API of any process', process.env['MURMUR_ADMIN'] ?? DEFAULT_ADMIN_URL)
    .option('--dry-run', 'say what would be done, and do nothing')
    .option('--yes', 'do not ask back')
    .option('--wait', 'wait for the end; exit code 7 when it ends badly')
    .option('--timeout <seconds>', 'how long to wait', wholeNumber, 600)
    .addOption(new Option('-o, --output <format>', 'table or json').default('table'));
}

function toOrderOptions(flags: OrderFlags): OrderOptions {
  return {
    adminUrl: flags.admin, isDryRun: flags.dryRun === true, isSure: flags.yes === true, isWaiting: flags.wait === true, timeoutMs: flags.timeout * 1000,
    format: toOutputFormat(flags.output),
  };
}

/** The process of a node that was just removed has nothing left to do. */
async function endProcess(directory: string, name: string): Promise<void> {
  const nodes = await askSupervisor(directory, 'GET', '/nodes');
  if (nodes.some((known) => known.id === name)) await askSupervisor(directory, 'POST', `/nodes/${encodeURIComponent(name)}/remove`);
}

function measureFilled(id: string): (status: StatusDocument) => Progress {
  return (status) => {
    if (!status.nodes.some((known) => known.id === id && known.state === 'up')) return {left: 1, text: `node ${id} has not registered`, failures: []};
    return measureBalance(status);
  };
}

function measureLeader(group: number, node: string): (status: StatusDocument) => Progress {
  return (status) => {
    const leader = status.partitions.find((partition) => partition.id === group)?.leader;
    return {left: leader === node ? 0 : 1, text: `partition ${group} is led by ${leader ?? 'nobody'}`, failures: []};
  };
}

function measureEnded(id: number): (status: StatusDocument) => Progress {
  return (status) => {
    const state = status.jobs.find((job) => job.id === id)?.state;
    return {left: state === 'running' ? 1 : 0, text: `job ${id} is called off`, failures: state === 'done' ? [`job ${id} was done before it could be called off`] : []};
  };
}

function positive(text: string): number {
  const value = wholeNumber(text);
  if (value === 0) throw new InvalidArgumentError('must be at least 1.');
  return value;
}

/** @throws InvalidArgumentError for anything but a whole number of at least 0 */
export function wholeNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isSafeInteger(value) || value < 0) throw new InvalidArgumentError('must be a whole number.');
  return value;
}
