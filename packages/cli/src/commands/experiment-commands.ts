import {Option} from 'commander';
import type {Command} from 'commander';
import {DEFAULT_ADMIN_URL} from '../admin-client.js';
import {EXIT_OK} from '../exit-codes.js';
import type {Terminal} from '../terminal.js';
import {loadBench} from './bench-files.js';
import {positiveNumber} from './bench-commands.js';
import {wholeNumber} from './cluster-commands.js';
import {experimentRun} from './experiment-run.js';
import type {ExperimentFlags} from './experiment-run.js';
import {newTable} from './status.js';

/** `murmur experiment`: what DynamoDB is documented to do, and whether it is done here. @param ended told the exit code */
export function addExperimentCommands(program: Command, terminal: Terminal, ended: (exitCode: number) => void): void {
  const experiment = program.command('experiment').description('Hot keys, bursts, splits and lost zones: loads with an expectation and a verdict.');
  experiment
    .command('list')
    .description('Show the experiments and what is expected of each.')
    .addOption(new Option('-o, --output <format>', 'table or json').choices(['table', 'json']).default('table'))
    .action(async (flags: {output: string}) => {
      const {EXPERIMENTS} = await loadBench();
      if (flags.output === 'json') {
        const experiments = EXPERIMENTS.map(({number, name, title, expectation, remarks, isLive}) => ({number, name, title, expectation, remarks, isLive}));
        terminal.out(`${JSON.stringify({apiVersion: 'murmuration/v1', experiments}, null, 2)}\n`);
      } else {
        const rows = newTable(['NUMBER', 'NAME', 'WHAT', 'LIVE']);
        for (const {number, name, title, isLive} of EXPERIMENTS) rows.push([String(number), name, title, isLive ? 'yes' : 'no']);
        terminal.out(`${rows.toString()}\n`);
      }
      ended(EXIT_OK);
    });
  experiment
    .command('run')
    .description('Run experiments in virtual time, or against an endpoint; exit code 7 when a verdict fails.')
    .argument('<names...>', 'names or numbers, or all')
    .option('--virtual', 'in virtual time: so it is without --endpoint')
    .option('--endpoint <url>', 'run against this endpoint of the DynamoDB API; the cluster keeps its own settings')
    .option('--admin <url>', 'admin API of any process, for splits and heat of a run against an endpoint', process.env['MURMUR_ADMIN'] ?? DEFAULT_ADMIN_URL)
    .option('--seed <number>', 'seed of keys, arrivals and places', wholeNumber, 1)
    .option('--seeds <count>', 'so many seeds, one after the other, from --seed on', wholeNumber, 1)
    .option('--set <name=value>', 'a setting, such as burst=off, sharing=static or splitForHeat=off; may be given again', gather, [])
    .option('--ab <name=value>', 'run a second time with this setting too, and show both; only the first counts for the exit code')
    .option('--ceiling-scale <factor>', 'ceilings, rates and starts are so much of DynamoDB\'s, above 0 and at most 1', positiveNumber, 1)
    .option('--out <directory>', 'write records as JSON and reports as HTML there')
    .option('-q, --quiet', 'only verdicts that failed')
    .action(async (names: readonly string[], flags: ExperimentFlags) => {
      ended(await experimentRun(names, flags, terminal));
    });
}

function gather(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}
