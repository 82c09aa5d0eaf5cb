// Goal: murmur bench does what its help says, and its exit codes tell scripts what came of it. Method: virtual time, files in a folder of its own.
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {runMurmur} from '../main.js';

let directory: string;
beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'murmur-bench-'))));
afterEach(() => rmSync(directory, {recursive: true, force: true}));

async function murmur(...args: string[]): Promise<{code: number; out: string; err: string}> {
  let out = '';
  let err = '';
  const code = await runMurmur(args, {out: (text) => void (out += text), err: (text) => void (err += text), isColour: false});
  return {code, out, err};
}
const file = (name: string): string => join(directory, name);

test('init lists presets, and writes one that run takes', async () => {
  expect((await murmur('bench', 'init')).out).toContain('hot-key');
  expect((await murmur('bench', 'init', 'hot-key', '--seconds', '8', '--out', file('w.json'))).code).toBe(0);
  const {code, out} = await murmur('bench', 'run', '--workload', file('w.json'), '--virtual', '--json', file('r.json'), '--csv', file('r.csv'), '--report', file('r.html'));
  expect(code).toBe(0);
  expect(out).toContain('accepted');
  expect(readFileSync(file('r.csv'), 'utf8').split('\n')).toHaveLength(10);
  expect(readFileSync(file('r.html'), 'utf8')).toContain('<svg');
  expect(JSON.parse(readFileSync(file('r.json'), 'utf8'))).toMatchObject({format: 1, name: 'hot-key'});
});

test('the same seed gives the same bytes', async () => {
  for (const name of ['a.json', 'b.json']) await murmur('bench', 'run', '--workload', 'zipf', '--seconds', '5', '--virtual', '--json', file(name));
  expect(readFileSync(file('a.json'), 'utf8')).toBe(readFileSync(file('b.json'), 'utf8'));
});

test('an assertion that fails is exit code 7, one that cannot be read 2, before anything is run', async () => {
  const run = ['bench', 'run', '--workload', 'uniform', '--seconds', '3', '--virtual', '--assert'];
  expect((await murmur(...run, 'errors=0,rate>1')).code).toBe(0);
  const failed = await murmur(...run, 'rate>1000000');
  expect(failed.code).toBe(7);
  expect(failed.out).toContain('FAIL');
  expect((await murmur(...run, 'speed>1')).code).toBe(2);
});

test('records are compared and laid over each other', async () => {
  for (const [name, scale] of [['a.json', '1'], ['b.json', '2']] as const) await murmur('bench', 'run', '--workload', 'uniform', '--seconds', '30', '--virtual', '--rate-scale', scale, '--json', file(name));
  const compared = await murmur('bench', 'compare', file('a.json'), file('b.json'));
  expect(compared.out).toMatch(/accepted\/s .*higher \(\+\d/);
  expect((await murmur('bench', 'report', file('a.json'), file('b.json'), '--out', file('ab.html'))).code).toBe(0);
  expect(readFileSync(file('ab.html'), 'utf8')).toContain('2 runs compared');
});

test.each([
  [['--workload', 'cold-key', '--virtual'], 2, 'there is no preset cold-key'],
  [['--workload', 'uniform', '--virtual', '--set', 'speed=9'], 2, 'speed'],
  [['--workload', 'uniform', '--endpoint', 'http://127.0.0.1:1', '--admin', 'none'], 5, 'no answer'],
  [['--workload', 'uniform', '--set', 'burst=off'], 2, '--set is for --virtual'],
  [['--workload', 'uniform', '--trace', 'x'], 2, 'NAME=FILE'],
])('bench run %j ends with %i', async (args, code, message) => {
  const result = await murmur('bench', 'run', ...args);
  expect(result).toMatchObject({code});
  expect(result.err).toContain(message);
});
test('a file that is no record is told as such', async () => {
  writeFileSync(file('x.json'), '{}');
  expect(await murmur('bench', 'report', file('x.json'), '--out', file('x.html'))).toMatchObject({code: 2});
  expect(await murmur('bench', 'report', file('none.json'), '--out', file('x.html'))).toMatchObject({code: 3});
});

describe('plan', () => {
  const trace = (): string => {
    writeFileSync(file('t.csv'), `time,op,key,size\n${Array.from({length: 600}, (_, i) => `${i / 5},${i % 2 === 0 ? 'put' : 'get'},k${i % 40},900`).join('\n')}\n`);
    return file('t.csv');
  };
  test('tells throttles, use and the bill of each way to set the table, at the prices that were given', async () => {
    const {code, out} = await murmur('plan', '--trace', trace(), '--prices', join(__dirname, '../../../../docs/plan-prices.example.json'), '--read-units', '1', '--write-units', '1');
    expect(code).toBe(0);
    for (const part of ['provisioned as given', 'auto-scaled to 70 %', 'on-demand', 'EXAMPLE A MONTH', "not anybody's prices"]) expect(out).toContain(part);
    expect((await murmur('plan', '--trace', trace())).out).toContain('No bill without --prices');
  });
  test.each([[['--target', '10'], 2], [['--read-units', '5'], 2], [['--prices', '/none.json'], 3]])('%j ends with %i', async (args, code) => {
    expect((await murmur('plan', '--trace', trace(), ...args)).code).toBe(code);
  });
});
