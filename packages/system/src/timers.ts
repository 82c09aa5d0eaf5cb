import type {TimerHandle, Timers} from '@murmuration/base';

/** Node fires a timer at once when its delay does not fit into 31 bits. */
const DELAY_MS_MAX = 0x7fff_ffff;

/**
 * The timers of the event loop. None of them keeps the process alive: open sockets do, and a process that has
 * none has nothing left to time.
 */
export const systemTimers: Timers = {
  after(delayMs: number, callback: () => void): TimerHandle {
    let timer: NodeJS.Timeout;
    // A longer delay is waited for in parts. Rounded up, since Node cuts fractions off and would be early.
    const wait = (leftMs: number): void => {
      const partMs = Math.min(leftMs, DELAY_MS_MAX);
      timer = setTimeout(() => (leftMs > partMs ? wait(leftMs - partMs) : callback()), partMs);
      timer.unref();
    };
    wait(Math.max(0, Math.ceil(delayMs)));
    return {cancel: () => clearTimeout(timer)};
  },
  every(periodMs: number, callback: () => void): TimerHandle {
    const timer = setInterval(callback, Math.min(DELAY_MS_MAX, Math.max(1, Math.ceil(periodMs))));
    timer.unref();
    return {cancel: () => clearInterval(timer)};
  },
  nextTurn(callback: () => void): void {
    setImmediate(callback);
  },
};
