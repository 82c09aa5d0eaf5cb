// `npm test [-- jest options]`: makes the working copy ready, runs the tests, and says in the last line how many passed and failed.
import {spawn} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {root, setup} from './setup.mjs';

setup();
const folder = mkdtempSync(join(tmpdir(), 'murmuration-test-'));
const summaryFile = join(folder, 'summary.json');
const jest = spawn(process.execPath, [join(root, 'node_modules', 'jest', 'bin', 'jest.js'), '--json', `--outputFile=${summaryFile}`, ...process.argv.slice(2)], {
  cwd: root,
  // With --outputFile nothing of use is left on standard output; the report of jest is on standard error.
  stdio: ['inherit', 'ignore', 'inherit'],
});
// A terminal signals the whole group; a supervisor signals this process only.
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => jest.kill(signal));
process.on('SIGINT', () => undefined);
jest.on('close', (code, signal) => {
  const {passed, failed, skipped} = readSummary();
  rmSync(folder, {recursive: true, force: true});
  if (skipped > 0) process.stdout.write(`${skipped} skipped\n`);
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  process.exitCode = code ?? (signal === null ? 1 : 130);
});

function readSummary() {
  try {
    const summary = JSON.parse(readFileSync(summaryFile, 'utf8'));
    // A file that could not even be loaded has no failed tests in it, but it is a failure.
    return {passed: summary.numPassedTests, failed: summary.numFailedTests + summary.numRuntimeErrorTestSuites, skipped: summary.numPendingTests};
  } catch {
    return {passed: 0, failed: 1, skipped: 0};
  }
}
