// Goal: heat is told within its stated errors, costs an idle partition nothing, and says where to cut a partition that
// stays hot. Method: requests by hand on a clock by hand, one second after the other.
import {BASE_INDEX_ID, prefixEnd, toTableId} from '@murmuration/base';
import {CAPACITY_SETTING_DEFAULTS, buildStoredKey, encodePartitionKey, encodeSortKey, parseStoredKey, storedKeyPrefix} from '@murmuration/model';
import type {CapacitySettings} from '@murmuration/model';
import {keyText} from '@murmuration/partition';
import {tokenOf} from '@murmuration/placement';
import {HeatRoom} from './heat-room.js';
import {PartitionHeat} from './partition-heat.js';
import type {HeatSubject} from './partition-heat.js';

const TABLE = toTableId(5);
function keyOf(pk: string, sk = 0): Uint8Array {
  const partitionKey = encodePartitionKey({kind: 'S', value: pk});
  return buildStoredKey(TABLE, BASE_INDEX_ID, tokenOf(partitionKey), partitionKey, encodeSortKey({kind: 'N', value: String(sk)}));
}
const WHOLE: HeatSubject = {
  table: TABLE, from: storedKeyPrefix(TABLE, BASE_INDEX_ID, 0), until: storedKeyPrefix(TABLE, BASE_INDEX_ID + 1, 0), epoch: 1, hasSortKey: true, hasLocalIndexes: false, isLeader: true,
};
class World {
  nowMs = 1_000_000;
  subject: HeatSubject = WHOLE;
  readonly histories = new HeatRoom(10);
  readonly sketches = new HeatRoom(10);
  settings: CapacitySettings = {...CAPACITY_SETTING_DEFAULTS, splitSustainSeconds: 5};
  readonly source = {settingsOf: (): CapacitySettings => this.settings};
  readonly heat: PartitionHeat;
  constructor() {
    this.heat = this.another(7);
  }
  another(seed: number): PartitionHeat {
    return new PartitionHeat({histories: this.histories, sketches: this.sketches, defaults: CAPACITY_SETTING_DEFAULTS}, () => this.subject, () => this.nowMs, seed);
  }
  /** Seconds of requests, each told by its place in the second. */
  run(seconds: number, eachSecond: number, request: (i: number, second: number) => void): void {
    for (let second = 0; second < seconds; second += 1) {
      for (let i = 0; i < eachSecond; i += 1) request(i, second);
      this.nowMs += 1_000;
      this.heat.tick(this.nowMs, this.source);
    }
  }
}

describe('heat of a partition', () => {
  test('an idle one holds nothing', () => {
    const world = new World();
    world.run(3, 0, () => undefined);
    expect([world.histories.heldCount, world.sketches.heldCount]).toEqual([0, 0]);
    expect(world.heat.cells(0, world.nowMs)).toEqual([]);
    expect(world.heat.recent).toEqual({readHalfUnits: 0, writeHalfUnits: 0, throttleCount: 0});
  });
  test('load by time is exact', () => {
    const world = new World();
    world.run(3, 100, (i) => (i % 4 === 0 ? world.heat.written(keyOf('a', i), 2) : world.heat.read(keyOf('a', i), 1)));
    const cells = world.heat.cells(world.nowMs - 10_000, world.nowMs);
    expect(cells).toHaveLength(3);
    for (const cell of cells) expect(cell).toMatchObject({readHalfUnits: 75, writeHalfUnits: 50, throttleCount: 0});
  });
  test('the hottest keys are found among thousands, by item and by collection, also when requests come in turn', () => {
    const world = new World();
    world.run(20, 2_000, (i, second) => world.heat.read(i % 4 === 0 ? keyOf('hot', 1) : keyOf(`cold-${(second * 2_000 + i) % 5_000}`, i), 1));
    const [hottest] = world.heat.keys('accessed', 'item', 3);
    expect(hottest?.text).toBe(keyText(keyOf('hot', 1)));
    const share = (hottest?.count ?? 0) / (20 * 2_000);
    expect(share).toBeGreaterThan(0.2);
    expect(share).toBeLessThan(0.3);
    const [collection] = world.heat.keys('accessed', 'collection', 3);
    expect(keyText(keyOf('hot', 1)).startsWith(collection?.text ?? '-')).toBe(true);
    expect(collection?.text).toHaveLength(11 + parseStoredKey(keyOf('hot', 1)).partitionKey.length);
  });
  test('refused requests are counted by key apart', () => {
    const world = new World();
    world.run(1, 50, () => world.heat.throttled(keyOf('refused', 1)));
    expect(world.heat.keys('throttled', 'item', 1)).toEqual([{text: keyText(keyOf('refused', 1)), count: 50, countError: 0}]);
    expect(world.heat.keys('accessed', 'item', 1)).toEqual([]);
    expect(world.heat.cells(0, world.nowMs)).toMatchObject([{throttleCount: 50}]);
  });
  test('the coldest gives its room to a newcomer', () => {
    const world = new World();
    const heats = Array.from({length: 12}, (_none, seed) => world.another(seed));
    heats.forEach((heat, i) => {
      heat.read(keyOf(`k${i}`), 3);
      heat.tick(world.nowMs + i + 1, world.source);
    });
    expect([world.histories.heldCount, world.sketches.heldCount]).toEqual([10, 10]);
    expect(heats.map((heat) => heat.cells(0, world.nowMs + 20_000).length)).toEqual([0, 0, ...Array.from({length: 10}, () => 1)]);
    for (const heat of heats) heat.stop();
    expect([world.histories.heldCount, world.sketches.heldCount]).toEqual([0, 0]);
  });
});

/** 900 writes of one unit a second are over four fifths of the ceiling of 1,000. */
const HOT_WRITES = 900;
describe('where to cut', () => {
  test('load that lasts is halved, a short peak and a low load are let be', () => {
    const world = new World();
    const write = (i: number): void => world.heat.written(keyOf(`k${(i * 7919) % 1_000}`), 2);
    world.run(20, 700, write);
    expect(world.heat.advice).toBeUndefined();
    world.run(3, HOT_WRITES, write);
    expect(world.heat.hotSinceMs).toBeDefined();
    world.run(10, 300, write);
    expect([world.heat.advice, world.heat.hotSinceMs]).toEqual([undefined, undefined]);
    world.run(5, HOT_WRITES, write);
    expect(world.heat.advice).toMatchObject({kind: 'split', advisedAtMs: world.nowMs, hotSinceMs: world.nowMs - 5_000});
    const advice = world.heat.advice;
    expect(advice?.kind === 'split' && Math.abs(advice.belowRatio - 0.5) < 0.15).toBe(true);
    world.run(10, 0, () => undefined);
    expect(world.heat.advice).toBeUndefined();
  });
  test('one collection is cut inside by sort key, unless local indexes keep it whole', () => {
    const write = (world: World) => (i: number): void => world.heat.written(keyOf('all', (i * 7919) % 1_000), 2);
    const world = new World();
    world.run(5, HOT_WRITES, write(world));
    const advice = world.heat.advice;
    expect(advice?.kind === 'split' && parseStoredKey(advice.at).parts).toHaveLength(2);
    const indexed = new World();
    indexed.subject = {...WHOLE, hasLocalIndexes: true};
    indexed.run(5, HOT_WRITES, write(indexed));
    expect(indexed.heat.advice).toMatchObject({kind: 'none', reason: 'collection-stays-whole'});
  });
  test('one hot item is cut off below and above, then left alone', () => {
    const world = new World();
    const item = keyOf('hot', 1);
    const write = (): void => world.heat.written(item, 2);
    const borders: Uint8Array[] = [];
    for (let epoch = 1; epoch <= 2; epoch += 1) {
      world.run(6, HOT_WRITES, write);
      const advice = world.heat.advice;
      if (advice?.kind !== 'split') throw new Error('no cut was advised');
      borders.push(advice.at);
      const isAbove = keyText(advice.at) <= keyText(item);
      world.subject = isAbove ? {...world.subject, from: advice.at, epoch: epoch + 1} : {...world.subject, until: advice.at, epoch: epoch + 1};
    }
    expect(new Set(borders.map(keyText))).toEqual(new Set([keyText(item), keyText(prefixEnd(item) ?? item)]));
    world.run(6, HOT_WRITES, write);
    expect(world.heat.advice).toMatchObject({kind: 'none', reason: 'one-item-takes-the-load'});
  });
  test('keys in rising order are not followed', () => {
    const world = new World();
    let next = 0;
    world.run(6, HOT_WRITES, () => world.heat.written(keyOf('log', (next += 1)), 2));
    expect(world.heat.advice).toMatchObject({kind: 'none', reason: 'keys-come-in-order'});
  });
  test('few requests that cost much are no ground for a cut: whether they come in order is not known', () => {
    const world = new World();
    let next = 0;
    world.run(6, 4, () => world.heat.written(keyOf('log', (next += 1)), 600));
    expect([world.heat.advice, world.heat.hotSinceMs !== undefined]).toEqual([undefined, true]);
    world.run(4, 4, () => world.heat.written(keyOf('log', (next += 1)), 600));
    expect(world.heat.advice).toMatchObject({kind: 'none', reason: 'keys-come-in-order'});
  });
  test('only a leader is told, only while it is switched on, and a half that was cut must stay hot as long again', () => {
    const world = new World();
    const write = (i: number): void => world.heat.written(keyOf(`k${(i * 7919) % 1_000}`), 2);
    world.subject = {...WHOLE, isLeader: false};
    world.run(8, HOT_WRITES, write);
    expect(world.heat.advice).toBeUndefined();
    world.subject = WHOLE;
    world.settings = {...world.settings, splitForHeat: 'off'};
    world.run(8, HOT_WRITES, write);
    expect(world.heat.advice).toBeUndefined();
    world.settings = {...world.settings, splitForHeat: 'on'};
    world.run(5, HOT_WRITES, write);
    expect(world.heat.advice?.kind).toBe('split');
    world.subject = {...WHOLE, epoch: 2};
    world.run(4, HOT_WRITES, write);
    expect(world.heat.advice).toBeUndefined();
    world.run(1, HOT_WRITES, write);
    expect(world.heat.advice?.kind).toBe('split');
  });
});
