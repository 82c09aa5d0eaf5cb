/** Waits until something holds. The condition may throw while it does not: the last reason is told when time is up. */
export async function until<T>(what: string, condition: () => Promise<T | undefined | false> | T | undefined | false, timeoutMs = 15_000, pollMs = 50): Promise<T> {
  const untilMs = performance.now() + timeoutMs;
  let reason = '';
  for (;;) {
    try {
      const value = await condition();
      if (value !== undefined && value !== false) return value;
      reason = '';
    } catch (cause) {
      reason = cause instanceof Error ? `: ${cause.message}` : '';
    }
    if (performance.now() > untilMs) throw new Error(`not within ${timeoutMs} ms: ${what}${reason}`);
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}
