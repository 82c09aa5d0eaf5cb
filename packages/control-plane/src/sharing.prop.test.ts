// Goal: in no mode of sharing do the partitions of a table together give more than the table has, none gives more than its
// ceiling in any second, and no bucket is ever above its size or below zero, whoever leads and whether the control plane
// answers or not. Method: random schedules of load, lost heartbeats, silences of the control plane and changes of leaders.
import {BASE_INDEX_ID, toGroupId, toTableId} from '@murmuration/base';
import {GivenShare, NO_BUDGET, PartitionAdmission, evenShare, levelsOfNewLeader, nextBudgetState, unitsToMilliRate} from '@murmuration/capacity';
import type {BudgetState, PartitionShares} from '@murmuration/capacity';
import type {GroupReport} from '@murmuration/control-client';
import type {TableDescriptor} from '@murmuration/model';
import type {PartitionEntry} from '@murmuration/placement';
import fc from 'fast-check';
import {TableShares} from './table-shares.js';
import type {TableSource} from './table-shares.js';

const COUNT = 3;
const UNITS = 60;
const CEILING_HALF_UNITS = 80;
const BURST_SECONDS = 20;
const LOOK_MS = 50;
const HEARTBEAT_MS = 500;
const TABLE = toTableId(1);
const GROUPS = Array.from({length: COUNT}, (_none, i) => toGroupId(16 + i));
const RATE = unitsToMilliRate(UNITS);

const source: TableSource = {
  table: () => ({tableId: TABLE, billingMode: 'PROVISIONED', provisionedThroughput: {ReadCapacityUnits: UNITS, WriteCapacityUnits: UNITS}} as TableDescriptor),
  partition: (group) => ({group, table: TABLE, index: BASE_INDEX_ID, from: new Uint8Array([group])} as PartitionEntry),
  partitionsOfTable: () => GROUPS.map((group) => source.partition(group) as PartitionEntry),
};

class Leader {
  readonly place: number;
  readonly given = new GivenShare();
  told: BudgetState = NO_BUDGET;
  admission: PartitionAdmission;
  asked = 0;
  /** Accepted in each millisecond, since this leader began. */
  passed: (readonly [number, number])[] = [];
  constructor(place: number) {
    this.place = place;
    this.admission = this.#make(0, true);
  }
  #make(nowMs: number, isNew: boolean): PartitionAdmission {
    return new PartitionAdmission({resource: 'Table', writeCeilingHalfUnits: CEILING_HALF_UNITS, burstSeconds: BURST_SECONDS}, this.shares(nowMs), nowMs, isNew ? undefined : levelsOfNewLeader(this.told));
  }
  #share(nowMs: number): ReturnType<GivenShare['at']> {
    return this.given.at(evenShare(RATE, this.place, COUNT), nowMs);
  }
  shares(nowMs: number): PartitionShares {
    return {read: undefined, write: {...this.#share(nowMs), cause: 'ProvisionedThroughputExceeded'}};
  }
  replace(nowMs: number, isShared: boolean): void {
    this.given.begin(!isShared, nowMs);
    this.passed = [];
    this.admission = this.#make(nowMs, false);
  }
  look(nowMs: number): void {
    this.admission.setShares(this.shares(nowMs), nowMs);
    const levels = this.admission.levels(nowMs);
    const {writeHalfUnits} = this.admission.burstSizes;
    for (const [level, size] of [[levels.write.burstHalfUnits, writeHalfUnits], [levels.write.allocatedHalfUnits, Math.ceil(this.#share(nowMs).rate / 1_000)]] as const) {
      if (level < 0 || level > size) throw new Error(`a level of ${level} in a bucket of ${size}`);
    }
    const margin = CEILING_HALF_UNITS / 10;
    this.told = nextBudgetState(this.told, levels, {readSizeHalfUnits: 0, writeSizeHalfUnits: writeHalfUnits, readMarginHalfUnits: margin, writeMarginHalfUnits: margin}) ?? this.told;
  }
  put(nowMs: number): boolean {
    if (this.admission.admitWrite(2, nowMs).kind !== 'ok') return false;
    this.passed.push([nowMs, 2]);
    const second = this.passed.reduce((sum, [atMs, halfUnits]) => (atMs > nowMs - 1_000 ? sum + halfUnits : sum), 0);
    if (second > CEILING_HALF_UNITS) throw new Error(`${second} half units in one second`);
    if (this.passed.length > 500) this.passed = this.passed.filter(([atMs]) => atMs > nowMs - 1_000);
    return true;
  }
  report(group: number, nowMs: number): GroupReport {
    const {writeHalfUnits} = this.admission.drainLoad();
    const throughput = {readAskedHalfUnits: 0, writeAskedHalfUnits: writeHalfUnits, overMs: HEARTBEAT_MS, readRate: 0, writeRate: this.#share(nowMs).gainRate};
    return {group, isLeader: true, throughput} as unknown as GroupReport;
  }
}

const phase = fc.record({
  lastsMs: fc.integer({min: 100, max: 6_000}), loads: fc.array(fc.integer({min: 0, max: 6}), {minLength: COUNT, maxLength: COUNT}),
  isSilent: fc.boolean(), replaced: fc.option(fc.integer({min: 0, max: COUNT - 1})), lost: fc.integer({min: 0, max: COUNT}),
});

test.each(['static', 'adaptive'] as const)('%s: the table gives what it has, partitions keep to their ceilings, buckets to their sizes', (mode) => {
  fc.assert(fc.property(fc.array(phase, {minLength: 1, maxLength: 8}), (phases) => {
    const control = new TableShares();
    const leaders = GROUPS.map((_group, place) => new Leader(place));
    let nowMs = 0;
    let accepted = 0;
    for (const {lastsMs, loads, isSilent, replaced, lost} of phases) {
      if (replaced !== null) leaders[replaced]?.replace(nowMs, mode === 'adaptive');
      for (const untilMs = nowMs + lastsMs; nowMs < untilMs; nowMs += LOOK_MS) {
        leaders.forEach((leader, i) => {
          for (let n = 0; n < (loads[i] ?? 0); n += 1) if (leader.put(nowMs)) accepted += 2;
          leader.look(nowMs);
          if (mode === 'static' || isSilent || i === lost || nowMs % HEARTBEAT_MS !== 0) return;
          const [share] = control.exchange([leader.report(GROUPS[i] ?? 0, nowMs)], source, nowMs);
          if (share === undefined) throw new Error('a heartbeat without a share');
          leader.given.give(share.writeRate, nowMs);
          leader.admission.setShares(leader.shares(nowMs), nowMs);
        });
        const had = (RATE * (1_000 + nowMs)) / 1_000_000 + COUNT;
        if (accepted > had) throw new Error(`${accepted} half units of ${had} after ${nowMs} ms`);
      }
    }
  }), {numRuns: 40});
});
