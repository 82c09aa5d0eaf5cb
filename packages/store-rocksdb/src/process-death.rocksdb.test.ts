import {spawnSync} from 'node:child_process';
import {existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {transformSync} from '@swc/core';
import {nullEvents, nullMetrics, utf8Encode} from '@murmuration/base';
import {openRocksDbStore} from './rocksdb-store.js';

/**
 * What a process that dies leaves behind, and which system calls make a flush durable. The dying process is a
 * real one; it runs these sources, stripped of their types into a directory of its own.
 */
const BATCH_COUNT = 2_000;
const CHILD = `
import {writeFileSync} from 'node:fs';
import {nullEvents, nullMetrics, utf8Encode, WriteBatch} from '@murmuration/base';
import {openRocksDbStore} from './rocksdb-store.js';
const [directory, count, mode] = process.argv.slice(2);
const store = await openRocksDbStore({directory}, {events: nullEvents, metrics: nullMetrics});
for (let i = 0; i < Number(count); i += 1) {
  const batch = new WriteBatch();
  batch.put(utf8Encode('k' + i), utf8Encode('v' + i));
  await store.write(batch);
}
if (mode === 'flush') {
  writeFileSync(directory + '-flush-begins', '');
  await store.flush();
  writeFileSync(directory + '-flush-ends', '');
}
process.kill(process.pid, 'SIGKILL');
`;
const sourceDirectory = join(dirname(expect.getState().testPath ?? ''), '..', '..');
const canTrace = spawnSync('strace', ['-f', '-o', '/dev/null', 'true']).status === 0;

describe('a process that is killed', () => {
  let work: string;
  beforeAll(() => {
    work = mkdtempSync(join(tmpdir(), 'store-death-'));
    strip(join(sourceDirectory, 'store-rocksdb', 'src'), join(work, 'store'));
    const base = join(work, 'node_modules', '@murmuration', 'base');
    strip(join(sourceDirectory, 'base', 'src'), base);
    writeFileSync(join(base, 'package.json'), JSON.stringify({type: 'module', exports: './index.js'}));
    writeFileSync(join(work, 'package.json'), JSON.stringify({type: 'module'}));
    writeFileSync(join(work, 'store', 'child.js'), CHILD);
    symlinkSync(nativePackage(), join(work, 'node_modules', 'rocksdb-native'));
  });
  afterAll(() => rmSync(work, {recursive: true, force: true}));

  test(`loses none of ${BATCH_COUNT} batches that were written and never flushed`, async () => {
    const directory = join(work, 'unflushed');
    const ended = spawnSync(process.execPath, [join(work, 'store', 'child.js'), directory, String(BATCH_COUNT), 'write'], {encoding: 'utf8', timeout: 15_000});
    expect({signal: ended.signal, stderr: ended.stderr}).toEqual({signal: 'SIGKILL', stderr: ''});
    const store = await openRocksDbStore({directory}, {events: nullEvents, metrics: nullMetrics});
    const values = await store.getMany(Array.from({length: BATCH_COUNT}, (_, i) => utf8Encode(`k${i}`)));
    await store.close();
    expect(values.filter((value) => value === undefined).length).toBe(0);
  });

  (canTrace ? test : test.skip)('has synced the new table file and the manifest before a flush ends (needs strace)', () => {
    const directory = join(work, 'flushed');
    const trace = join(work, 'trace');
    spawnSync(
      'strace',
      ['-f', '-y', '-e', 'trace=openat,fsync,fdatasync', '-o', trace, process.execPath, join(work, 'store', 'child.js'), directory, '50', 'flush'],
      {timeout: 18_000},
    );
    const calls = readFileSync(trace, 'utf8').split('\n');
    const begins = calls.findIndex((call) => call.includes('-flush-begins'));
    const ends = calls.findIndex((call) => call.includes('-flush-ends'));
    expect(begins).toBeGreaterThan(0);
    expect(ends).toBeGreaterThan(begins);
    const synced = calls.slice(begins, ends).filter((call) => /\bf(data)?sync\(/.test(call));
    expect(synced.filter((call) => call.includes('.sst')).length).toBeGreaterThanOrEqual(1);
    expect(synced.filter((call) => call.includes('MANIFEST-')).length).toBeGreaterThanOrEqual(1);
  });
});

function strip(from: string, to: string): void {
  mkdirSync(to, {recursive: true});
  for (const name of readdirSync(from)) {
    if (!name.endsWith('.ts') || name.endsWith('.d.ts') || name.includes('.test.')) continue;
    const {code} = transformSync(readFileSync(join(from, name), 'utf8'), {
      jsc: {parser: {syntax: 'typescript'}, target: 'es2022'},
      module: {type: 'es6'},
      filename: name,
    });
    writeFileSync(join(to, name.replace(/\.ts$/, '.js')), code);
  }
}

function nativePackage(): string {
  for (let directory = join(sourceDirectory, 'store-rocksdb'); ; directory = dirname(directory)) {
    const path = join(directory, 'node_modules', 'rocksdb-native');
    if (existsSync(path)) return path;
    if (directory === dirname(directory)) throw new Error('rocksdb-native is not installed');
  }
}
