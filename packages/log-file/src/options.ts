import {assert} from '@murmuration/base';

export interface FileLogOptions {
  /** Holds the segment files and nothing else; made when missing. */
  readonly directory: string;
  /** Size of one segment file, a multiple of 512. */
  readonly segmentSizeBytes: number;
  /** Preallocated files kept ready, so that changing segments does not wait for zeros to be written. */
  readonly segmentCountSpare: number;
  /** Entry data kept in memory across all groups; older entries are read from their file. */
  readonly entryCacheBytesMax: number;
  /**
   * Free bytes of the disk below which `hasRoom` is false. Below half of it no file is made any more, and entries that
   * the files there are cannot take are refused (`DiskFull`).
   */
  readonly freeBytesMin: number;
  /** Size of the file that is given back when the disk runs low; 0 for none. */
  readonly reserveBytes: number;
  /** Bytes waiting for the disk; an append above it is refused (`Overloaded`). */
  readonly queueBytesMax: number;
  /** Records written and synced together; an append that is larger alone travels alone. */
  readonly batchBytesMax: number;
  /** Live bytes copied forward with one batch while a segment is being freed. */
  readonly rewriteBytesMax: number;
  /** Segments below which no segment is rewritten: there is nothing worth gaining yet. */
  readonly rewriteSegmentCountMin: number;
  /** Wait before room for a segment is looked for again after the disk was full. */
  readonly retryDelayMs: number;
}

/** The values a storage node starts from; `directory` has none. */
export const FILE_LOG_DEFAULTS: Omit<FileLogOptions, 'directory'> = {
  segmentSizeBytes: 64 * 1024 * 1024,
  segmentCountSpare: 1,
  entryCacheBytesMax: 64 * 1024 * 1024,
  freeBytesMin: 512 * 1024 * 1024,
  reserveBytes: 0,
  queueBytesMax: 64 * 1024 * 1024,
  // 100 entries of 300 bytes are 34 KB: 4 MiB hold what 100 groups hand over in one turn.
  batchBytesMax: 4 * 1024 * 1024,
  rewriteBytesMax: 256 * 1024,
  rewriteSegmentCountMin: 4,
  retryDelayMs: 200,
};

/** @returns the options with defaults filled in, after their relations were checked */
export function checkOptions(given: Pick<FileLogOptions, 'directory'> & Partial<FileLogOptions>): FileLogOptions {
  const options: FileLogOptions = {...FILE_LOG_DEFAULTS, ...given};
  for (const [name, value] of Object.entries(options)) {
    if (typeof value === 'number') assert(Number.isSafeInteger(value) && value >= 0, 'log option must be an integer of at least 0', {name, value});
  }
  assert(options.directory.length > 0, 'log directory is empty');
  assert(options.segmentSizeBytes % 512 === 0, 'segment size must be a multiple of 512', {segmentSizeBytes: options.segmentSizeBytes});
  assert(options.segmentSizeBytes >= 16 * 1024, 'segment size must be at least 16 KiB', {segmentSizeBytes: options.segmentSizeBytes});
  assert(options.segmentSizeBytes <= 1024 * 1024 * 1024, 'segment size must be at most 1 GiB: it is read whole at start', {segmentSizeBytes: options.segmentSizeBytes});
  assert(options.batchBytesMax >= 1024, 'batch size must be at least 1 KiB', {batchBytesMax: options.batchBytesMax});
  return options;
}
