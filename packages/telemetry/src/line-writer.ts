import {close, openSync, write} from 'node:fs';
import {Writable} from 'node:stream';

const STDERR_FD = 2;
/** A pipe that another program set to non-blocking answers EAGAIN when full; it is tried again this much later. */
const RETRY_MS = 10;

/**
 * A byte stream to standard error or to the end of a file that never blocks the event loop: node's own stderr
 * writes synchronously to pipes and files, so a log reader that stops would stop the whole process.
 * Whoever writes looks at `writableLength` first and drops what does not fit; a failed write drops its bytes.
 */
export class LineWriter extends Writable {
  readonly #fd: number;
  readonly #ownsFd: boolean;
  #failedWriteCount = 0;

  /** @param path a file to append to; undefined means standard error */
  constructor(path: string | undefined) {
    super({decodeStrings: true});
    this.#fd = path === undefined ? STDERR_FD : openSync(path, 'a', 0o640);
    this.#ownsFd = path !== undefined;
  }

  get failedWriteCount(): number {
    return this.#failedWriteCount;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#writeFrom(chunk, 0, done);
  }

  override _writev(chunks: {chunk: Buffer}[], done: () => void): void {
    this.#writeFrom(Buffer.concat(chunks.map((entry) => entry.chunk)), 0, done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    if (!this.#ownsFd) return done(error);
    close(this.#fd, () => done(error));
  }

  #writeFrom(bytes: Buffer, offset: number, done: () => void): void {
    write(this.#fd, bytes, offset, bytes.length - offset, null, (error, writtenBytes) => {
      if (error !== null) {
        if (error.code === 'EAGAIN') {
          setTimeout(() => this.#writeFrom(bytes, offset, done), RETRY_MS);
          return;
        }
        // The log's own failure has nowhere to be logged; it is counted and shown as a metric.
        this.#failedWriteCount += 1;
        done();
        return;
      }
      if (offset + writtenBytes < bytes.length) this.#writeFrom(bytes, offset + writtenBytes, done);
      else done();
    });
  }
}
