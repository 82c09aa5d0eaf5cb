import {systemClock} from './clock.js';
import {systemTimers} from './timers.js';

describe('systemClock', () => {
  test('its monotonic time never goes back, and its wall time is of this century', () => {
    let last = systemClock.monotonicMs();
    for (let i = 0; i < 1_000; i += 1) {
      const now = systemClock.monotonicMs();
      expect(now).toBeGreaterThanOrEqual(last);
      last = now;
    }
    expect(systemClock.wallMs()).toBeGreaterThan(Date.UTC(2025, 0));
  });
});

describe('systemTimers', () => {
  const keepAlive = <T>(promise: Promise<T>): Promise<T> => {
    const hold = setInterval(() => undefined, 1_000);
    return promise.finally(() => clearInterval(hold));
  };
  test('a timer runs once and not before its time', async () => {
    const beginMs = systemClock.monotonicMs();
    await keepAlive(new Promise<void>((resolve) => {
      systemTimers.after(12.5, resolve);
    }));
    // Node's own timer wheel works on a clock cut to whole milliseconds.
    expect(systemClock.monotonicMs() - beginMs).toBeGreaterThanOrEqual(11.5);
  });
  test('a cancelled timer never runs, and cancelling twice is fine', async () => {
    let ranCount = 0;
    const once = systemTimers.after(1, () => (ranCount += 1));
    const often = systemTimers.every(1, () => (ranCount += 1));
    const long = systemTimers.after(2 ** 40, () => (ranCount += 1));
    for (const timer of [once, often, long]) {
      timer.cancel();
      timer.cancel();
    }
    await keepAlive(new Promise<void>((resolve) => {
      systemTimers.after(20, resolve);
    }));
    expect(ranCount).toBe(0);
  });
  test('a delay above 31 bits does not fire at once', async () => {
    let hasRun = false;
    const timer = systemTimers.after(2 ** 31 + 5, () => {
      hasRun = true;
    });
    await keepAlive(new Promise<void>((resolve) => {
      systemTimers.after(15, resolve);
    }));
    timer.cancel();
    expect(hasRun).toBe(false);
  });
  test('a period repeats until cancelled', async () => {
    let ranCount = 0;
    await keepAlive(new Promise<void>((resolve) => {
      const timer = systemTimers.every(1, () => {
        ranCount += 1;
        if (ranCount < 3) return;
        timer.cancel();
        resolve();
      });
    }));
    expect(ranCount).toBe(3);
  });
  test('the next turn comes after promises and before it no call happens', async () => {
    const order: string[] = [];
    await new Promise<void>((resolve) => {
      systemTimers.nextTurn(() => {
        order.push('turn');
        resolve();
      });
      void Promise.resolve().then(() => order.push('promise'));
      order.push('call');
    });
    expect(order).toEqual(['call', 'promise', 'turn']);
  });
});
