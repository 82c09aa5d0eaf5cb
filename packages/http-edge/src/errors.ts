/** Why a listener could not be opened. `address` is `host:port` as asked for. */
export type HttpEdgeFailure =
  | {readonly code: 'AddressInUse'; readonly address: string}
  | {readonly code: 'AddressNotAvailable'; readonly address: string}
  | {readonly code: 'NotPermitted'; readonly address: string}
  | {readonly code: 'ListenFailed'; readonly address: string};

export class HttpEdgeError extends Error {
  override readonly name = 'HttpEdgeError';
  readonly failure: HttpEdgeFailure;
  constructor(failure: HttpEdgeFailure, options?: ErrorOptions) {
    super(`${failure.code} ${failure.address}`, options);
    this.failure = failure;
  }
  get code(): HttpEdgeFailure['code'] {
    return this.failure.code;
  }
  get address(): string {
    return this.failure.address;
  }

  /** Translates what node reports from `listen`. */
  static fromListen(cause: Error, address: string): HttpEdgeError {
    return new HttpEdgeError({code: listenCode(Reflect.get(cause, 'code')), address}, {cause});
  }
}

function listenCode(code: unknown): HttpEdgeFailure['code'] {
  switch (code) {
    case 'EADDRINUSE':
      return 'AddressInUse';
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EINVAL':
      return 'AddressNotAvailable';
    case 'EACCES':
    case 'EPERM':
      return 'NotPermitted';
    default:
      return 'ListenFailed';
  }
}
