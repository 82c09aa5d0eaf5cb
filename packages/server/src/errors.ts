export type ServerFailure =
  /** The command line, the environment or the settings file asks for something that is not there. */
  | {readonly code: 'BadSetting'; readonly setting: string; readonly reason: string}
  /** The data directory belongs to another cluster or another node. */
  | {readonly code: 'ForeignData'; readonly directory: string; readonly reason: string}
  | {readonly code: 'StartFailed'; readonly reason: string}
  | {readonly code: 'NotDropped'; readonly reason: string};

/** What keeps a process from starting. The message is one line for the operator: what happened and what to do. */
export class ServerError extends Error {
  override readonly name = 'ServerError';
  readonly failure: ServerFailure;
  constructor(failure: ServerFailure, options?: ErrorOptions) {
    super(describe(failure), options);
    this.failure = failure;
  }
}

function describe(failure: ServerFailure): string {
  switch (failure.code) {
    case 'BadSetting':
      return `setting ${failure.setting}: ${failure.reason}`;
    case 'ForeignData':
      return `data directory ${failure.directory}: ${failure.reason}`;
    case 'StartFailed':
    case 'NotDropped':
      return failure.reason;
  }
}
