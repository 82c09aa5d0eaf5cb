// Goal: what was acknowledged survives the loss of power of all machines at one instant. Method: data on mounted images; images are
// copied while everything stands still, processes are killed, and the cluster goes on from the copies, under load.
import {failedChecks, runNemesis} from './run-nemesis.js';
import {MOUNT_AN_IMAGE, testWhere} from './process-cluster.js';

const CUT_COUNT = process.env['MURMUR_TEST_LONG'] === '1' ? 30 : 3;

const testWithImages = testWhere('sh', ['-c', MOUNT_AN_IMAGE], 'images cannot be mounted here: it needs root, mkfs.ext4 and loop devices');

testWithImages('acknowledged writes survive power cuts of the whole cluster', async () => {
  const {report, text} = await runNemesis(['--measure', 'power-all', '--count', String(CUT_COUNT), '--seed', '7', '--quiet-seconds', '6'], 240_000 + CUT_COUNT * 20_000);
  console.info(text);
  expect(failedChecks(report)).toEqual([]);
  expect(report.rows.map((row) => row.tookEffect)).toEqual([CUT_COUNT]);
  expect(report.lost).toBe(0);
}, 260_000 + CUT_COUNT * 20_000);
