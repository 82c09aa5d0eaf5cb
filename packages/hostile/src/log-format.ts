import {LogError, equalBytes, nullEvents, nullMetrics, toGroupId, toLogIndex, toTerm} from '@murmuration/base';
import type {LogPort, LogWrite} from '@murmuration/base';
import {openFileLog} from '@murmuration/log-file';
import type {Fault} from './fault.js';
import type {Format} from './formats.js';
import {MemoryFiles} from './memory-files.js';

const GROUPS = [3, 4, 5].map(toGroupId);
const APPEND_COUNT = 12;
const ENTRIES_PER_APPEND = 2;
const LAST_INDEX = APPEND_COUNT * ENTRIES_PER_APPEND;
const SEGMENT_BYTES = 32 * 1024;

function entryData(group: number, index: number): Uint8Array {
  return new Uint8Array(20 + ((group * 31 + index * 7) % 60)).fill(group * 50 + index);
}

function open(files: MemoryFiles): Promise<LogPort> {
  return openFileLog(
    {directory: 'memory', segmentSizeBytes: SEGMENT_BYTES, segmentCountSpare: 0, freeBytesMin: 0},
    {clock: {monotonicMs: () => 0, wallMs: () => 0}, events: nullEvents, metrics: nullMetrics, fileSystem: files, drawLogId: () => new Uint8Array(16).fill(7)},
  );
}

/** Segments of three groups, written and synced in many batches. */
async function writeFiles(): Promise<ReadonlyMap<string, Uint8Array>> {
  const files = new MemoryFiles();
  const log = await open(files);
  for (let round = 0; round < APPEND_COUNT; round += 1) {
    const writes = GROUPS.map((group): LogWrite => ({
      group, ...(round === 0 ? {descriptor: Uint8Array.of(group)} : {}), hardState: {term: toTerm(2), vote: 1, commit: toLogIndex(round * ENTRIES_PER_APPEND)},
      entries: Array.from({length: ENTRIES_PER_APPEND}, (_, i) => {
        const index = round * ENTRIES_PER_APPEND + i + 1;
        return {index: toLogIndex(index), term: toTerm(2), kind: 0 as const, data: entryData(group, index)};
      }),
    }));
    await new Promise<void>((resolve, reject) => log.append(writes, (error) => (error === undefined ? resolve() : reject(error))));
  }
  await log.close();
  return files.contents();
}

/**
 * Segments of a log. Whatever became of them: the log is not opened, or a group says that it is damaged, or what it gives
 * out is what was written. Only the batch synced last may be missing, since damage there looks like a write cut short.
 */
export async function logFormat(): Promise<Format> {
  const files = await writeFiles();
  const [name, whole] = [...files].sort(([a], [b]) => (a < b ? -1 : 1))[0] ?? ['', new Uint8Array(0)];
  const usedBytes = whole.findLastIndex((byte) => byte !== 0) + 1;
  return {
    name: 'log segment', samples: [whole.subarray(0, usedBytes)],
    judge: async (damaged) => {
      const bytes = new Uint8Array(whole.length);
      bytes.set(damaged.subarray(0, whole.length));
      let log: LogPort;
      try {
        log = await open(new MemoryFiles(new Map([...files, [name, bytes]])));
      } catch (error) {
        return error instanceof LogError ? undefined : `opening ended in ${String(error)}`;
      }
      try {
        return faultOf(log, damaged.length < usedBytes);
      } finally {
        await log.close();
      }
    },
  };
}

function faultOf(log: LogPort, isCut: boolean): Fault | undefined {
  const unusable = new Set(log.unusable().map(({group}) => group));
  for (const group of GROUPS) {
    if (unusable.has(group)) continue;
    const state = log.group(group);
    const lastIndex = state?.lastIndex ?? 0;
    // Bytes cut off or moved are a file that no disk makes by rot: what is left of it may be short, but never other.
    if (!isCut && lastIndex < LAST_INDEX - ENTRIES_PER_APPEND) return `group ${group} ends at ${lastIndex} and does not say that it is damaged`;
    if (state === undefined || lastIndex === 0) continue;
    try {
      for (const entry of log.entries(group, state.firstIndex, toLogIndex(lastIndex + 1), 2 ** 40)) {
        if (!equalBytes(entry.data, entryData(group, entry.index)) || entry.term !== 2) return `group ${group} serves a damaged entry ${entry.index}`;
      }
    } catch (error) {
      if (!(error instanceof LogError)) return `reading ended in ${String(error)}`;
    }
  }
  return undefined;
}
