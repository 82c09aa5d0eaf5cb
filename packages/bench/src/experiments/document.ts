import {crc32c} from '@murmuration/base';
import {runRecordJson, sorted} from '../run-record.js';
import type {RunRecord, Verdict} from '../run-record.js';
import {EXPERIMENTS} from './run-experiment.js';
import type {ExperimentResult} from './run-experiment.js';

/** What is kept of a run in the repository: enough to see that it comes out the same again. */
export interface CaseResult {
  readonly name: string;
  readonly offered: number;
  readonly accepted: number;
  readonly throttled: Readonly<Record<string, number>>;
  readonly errors: number;
  readonly measures: Readonly<Record<string, number>>;
  /** CRC-32C of the whole record's JSON. */
  readonly checksum: string;
}
export interface ResultDocument {
  readonly name: string;
  readonly seed: number;
  readonly scale: number;
  readonly command: string;
  readonly isPassed: boolean;
  readonly verdicts: readonly Verdict[];
  readonly cases: readonly CaseResult[];
}

export function resultDocument({experiment, options, records, verdicts, isPassed}: ExperimentResult): ResultDocument {
  return {
    name: experiment.name, seed: options.seed, scale: options.scale, command: records[0]?.command ?? '', isPassed, verdicts,
    cases: records.map((record): CaseResult => ({
      name: record.name, offered: record.summary.offered, accepted: record.summary.accepted, throttled: record.summary.throttled, errors: record.summary.errors, measures: sorted(record.measures),
      checksum: checksumOf(record),
    })),
  };
}
function checksumOf(record: RunRecord): string {
  return crc32c(new TextEncoder().encode(runRecordJson(record))).toString(16).padStart(8, '0');
}

/** Name of a case's picture. */
export function pictureName(experiment: string, record: string): string {
  return record === experiment || record.startsWith(`${experiment}-`) ? `${record}.svg` : `${experiment}-${record}.svg`;
}

/** Runs of other seeds, for the table of how often each passed. */
export interface SeedRow {
  readonly name: string;
  readonly scale: number;
  readonly seeds: readonly number[];
  readonly passed: number;
}

const HEAD = `# The twelve experiments
What DynamoDB is documented to do with hot keys, bursts, skew, growth and lost zones, asked of Murmuration's own decisions about capacity.
This page, its pictures and \`results.json\` are written by \`npm run experiments\`; equal code gives equal bytes.

Each experiment is a load, an expectation with a tolerance, and verdicts. \`murmur experiment run NAME\` runs one in virtual time and ends with exit code 7 when a verdict fails;
\`--set burst=off\`, \`--set sharing=static\`, \`--set splitForHeat=off\` and the other settings change one thing, \`--ab splitForHeat=off\` runs it with and without; \`--ceiling-scale 0.1\` makes ceilings, rates and
starts a tenth. What virtual time shows and what it does not is in [decision 0017](../decisions/0017-experiments-run-in-virtual-time.md).
Five of them, and a split under checked clients, ran on [a live cluster](live.md) too.
`;

/** What live results were measured on. */
export interface LiveResults {
  readonly processor: string;
  readonly cores: number;
  readonly results: readonly (ResultDocument & {readonly commit: string; readonly date: string})[];
}
const LIVE_HEAD = `# Experiments on a live cluster
Experiments that can be seen from outside, on three processes of this repository in three AZs on one machine, with every write synced on two disks before it is
acknowledged. Loads, expectations and verdicts are those of [virtual time](README.md) at the scale that each command names: two cores make the load and serve it.
Steps are shorter, and \`splitSustainSeconds\` with them. This page, its pictures and \`live.json\` are written by \`npm run experiments:live\`.

The processes ran with real-time priority (\`chrt -r 10\`), as other programs used both cores at the same time; without it a busy machine fails the verdicts
about exact rates.

What is different live: a table is idle from its making on, so served burst is right to two seconds of the rate, and a change of leader may cost up to a tenth of it (verdicts name the changes); a cut copies nothing and has five seconds instead of
a modelled copy; faults are real: the processes of an AZ are ended by SIGKILL and started again on their data, a slow node is a process that is stopped seven parts
of eight of the time. While an AZ is lost the load goes in by the router of another AZ, as behind a balancer that knows what is down; what fails is what the cluster
could not serve.

A split for heat under 24 clients of the AWS SDK whose history is judged (linearizability, acknowledged writes, failures after the SDK's retries) is
\`npm run experiments:live-split\`; its result is [live-split.json](live-split.json).
`;
/** The page about live runs. */
export function livePage({processor, cores, results}: LiveResults): string {
  const sections = EXPERIMENTS.flatMap(({number, name, title}) => {
    const result = results.find((each) => each.name === name);
    if (result === undefined) return [];
    const rows = result.verdicts.map((verdict) => `| ${verdict.isPassed ? 'yes' : '**no**'} | ${cell(verdict.name)} | ${cell(verdict.expected)} | ${cell(verdict.actual)} |`);
    const offered = result.cases.reduce((sum, each) => sum + each.offered, 0);
    return [[
      `## ${number}. ${title}`, `${verdictWord(result)}; ${grouped(offered)} requests at ${result.scale} of DynamoDB's ceilings; ${result.date}, commit ${result.commit}.`, `\`\`\`\n${result.command}\n\`\`\``,
      ['| passed | what | expected | came out |', '| --- | --- | --- | --- |', ...rows].join('\n'),
      result.cases.map((each) => `![${each.name}](${livePictureName(name, each.name)})`).join('\n'),
    ].join('\n\n')];
  });
  return `${LIVE_HEAD}\nMeasured on ${processor}, ${cores} cores.\n\n${sections.join('\n\n')}\n`;
}
export function livePictureName(experiment: string, record: string): string {
  return `live-${pictureName(experiment, record)}`;
}

/** The page about all experiments. */
export function experimentsPage(results: readonly ResultDocument[], seeds: readonly SeedRow[]): string {
  const byName = new Map(results.map((result) => [result.name, result]));
  const overview = EXPERIMENTS.map(({number, name, title}) => {
    const result = byName.get(name);
    const others = seeds.filter((row) => row.name === name).map((row) => `${row.passed} of ${row.seeds.length} at ${row.scale}`).join(', ');
    const offered = result?.cases.reduce((sum, each) => sum + each.offered, 0) ?? 0;
    return `| ${number} | [${title}](#${anchor(number, title)}) | ${verdictWord(result)} | ${grouped(offered)} | ${others === '' ? '–' : others} |`;
  });
  const sections = EXPERIMENTS.map(({number, name, title, expectation, remarks, isLive}) => {
    const result = byName.get(name);
    const rows = result?.verdicts.map((verdict) => `| ${verdict.isPassed ? 'yes' : '**no**'} | ${cell(verdict.name)} | ${cell(verdict.expected)} | ${cell(verdict.actual)} |`) ?? [];
    const pictures = result?.cases.map((each) => `![${each.name}](${pictureName(name, each.name)})`) ?? [];
    return [
      `## ${number}. ${title}`, `**Expected.** ${expectation}`, ...(remarks === '' ? [] : [`**Here.** ${remarks}`]),
      `\`\`\`\n${result?.command ?? `murmur experiment run ${name}`}\n\`\`\``, ...(isLive ? ['Runs against an endpoint too (`--endpoint URL`), with short steps; [results on a live cluster](live.md).'] : []),
      ['| passed | what | expected | came out |', '| --- | --- | --- | --- |', ...rows].join('\n'), pictures.join('\n'),
    ].join('\n\n');
  });
  return `${HEAD}
| | experiment | at DynamoDB's ceilings | requests | other seeds, by scale |
| --- | --- | --- | --- | --- |
${overview.join('\n')}

${sections.join('\n\n')}
`;
}

function verdictWord(result: ResultDocument | undefined): string {
  if (result === undefined) return '–';
  const passed = result.verdicts.filter(({isPassed}) => isPassed).length;
  return `${result.isPassed ? 'passed' : '**failed**'}, ${passed} of ${result.verdicts.length}`;
}
function anchor(number: number, title: string): string {
  return `${number}-${title.toLowerCase().replace(/[^a-z0-9 -]/g, '').replaceAll(' ', '-')}`;
}
function grouped(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}
function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
