import {Option} from 'commander';
import type {Command} from 'commander';
import {DEFAULT_ENDPOINT, callApi} from '../api-client.js';
import type {ApiReply} from '../api-client.js';
import {CommandError, EXIT_NOT_FOUND, EXIT_OK} from '../exit-codes.js';
import {StreamReader} from '../stream-reader.js';
import type {Terminal} from '../terminal.js';
import {printable} from '../terminal.js';

const PAUSE_MS = 500;

interface TailFlags {
  readonly endpoint: string;
  readonly from: string;
  readonly output: string;
  readonly count?: number;
  readonly timeout: number;
}

/** `murmur stream …`: what a developer looks at while something changes items. */
export function addStreamCommands(program: Command, terminal: Terminal, setExitCode: (code: number) => void): void {
  const stream = program.command('stream').description('Look at the stream of a table.');
  stream
    .command('tail')
    .description('Show changes of a table\'s items as they are made; Ctrl-C ends it.')
    .argument('<table>', 'a table with a stream')
    .option('--endpoint <url>', 'the DynamoDB API of the cluster', process.env['MURMUR_ENDPOINT'] ?? DEFAULT_ENDPOINT)
    .addOption(new Option('--from <place>', 'where to begin').choices(['latest', 'oldest']).default('latest'))
    .option('--count <count>', 'end after so many records', Number)
    .option('--timeout <seconds>', 'how long to wait for an answer', Number, 5)
    .addOption(new Option('-o, --output <format>', 'a line or a JSON document a record').choices(['line', 'json']).default('line'))
    .action(async (table: string, flags: TailFlags) => setExitCode(await tailStream(table, flags, terminal)));
}

async function tailStream(table: string, {endpoint, from, output, count, timeout}: TailFlags, terminal: Terminal): Promise<number> {
  const described = (await callApi(endpoint, 'DynamoDB_20120810', 'DescribeTable', {TableName: table}, timeout * 1000))['Table'] as ApiReply | undefined;
  const arn = described?.['LatestStreamArn'];
  if (typeof arn !== 'string') throw new CommandError(EXIT_NOT_FOUND, `${table} has no stream`);
  const reader = new StreamReader((operation, body) => callApi(endpoint, 'DynamoDBStreams_20120810', operation, body, timeout * 1000), arn, from === 'oldest' ? 'TRIM_HORIZON' : 'LATEST');
  for (let shown = 0; ;) {
    const records = await reader.next();
    for (const record of records) {
      if (count !== undefined && shown >= count) return EXIT_OK;
      shown += 1;
      terminal.out(`${output === 'json' ? JSON.stringify(record) : lineOf(record)}\n`);
    }
    if (count !== undefined && shown >= count) return EXIT_OK;
    if (records.length === 0) await new Promise((done) => setTimeout(done, PAUSE_MS));
  }
}

/** `2026-01-31T09:05:07Z MODIFY {"pk":{"S":"a"}} {old} -> {new}` */
export function lineOf(record: ApiReply): string {
  const change = (record['dynamodb'] ?? {}) as ApiReply;
  const at = new Date(Number(change['ApproximateCreationDateTime']) * 1000).toISOString().replace('.000', '');
  const shown = (value: unknown): string => (value === undefined ? '' : printable(JSON.stringify(value)));
  const images = [change['OldImage'], change['NewImage']].map(shown);
  const arrow = images.every((image) => image === '') ? '' : ` ${images[0] ?? ''} -> ${images[1] ?? ''}`;
  const by = record['userIdentity'] === undefined ? '' : ' (time to live)';
  return `${at} ${String(record['eventName'])}${by} ${shown(change['Keys'])}${arrow}`;
}
