// Goal: a transaction is carried out and answered once, also when its items come to lie in other partitions while it is under way.
// Method: partitions are a function that a test answers for; the map changes between two answers.
import {SeededRandom} from '@murmuration/base';
import {ManualTime} from '@murmuration/base/testing';
import {describe, expect, test} from '@jest/globals';
import {parseStoredKey, storedKeyOf} from '@murmuration/model';
import type {TransactAction, TransactResult, TransactStep} from '@murmuration/partition';
import type {PartitionOutcome} from '@murmuration/partition-client';
import {transactWrite} from './coordinator.js';
import type {CoordinatorServices, TransactWriteOutcome} from './coordinator.js';

const KEYS = ['a', 'b'].map((value, i) => storedKeyOf(1, i, {hash: {kind: 'S', value}, range: undefined}));
const COST = {oldSizeBytes: 0, newSizeBytes: 10, indexHalfUnits: [], globalIndexes: [], collectionSizeBytes: 0};

function actionAt(key: Uint8Array): TransactAction {
  return {
    isCheck: false,
    command: {op: 'put', key, item: Uint8Array.of(0), itemSizeBytes: 10, expressions: undefined, returnValues: 'NONE', returnItemOnConditionFailure: false},
  };
}

describe('a transaction whose items lie in one partition and whose token lies in another', () => {
  test('is carried out once when a split parts its items, and what waited for the first look at the token stays away', () => {
    const time = new ManualTime();
    let isSplit = false;
    const groupOf = (key: Uint8Array): number => (key === KEYS[0] ? 1 : key === KEYS[1] ? (isSplit ? 3 : 1) : 9);
    const map = {tables: () => [{tableId: 1, status: 'ACTIVE', createdAtMs: 0}], partitionOfKey: (key: Uint8Array) => ({group: groupOf(key), epoch: isSplit ? 2 : 1})};
    const steps: string[] = [];
    const held: (() => void)[] = [];
    const answer = (step: TransactStep): PartitionOutcome => {
      switch (step.kind) {
        case 'once':
          if (isSplit) return {kind: 'transacted', result: {kind: 'accepted', costs: step.actions.map(() => COST)}} as PartitionOutcome;
          isSplit = true;
          return {kind: 'moved'} as PartitionOutcome;
        case 'prepare':
          return {kind: 'transacted', result: {kind: 'accepted', costs: step.actions.map(() => COST)}} as PartitionOutcome;
        default:
          return {kind: 'transacted', result: {kind: 'committed'}} as PartitionOutcome;
      }
    };
    const services = {
      map: {current: () => map},
      partitions: {
        call: (_entry: unknown, request: {step: TransactStep}, _deadlineMs: number, done: (outcome: PartitionOutcome) => void) => {
          const {step} = request;
          steps.push(step.kind);
          held.push(() => done(answer(step)));
        },
      },
      ports: {clock: time, timers: time, random: new SeededRandom(1)},
    } as unknown as CoordinatorServices;
    const outcomes: TransactWriteOutcome[] = [];
    transactWrite(services, {actions: KEYS.map(actionAt), token: 'token-of-a-client'}, 10_000, (outcome) => outcomes.push(outcome));
    for (let next = held.shift(); next !== undefined; next = held.shift()) next();
    expect(outcomes.map(({kind}) => kind)).toEqual(['committed']);
    expect(steps.filter((kind) => kind === 'once')).toHaveLength(1);
    expect(steps.filter((kind) => kind === 'decide')).toHaveLength(1);
  });
});

describe('a client token', () => {
  const KEY_OF_EACH = [1, 2, 3, 4].map((table) => storedKeyOf(table, 0, {hash: {kind: 'S', value: `item of ${table}`}, range: undefined}));
  const REFUSED = 99;
  const tableOf = (key: Uint8Array): number => parseStoredKey(key).tableId;

  /** Tables of one partition each, which remember nothing but for which request a token is noted. */
  function cluster(ageMs: number): {readonly notes: Map<number, string>; run(table: number, value: number): string | undefined} {
    const time = new ManualTime();
    const notes = new Map<number, string>();
    const partitions = {
      call: (entry: {group: number}, {step}: {step: TransactStep}, _deadlineMs: number, done: (outcome: PartitionOutcome) => void) => {
        const isMisused = (hash: string): boolean => notes.has(entry.group) && notes.get(entry.group) !== hash;
        if (step.kind === 'note') {
          expect(tableOf(step.name.anchor)).toBe(entry.group);
          if (step.purpose === 'note') notes.set(entry.group, step.name.requestHash);
          if (step.purpose === 'withdraw') notes.delete(entry.group);
          done({kind: 'transacted', result: {kind: step.purpose === 'check' && isMisused(step.name.requestHash) ? 'mismatch' : 'committed'}});
        } else if (step.kind === 'once' && step.actions[0]?.command.item[0] === REFUSED) {
          done({kind: 'transacted', result: {kind: 'refused', reasons: [{code: 'ConditionalCheckFailed', message: undefined, item: undefined, sizeBytes: 0}]}});
        } else if (step.kind === 'once' && step.isTokenHere) {
          const result: TransactResult = isMisused(step.name.requestHash) ? {kind: 'mismatch'} : {kind: 'accepted', costs: step.actions.map(() => COST)};
          if (result.kind === 'accepted') notes.set(entry.group, step.name.requestHash);
          done({kind: 'transacted', result});
        } else done({kind: 'transacted', result: {kind: 'accepted', costs: [COST]}});
      },
    };
    const map = {
      tables: () => [1, 2, 3, 4].map((tableId) => ({tableId, status: 'ACTIVE', createdAtMs: time.wallMs() - ageMs})),
      partitionOfKey: (key: Uint8Array) => ({group: tableOf(key), epoch: 1}),
    };
    const services = {map: {current: () => map}, partitions, ports: {clock: time, timers: time, random: new SeededRandom(1)}} as unknown as CoordinatorServices;
    return {
      notes,
      run: (table, value) => {
        let kind: string | undefined;
        const action = actionAt(KEY_OF_EACH[table - 1] as Uint8Array);
        const write = {actions: [{...action, command: {...action.command, item: Uint8Array.of(value)}}], token: 'token-of-a-client'};
        transactWrite(services, write, 10_000, (outcome) => (kind = outcome.kind));
        return kind;
      },
    };
  }
  test.each([1, 2, 3, 4])('of a request to table %i is refused with another request to any table', (first) => {
    const {run, notes} = cluster(3_600_000);
    expect(run(first, 1)).toBe('committed');
    expect(notes.size).toBe(1);
    for (const table of [1, 2, 3, 4]) expect(run(table, 2)).toBe('mismatch');
    expect(run(first, 1)).toBe('committed');
  });
  test.each([1, 2, 3, 4])('of a request to table %i that was cancelled may come with another request', (first) => {
    const {run, notes} = cluster(3_600_000);
    expect(run(first, REFUSED)).toBe('cancelled');
    expect(notes.size).toBe(0);
    expect(run(5 - first, 1)).toBe('committed');
  });
  test('is looked for in every table that was made lately and may hold its note', () => {
    const {run, notes} = cluster(60_000);
    // The note lies in another table than one would choose today.
    for (const table of [1, 2, 3, 4]) {
      notes.clear();
      notes.set(table, 'another request');
      expect([1, 2, 3, 4].map((other) => run(other, 7))).toEqual(['mismatch', 'mismatch', 'mismatch', 'mismatch']);
    }
  });
});
