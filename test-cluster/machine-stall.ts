import {open} from 'node:fs/promises';
import type {FileHandle} from 'node:fs/promises';

const PERIOD_MS = 10;
const BLOCK_BYTES = 512;

/**
 * How long this machine lets a process wait that does next to nothing: a small write with its sync, one behind the other,
 * beside whatever is measured. What it waited for, everybody else may have waited for too.
 */
export class MachineStall {
  readonly #path: string;
  readonly #stalls: {readonly fromMs: number; readonly untilMs: number}[] = [];
  #running: Promise<void> = Promise.resolve();
  #isStopped = false;

  /** @param path a file on the disk that is measured with; it goes away with its directory */
  constructor(path: string) {
    this.#path = path;
  }
  async start(): Promise<void> {
    this.#running = this.#watch(await open(this.#path, 'w'));
  }
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#running;
  }
  /** The longest wait that ended within a span, beyond the pause between two. */
  longestMs(fromMs: number, untilMs: number): number {
    return Math.max(0, ...this.#stalls.filter((stall) => stall.untilMs >= fromMs && stall.untilMs < untilMs).map((stall) => stall.untilMs - stall.fromMs - PERIOD_MS));
  }

  async #watch(file: FileHandle): Promise<void> {
    const block = Buffer.alloc(BLOCK_BYTES);
    while (!this.#isStopped) {
      const fromMs = performance.now();
      await file.write(block, 0, BLOCK_BYTES, 0);
      await file.datasync();
      await new Promise((resolve) => setTimeout(resolve, PERIOD_MS));
      this.#stalls.push({fromMs, untilMs: performance.now()});
    }
    await file.close();
  }
}
