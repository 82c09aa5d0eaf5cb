// One worker of a campaign: runs the seeds it is handed, one after the other, and tells what each came to.
import type {ProfileName, SeedResult} from '../seed-result.js';
import {loadProfile} from './profiles.js';

export interface WorkerOrder {
  readonly profile: ProfileName;
  readonly seed: number;
}
/** The code could be loaded: from here on, whatever ends the process is what the seed did. */
export interface WorkerBegun {
  readonly kind: 'begun';
}
export interface WorkerReport {
  readonly kind: 'done';
  readonly result: SeedResult;
  readonly cpuSeconds: number;
}

process.on('message', (order: WorkerOrder) => {
  const before = process.cpuUsage();
  loadProfile(order.profile).then((run) => {
    const begun: WorkerBegun = {kind: 'begun'};
    process.send?.(begun);
    return run({seed: order.seed});
  }).then((result) => {
    const used = process.cpuUsage(before);
    const report: WorkerReport = {kind: 'done', result, cpuSeconds: (used.user + used.system) / 1_000_000};
    process.send?.(report);
  }).catch((error: unknown) => {
    process.stderr.write(`seed ${order.seed}: ${error instanceof Error ? error.stack ?? error.message : String(error)}\n`);
    process.exit(1);
  });
});
