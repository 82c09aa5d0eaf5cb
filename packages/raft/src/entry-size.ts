import type {LogEntry} from '@murmuration/base';

function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) size += 1;
  return size;
}

/**
 * Bytes of an entry in its tagged form, one byte of tag for each field. Used wherever a limit must count empty entries
 * too, because a page of a million empty entries is not small.
 */
export function entrySizeBytes(entry: LogEntry): number {
  const data = entry.data.length;
  return 4 + varintSize(entry.term) + varintSize(entry.index) + (data === 0 ? 0 : 1 + varintSize(data) + data);
}

export function entriesSizeBytes(entries: readonly LogEntry[]): number {
  let size = 0;
  for (const entry of entries) size += entrySizeBytes(entry);
  return size;
}

/** Data bytes alone: what a proposer handed in. Empty entries weigh nothing. */
export function payloadSizeBytes(entries: readonly {readonly data: Uint8Array}[]): number {
  let size = 0;
  for (const entry of entries) size += entry.data.length;
  return size;
}

/** The longest prefix within the limit, but at least one entry. The array itself when all of it fits. */
export function limitEntries(entries: readonly LogEntry[], sizeBytesMax: number): readonly LogEntry[] {
  let size = 0;
  for (let i = 0; i < entries.length; i += 1) {
    size += entrySizeBytes(entries[i] as LogEntry);
    if (i > 0 && size > sizeBytesMax) return entries.slice(0, i);
  }
  return entries;
}
