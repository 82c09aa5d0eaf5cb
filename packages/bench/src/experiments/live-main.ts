import {existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {cpus} from 'node:os';
import {join, resolve} from 'node:path';
import {parseArgs} from 'node:util';
import {gitCommit} from '../git-commit.js';
import {readRecord} from '../report/read-record.js';
import {runMain} from '../run-main.js';
import {runRecordJson} from '../run-record.js';
import type {RunRecord} from '../run-record.js';
import {livePage, livePictureName, resultDocument} from './document.js';
import type {LiveResults} from './document.js';
import type {Experiment} from './experiment.js';
import {experimentPicture} from './picture.js';
import {EXPERIMENTS, experimentOf, judged} from './run-experiment.js';
import {runExperimentLocally} from './run-local.js';

const HELP = `Runs experiments on a three-AZ cluster of real processes that is started for each, and writes docs/experiments/live.json and live.md.

  npm run experiments:live -- [NAME...] [--scale 0.1] [--seed 1] [--records DIRECTORY [--judge]] [--dry]

Without names: all that can be seen from outside. --scale is the part of DynamoDB's ceilings; --records keeps each second of each run;
--judge runs nothing and judges what is kept there; --dry writes no page. Exit code 7 when a verdict failed.
`;
const DIRECTORY = 'docs/experiments';
const EXIT_CHECK_FAILED = 7;

async function main(): Promise<number> {
  const {values, positionals} = parseArgs({
    allowPositionals: true,
    options: {scale: {type: 'string', default: '0.1'}, seed: {type: 'string', default: '1'}, records: {type: 'string', default: ''}, dry: {type: 'boolean', default: false}, judge: {type: 'boolean', default: false}, help: {type: 'boolean', default: false}},
  });
  const [scale, seed] = [Number(values.scale), Number(values.seed)];
  const chosen = positionals.length === 0 ? EXPERIMENTS.filter(({isLive}) => isLive) : positionals.map(experimentOf);
  if (values.help || !(scale > 0 && scale <= 1) || !Number.isInteger(seed) || chosen.includes(undefined)) {
    (values.help ? process.stdout : process.stderr).write(HELP);
    return values.help ? 0 : 2;
  }
  let isPassed = true;
  for (const experiment of chosen) {
    if (experiment === undefined) continue;
    const command = `npm run experiments:live -- ${experiment.name} --scale ${scale} --seed ${seed}`;
    const result = values.judge
      ? judged(experiment, {seed, scale, set: []}, keptRecords(experiment, seed, scale, values.records), true)
      : await runExperimentLocally(experiment, {seed, scale, set: [], command, onPhase: (text) => void process.stderr.write(`${text}\n`)});
    isPassed &&= result.isPassed;
    process.stdout.write(`${experiment.name}: ${result.isPassed ? 'passed' : 'FAILED'}\n`);
    for (const verdict of result.verdicts) process.stdout.write(`  ${verdict.isPassed ? 'ok' : 'NO'}  ${verdict.name}: ${verdict.actual} (expected ${verdict.expected})\n`);
    for (const record of result.records) {
      if (values.records !== '' && !values.judge) {
        mkdirSync(values.records, {recursive: true});
        writeFileSync(join(values.records, `${experiment.name}-${record.name}.json`), runRecordJson(record));
      }
      if (!values.dry) writeFileSync(join(resolve(DIRECTORY), livePictureName(experiment.name, record.name)), experimentPicture(record));
    }
    if (!values.dry) write({...resultDocument(result), commit: gitCommit(), date: new Date().toISOString().slice(0, 10)});
  }
  return isPassed ? 0 : EXIT_CHECK_FAILED;
}

function keptRecords(experiment: Experiment, seed: number, scale: number, directory: string): ReadonlyMap<string, RunRecord> {
  return new Map(experiment.cases({seed, scale, isLive: true}).map(({name, workload}) => [name, readRecord(readFileSync(join(directory, `${experiment.name}-${workload.name}.json`), 'utf8'))]));
}
/** One result beside those that are there. */
function write(result: LiveResults['results'][number]): void {
  const file = join(resolve(DIRECTORY), 'live.json');
  const before = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as LiveResults).results : [];
  const placeOf = (name: string): number => EXPERIMENTS.findIndex((experiment) => experiment.name === name);
  const document: LiveResults = {
    processor: cpus()[0]?.model ?? 'unknown', cores: cpus().length,
    results: [...before.filter(({name}) => name !== result.name), result].toSorted((a, b) => placeOf(a.name) - placeOf(b.name)),
  };
  writeFileSync(file, `${JSON.stringify(document, null, 1)}\n`);
  writeFileSync(join(resolve(DIRECTORY), 'live.md'), livePage(document));
}

await runMain('experiments:live', main);
