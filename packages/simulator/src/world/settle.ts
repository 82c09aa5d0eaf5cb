/**
 * Between two events every promise settles. Node's own drain of ticks and microtasks is reached from JavaScript and
 * costs nothing when there is nothing to do; where a runtime does not offer it, the world takes a real turn of the
 * event loop after each event, which gives the same order at the price of about a microsecond.
 */
export type Settle = (() => void) | undefined;

export function findSettle(): Settle {
  const offered: unknown = (process as unknown as {readonly _tickCallback?: unknown})._tickCallback;
  return typeof offered === 'function' ? () => {
    offered.call(process);
  } : undefined;
}

/** The real thing, taken before a run forbids it. */
export const realTurn: (callback: () => void) => void = setImmediate;
