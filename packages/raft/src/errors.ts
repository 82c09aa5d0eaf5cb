/** Why a configuration change cannot be applied to a configuration. The text names the rule that it breaks. */
export interface ConfChangeFailure {
  readonly code: 'InvalidConfChange';
  readonly reason: string;
}

export type RaftFailure = ConfChangeFailure;

/** An error of this package. The core refuses by return value; only the configuration changer throws. */
export class RaftError extends Error {
  override readonly name = 'RaftError';
  readonly failure: RaftFailure;
  constructor(failure: RaftFailure, options?: ErrorOptions) {
    super(failure.reason, options);
    this.failure = failure;
  }
}
