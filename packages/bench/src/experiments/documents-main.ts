import {existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {experimentsPage, pictureName, resultDocument} from './document.js';
import type {ResultDocument, SeedRow} from './document.js';
import {experimentPicture} from './picture.js';
import {EXPERIMENTS, runExperiment} from './run-experiment.js';

/**
 * Makes docs/experiments again: all experiments at DynamoDB's ceilings with seed 1, and ten seeds at a tenth.
 * `npm run experiments [NAME...]`: only those named, the rest as it was; `--page`: nothing is run, the page is written;
 * `--seeds` and `--no-seeds`: only one of both.
 */
const SEED = 1;
const OTHER_SCALE = 0.1;
const OTHER_SEEDS = Array.from({length: 10}, (_none, i) => i + 1);

interface Results {
  readonly results: readonly ResultDocument[];
  readonly seeds: readonly SeedRow[];
}

function main(words: readonly string[]): boolean {
  const directory = resolve('docs/experiments');
  mkdirSync(directory, {recursive: true});
  const file = join(directory, 'results.json');
  const read = (): Results => (existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Results) : {results: [], seeds: []});
  // Read again before each change: two of these may run side by side.
  const write = (result: ResultDocument | undefined, row: SeedRow | undefined): void => {
    const before = read();
    const results = [...before.results.filter(({name}) => name !== result?.name), ...(result === undefined ? [] : [result])];
    const seeds = [...before.seeds.filter(({name}) => name !== row?.name), ...(row === undefined ? [] : [row])];
    const document: Results = {results: results.toSorted(byNumber), seeds: seeds.toSorted(byNumber)};
    writeFileSync(file, `${JSON.stringify(document, null, 1)}\n`);
    writeFileSync(join(directory, 'README.md'), experimentsPage(document.results, document.seeds));
  };
  const names = words.filter((word) => !word.startsWith('--'));
  const chosen = words.includes('--page') ? [] : EXPERIMENTS.filter(({name}) => names.length === 0 || names.includes(name));
  for (const experiment of chosen) {
    const {name} = experiment;
    if (!words.includes('--seeds')) {
      const result = runExperiment(experiment, {seed: SEED, scale: 1, set: []});
      for (const record of result.records) writeFileSync(join(directory, pictureName(name, record.name)), experimentPicture(record));
      process.stdout.write(`${name}: ${result.isPassed ? 'passed' : 'FAILED'}\n`);
      write(resultDocument(result), undefined);
    }
    if (words.includes('--no-seeds')) continue;
    const passed = OTHER_SEEDS.filter((seed) => runExperiment(experiment, {seed, scale: OTHER_SCALE, set: []}).isPassed).length;
    process.stdout.write(`${name}: ${passed} of ${OTHER_SEEDS.length} seeds at ${OTHER_SCALE}\n`);
    write(undefined, {name, scale: OTHER_SCALE, seeds: OTHER_SEEDS, passed});
  }
  write(undefined, undefined);
  const {results, seeds} = read();
  return results.every(({isPassed}) => isPassed) && seeds.every((row) => row.passed === row.seeds.length);
}
function byNumber(a: {readonly name: string}, b: {readonly name: string}): number {
  return placeOf(a.name) - placeOf(b.name);
}
function placeOf(name: string): number {
  return EXPERIMENTS.findIndex((experiment) => experiment.name === name);
}

process.exitCode = main(process.argv.slice(2)) ? 0 : 1;
