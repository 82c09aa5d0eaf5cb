import type {Writable} from 'node:stream';
import {createLogger, format, transports} from 'winston';
import type {Logger} from 'winston';
import type {Clock, EventLevel, EventRecord, EventSink} from '@murmuration/base';
import {LineWriter} from './line-writer.js';
import {renderLogLine} from './log-line.js';

export const EVENT_LEVELS: readonly EventLevel[] = ['error', 'warn', 'info', 'debug'];
const RANK: Readonly<Record<EventLevel, number>> = {error: 0, warn: 1, info: 2, debug: 3};

/** Bytes that may wait for a slow log reader; beyond them events are dropped and counted. About 20,000 lines. */
const QUEUED_BYTES_MAX_DEFAULT = 4 * 1024 * 1024;

export interface LogSinkOptions {
  /** The least grave level that is written. */
  readonly level: EventLevel;
  /** Name of the process, in every line. */
  readonly node: string;
  /** File to append to. Standard error when not given. */
  readonly filePath?: string;
  readonly queuedBytesMax?: number;
}

export interface LogSinkPorts {
  readonly clock: Clock;
  /** Where lines go instead of file or standard error. Its `writableLength` is respected. */
  readonly destination?: Writable;
}

/**
 * Writes events as lines of JSON through winston. Never waits and never throws: what the destination cannot take is
 * dropped, and the next line that gets through is preceded by one that says how many were.
 */
export class LogSink implements EventSink {
  readonly #rank: number;
  readonly #node: string;
  readonly #queuedBytesMax: number;
  readonly #clock: Clock;
  readonly #destination: Writable;
  readonly #logger: Logger;
  #droppedCount = 0;
  #unreportedCount = 0;
  #isClosed = false;

  constructor(options: LogSinkOptions, ports: LogSinkPorts) {
    this.#rank = RANK[options.level];
    this.#node = options.node;
    this.#queuedBytesMax = options.queuedBytesMax ?? QUEUED_BYTES_MAX_DEFAULT;
    this.#clock = ports.clock;
    this.#destination = ports.destination ?? new LineWriter(options.filePath);
    // A destination that breaks (a closed pipe) ends the log, not the process.
    this.#destination.on('error', () => (this.#isClosed = true));
    this.#logger = createLogger({
      levels: {...RANK},
      level: options.level,
      format: format.printf((info) => String(info.message)),
      transports: [new transports.Stream({stream: this.#destination, eol: '\n'})],
      exitOnError: false,
    });
  }

  /** Events lost since the start because the destination was slow, or came after `close`. */
  get droppedCount(): number {
    return this.#droppedCount;
  }

  isEnabled(level: EventLevel): boolean {
    return RANK[level] <= this.#rank;
  }

  emit(record: EventRecord): void {
    // Checked here, since winston spends 2.5 µs on a line that it does not write.
    if (RANK[record.level] > this.#rank) return;
    if (this.#isClosed || this.#destination.writableLength > this.#queuedBytesMax) {
      this.#droppedCount += 1;
      this.#unreportedCount += 1;
      return;
    }
    if (this.#unreportedCount > 0) {
      const count = this.#unreportedCount;
      this.#unreportedCount = 0;
      this.#write({event: 'telemetry/events-dropped', level: 'warn', count});
    }
    this.#write(record);
  }

  /** Resolves when everything accepted was handed to the system. Later events are dropped. */
  close(): Promise<void> {
    if (this.#isClosed) return Promise.resolve();
    this.#isClosed = true;
    return new Promise((resolve) => {
      this.#destination.once('error', () => resolve());
      this.#destination.end(() => resolve());
      this.#logger.silent = true;
    });
  }

  #write(record: EventRecord): void {
    this.#logger.log(record.level, renderLogLine(record, this.#node, this.#clock.wallMs()));
  }
}
