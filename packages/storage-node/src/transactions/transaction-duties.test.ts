// Goal: what is remembered of a transaction is looked at until it is dropped. Method: duties over a store and an overlay that the test fills.
import {setImmediate} from 'node:timers/promises';
import {toGroupId} from '@murmuration/base';
import {storedTableRange} from '@murmuration/model';
import type {PartitionMachine} from '@murmuration/partition';
import type {NodeContext} from '../partition-context.js';
import type {WritePipeline} from '../write-pipeline.js';
import {TransactionDuties} from './transaction-duties.js';

test('a decision that is applied and that the store does not show yet is looked for again', async () => {
  let [nowMs, readCount, isUnstored] = [0, 0, true];
  const node = {
    tuning: {decisionTrimMs: 10}, clock: {monotonicMs: () => nowMs, wallMs: () => nowMs},
    store: {iterate: () => {
      readCount += 1;
      return {next: () => Promise.resolve([]), close: () => Promise.resolve()};
    }},
  } as unknown as NodeContext;
  const machine = {
    record: storedTableRange(1, 0), locks: {count: 0}, overlay: {committedRange: () => (isUnstored ? [{key: new Uint8Array(1), bytes: new Uint8Array(1)}] : [])},
  } as unknown as PartitionMachine;
  const duties = new TransactionDuties(node, toGroupId(16), machine, {isLeader: true} as unknown as WritePipeline);
  const sweep = async (): Promise<void> => {
    nowMs += 10;
    duties.sweep();
    await setImmediate();
  };
  await sweep();
  isUnstored = false;
  await sweep();
  expect(readCount).toBe(2);
  await sweep();
  expect(readCount).toBe(2);
});
