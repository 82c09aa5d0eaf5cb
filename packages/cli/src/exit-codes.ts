/** What a command's exit code tells a script. Stable. */
export const EXIT_OK = 0;
export const EXIT_FAILED = 1;
export const EXIT_USAGE = 2;
export const EXIT_NOT_FOUND = 3;
export const EXIT_UNAVAILABLE = 5;
export const EXIT_TIMEOUT = 6;
/** What was waited for ended otherwise than it should have. */
export const EXIT_CHECK_FAILED = 7;
export const EXIT_INTERRUPTED = 130;

/** A command that cannot do what was asked: one line for the user, and the exit code. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly exitCode: number;
  constructor(exitCode: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}
