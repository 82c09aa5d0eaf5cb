export type SystemFailure =
  /** A live process holds the data directory. It is unknown which for the moment between its taking the lock and its signing. */
  | {readonly code: 'Locked'; readonly path: string; readonly pid: number | undefined}
  | {readonly code: 'NotWritable'; readonly path: string; readonly reason: string}
  | {readonly code: 'DiskFull'; readonly path: string}
  /** The file is there and is not what was written: never retried, never overwritten without being asked to. */
  | {readonly code: 'Corrupt'; readonly path: string; readonly reason: string}
  /** A function of a user's failed, or is none that may be called. */
  | {readonly code: 'FunctionFailed'; readonly reason: string}
  /** Written by a newer release. */
  | {readonly code: 'UnknownVersion'; readonly path: string; readonly version: number};

/** What the operating system refuses. The message is one line for an operator and names the path. */
export class SystemError extends Error {
  override readonly name = 'SystemError';
  readonly failure: SystemFailure;
  constructor(failure: SystemFailure, options?: ErrorOptions) {
    super(describe(failure), options);
    this.failure = failure;
  }
}

/** Translates a failure of a file operation on `path`. */
export function toSystemError(cause: unknown, path: string): SystemError {
  if (cause instanceof SystemError) return cause;
  const code = errorCode(cause);
  if (code === 'ENOSPC' || code === 'EDQUOT') return new SystemError({code: 'DiskFull', path}, {cause});
  const reason = REASONS.get(code ?? '') ?? code ?? (cause instanceof Error ? cause.message : String(cause));
  return new SystemError({code: 'NotWritable', path, reason}, {cause});
}

export function errorCode(cause: unknown): string | undefined {
  return typeof cause === 'object' && cause !== null && 'code' in cause && typeof cause.code === 'string' ? cause.code : undefined;
}

const REASONS: ReadonlyMap<string, string> = new Map([
  ['EACCES', 'permission denied'],
  ['EPERM', 'operation not permitted'],
  ['EROFS', 'the file system is read-only'],
  ['ENOTDIR', 'a part of the path is not a directory'],
  ['EEXIST', 'something that is not a directory is in the way'],
  ['ENOENT', 'no such file or directory'],
  ['EIO', 'the disk reports an input or output error'],
  ['EMFILE', 'too many open files'],
]);

function describe(failure: SystemFailure): string {
  switch (failure.code) {
    case 'Locked':
      return `${failure.path} is in use by ${failure.pid === undefined ? 'another process' : `process ${failure.pid}`}: stop it, or choose another data directory`;
    case 'NotWritable':
      return `${failure.path} cannot be used: ${failure.reason}`;
    case 'DiskFull':
      return `${failure.path} cannot be written: no space left on the disk`;
    case 'Corrupt':
      return `${failure.path} is damaged: ${failure.reason}`;
    case 'FunctionFailed':
      return failure.reason;
    case 'UnknownVersion':
      return `${failure.path} has format version ${failure.version}, which a newer release wrote`;
  }
}
