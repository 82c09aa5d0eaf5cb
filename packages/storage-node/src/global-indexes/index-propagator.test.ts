// When a leader tells indexes what waits: at once after a pause, together when much is written. Method: an outbox that is fed by
// hand, one partition of one index, a clock and a timer that are moved by hand.
import {toGroupId} from '@murmuration/base';
import {encodeOutbox, outboxKey} from '@murmuration/partition';
import type {IndexWriteRequest, PartitionRequest} from '@murmuration/partition';
import type {PartitionClient, PartitionOutcome} from '@murmuration/partition-client';
import type {PartitionEntry} from '@murmuration/placement';
import {IndexOutbox} from './index-outbox.js';
import {IndexPropagator} from './index-propagator.js';

const BATCH_ENTRIES = 128;
const itemKey = (name: number): Uint8Array => Uint8Array.of(0x10, 0, 0, 0, 1, 0, 0, 0, 0, 0, name, 0x02, name, 0, 1);
const entryKey = (name: number): Uint8Array => Uint8Array.of(0x10, 0, 0, 0, 1, 1, 0, 0, 0, 0, name, 0x02, name, 0, 1);
const TARGET = {group: toGroupId(9), epoch: 1, index: 0x100, from: Uint8Array.of(0x10), until: Uint8Array.of(0x11)} as unknown as PartitionEntry;
const WRITTEN = {kind: 'written', attributes: undefined, oldSizeBytes: 0, newSizeBytes: 0} as PartitionOutcome;

class World {
  nowMs = 1_000;
  readonly requests: {readonly request: IndexWriteRequest; readonly answer: (outcome: PartitionOutcome) => void}[] = [];
  readonly propagator: IndexPropagator;
  readonly #outbox = new IndexOutbox();
  #timer: {readonly atMs: number; readonly run: () => void} | undefined;
  #sequence = 0;
  constructor() {
    this.#outbox.loaded([], 0);
    const call = (_entry: PartitionEntry, request: PartitionRequest, _deadlineMs: number, answer: (outcome: PartitionOutcome) => void): void => {
      this.requests.push({request: request as IndexWriteRequest, answer});
    };
    const partitions = {call, map: {current: () => ({partitionOfKey: () => TARGET})}} as unknown as Pick<PartitionClient, 'call' | 'map'>;
    this.propagator = new IndexPropagator({
      outbox: this.#outbox, partitions, lagMs: 0, isFed: () => true, ended: () => undefined, forgotten: () => undefined, told: () => undefined,
      source: () => ({group: toGroupId(1), epoch: 1, ancestors: []}),
      nowMs: () => this.nowMs,
      after: (delayMs, run) => {
        expect(this.#timer).toBeUndefined();
        this.#timer = {atMs: this.nowMs + delayMs, run};
      },
    });
  }
  write(count: number): void {
    for (let i = 0; i < count; i += 1) {
      this.#sequence += 1;
      const name = this.#sequence % 200;
      this.#outbox.applied({key: outboxKey(itemKey(name), this.#sequence), value: encodeOutbox([{key: entryKey(name), value: undefined}])}, this.nowMs);
      this.propagator.pump();
    }
  }
  /** How many writes the requests told that were sent since, each answered at once. */
  answer(): readonly number[] {
    const sent = this.requests.splice(0);
    for (const {answer} of sent) answer(WRITTEN);
    return sent.map(({request}) => request.writes.length);
  }
  elapse(ms: number): void {
    this.nowMs += ms;
    const timer = this.#timer;
    if (timer === undefined || timer.atMs > this.nowMs) return;
    this.#timer = undefined;
    timer.run();
  }
}

test('a write after a pause is told at once, and those that come soon after it together', () => {
  const world = new World();
  world.write(1);
  expect(world.answer()).toEqual([1]);
  world.write(3);
  expect(world.answer()).toEqual([]);
  world.elapse(5);
  expect(world.answer()).toEqual([3]);
  world.elapse(100);
  world.write(1);
  expect(world.answer()).toEqual([1]);
});

test('the more was told, the longer the next wait, and never above its bound', () => {
  const world = new World();
  const waits: number[] = [];
  for (let round = 0; round < 8; round += 1) {
    // A thousand writes a second.
    let waitMs = 0;
    do {
      world.write(10);
      world.elapse(10);
      waitMs += 10;
    } while (world.answer().length === 0);
    waits.push(waitMs);
  }
  expect(waits[0]).toBe(10);
  expect(Math.max(...waits)).toBe(100);
  expect(waits.at(-1)).toBe(100);
});

test('what a full request left behind follows as soon as that one is answered', () => {
  const world = new World();
  world.write(1);
  world.answer();
  world.write(2 * BATCH_ENTRIES + 10);
  world.elapse(100);
  expect(world.answer()).toEqual([BATCH_ENTRIES]);
  expect(world.answer()).toEqual([BATCH_ENTRIES]);
  expect(world.answer()).toEqual([10]);
});

test('a leader that is none any more tells nothing, also when its wait is over', () => {
  const world = new World();
  world.write(1);
  world.answer();
  world.write(1);
  world.propagator.stop();
  world.elapse(100);
  expect(world.answer()).toEqual([]);
});
