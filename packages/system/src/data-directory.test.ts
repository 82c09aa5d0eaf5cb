import type {ChildProcess} from 'node:child_process';
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {transformSync} from '@swc/core';
import {takeDataDirectory} from './data-directory.js';
import {SystemError} from './errors.js';
import {isAlive, ownIdentity} from './process-identity.js';

/** Takes the directory in a process of its own, says so, and then stays until it is killed. */
const HOLDER = `
import {takeDataDirectory} from './data-directory.js';
try {
  await takeDataDirectory(process.argv[2]);
  process.stdout.write('taken\\n');
  setInterval(() => undefined, 1_000);
} catch (error) {
  process.stdout.write(error.message + '\\n');
}
`;

describe('takeDataDirectory', () => {
  let work: string;
  let directory: string;
  const children: ChildProcess[] = [];
  beforeAll(() => {
    work = mkdtempSync(join(tmpdir(), 'data-directory-'));
    const source = dirname(expect.getState().testPath ?? '');
    strip(source, join(work, 'system'));
    const base = join(work, 'node_modules', '@murmuration', 'base');
    strip(join(source, '..', '..', 'base', 'src'), base);
    writeFileSync(join(base, 'package.json'), JSON.stringify({type: 'module', exports: './index.js'}));
    writeFileSync(join(work, 'package.json'), JSON.stringify({type: 'module'}));
    writeFileSync(join(work, 'system', 'holder.js'), HOLDER);
  });
  beforeEach(() => {
    directory = mkdtempSync(join(work, 'place-'));
  });
  afterEach(async () => {
    for (const child of children.splice(0)) await kill(child);
  });
  afterAll(() => rmSync(work, {recursive: true, force: true}));

  async function hold(path: string): Promise<{child: ChildProcess; said: string}> {
    const child = spawn(process.execPath, [join(work, 'system', 'holder.js'), path], {stdio: ['ignore', 'pipe', 'inherit']});
    children.push(child);
    const [said] = (await once(child.stdout, 'data')) as [Buffer];
    return {child, said: said.toString().trim()};
  }
  async function kill(child: ChildProcess): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }
  const failureOf = async (promise: Promise<unknown>): Promise<SystemError> => {
    const error: unknown = await promise.then(() => undefined, (cause: unknown) => cause);
    expect(error).toBeInstanceOf(SystemError);
    return error as SystemError;
  };

  test('makes missing directories, and can be taken again after a release', async () => {
    const path = join(directory, 'a', 'b');
    const first = await takeDataDirectory(path);
    await first.release();
    await first.release();
    expect(readdirSync(path)).toEqual([]);
    await (await takeDataDirectory(path)).release();
  });
  test('a second taking in one process is refused, by another name of the place too', async () => {
    const first = await takeDataDirectory(directory);
    symlinkSync(directory, `${directory}-link`);
    for (const path of [directory, `${directory}-link`]) {
      expect((await failureOf(takeDataDirectory(path))).failure).toEqual({code: 'Locked', path: first.path, pid: process.pid});
    }
    await first.release();
  });
  test('another process is refused with one line that names path and process, and gets it after the release', async () => {
    const first = await takeDataDirectory(directory);
    expect((await hold(directory)).said).toBe(`${first.path} is in use by process ${process.pid}: stop it, or choose another data directory`);
    await first.release();
    expect((await hold(directory)).said).toBe('taken');
  });
  test('a killed process leaves nothing that blocks', async () => {
    const {child, said} = await hold(directory);
    expect(said).toBe('taken');
    expect((await failureOf(takeDataDirectory(directory))).failure).toEqual({code: 'Locked', path: directory, pid: child.pid});
    await kill(child);
    await (await takeDataDirectory(directory)).release();
  });
  test('of several processes that start at once exactly one gets it', async () => {
    const said = (await Promise.all([1, 2, 3, 4].map(() => hold(directory)))).map((one) => one.said);
    expect(said.filter((one) => one === 'taken')).toHaveLength(1);
    expect(said.filter((one) => one.includes('is in use by'))).toHaveLength(3);
  });
  test('the signature alone guards where the kernel does not: live processes only, whatever their number was used for', async () => {
    const sign = (identity: object): void => writeFileSync(join(directory, 'owner.json'), JSON.stringify(identity));
    // The parent process lives all through this test.
    const own = ownIdentity();
    const stat = readFileSync(`/proc/${process.ppid}/stat`, 'utf8');
    const startTicks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    sign({...own, pid: process.ppid, startTicks});
    expect((await failureOf(takeDataDirectory(directory))).failure).toMatchObject({code: 'Locked', pid: process.ppid});
    const stale = [
      {...own, pid: process.ppid, startTicks: '1'},
      {...own, pid: process.ppid, startTicks, bootId: 'an earlier boot'},
      {...own, pid: 2 ** 22 + 1, startTicks: '1'},
      {pid: 'text'},
      [],
    ];
    for (const one of stale) {
      sign(one);
      await (await takeDataDirectory(directory)).release();
    }
    writeFileSync(join(directory, 'owner.json'), '{"pid": 1');
    await (await takeDataDirectory(directory)).release();
  });
  test('a place that cannot be a directory is refused with its path', async () => {
    const path = join(directory, 'file');
    writeFileSync(path, '');
    expect((await failureOf(takeDataDirectory(path))).message).toBe(`${path} cannot be used: something that is not a directory is in the way`);
    expect((await failureOf(takeDataDirectory(join(path, 'below')))).message).toContain('a part of the path is not a directory');
  });
});

test('this process is alive', () => {
  expect(isAlive(ownIdentity())).toBe(true);
  expect(isAlive({...ownIdentity(), startTicks: '0'})).toBe(false);
});

function strip(from: string, to: string): void {
  mkdirSync(to, {recursive: true});
  for (const name of readdirSync(from)) {
    if (!name.endsWith('.ts') || name.includes('.test.')) continue;
    const {code} = transformSync(readFileSync(join(from, name), 'utf8'), {
      jsc: {parser: {syntax: 'typescript'}, target: 'es2022'},
      module: {type: 'es6'},
      filename: name,
    });
    writeFileSync(join(to, name.replace(/\.ts$/, '.js')), code);
  }
}
