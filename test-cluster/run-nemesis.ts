import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import type {RunReport} from './nemesis/report.js';
import {newDirectory, removeDirectory, run} from './process-cluster.js';

const PROGRAM = join(__dirname, '..', 'scripts', 'nemesis.mjs');

/** Runs `npm run nemesis` to its end. @returns its report and what it printed @throws Error with what it said when there is no report */
export async function runNemesis(args: readonly string[], timeoutMs: number): Promise<{readonly report: RunReport; readonly text: string}> {
  const directory = newDirectory('nemesis-result');
  try {
    const {stdout, stderr, code} = await run(process.execPath, [PROGRAM, ...args, '--out', directory], {}, timeoutMs);
    let result: string;
    try {
      result = readFileSync(join(directory, 'result.json'), 'utf8');
    } catch (cause) {
      throw new Error(`the nemesis ended with ${String(code)} and left no result: ${stderr.trim().split('\n').slice(-30).join('\n')}`, {cause});
    }
    return {report: JSON.parse(result) as RunReport, text: `${stderr}\n${stdout}`};
  } finally {
    removeDirectory(directory);
  }
}

/** Names and details of the checks that failed. */
export function failedChecks(report: RunReport): readonly string[] {
  return report.checks.filter((check) => !check.isPassed).map((check) => `${check.name}: ${check.detail}`);
}
