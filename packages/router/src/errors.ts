/**
 * What keeps the router from an answer of the table: the world's failures. The caller's are ModelErrors.
 * `reason` is for the log; nothing of it goes out.
 */
export type RouterFailure =
  /** Nothing was done. */
  | {readonly code: 'Unavailable'; readonly reason: string}
  /** A write was sent and may have happened. */
  | {readonly code: 'OutcomeUnknown'; readonly reason: string}
  /** Refused at the door: too much is in work here. */
  | {readonly code: 'Overloaded'};

export class RouterError extends Error {
  override readonly name = 'RouterError';
  readonly failure: RouterFailure;
  constructor(failure: RouterFailure, options?: ErrorOptions) {
    super(failure.code === 'Overloaded' ? failure.code : `${failure.code}: ${failure.reason}`, options);
    this.failure = failure;
  }
}
