// Durability rests on one system call, so the kernel is asked whether it was made: at least one fdatasync for each
// batch that was acknowledged. Run under strace where there is one; said plainly where there is not.
import {spawnSync} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {describe, expect, test} from '@jest/globals';

const APPENDS = 40;
const packages = join(__dirname, '..', '..');
const hasStrace = spawnSync('strace', ['-f', '-e', 'trace=none', process.execPath, '-e', '0']).status === 0;

/** Runs the TypeScript sources as they are, without a build: the child knows nothing of the test runner. */
const SCRIPT = `
const Module = require('node:module');
const {readFileSync} = require('node:fs');
const swc = require('@swc/core');
const [packages, directory, appends] = process.argv.slice(1);
const resolve = Module._resolveFilename;
Module._resolveFilename = function (request, parent, ...rest) {
  const own = /^@murmuration\\/([^/]+)$/.exec(request);
  if (own !== null) return packages + '/' + own[1] + '/src/index.ts';
  const isSource = parent?.filename?.endsWith('.ts') && request.startsWith('.');
  return resolve.call(this, isSource ? request.replace(/\\.js$/, '.ts') : request, parent, ...rest);
};
Module._extensions['.ts'] = (module, filename) => {
  const options = {filename, jsc: {parser: {syntax: 'typescript'}, target: 'es2022'}, module: {type: 'commonjs'}};
  module._compile(swc.transformSync(readFileSync(filename, 'utf8'), options).code, filename);
};
const {nullEvents, nullMetrics} = require('@murmuration/base');
const {openFileLog} = require('@murmuration/log-file');
(async () => {
  const clock = {monotonicMs: () => performance.now(), wallMs: () => Date.now()};
  const log = await openFileLog({directory, segmentSizeBytes: 64 * 1024, freeBytesMin: 0}, {clock, events: nullEvents, metrics: nullMetrics});
  for (let i = 1; i <= Number(appends); i += 1) {
    const write = {group: 16, descriptor: Uint8Array.of(1), entries: [{index: i, term: 1, kind: 0, data: new Uint8Array(100)}]};
    await new Promise((done, fail) => log.append([write], (error) => (error === undefined ? done() : fail(error))));
    process.stderr.write('ACKNOWLEDGED\\n');
  }
  console.log(JSON.stringify(log.counts()));
  await log.close();
})();
`;

describe('system calls of the log', () => {
  (hasStrace ? test : test.skip)('under strace, an fdatasync of a segment ends before each acknowledgement', () => {
    const directory = mkdtempSync(join(tmpdir(), 'murmuration-log-'));
    const trace = join(directory, 'trace.txt');
    const run = spawnSync(
      'strace', ['-f', '-e', 'trace=fdatasync,write', '-o', trace, process.execPath, '-e', SCRIPT, packages, join(directory, 'log'), String(APPENDS)],
      {encoding: 'utf8', cwd: packages},
    );
    expect(run.stderr.replaceAll('ACKNOWLEDGED\n', '')).toBe('');
    const counts = JSON.parse(run.stdout) as {syncs: number; appends: number};
    expect(counts.appends).toBe(APPENDS);
    let sinceLast = 0;
    let acknowledged = 0;
    let syncs = 0;
    for (const line of readFileSync(trace, 'utf8').split('\n')) {
      if (/fdatasync(\(\d+\)| resumed>\)).*= 0$/.test(line)) {
        syncs += 1;
        sinceLast += 1;
      } else if (line.includes('"ACKNOWLEDGED')) {
        expect(sinceLast).toBeGreaterThanOrEqual(1);
        sinceLast = 0;
        acknowledged += 1;
      }
    }
    expect(acknowledged).toBe(APPENDS);
    expect(counts.syncs).toBe(APPENDS);
    expect(syncs).toBeGreaterThanOrEqual(APPENDS);
    rmSync(directory, {recursive: true, force: true});
  }, 60_000);
});
