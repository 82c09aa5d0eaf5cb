// Goal: what a call is told when its process ends is true. Method: calls in each of their states, and the list that holds them.
import type {PartitionResponse} from '@murmuration/partition';
import {CallList} from './call.js';

test('a process that stops fails what it has not begun, and leaves proposed writes to the log', () => {
  const list = new CallList(10);
  const answers = new Map<string, PartitionResponse>();
  const open = (name: string): ReturnType<CallList['open']> => list.open(1_000, (response) => answers.set(name, response));
  open('read');
  const write = open('write');
  if (write !== undefined) write.isProposed = true;
  list.failUnproposed({code: 'Unavailable', reason: 'the process is stopping'});
  expect([...answers]).toEqual([['read', {kind: 'failed', failure: {code: 'Unavailable', reason: 'the process is stopping'}}]]);

  write?.fail({code: 'OutcomeUnknown', reason: 'leadership was lost after the write was proposed'});
  expect(answers.get('write')).toMatchObject({failure: {code: 'OutcomeUnknown'}});
});

test('a proposed write whose deadline passes has an unknown outcome, another one none', () => {
  const list = new CallList(10);
  const codes: string[] = [];
  for (const isProposed of [false, true]) {
    const call = list.open(1_000, (response) => codes.push(response.kind === 'failed' ? response.failure.code : response.kind));
    if (call !== undefined) call.isProposed = isProposed;
  }
  list.sweep(1_000);
  expect(codes).toEqual(['Unavailable', 'OutcomeUnknown']);
});
