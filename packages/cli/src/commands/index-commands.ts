import {Option} from 'commander';
import type {Command} from 'commander';
import type {StatusDocument} from '@murmuration/server';
import {DEFAULT_ADMIN_URL, fetchStatus} from '../admin-client.js';
import {CommandError, EXIT_OK, EXIT_USAGE} from '../exit-codes.js';
import {printable} from '../terminal.js';
import type {Terminal} from '../terminal.js';
import {wholeNumber} from './cluster-commands.js';
import {newTable} from './status.js';

/** `murmur index`: what global secondary indexes are doing. @param ended told the exit code */
export function addIndexCommands(program: Command, terminal: Terminal, ended: (exitCode: number) => void): void {
  program
    .command('index')
    .description('Look at global secondary indexes.')
    .command('status')
    .description('Show state, progress of filling and lag of each global index.')
    .argument('[table]', 'only the indexes of this table')
    .option('--admin <url>', 'admin API of any process', process.env['MURMUR_ADMIN'] ?? DEFAULT_ADMIN_URL)
    .addOption(new Option('-o, --output <format>', 'table or json').default('table'))
    .option('--timeout <seconds>', 'how long to wait for an answer', wholeNumber, 5)
    .action(async (table: string | undefined, flags: {admin: string; output: string; timeout: number}) => {
      if (flags.output !== 'table' && flags.output !== 'json') throw new CommandError(EXIT_USAGE, '-o must be table or json here');
      terminal.out(renderIndexes(await fetchStatus(flags.admin, flags.timeout * 1000), table, flags.output));
      ended(EXIT_OK);
    });
}

/** @param only a table's name; undefined shows all */
export function renderIndexes(status: StatusDocument, only: string | undefined, format: 'table' | 'json'): string {
  const indexes = status.indexes.filter(({table}) => only === undefined || table === only);
  if (format === 'json') return `${JSON.stringify({apiVersion: status.apiVersion, indexes}, null, 2)}\n`;
  if (indexes.length === 0) return 'no global index\n';
  const rows = newTable(['TABLE', 'INDEX', 'STATUS', 'FILLED', 'PARTITIONS', 'ITEMS', 'BYTES', 'WAITING', 'LAG']);
  for (const index of indexes) {
    rows.push([
      printable(index.table), printable(index.name), index.status, `${index.filledPercent} %`, String(index.partitionCount), String(index.itemCount), String(index.sizeBytes),
      String(index.outboxRowCount), `${(index.lagMs / 1000).toFixed(1)} s`,
    ]);
  }
  return `${rows.toString()}\n`;
}
