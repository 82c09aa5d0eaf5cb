// The pages of docs/ that are made from the code: settings, commands, metrics. Used by generated-docs.test.ts only.
import {readFileSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import {runMurmur} from '@murmuration/cli';
import {environmentNameOf, flagOf, serveOptions} from '@murmuration/server';
import type {OptionSpecification} from '@murmuration/server';

const NOTE = 'This page is made from the code by `node scripts/generate-docs.mjs`; a test compares it. Change the code, not the page.';
const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;');

export function configurationPage(): string {
  const rows = Object.entries(serveOptions as Readonly<Record<string, OptionSpecification>>).map(([name, option]) =>
    `| \`${flagOf(name)}\` | \`${environmentNameOf(name)}\` | \`${name}\` | ${allowed(option)} | ${defaultOf(option)} | ${option.scope} | ${cell(option.help)} |`);
  return [
    '# Configuration', '', NOTE, '',
    'Settings of `murmur serve`, one process of a cluster. A flag wins over the environment, the environment over the settings file, the file over the default. The settings',
    'file is JSON with the names of the third column; `--settings FILE` or `MURMUR_SETTINGS` names it. An unknown flag or name is an error.', '',
    'Scope `cluster`: the value must be the same in every process. A fingerprint of these settings is compared when processes connect, and one with other settings is refused.', '',
    '| flag | environment | file | value | default | scope | what |', '| --- | --- | --- | --- | --- | --- | --- |', ...rows, '',
  ].join('\n');
}

function allowed(option: OptionSpecification): string {
  switch (option.type) {
    case 'integer': return `${option.min} to ${option.max}`;
    case 'choice': return option.choices.map((choice) => `\`${choice}\``).join(', ');
    case 'list': return 'list, with commas';
    case 'text': return option.pattern === undefined ? 'text' : `\`${cell(option.pattern.source)}\``;
  }
}
function defaultOf(option: OptionSpecification): string {
  const text = String(option.default);
  return text === '' ? 'empty' : `\`${text}\``;
}

const COMMANDS: readonly (readonly string[])[] = [[], ['up'], ['serve'], ['status'], ['node'], ['node', 'stop'], ['node', 'kill'], ['node', 'restart'],
  ['bench'], ['bench', 'init'], ['bench', 'run'], ['bench', 'report'], ['bench', 'compare'], ['plan']];

/** The help texts, which commander makes from the definitions of the commands. */
export async function cliPage(): Promise<string> {
  const parts = ['# Command line', '', NOTE, '', 'Data goes to standard output, everything else to standard error. Exit codes are in [operations](operations.md#exit-codes).', ''];
  for (const words of COMMANDS) {
    let text = '';
    const out = (more: string): void => void (text += more);
    await runMurmur([...words, '--help'], {out, err: out, isColour: false});
    // Every help begins with the same examples; once is enough.
    const help = words.length === 0 ? text : text.slice(Math.max(0, text.indexOf('Usage:')));
    parts.push(`## ${['murmur', ...words].join(' ')}`, '', '```', help.trim(), '```', '');
  }
  return parts.join('\n');
}

interface Metric {
  readonly name: string;
  readonly type: string;
  readonly labels: string;
  readonly help: string;
  readonly from: string;
}

/** What CloudWatch's DynamoDB namespace calls the same or nearly the same thing. */
const CLOUDWATCH: Readonly<Record<string, string>> = {
  request_duration_seconds: 'SuccessfulRequestLatency (here all requests)',
  consumed_read_units_total: 'ConsumedReadCapacityUnits',
  consumed_write_units_total: 'ConsumedWriteCapacityUnits',
  throttled_requests_total: 'ReadThrottleEvents, WriteThrottleEvents, and their KeyRange-, ProvisionedThroughput-, AccountLimit- and MaxOnDemandThroughputThrottleEvents (by `reason`)',
  returned_items_total: 'ReturnedItemCount',
  errors_total: 'UserErrors, SystemErrors, ConditionalCheckFailedRequests (by `type`)',
};

export function metricsPage(root: string): string {
  const byName = new Map<string, Metric>();
  const folder = join(root, 'packages');
  for (const name of readdirSync(folder).sort()) {
    for (const file of sourcesIn(join(folder, name, 'src'))) {
      for (const match of readFileSync(file, 'utf8').matchAll(/\.(counter|gauge|histogram)(?:Family)?\(\{([^}]*)\}/g)) {
        const [, type = '', body = ''] = match;
        const metric = /\bname: '([a-z_]+)'/.exec(body)?.[1];
        if (metric === undefined) continue;
        const known = byName.get(metric);
        if (known !== undefined) {
          if (!known.from.split(', ').includes(name)) byName.set(metric, {...known, from: `${known.from}, ${name}`});
          continue;
        }
        const help = /\bhelp: '([^']*)'/.exec(body)?.[1] ?? '';
        const labels = [...(/\blabels: \[([^\]]*)\]/.exec(body)?.[1] ?? '').matchAll(/'([a-z_]+)'/g)].map((label) => `\`${label[1] ?? ''}\``).join(', ');
        byName.set(metric, {name: metric, type, labels, help, from: name});
      }
    }
  }
  const rows = [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1)).map((metric) =>
    `| \`murmuration_${metric.name}\` | ${metric.type} | ${metric.labels} | ${cell(metric.help.replace(/\.$/, ''))} | ${metric.from} | ${CLOUDWATCH[metric.name] ?? ''} |`);
  return [
    '# Metrics', '', NOTE, '',
    'Every process shows its metrics in the Prometheus text format at `/metrics` of its admin port. Each series also has the labels `node` and `az`. The default metrics of a Node process',
    '(`process_*`, `nodejs_*`) come with them, without our prefix. A family holds a bounded number of label sets; what is beyond is counted under `other`. Keys and item values are never labels.', '',
    '| metric | type | labels | what | package | CloudWatch |', '| --- | --- | --- | --- | --- | --- |', ...rows, '',
  ].join('\n');
}

function sourcesIn(folder: string): string[] {
  const files: string[] = [];
  for (const entry of readdirSync(folder, {withFileTypes: true}).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.isDirectory()) files.push(...(entry.name === 'testing' ? [] : sourcesIn(join(folder, entry.name))));
    else if (entry.name.endsWith('.ts') && !/\.(test|contract|bench)\.ts$/.test(entry.name)) files.push(join(folder, entry.name));
  }
  return files;
}
