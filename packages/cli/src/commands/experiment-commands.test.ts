// Goal: murmur experiment lists, runs and judges, and its exit codes tell scripts what came of it. Method: the cheapest experiment in virtual time, files in a folder of its own.
import {mkdtempSync, readFileSync, readdirSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {runMurmur} from '../main.js';

let directory = '';
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'murmur-experiment-'));
});
afterAll(() => {
  rmSync(directory, {recursive: true});
});

async function murmur(...words: string[]): Promise<{readonly code: number; readonly out: string; readonly err: string}> {
  let [out, err] = ['', ''];
  const code = await runMurmur(words, {out: (text) => void (out += text), err: (text) => void (err += text), isColour: false});
  return {code, out, err};
}

const CHEAP = ['experiment', 'run', 'sharing', '--ceiling-scale', '0.1'];

test('the list names twelve, also as JSON', async () => {
  expect((await murmur('experiment', 'list')).out).toContain('hot-key-reads');
  const {experiments} = JSON.parse((await murmur('experiment', 'list', '-o', 'json')).out) as {experiments: readonly {readonly expectation: string}[]};
  expect(experiments).toHaveLength(12);
});

test('an experiment that passes ends with 0 and leaves its records and a page', async () => {
  const {code, out} = await murmur(...CHEAP, '--out', directory);
  expect(code).toBe(0);
  expect(out).toMatch(/passed {2}4 sharing, seed 1: 6 of 6/);
  expect(readdirSync(directory).sort()).toEqual(['sharing-seed1-sharing-adaptive.json', 'sharing-seed1-sharing-global.json', 'sharing-seed1-sharing-static.json', 'sharing-seed1.html']);
  expect(readFileSync(join(directory, 'sharing-seed1.html'), 'utf8')).toContain('Four partitions at 50, 50, 50 and 150 writes a second');
}, 60_000);

test('one that fails ends with 7, and shows what a switch changes beside the rest', async () => {
  const {code, out} = await murmur(...CHEAP, '--set', 'sharing=static', '--ab', 'sharing=adaptive', '-q');
  expect(code).toBe(7);
  expect(out).toContain('FAILED  4 sharing');
  expect(out).toContain('WITH sharing=adaptive');
}, 60_000);

test.each([
  [['run', 'cold-key'], 3, 'there is no experiment cold-key'],
  [['run', 'sharing', '--set', 'speed=9'], 2, 'speed'],
  [['run', 'sharing', '--ceiling-scale', '2'], 2, 'at most 1'],
  [['run', 'sharing', '--virtual', '--endpoint', 'http://localhost:1'], 2, 'exclude each other'],
  [['run', 'sharing', '--endpoint', 'http://localhost:1', '--set', 'burst=off'], 2, 'a cluster has its own settings'],
  [['run', 'zipf', '--endpoint', 'http://localhost:1'], 2, 'runs in virtual time only'],
])('%j ends with %i', async (words, expected, text) => {
  const {code, err} = await murmur('experiment', ...words);
  expect(code).toBe(expected);
  expect(err).toContain(text);
});
