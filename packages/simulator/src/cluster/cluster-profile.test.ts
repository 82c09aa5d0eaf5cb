import {runClusterSeed} from './cluster-run.js';

test('a cluster', async () => {
  for (const seed of (process.env['SEEDS'] ?? '1').split(',').map(Number)) {
    const t0 = process.cpuUsage();
    const report = await runClusterSeed({seed, traceLineCount: process.env['WINDOW'] === undefined ? 0 : 2_000_000});
    const cpu = process.cpuUsage(t0);
    const {failure} = report;
    process.stderr.write(`seed ${seed} hash ${report.hash} cpu ${((cpu.user + cpu.system) / 1e6).toFixed(2)} virtual ${report.virtualMs.toFixed(0)} events ${report.eventCount} ops ${report.operationCount} ${JSON.stringify(report.outcomes)} eventual ${report.eventualReadCount}/${report.staleReadCount} faults ${JSON.stringify(Object.entries(report.faults.reduce((m: Record<string, number>, f) => ({...m, [f.kind]: (m[f.kind] ?? 0) + 1}), {})))}\n`);
    if (process.env['WINDOW'] !== undefined) {
      const [from, to] = process.env['WINDOW'].split('-').map(Number) as [number, number];
      process.stderr.write(report.trace.filter((l) => { const t = Number.parseFloat(l); return t >= from && t <= to; }).join('\n') + '\n');
    }
    if (failure !== undefined) {
      process.stderr.write(`${failure.message}\n${failure.stack.split('latest events')[0]}\n${report.latestEvents.slice(-Number(process.env['LAST'] ?? 15)).join('\n')}\n`);
    }
  }
}, 600_000);
