import {closeSync, openSync, writeSync} from 'node:fs';
import {ProcessIds, encodeRecord, historyHeader} from '@murmuration/checkers';
import type {Operation, Outcome} from '@murmuration/checkers';
import {nowMs} from './monotonic-time.js';

/** Text that is kept back so that the file is written in large pieces. */
const BUFFER_LENGTH_MAX = 64 * 1024;

/** The history of all clients of one program, as JSON lines in the order in which things happened. */
export class HistoryFile {
  readonly #file: number;
  #buffer = historyHeader();

  constructor(path: string) {
    this.#file = openSync(path, 'w');
  }
  append(line: string): void {
    this.#buffer += line;
    if (this.#buffer.length >= BUFFER_LENGTH_MAX) this.flush();
  }
  flush(): void {
    if (this.#buffer === '') return;
    writeSync(this.#file, this.#buffer);
    this.#buffer = '';
  }
  close(): void {
    this.flush();
    closeSync(this.#file);
  }
}

/** One client's part of the history. After an outcome that is unknown it goes on as another process. */
export class Recorder {
  readonly #file: HistoryFile;
  readonly #ids: ProcessIds;

  constructor(file: HistoryFile, client: number, clientsMax: number) {
    this.#file = file;
    this.#ids = new ProcessIds(client, clientsMax);
  }
  invoke(operation: Operation, node: string): void {
    this.#file.append(encodeRecord({kind: 'invoke', process: this.#ids.current, atMs: nowMs(), operation, node}));
  }
  complete(outcome: Outcome): void {
    this.#file.append(encodeRecord({kind: 'complete', process: this.#ids.current, atMs: nowMs(), outcome}));
    if (outcome.kind === 'unknown') this.#ids.renew();
  }
}
