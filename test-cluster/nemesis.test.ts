// Goal: what the service promises holds while processes are killed, paused and cut from each other. Method: a minute of the nemesis
// with its recorded history judged afterwards; long runs are a command (docs/nemesis.md).
import {failedChecks, runNemesis} from './run-nemesis.js';

const OPERATION_COUNT_MIN = 20_000;
/** Some calls say nothing: they proved to be without effect. */
const CALL_COUNT = 23_000;
const SECONDS = process.env['MURMUR_TEST_LONG'] === '1' ? 600 : 40;
const SEED = 20_261;

test('a minute of kills, pauses and cuts: strong operations stay linearizable, nothing acknowledged is lost, replicas agree', async () => {
  const {report, text} = await runNemesis(['--seconds', String(SECONDS), '--seed', String(SEED), '--faults', 'kill,pause,cut', '--quiet-seconds', '6', '--hold-seconds', '3', '--operations', String(CALL_COUNT)], (12 * SECONDS + 120) * 1_000);
  console.info(text);
  expect(failedChecks(report)).toEqual([]);
  expect(report).toMatchObject({lost: 0, violations: 0, unknown: 0});
  expect(report.operations).toBeGreaterThanOrEqual(OPERATION_COUNT_MIN);
}, (12 * SECONDS + 140) * 1_000);
