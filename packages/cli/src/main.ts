import {Command, CommanderError, Option} from 'commander';
import {flagOf, serveOptions} from '@murmuration/server';
import {runServer} from '@murmuration/server/main';
import {DEFAULT_ADMIN_URL} from './admin-client.js';
import {addBenchCommands} from './commands/bench-commands.js';
import {addExperimentCommands} from './commands/experiment-commands.js';
import {addClusterCommands, wholeNumber} from './commands/cluster-commands.js';
import {addHeatCommands} from './commands/heat-commands.js';
import {addIndexCommands} from './commands/index-commands.js';
import {actOnNode} from './commands/node.js';
import {addSettingsCommands} from './commands/settings-commands.js';
import {addStreamCommands} from './commands/stream-commands.js';
import {OUTPUT_FORMATS, status, toOutputFormat} from './commands/status.js';
import {addThrottleCommands} from './commands/throttle-commands.js';
import {addTriggerCommands} from './commands/trigger-commands.js';
import {up} from './commands/up.js';
import {CommandError, EXIT_FAILED, EXIT_OK, EXIT_USAGE} from './exit-codes.js';
import type {NodeAction} from './local/supervisor-protocol.js';
import {processTerminal} from './terminal.js';
import type {Terminal} from './terminal.js';
import {VERSION} from './version.js';

const DEFAULT_DATA = '.murmuration/local';

/** The `murmur` command. @returns the exit code */
export async function runMurmur(args: readonly string[], terminal: Terminal = processTerminal): Promise<number> {
  let exitCode = EXIT_OK;
  const program = new Command('murmur');
  program
    .description('Runs and looks after Murmuration, a DynamoDB-compatible cluster.')
    .version(VERSION, '-V, --version')
    .showHelpAfterError('(see murmur --help)')
    .configureOutput({writeOut: terminal.out, writeErr: terminal.err})
    .exitOverride()
    .addHelpText('beforeAll', 'Examples:\n  murmur up                        a three-AZ cluster on this machine\n  murmur status                    nodes, tables, partitions\n  murmur node kill a1              see it go on without one\n');

  program
    .command('up')
    .description('Start a cluster of several processes on this machine; Ctrl-C stops it, the data stays.')
    .option('--nodes <count>', 'processes, spread over three AZs; three, or as many as the data directory holds', wholeNumber)
    .option('--port <port>', 'port of the DynamoDB API; 0 takes a free one', wholeNumber, environmentNumber('MURMUR_PORT', 8000))
    .option('--admin-port <port>', 'port of the admin API; 0 takes a free one', wholeNumber, environmentNumber('MURMUR_ADMIN_PORT', 8001))
    .option('--data <directory>', 'where the cluster keeps its data', process.env['MURMUR_DATA'] ?? DEFAULT_DATA)
    .option('--timeout <seconds>', 'how long the cluster may take to be ready', wholeNumber, 60)
    .option('--log-level <level>', 'error, warn, info or debug', 'info')
    .action(async (flags: {nodes?: number; port: number; adminPort: number; data: string; timeout: number; logLevel: string}) => {
      exitCode = await up(
        {
          nodeCount: flags.nodes, port: flags.port, adminPort: flags.adminPort, directory: flags.data, readyTimeoutMs: flags.timeout * 1000,
          serveFlags: ['--log-level', flags.logLevel],
        },
        terminal,
      );
    });

  program
    .command('serve')
    .description('Run one process of a cluster in the foreground.')
    .allowUnknownOption()
    .allowExcessArguments()
    .helpOption(false)
    .argument('[settings...]')
    .addHelpText('after', serveHelp())
    .action(async (settings: readonly string[]) => {
      if (settings.includes('--help') || settings.includes('-h')) terminal.out(`Usage: murmur serve [settings]\n\n${serveHelp()}`);
      else exitCode = await runServer(settings);
    });

  program
    .command('status')
    .description('Show nodes, tables and partitions of a cluster; exit code 5 while a partition has no leader.')
    .option('--admin <url>', 'admin API of any process', process.env['MURMUR_ADMIN'] ?? DEFAULT_ADMIN_URL)
    .addOption(new Option('-o, --output <format>', OUTPUT_FORMATS.join(', ')).default('table'))
    .option('--timeout <seconds>', 'how long to wait for an answer', wholeNumber, 5)
    .action(async (flags: {admin: string; output: string; timeout: number}) => {
      exitCode = await status(flags.admin, toOutputFormat(flags.output), flags.timeout * 1000, terminal);
    });

  const node = program.command('node').description('Add, drain, remove or replace a node; stop, kill or restart a process that `murmur up` runs here.');
  const actions: readonly [NodeAction, string][] = [
    ['stop', 'Let a process hand over its leaderships and end.'],
    ['kill', 'End a process at once (SIGKILL).'],
    ['restart', 'Start a process again, stopping it first when it runs.'],
  ];
  for (const [action, description] of actions) {
    node
      .command(action)
      .description(description)
      .argument('<node>', 'name of the node, for example a1')
      .option('--data <directory>', 'data directory of the cluster', process.env['MURMUR_DATA'] ?? DEFAULT_DATA)
      .addOption(new Option('-o, --output <format>', 'table or json').default('table'))
      .action(async (name: string, flags: {data: string; output: string}) => {
        exitCode = await actOnNode(action, name, flags.data, toOutputFormat(flags.output), terminal);
      });
  }

  addBenchCommands(program, terminal, (code) => (exitCode = code));
  addExperimentCommands(program, terminal, (code) => (exitCode = code));
  addHeatCommands(program, terminal, (code) => (exitCode = code));
  addIndexCommands(program, terminal, (code) => (exitCode = code));
  addSettingsCommands(program, terminal, (code) => (exitCode = code));
  addStreamCommands(program, terminal, (code) => (exitCode = code));
  addThrottleCommands(program, terminal, (code) => (exitCode = code));
  addTriggerCommands(program, terminal, (code) => (exitCode = code));
  addClusterCommands(program, node, process.env['MURMUR_DATA'] ?? DEFAULT_DATA, terminal, (code) => (exitCode = code));

  try {
    await program.parseAsync([...args], {from: 'user'});
    return exitCode;
  } catch (cause) {
    if (cause instanceof CommandError) {
      terminal.err(`murmur: ${cause.message}\n`);
      return cause.exitCode;
    }
    if (cause instanceof CommanderError) return cause.exitCode === 0 ? EXIT_OK : EXIT_USAGE;
    terminal.err(`murmur: ${cause instanceof Error ? cause.message : String(cause)}\n`);
    return EXIT_FAILED;
  }
}

function serveHelp(): string {
  const rows = Object.entries(serveOptions).map(([name, option]) => `  ${flagOf(name).padEnd(24)} ${option.help} [${String(option.default)}]`);
  return `Settings, by flag, MURMUR_* environment or settings file (--settings FILE):\n${rows.join('\n')}\n`;
}

function environmentNumber(name: string, otherwise: number): number {
  const text = process.env[name];
  return text === undefined ? otherwise : wholeNumber(text);
}
