// Goal: whatever a power cut does to sectors and names that were not synced, the log found afterwards is what some
// prefix of the calls made of it, and that prefix holds every acknowledged append.
// Method: the file log runs on a file system that forgets, stepped one operation at a time; the memory log keeps every
// call as one change and says what each prefix looks like. Several lives per seed, some cut short while opening.
import {createHash} from 'node:crypto';
import {describe, expect, test} from '@jest/globals';
import {SeededRandom, nullEvents, nullMetrics, toGroupId, toLogIndex, toTerm} from '@murmuration/base';
import type {GroupId, LogEntry, LogPort, LogWrite, Random} from '@murmuration/base';
import {ManualTime} from '@murmuration/base/testing';
import {createMemoryLog} from '@murmuration/log-memory';
import type {MemoryLog} from '@murmuration/log-memory';
import {openFileLog} from './open-file-log.js';
import {FaultyFileSystem} from './testing/faulty-file-system.js';

const SEED_COUNT = 60;
const LIVES = 5;
const GROUPS: readonly GroupId[] = [1, 2, 3, 4, 5].map(toGroupId);
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function open(fileSystem: FaultyFileSystem, random: Random, mayCrash: boolean): Promise<{log: LogPort | undefined; fileSystem: FaultyFileSystem}> {
  const options = {
    directory: 'memory', segmentSizeBytes: 16 * 1024, segmentCountSpare: random.below(3), freeBytesMin: 0, entryCacheBytesMax: random.below(2) * 4_096,
    batchBytesMax: 4_096, rewriteBytesMax: 1_024, rewriteSegmentCountMin: 2 + random.below(3),
  };
  let log: LogPort | undefined;
  let problem: unknown;
  openFileLog(options, {clock: new ManualTime(), events: nullEvents, metrics: nullMetrics, fileSystem, drawLogId: () => new Uint8Array(16).fill(7)}).then(
    (made) => (log = made),
    (error: unknown) => (problem = error),
  );
  const crashAfter = mayCrash && random.below(4) === 0 ? random.below(12) : Number.POSITIVE_INFINITY;
  for (let step = 0; log === undefined; step += 1) {
    if (problem !== undefined) throw new Error('the log did not open', {cause: problem});
    if (step >= crashAfter) return {log: undefined, fileSystem: fileSystem.crash(random)};
    fileSystem.runOne();
    await turn();
  }
  return {log, fileSystem};
}

function picture(log: LogPort): string {
  const text = JSON.stringify(
    log.groups().map((group) => [
      group.group, group.firstIndex, group.lastIndex, group.termBeforeFirst, group.hardState, [...(group.descriptor ?? [])],
      log.entries(group.group, group.firstIndex, toLogIndex(group.lastIndex + 1), 2 ** 40).map((entry) => [entry.index, entry.term, entry.kind, Buffer.from(entry.data).toString('base64')]),
    ]),
  );
  return createHash('md5').update(text).digest('hex');
}

function drawWrite(random: Random, log: LogPort, group: GroupId): LogWrite {
  const known = log.group(group);
  const first = known?.firstIndex ?? 1;
  const last = known?.lastIndex ?? 0;
  const term = toTerm(1 + random.below(5));
  const write: {-readonly [Key in keyof LogWrite]: LogWrite[Key]} = {group};
  if (known === undefined || random.below(10) === 0) write.descriptor = new Uint8Array(random.below(40)).fill(random.below(256));
  if (random.below(3) === 0) write.hardState = {term, vote: random.below(4), commit: toLogIndex(last)};
  if (random.below(30) === 0) {
    write.snapshot = {index: toLogIndex(last + random.below(20)), term};
    return write;
  }
  const from = random.below(4) === 0 ? first + random.below(last - first + 2) : last + 1;
  write.entries = Array.from({length: random.below(4)}, (_, i): LogEntry => ({
    index: toLogIndex(from + i), term, kind: (random.below(3) as 0 | 1 | 2), data: new Uint8Array(random.below(random.below(8) === 0 ? 1_500 : 200)).fill(random.below(256)),
  }));
  return write;
}

async function live(seed: number): Promise<{segmentsRecycled: boolean}> {
  const random = new SeededRandom(seed);
  let fileSystem = new FaultyFileSystem(true);
  let model: MemoryLog = createMemoryLog({}, {timers: new ManualTime()});
  model.holdSyncs();
  let segmentsRecycled = false;
  for (let life = 0; life < LIVES; life += 1) {
    const opened = await open(fileSystem, random, life > 0);
    fileSystem = opened.fileSystem;
    if (opened.log === undefined) continue;
    const {log} = opened;
    if (life > 0) expect(picture(log)).toBe(picture(model));
    let changeCount = 0;
    let durableCount = 0;
    const actions = random.below(400);
    // Swarm: some lives have no removals, some no truncation, some a slow disk.
    const [removeOdds, truncateOdds, slowness] = [random.below(2) * 40, 2 + random.below(10), 1 + random.below(4)];
    for (let i = 0; i < actions; i += 1) {
      const group = GROUPS[random.below(GROUPS.length)] as GroupId;
      if (removeOdds > 0 && random.below(removeOdds) === 0 && log.group(group) !== undefined) {
        log.removeGroup(group);
        model.removeGroup(group);
        changeCount += 1;
      }
      const known = log.group(group);
      // The first group is slow: it truncates seldom, so its entries have to be moved.
      if (known !== undefined && known.lastIndex >= known.firstIndex && random.below(group === 1 ? 60 : truncateOdds) === 0) {
        const through = toLogIndex(known.firstIndex + random.below(known.lastIndex - known.firstIndex + 1));
        log.truncatePrefix(group, through);
        model.truncatePrefix(group, through);
        changeCount += 1;
      }
      if (random.below(3) > 0) {
        const writes = [drawWrite(random, log, group)];
        changeCount += 1;
        const through = changeCount;
        model.append(writes, () => undefined);
        log.append(writes, (error) => {
          expect(error).toBeUndefined();
          durableCount = through;
        });
      }
      if (random.below(slowness) === 0) fileSystem.runOne();
      if (random.below(3) === 0) await turn();
    }
    expect(picture(log)).toBe(picture(model));
    segmentsRecycled ||= !fileSystem.list().includes('log-0000000000000001.segment');
    fileSystem = fileSystem.crash(random);
    // Which prefix of the calls is there? Opening a copy tells, and the next life starts from it.
    const found = await open(fileSystem.copy(), random, false);
    const seen = picture(found.log as LogPort);
    const kept = Array.from({length: changeCount - durableCount + 1}, (_, k) => durableCount + k).find((count) => picture(model.crash(count)) === seen);
    expect({seed, life, isPrefixWithAllAcknowledged: kept !== undefined}).toEqual({seed, life, isPrefixWithAllAcknowledged: true});
    model = model.crash(kept);
    model.holdSyncs();
  }
  return {segmentsRecycled};
}

describe('log-file after power cuts', () => {
  test('every seed finds a prefix of the calls with all that was acknowledged', async () => {
    let recycledCount = 0;
    for (let seed = 1; seed <= SEED_COUNT; seed += 1) if ((await live(seed)).segmentsRecycled) recycledCount += 1;
    // The runs must reach what they are for.
    expect(recycledCount).toBeGreaterThan(SEED_COUNT / 4);
  }, 60_000);
});
