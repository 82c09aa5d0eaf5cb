import {LogError} from '@murmuration/base';

/** The failure of a file that is not what its place in the log promises. Never retried, never repaired in silence. */
export function corrupt(file: string, offsetBytes: number, reason: string, cause?: unknown): LogError {
  return new LogError({code: 'Corrupt', file, offsetBytes, reason}, cause === undefined ? undefined : {cause});
}

/** Whether an error of the file system says that there is no room, the one failure that waiting can mend. */
export function isNoSpace(error: Error): boolean {
  const code = 'code' in error ? error.code : undefined;
  return code === 'ENOSPC' || code === 'EDQUOT';
}

/** A text for the `reason` field of failures: the system's code first, for the reader who greps. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error && typeof error.code === 'string' && !error.message.startsWith(error.code)
    ? `${error.code}: ${error.message}`
    : error.message;
}
