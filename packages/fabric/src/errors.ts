export type FabricFailure =
  /** Another process listens there. */
  | {readonly code: 'AddressInUse'; readonly address: string}
  /** The address is not ours, not resolvable, or not allowed. */
  | {readonly code: 'ListenFailed'; readonly address: string; readonly reason: string};

/** The fabric could not start. Everything later is told through results and events. */
export class FabricError extends Error {
  override readonly name = 'FabricError';
  readonly failure: FabricFailure;
  get code(): FabricFailure['code'] {
    return this.failure.code;
  }
  constructor(failure: FabricFailure, options?: ErrorOptions) {
    super(`${failure.code}: ${failure.address}`, options);
    this.failure = failure;
  }
}
