// Goal: the committed page about experiments is what a run gives now. Method: the cheapest one again at DynamoDB's ceilings, byte for byte; the page from the committed results.
import {existsSync, readFileSync, statSync} from 'node:fs';
import {join} from 'node:path';
import {experimentsPage, livePage, livePictureName, pictureName, resultDocument} from './document.js';
import type {LiveResults, ResultDocument, SeedRow} from './document.js';
import {experimentPicture} from './picture.js';
import {EXPERIMENTS, experimentOf, runExperiment} from './run-experiment.js';

const DIRECTORY = join(__dirname, '..', '..', '..', '..', 'docs', 'experiments');
const PICTURE_SIZE_BYTES_MAX = 60_000;
const committed = JSON.parse(readFileSync(join(DIRECTORY, 'results.json'), 'utf8')) as {readonly results: readonly ResultDocument[]; readonly seeds: readonly SeedRow[]};

test('sharing comes out as committed, its pictures as well', () => {
  const sharing = experimentOf('sharing');
  if (sharing === undefined) throw new Error('sharing is gone');
  const result = runExperiment(sharing, {seed: 1, scale: 1, set: []});
  expect(JSON.parse(JSON.stringify(resultDocument(result)))).toEqual(committed.results.find(({name}) => name === 'sharing'));
  for (const record of result.records) expect(experimentPicture(record)).toBe(readFileSync(join(DIRECTORY, pictureName('sharing', record.name)), 'utf8'));
}, 60_000);

test('the page is made of the committed results, every experiment passed, and pictures are small', () => {
  expect(readFileSync(join(DIRECTORY, 'README.md'), 'utf8')).toBe(experimentsPage(committed.results, committed.seeds));
  expect(committed.results.map(({name, isPassed}) => [name, isPassed])).toEqual(EXPERIMENTS.map(({name}) => [name, true]));
  for (const {name, cases} of committed.results) {
    for (const each of cases) {
      const file = join(DIRECTORY, pictureName(name, each.name));
      expect(existsSync(file)).toBe(true);
      expect(statSync(file).size).toBeLessThan(PICTURE_SIZE_BYTES_MAX);
    }
  }
});

test('the page about live runs is made of the committed results, of all that can be seen from outside, and ten seeds of each experiment were run', () => {
  const live = JSON.parse(readFileSync(join(DIRECTORY, 'live.json'), 'utf8')) as LiveResults;
  expect(readFileSync(join(DIRECTORY, 'live.md'), 'utf8')).toBe(livePage(live));
  expect(live.results.map(({name, isPassed}) => [name, isPassed])).toEqual(EXPERIMENTS.filter(({isLive}) => isLive).map(({name}) => [name, true]));
  for (const {name, cases} of live.results) for (const each of cases) expect(existsSync(join(DIRECTORY, livePictureName(name, each.name)))).toBe(true);
  expect(committed.seeds.map(({name, seeds, passed}) => [name, seeds.length, passed])).toEqual(EXPERIMENTS.map(({name}) => [name, 10, 10]));
});
