import type {GroupId} from '@murmuration/base';
import type {SplitTimeline} from '@murmuration/control-client';
import type {PartitionHeat} from './partition-heat.js';

/** The control plane is told of a split for so long, so that requests which were sent on are counted too. */
const TOLD_MS = 30_000;

/** What it took to settle a cut at a leader. */
export interface CutOverFacts {
  readonly pausedMs: number;
  readonly heldCount: number;
}

/** How splits of one partition went at its leader: phases of the one under way, and the newest that was carried out. */
export class SplitRecord {
  readonly #clock: {wallMs(): number; monotonicMs(): number};
  readonly #heat: PartitionHeat;
  #phase = {startMs: 0, askedAtMs: 0, choseMs: 0, countedMs: 0};
  #last: {readonly timeline: Omit<SplitTimeline, 'movedOnCount'>; readonly untilMs: number} | undefined;
  #movedOnCount = 0;

  constructor(clock: {wallMs(): number; monotonicMs(): number}, heat: PartitionHeat) {
    this.#clock = clock;
    this.#heat = heat;
  }
  begun(): void {
    const nowMs = this.#clock.monotonicMs();
    this.#phase = {startMs: nowMs, askedAtMs: Math.floor(this.#clock.wallMs()), choseMs: 0, countedMs: 0};
  }
  chose(): void {
    const nowMs = this.#clock.monotonicMs();
    this.#phase = {...this.#phase, choseMs: Math.round(nowMs - this.#phase.startMs), startMs: nowMs};
  }
  counted(): void {
    const nowMs = this.#clock.monotonicMs();
    this.#phase = {...this.#phase, countedMs: Math.round(nowMs - this.#phase.startMs), startMs: nowMs};
  }
  /** @param advice that the place came from, if it came from heat */
  applied(child: GroupId, {pausedMs, heldCount}: CutOverFacts, advice: {readonly hotSinceMs: number; readonly advisedAtMs: number} | undefined): void {
    const {askedAtMs, choseMs, countedMs} = this.#phase;
    this.#movedOnCount = 0;
    this.#last = {
      timeline: {
        child, askedAtMs, choseMs, countedMs, pausedMs: Math.round(pausedMs), heldCount, cutAtMs: Math.floor(this.#clock.wallMs()),
        ...(advice === undefined ? {} : {hotSinceMs: Math.floor(advice.hotSinceMs), advisedAtMs: Math.floor(advice.advisedAtMs)}),
      },
      untilMs: this.#clock.monotonicMs() + TOLD_MS,
    };
  }
  /** A request came for what another partition has by now. */
  movedOn(): void {
    if (this.#last !== undefined) this.#movedOnCount += 1;
  }
  /** The advice that a split to this place would follow. */
  adviceFor(at: Uint8Array | undefined): {readonly hotSinceMs: number; readonly advisedAtMs: number} | undefined {
    return at === undefined ? undefined : this.#heat.adviceFor(at);
  }
  report(): {readonly splitTimeline?: SplitTimeline} {
    if (this.#last === undefined) return {};
    if (this.#clock.monotonicMs() >= this.#last.untilMs) {
      this.#last = undefined;
      return {};
    }
    return {splitTimeline: {...this.#last.timeline, movedOnCount: this.#movedOnCount}};
  }
}
