import type {GroupId} from '@murmuration/base';
import type {JobEntry} from '@murmuration/control-client';

/** Finished jobs that are kept to be looked at. */
const FINISHED_COUNT_MAX = 256;

/** Jobs by number, running ones also by partition. Invariant: one running job a partition. */
export class JobTable {
  readonly #jobs = new Map<number, JobEntry>();
  readonly #running = new Map<GroupId, JobEntry>();
  nextJob = 1;

  load(jobs: readonly JobEntry[], nextJob: number): void {
    this.#jobs.clear();
    this.#running.clear();
    this.nextJob = nextJob;
    for (const job of [...jobs].sort((a, b) => a.job - b.job)) this.put(job);
  }
  put(job: JobEntry): void {
    this.#jobs.set(job.job, job);
    if (job.state === 'running') this.#running.set(job.group, job);
    else if (this.#running.get(job.group)?.job === job.job) this.#running.delete(job.group);
  }
  get(job: number): JobEntry | undefined {
    return this.#jobs.get(job);
  }
  runningOf(group: GroupId): JobEntry | undefined {
    return this.#running.get(group);
  }
  running(): Iterable<JobEntry> {
    return this.#running.values();
  }
  all(): Iterable<JobEntry> {
    return this.#jobs.values();
  }
  /** Running ones by number, then finished ones, the newest first. */
  listed(): readonly JobEntry[] {
    const jobs = [...this.#jobs.values()];
    return [
      ...jobs.filter((job) => job.state === 'running').sort((a, b) => a.job - b.job),
      ...jobs.filter((job) => job.state !== 'running').sort((a, b) => b.updatedAtMs - a.updatedAtMs || b.job - a.job),
    ];
  }
  /** Forgets the oldest finished jobs above the bound. @returns their numbers */
  trim(): readonly number[] {
    const finished = [...this.#jobs.values()].filter((job) => job.state !== 'running');
    if (finished.length <= FINISHED_COUNT_MAX) return [];
    const gone = finished.sort((a, b) => a.job - b.job).slice(0, finished.length - FINISHED_COUNT_MAX).map((job) => job.job);
    for (const job of gone) this.#jobs.delete(job);
    return gone;
  }
}
