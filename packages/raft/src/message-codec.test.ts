import {DecodeError, EMPTY_BYTES} from '@murmuration/base';
import type {LogEntry, ReplicaId} from '@murmuration/base';

import {markIndex, markTerm} from './marks.js';
import {makeMessage} from './message.js';
import type {MessageFields} from './message.js';
import {decodeMessage, encodeMessage} from './message-codec.js';
import type {ConfState} from './types.js';

const TO = 2 as ReplicaId;
const FROM = 1 as ReplicaId;
function entry(index: number, term: number, kind: 0 | 1 | 2 = 0, data = EMPTY_BYTES): LogEntry {
  return {index: markIndex(index), term: markTerm(term), kind, data};
}
function expectRefused(fields: Omit<MessageFields, 'to'>, term: number, text: string, from = FROM): void {
  const bytes = encodeMessage(makeMessage({...fields, to: TO}, from, markTerm(term)));
  expect(() => decodeMessage(bytes)).toThrow(DecodeError);
  expect(() => decodeMessage(bytes)).toThrow(text);
}

test('kinds a replica keeps to itself cannot be sent', () => {
  expect(() => encodeMessage(makeMessage({type: 'Hup', to: TO}, FROM, markTerm(0)))).toThrow('stays at home');
});

test('refuses a vote without a term, and a forwarded request with one', () => {
  expectRefused({type: 'Vote'}, 0, 'term');
  expectRefused({type: 'ReadIndex'}, 3, 'term');
});

test('refuses a message from nobody', () => {
  expectRefused({type: 'Heartbeat'}, 1, 'sender', 0 as ReplicaId);
});

test('refuses appended entries that do not follow their anchor, or whose terms fall', () => {
  expectRefused({type: 'App', index: markIndex(3), logTerm: markTerm(1), entries: [entry(5, 1)]}, 2, 'anchor');
  expectRefused({type: 'App', index: markIndex(3), logTerm: markTerm(2), entries: [entry(4, 1)]}, 2, 'order');
  expectRefused({type: 'App', index: markIndex(3), logTerm: markTerm(1), entries: [entry(4, 3)]}, 2, 'order');
});

test('refuses a change of membership that cannot be read', () => {
  expectRefused({type: 'Prop', entries: [entry(0, 0, 1, new Uint8Array([99]))]}, 0, 'configuration change');
});

test('refuses members that make no configuration', () => {
  const refused = (confState: Partial<ConfState>, text: string): void => {
    const whole: ConfState = {voters: [], learners: [], votersOutgoing: [], learnersNext: [], autoLeave: false, ...confState};
    expectRefused({type: 'Snap', snapshot: {meta: {index: markIndex(3), term: markTerm(1), confState: whole}, data: EMPTY_BYTES}}, 1, text);
  };
  refused({voters: [3, 2] as ReplicaId[]}, 'ascending');
  refused({voters: [2] as ReplicaId[], learners: [2] as ReplicaId[]}, 'learner');
  refused({votersOutgoing: [2] as ReplicaId[]}, 'joint');
  refused({voters: [2] as ReplicaId[], autoLeave: true}, 'joint');
});
