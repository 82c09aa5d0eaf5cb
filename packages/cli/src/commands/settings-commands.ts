import {Option} from 'commander';
import type {Command} from 'commander';
import {CAPACITY_SETTING_NAMES, isCapacitySettingName, parseCapacitySetting} from '@murmuration/model';
import type {ShownSettings} from '@murmuration/server';
import {DEFAULT_ADMIN_URL, changeSettings, fetchSettings} from '../admin-client.js';
import {CommandError, EXIT_OK, EXIT_USAGE} from '../exit-codes.js';
import type {Terminal} from '../terminal.js';
import {printable} from '../terminal.js';
import {wholeNumber} from './cluster-commands.js';
import {newTable} from './status.js';

interface SettingsFlags {
  readonly admin: string;
  readonly table?: string;
  readonly timeout: number;
  readonly output: string;
}

/** `murmur settings …`: settings of throughput, changed on all processes while they run. */
export function addSettingsCommands(program: Command, terminal: Terminal, setExitCode: (code: number) => void): void {
  const settings = program.command('settings').description(`Show or change settings of throughput on all processes at once: ${CAPACITY_SETTING_NAMES.join(', ')}.`);
  const show = (shown: ShownSettings, output: string): void => {
    terminal.out(renderSettings(shown, output));
    setExitCode(EXIT_OK);
  };
  common(settings.command('get').description('Show settings, and where each comes from.').argument('[name]', 'one of them')).action(async (name: string | undefined, flags: SettingsFlags) => {
    if (name !== undefined) checkName(name);
    const shown = await fetchSettings(flags.admin, flags.table, flags.timeout * 1000);
    show(name === undefined ? shown : {...shown, settings: shown.settings.filter((each) => each.name === name)}, flags.output);
  });
  common(settings.command('set').description('Change settings. They take effect in a moment, without a restart.').argument('<name=value...>', 'for example sharing=static')).action(async (pairs: readonly string[], flags: SettingsFlags) => {
    show(await changeSettings(flags.admin, {...tableOf(flags), set: parsePairs(pairs)}, flags.timeout * 1000), flags.output);
  });
  common(settings.command('reset').description('Take changes back: of a table to what the cluster has, of the cluster to what its processes were started with.').argument('[name...]', 'those to take back; without a name all')).action(async (names: readonly string[], flags: SettingsFlags) => {
    for (const name of names) checkName(name);
    show(await changeSettings(flags.admin, {...tableOf(flags), reset: names.length === 0 ? CAPACITY_SETTING_NAMES : names}, flags.timeout * 1000), flags.output);
  });
}

function common(command: Command): Command {
  return command
    .option('--table <name>', 'of this table alone')
    .option('--admin <url>', 'admin API of any process', process.env['MURMUR_ADMIN'] ?? DEFAULT_ADMIN_URL)
    .option('--timeout <seconds>', 'how long to wait for an answer', wholeNumber, 10)
    .addOption(new Option('-o, --output <format>', 'table or json').choices(['table', 'json']).default('table'));
}
function tableOf({table}: SettingsFlags): {readonly table?: string} {
  return table === undefined ? {} : {table};
}
function checkName(name: string): void {
  if (!isCapacitySettingName(name)) throw new CommandError(EXIT_USAGE, `there is no setting ${name}; there are ${CAPACITY_SETTING_NAMES.join(', ')}`);
}

/** `name=value` texts as the admin API takes them. @throws CommandError naming what is wrong */
export function parsePairs(pairs: readonly string[]): Readonly<Record<string, string | number>> {
  const set: Record<string, string | number> = {};
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    if (at < 1) throw new CommandError(EXIT_USAGE, `"${pair}" is not of the form name=value`);
    const parsed = parseCapacitySetting(pair.slice(0, at), pair.slice(at + 1));
    if ('fault' in parsed) throw new CommandError(EXIT_USAGE, parsed.fault);
    set[pair.slice(0, at)] = parsed.value;
  }
  return set;
}

export function renderSettings(shown: ShownSettings, output: string): string {
  if (output === 'json') return `${JSON.stringify(shown, undefined, 2)}\n`;
  const table = newTable(['SETTING', 'VALUE', 'FROM']);
  for (const {name, value, source} of shown.settings) table.push([name, String(value), source]);
  const others = shown.tables ?? [];
  return `${table.toString()}\n${others.length === 0 ? '' : `tables with settings of their own: ${others.map(printable).join(', ')}\n`}`;
}
