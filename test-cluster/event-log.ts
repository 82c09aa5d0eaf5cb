import {existsSync, readFileSync, readdirSync} from 'node:fs';
import {join} from 'node:path';

/**
 * Lines that the processes of a cluster logged within a span, in the order of their times: what happened while
 * something was seen from outside.
 * @param fromMs of the monotonic clock of this process, like `untilMs`
 */
export function logLinesWithin(directory: string, fromMs: number, untilMs: number, linesMax = 60): readonly string[] {
  const originMs = Date.now() - performance.now();
  const found: {readonly atMs: number; readonly line: string}[] = [];
  for (const name of existsSync(directory) ? readdirSync(directory) : []) {
    if (!name.endsWith('.log')) continue;
    for (const line of readFileSync(join(directory, name), 'utf8').split('\n')) {
      const time = /"time":"([^"]+)"/.exec(line)?.[1];
      const atMs = time === undefined ? Number.NaN : Date.parse(time) - originMs;
      if (atMs >= fromMs && atMs <= untilMs) found.push({atMs, line});
    }
  }
  return found.sort((a, b) => a.atMs - b.atMs).slice(0, linesMax).map(({atMs, line}) => `${(atMs - fromMs).toFixed(0).padStart(5)} ms  ${line}`);
}
