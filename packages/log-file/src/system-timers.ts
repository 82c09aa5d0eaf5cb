import type {Timers} from '@murmuration/base';

/** What the log needs of time: the next turn, and a wait that keeps no process alive. */
export type LogTimers = Pick<Timers, 'after' | 'nextTurn'>;

/** Those of the machine. */
export const systemTimers: LogTimers = {
  nextTurn: (callback) => {
    setImmediate(callback);
  },
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs);
    timer.unref();
    return {cancel: () => clearTimeout(timer)};
  },
};
