// Goal: the disk forgets exactly what real ones may forget, and lies as real ones do.
import {describe, expect, test} from '@jest/globals';
import {toNodeId} from '@murmuration/base';
import type {FileSystem, SystemFile} from '@murmuration/log-file';
import {SimMachine} from './sim-machine.js';
import {SimNetwork} from './sim-network.js';
import {World} from './world.js';

async function start(seed: number): Promise<{world: World; machine: SimMachine; files: FileSystem}> {
  const world = new World({seed});
  const machine = new SimMachine(world, new SimNetwork(world), {node: toNodeId('n1'), az: 'a'});
  let files: FileSystem | undefined;
  machine.start((process) => {
    files = machine.disk.mount(process, 'log');
  });
  await world.run(1);
  return {world, machine, files: files as FileSystem};
}
async function write(world: World, file: SystemFile, text: string, offsetBytes: number): Promise<void> {
  let isDone = false;
  const bytes = Buffer.from(text);
  file.write(bytes, bytes.length, 0, offsetBytes, () => (isDone = true));
  await world.run(world.nowMs + 1_000, () => isDone);
}
async function sync(world: World, file: SystemFile): Promise<Error | undefined> {
  let result: {error: Error | undefined} | undefined;
  file.datasync((error) => (result = {error}));
  await world.run(world.nowMs + 1_000, () => result !== undefined);
  return result?.error;
}
function read(file: SystemFile): string {
  const into = Buffer.alloc(file.sizeBytes());
  file.readSync(into, 0);
  return into.toString();
}

describe('the simulated disk', () => {
  test('a power cut takes what was not synced, names as well as sectors; a kill takes nothing', async () => {
    const {world, machine, files} = await start(1);
    const kept = files.open('kept', 'create');
    await write(world, kept, 'durable', 0);
    expect(await sync(world, kept)).toBeUndefined();
    files.syncDirectorySync();
    await write(world, kept, 'volatil', 0);
    files.open('nameless', 'create');
    expect(read(kept)).toBe('volatil');
    machine.disk.died('kill');
    expect(files.list()).toEqual(['kept', 'nameless']);
    expect(read(files.open('kept', 'existing'))).toBe('volatil');
    machine.disk.cutPower('none');
    expect(files.list()).toEqual(['kept']);
    expect(read(files.open('kept', 'existing'))).toBe('durable');
  });

  test('what is written during a sync is not covered by it', async () => {
    const {world, machine, files} = await start(2);
    const file = files.open('f', 'create');
    files.syncDirectorySync();
    await write(world, file, 'one', 0);
    let isDone = false;
    file.datasync(() => (isDone = true));
    file.write(Buffer.from('two'), 3, 0, 600, () => undefined);
    await world.run(world.nowMs + 1_000, () => isDone);
    machine.disk.cutPower('none');
    expect(read(files.open('f', 'existing')).startsWith('one')).toBe(true);
    expect(read(files.open('f', 'existing'))).not.toContain('two');
  });

  test('unsynced sectors survive one by one', async () => {
    const seen = new Set<string>();
    for (let seed = 1; seed <= 30; seed += 1) {
      const {world, machine, files} = await start(seed);
      const file = files.open('f', 'create');
      await write(world, file, '.'.repeat(1_536), 0);
      await sync(world, file);
      files.syncDirectorySync();
      await write(world, file, 'x'.repeat(1_536), 0);
      machine.disk.cutPower('some');
      const left = read(files.open('f', 'existing'));
      seen.add([0, 512, 1_024].map((at) => left[at]).join(''));
    }
    expect(seen.size).toBeGreaterThan(4);
  });

  test('a sync that failed once claims success afterwards, and the platter knows nothing', async () => {
    const {world, machine, files} = await start(3);
    const file = files.open('f', 'create');
    files.syncDirectorySync();
    await write(world, file, 'lost', 0);
    machine.disk.lieAfterNextSync();
    expect((await sync(world, file))?.message).toContain('EIO');
    expect(await sync(world, file)).toBeUndefined();
    machine.disk.cutPower('all');
    expect(read(files.open('f', 'existing'))).not.toContain('lost');
  });

  test('a full disk takes no more, rotten bits and broken sectors are found at reading', async () => {
    const {world, machine, files} = await start(4);
    const file = files.open('f', 'create');
    await write(world, file, 'abc', 0);
    machine.disk.setCapacity(3);
    let code = '';
    file.write(Buffer.from('more'), 4, 0, 3, (error) => (code = error === undefined ? '' : error.message));
    await world.run(world.nowMs + 1_000);
    expect(code).toContain('ENOSPC');
    machine.disk.rot('log/f', 0, 0);
    expect(read(file)).toBe('`bc');
    machine.disk.breakSector('log/f', 1);
    expect(() => read(file)).toThrow('EIO');
  });
});
