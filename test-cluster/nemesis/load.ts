import {fork} from 'node:child_process';
import type {ChildProcess} from 'node:child_process';
import type {ClientsMessage, ClientsOptions, ClientsSummary, HarnessMessage} from './clients-protocol.js';
import type {ProbedRange} from './prober.js';

/** A partition that cannot be written for so long is under another fault. */
const WARM_TIMEOUT_MS = 15_000;
const STOP_TIMEOUT_MS = 60_000;
const FINISH_TIMEOUT_MS = 300_000;

/** The process of the clients, as the run steers it. */
export class Load {
  readonly #child: ChildProcess;
  #progress = {operationCount: 0, okCount: 0, acknowledgedProbes: 0};
  #onStopped: (() => void) | undefined;
  #onWarm: (() => void) | undefined;
  #onSummary: ((summary: ClientsSummary) => void) | undefined;
  #onEnd: ((error: Error) => void) | undefined;
  #hasSummary = false;

  constructor(programPath: string, options: ClientsOptions) {
    this.#child = fork(programPath, [], {stdio: ['ignore', 'inherit', 'inherit', 'ipc']});
    this.#child.on('message', (message: ClientsMessage | ClientsSummary) => {
      switch (message.kind) {
        case 'progress':
          this.#progress = message;
          break;
        case 'stopped':
          this.#onStopped?.();
          break;
        case 'warm':
          this.#onWarm?.();
          break;
        case 'summary':
          this.#hasSummary = true;
          this.#onSummary?.(message);
          break;
      }
    });
    this.#child.once('exit', (code, signal) => {
      if (!this.#hasSummary) this.#onEnd?.(new Error(`the clients ended (${signal ?? String(code)})`));
    });
    this.#say({kind: 'start', options});
  }
  get progress(): {readonly operationCount: number; readonly okCount: number; readonly acknowledgedProbes: number} {
    return this.#progress;
  }
  /** Probes these ranges as well, all of one injection; an empty list ends that. @returns once each was written and read */
  probe(ranges: readonly ProbedRange[]): Promise<void> {
    return this.#bounded('the ranges are probed', WARM_TIMEOUT_MS, (resolve) => {
      this.#onWarm = resolve;
      this.#say({kind: 'probe', ranges});
    });
  }
  stop(): Promise<void> {
    return this.#bounded('the clients stop', STOP_TIMEOUT_MS, (resolve) => {
      this.#onStopped = resolve;
      this.#say({kind: 'stop'});
    });
  }
  finish(): Promise<ClientsSummary> {
    return this.#bounded('the final reads end', FINISH_TIMEOUT_MS, (resolve) => {
      this.#onSummary = resolve;
      this.#say({kind: 'finish'});
    });
  }
  kill(): void {
    this.#child.kill('SIGKILL');
  }

  #say(message: HarnessMessage): void {
    this.#child.send(message);
  }
  #bounded<T>(what: string, timeoutMs: number, begin: (resolve: (value: T) => void) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`not within ${timeoutMs} ms: ${what}`)), timeoutMs);
      this.#onEnd = (error) => {
        clearTimeout(timer);
        reject(error);
      };
      begin((value) => {
        clearTimeout(timer);
        resolve(value);
      });
    });
  }
}
