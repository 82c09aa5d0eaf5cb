import {randomBytes} from 'node:crypto';
import {LogError} from '@murmuration/base';
import type {LogPort} from '@murmuration/base';
import {describeError, isNoSpace} from './errors.js';
import {emitLogEvent} from './events.js';
import {FileLog} from './file-log.js';
import type {FileLogPorts} from './file-log.js';
import {nodeFileSystem} from './file-system.js';
import type {FileSystem} from './file-system.js';
import {LOG_ID_BYTES} from './format.js';
import {checkOptions} from './options.js';
import type {FileLogOptions} from './options.js';
import {recover} from './recovery.js';
import type {Recovery, SegmentFile} from './recovery.js';
import {numberOfSpareName, sequenceOfName} from './segment.js';
import type {Segment} from './segment.js';
import {SegmentPool} from './segment-pool.js';
import {systemTimers} from './system-timers.js';

export interface OpenFileLogPorts extends FileLogPorts {
  /** Another file system, for tests; the machine's own at `options.directory` otherwise. */
  readonly fileSystem?: FileSystem;
  /** Source of the log's identity; the system's own otherwise. */
  readonly drawLogId?: () => Uint8Array;
}

/**
 * Opens the log in a directory, or makes it. The caller holds the lock of the data directory: two logs on the same
 * files would destroy each other.
 * @throws LogError `Corrupt` when something that was durable is damaged and it cannot be told whose it was; `DiskFull` when
 *   there is no room to begin a new log; `Poisoned` when the disk fails to sync
 */
export async function openFileLog(given: Pick<FileLogOptions, 'directory'> & Partial<FileLogOptions>, ports: OpenFileLogPorts): Promise<LogPort> {
  const options = checkOptions(given);
  const fileSystem = ports.fileSystem ?? nodeFileSystem(options.directory);
  fileSystem.makeDirectory();
  const found = findFiles(fileSystem);
  let log: FileLog | undefined = undefined;
  const pool = new SegmentPool(options, fileSystem, ports.events, found.spareNumberNext, ports.timers ?? systemTimers, (error) => {
    // Before there is a log, whoever waits for its first file must hear of it: nobody else would end the opening.
    if (log === undefined) pool.abandon(error);
    else log.poison(error);
  });
  pool.adoptReserve();
  for (const name of found.spares) adoptSpare(fileSystem, pool, name, options.segmentSizeBytes);
  await new Promise<void>((resolve) => {
    pool.probe(resolve);
  });

  const opened = found.segments.map(({name, sequence}): SegmentFile => ({name, sequence, file: fileSystem.open(name, 'existing')}));
  let recovery: Recovery;
  try {
    recovery = opened.length === 0 ? await begin(pool, ports.drawLogId ?? (() => randomBytes(LOG_ID_BYTES))) : recover(opened);
  } catch (error) {
    for (const {file} of opened) file.close();
    await new Promise<void>((resolve) => {
      pool.close(resolve);
    });
    throw error;
  }
  const active = recovery.segments.at(-1) as Segment;
  for (const damage of recovery.damages) emitLogEvent(ports.events, {event: 'log/damaged', level: 'error', ...damage});
  cutTail(recovery, active, ports);
  if (opened.length > 0) makeFoundDurable(active, fileSystem);
  log = new FileLog(options, ports, pool, recovery);
  pool.keepSpares();
  let liveBytes = 0;
  for (const segment of recovery.segments) liveBytes += segment.liveBytes;
  emitLogEvent(ports.events, {
    event: 'log/recovered', level: 'info', segmentCount: recovery.segments.length, groupCount: recovery.groups.size,
    batchCount: recovery.batchCount, recordCount: recovery.recordCount, liveBytes,
  });
  return log;
}

interface FoundFiles {
  readonly segments: readonly {readonly name: string; readonly sequence: number}[];
  readonly spares: readonly string[];
  readonly spareNumberNext: number;
}
function findFiles(fileSystem: FileSystem): FoundFiles {
  const segments: {name: string; sequence: number}[] = [];
  const spares: string[] = [];
  let spareNumberNext = 1;
  for (const name of fileSystem.list()) {
    const sequence = sequenceOfName(name);
    if (sequence !== undefined) segments.push({name, sequence});
    const number = numberOfSpareName(name);
    if (number === undefined) continue;
    spares.push(name);
    spareNumberNext = Math.max(spareNumberNext, number + 1);
  }
  segments.sort((a, b) => a.sequence - b.sequence);
  return {segments, spares: spares.sort(), spareNumberNext};
}

/** A spare of another size was not finished, or the setting changed: it holds nothing, so it goes. */
function adoptSpare(fileSystem: FileSystem, pool: SegmentPool, name: string, sizeBytes: number): void {
  const file = fileSystem.open(name, 'existing');
  if (file.sizeBytes() === sizeBytes) return pool.adopt(name, file);
  file.close();
  fileSystem.remove(name);
}

async function begin(pool: SegmentPool, drawLogId: () => Uint8Array): Promise<Recovery> {
  if (pool.isStarved && pool.spareCount === 0) throw new LogError({code: 'DiskFull', freeBytes: pool.freeBytes});
  const logId = drawLogId();
  const segment = await new Promise<Segment>((resolve, reject) => {
    pool.activate({logId, sequence: 1, batchNumberFirst: 1, chainBefore: 0}, (error, made) => {
      if (made !== undefined) return resolve(made);
      reject(error !== undefined && isNoSpace(error) ? new LogError({code: 'DiskFull', freeBytes: 0}, {cause: error}) : error as Error);
    });
  });
  return {logId, segments: [segment], groups: new Map(), unusable: new Map(), damages: [], batchNumberNext: 1, chain: 0, batchCount: 0, recordCount: 0, tail: 'zeros'};
}

/**
 * Makes the file end where its good batches end, durably, before anything is appended: what a crash left behind can
 * never be taken for part of the log later. The segment is full then; the next batch goes to the next one.
 */
function cutTail(recovery: Recovery, active: Segment, ports: OpenFileLogPorts): void {
  if (recovery.tail === 'zeros') return;
  const offsetBytes = active.writeOffsetBytes;
  try {
    active.file.truncateSync(offsetBytes);
    active.file.datasyncSync();
  } catch (cause) {
    throw new LogError({code: 'Poisoned', reason: `the torn tail of ${active.name} could not be cut: ${describeError(cause)}`}, {cause});
  }
  emitLogEvent(ports.events, {
    event: 'log/tail-cut', level: recovery.tail === 'torn-batch' ? 'warn' : 'info', file: active.name, offsetBytes,
    sizeBytes: active.sizeBytes - offsetBytes, reason: recovery.tail,
  });
  active.sizeBytes = offsetBytes;
}

/**
 * What was read is what the kernel shows, and a process that was killed between writing and syncing left its last batch
 * there without the platter knowing. The replicas will count on everything that was found, so it is made durable first:
 * the newest file, and its name. Older files are durable, as a batch begins only after the one before was synced.
 */
function makeFoundDurable(active: Segment, fileSystem: FileSystem): void {
  try {
    active.file.datasyncSync();
    fileSystem.syncDirectorySync();
  } catch (cause) {
    throw new LogError({code: 'Poisoned', reason: `what was found in ${active.name} could not be made durable: ${describeError(cause)}`}, {cause});
  }
}
