import {runCluster} from './cluster-run.js';

test('a cluster', async () => {
  for (const seed of (process.env['SEEDS'] ?? '1').split(',').map(Number)) {
    const t0 = process.cpuUsage();
    const report = await runCluster({seed, traceLineCount: 0});
    const cpu = process.cpuUsage(t0);
    const {failure} = report;
    process.stderr.write(`seed ${seed} hash ${report.hash} cpu ${((cpu.user + cpu.system) / 1e6).toFixed(2)} virtual ${report.virtualMs.toFixed(0)} events ${report.eventCount} ops ${report.operationCount} ${JSON.stringify(report.outcomes)} faults ${JSON.stringify(report.faultCounts)}\n`);
    if (failure !== undefined) {
      process.stderr.write(`${failure.stack}\n${failure.cause instanceof Error ? failure.cause.stack : ''}\n${report.latestEvents.slice(-Number(process.env['LAST'] ?? 15)).join('\n')}\n`);
    }
  }
}, 600_000);
