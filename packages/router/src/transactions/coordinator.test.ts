// Goal: a transaction is carried out and answered once, also when its items come to lie in other partitions while it is under way.
// Method: partitions are a function that a test answers for; the map changes between two answers.
import {SeededRandom} from '@murmuration/base';
import {ManualTime} from '@murmuration/base/testing';
import {describe, expect, test} from '@jest/globals';
import {storedKeyOf} from '@murmuration/model';
import type {TransactAction, TransactStep} from '@murmuration/partition';
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
    const map = {partitionOfKey: (key: Uint8Array) => ({group: groupOf(key), epoch: isSplit ? 2 : 1})};
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
