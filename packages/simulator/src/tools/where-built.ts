import {existsSync} from 'node:fs';

/**
 * Compiled code is several times faster than what a test runner loads, so the long searches run compiled programs.
 * `npm test` compiles before it tests; whoever runs one file without that is told why it was skipped.
 * @param program path of the compiled program
 */
export function whereBuilt<Run>(program: string, run: Run, skip: Run): Run {
  if (existsSync(program)) return run;
  console.warn(`skipped: ${program} was not compiled; run npm run build first`);
  return skip;
}
