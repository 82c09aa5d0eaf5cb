/** Why a history can't be judged at all. That a history breaks a promise is a verdict, not an error. */
export type CheckerFailure =
  | {readonly code: 'BadValue'; readonly detail: string}
  | {readonly code: 'BadNumber'; readonly detail: string}
  | {readonly code: 'BadRecord'; readonly line: number; readonly detail: string}
  | {readonly code: 'UnsupportedVersion'; readonly version: number}
  | {readonly code: 'BrokenHistory'; readonly detail: string}
  | {readonly code: 'CannotRender'; readonly detail: string};

/** The only error class of this package: the material is not a history, or asks for what no request can say. */
export class CheckerError extends Error {
  override readonly name = 'CheckerError';
  readonly failure: CheckerFailure;
  constructor(failure: CheckerFailure, options?: ErrorOptions) {
    super(JSON.stringify(failure), options);
    this.failure = failure;
  }
}
