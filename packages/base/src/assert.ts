/** A broken invariant of ours. Never caught but to report it: the process stops, in production too. */
export class AssertionError extends Error {
  override readonly name = 'AssertionError';
  readonly details: Readonly<Record<string, unknown>> | undefined;
  constructor(message: string, details?: Readonly<Record<string, unknown>>) {
    super(details === undefined ? message : `${message} ${describe(details)}`);
    this.details = details;
  }
}

/** Throws AssertionError unless `condition` holds. Use for what must be true, never for input. */
export function assert(
  condition: boolean,
  message: string,
  details?: Readonly<Record<string, unknown>>,
): asserts condition {
  if (!condition) throw new AssertionError(message, details);
}

/** Closes a `switch` over a union: a new variant breaks the build at the call. */
export function unreachable(value: never): never {
  throw new AssertionError('unreachable variant', {value});
}

function describe(details: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(details, (_key, value: unknown) => (typeof value === 'bigint' ? value.toString() : value));
}
