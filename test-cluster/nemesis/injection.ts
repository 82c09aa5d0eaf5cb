/** One step of a run as it went. Times are of the monotonic clock, in milliseconds. */
export interface Injection {
  /** Of its step; ranges probed for it alone carry it too. */
  readonly number: number;
  /** Names of the kinds, joined by `+` for a pair. */
  readonly name: string;
  /** Gaps count from here. */
  readonly struckMs: number;
  readonly healedMs: number;
  /** Until here the step counts for the gaps: its rest after it belongs to it. */
  readonly untilMs: number;
  readonly effects: readonly {readonly fault: string; readonly tookEffect: boolean; readonly detail: string; readonly violation?: string}[];
  /** Terms that partitions went through meanwhile. */
  readonly leaderChanges: number;
}
