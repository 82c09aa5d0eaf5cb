/** What keeps a trigger from being made, found or run. */
export type TriggerFailure =
  /** The definition breaks a rule; the reason says which. */
  | {readonly code: 'BadDefinition'; readonly reason: string}
  | {readonly code: 'TriggerExists'; readonly name: string}
  | {readonly code: 'NoTrigger'; readonly name: string}
  /** An answer of the API. `type` is the exception's name. */
  | {readonly code: 'Api'; readonly type: string; readonly reason: string}
  /** The runner has lost its lease or is stopping: nothing of what it does counts any more. */
  | {readonly code: 'Stopped'};

export class TriggerError extends Error {
  override readonly name = 'TriggerError';
  readonly failure: TriggerFailure;
  constructor(failure: TriggerFailure, options?: ErrorOptions) {
    super(messageOf(failure), options);
    this.failure = failure;
  }
}

export function badDefinition(reason: string): TriggerError {
  return new TriggerError({code: 'BadDefinition', reason});
}
export function isApiError(error: unknown, type: string): boolean {
  return error instanceof TriggerError && error.failure.code === 'Api' && error.failure.type === type;
}

function messageOf(failure: TriggerFailure): string {
  switch (failure.code) {
    case 'BadDefinition': return failure.reason;
    case 'TriggerExists': return `there is a trigger ${failure.name} already`;
    case 'NoTrigger': return `there is no trigger ${failure.name}`;
    case 'Api': return `${failure.type}: ${failure.reason}`;
    case 'Stopped': return 'the trigger is stopping here';
  }
}
