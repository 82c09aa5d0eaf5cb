// A message comes back as it was; any other bytes are refused with a DecodeError and nothing else.
import fc from 'fast-check';
import {ByteReader, ByteWriter, DecodeError, EMPTY_BYTES} from '@murmuration/base';
import type {LogEntry, LogEntryKind, ReplicaId} from '@murmuration/base';

import {encodeConfChange} from './conf-change-codec.js';
import {markIndex, markTerm} from './marks.js';
import {makeMessage} from './message.js';
import {decodeMessage, encodeMessage, readMessage, writeMessage} from './message-codec.js';
import type {ConfState, Message, MessageType} from './types.js';

const id = fc.integer({min: 1, max: 2 ** 40}).map((value) => value as ReplicaId);
const number = fc.oneof(fc.nat(200), fc.integer({min: 0, max: 2 ** 50}));
const data = fc.uint8Array({maxLength: 40});

const app = fc.record({index: fc.nat(2 ** 40), logTerm: fc.nat(100), rises: fc.array(fc.tuple(fc.nat(3), data), {maxLength: 6}), commit: number, to: id, from: id})
  .map(({index, logTerm, rises, commit, to, from}): Message => {
    let term = Math.max(1, logTerm);
    const entries = rises.map(([rise, bytes], i): LogEntry => {
      term += rise;
      return {index: markIndex(index + 1 + i), term: markTerm(term), kind: 0, data: bytes};
    });
    return makeMessage({type: 'App', to, index: markIndex(index), logTerm: markTerm(logTerm), entries, commit: markIndex(commit)}, from, markTerm(term + 1));
  });

const plainTypes: readonly MessageType[] = ['AppResp', 'Vote', 'VoteResp', 'Heartbeat', 'HeartbeatResp', 'TransferLeader', 'TimeoutNow', 'ReadIndexResp', 'PreVote', 'PreVoteResp'];
const plain = fc.record({
  type: fc.constantFrom(...plainTypes), to: id, from: id, term: fc.integer({min: 1, max: 2 ** 45}), index: number, logTerm: number,
  commit: number, commitTerm: fc.nat(100), reject: fc.boolean(), rejectHint: number, context: data,
}).map((m): Message => makeMessage({
  type: m.type, to: m.to, index: markIndex(m.index), logTerm: markTerm(m.logTerm), commit: markIndex(m.commit), reject: m.reject,
  ...((m.type === 'Vote' || m.type === 'PreVote') && m.commit > 0 ? {commitTerm: markTerm(m.commitTerm)} : {}),
  rejectHint: markIndex(m.rejectHint), context: m.context,
}, m.from, markTerm(m.term)));

const ids = fc.uniqueArray(id, {minLength: 1, maxLength: 5}).map((list) => list.sort((a, b) => a - b));
const snap = fc.record({to: id, from: id, index: fc.integer({min: 1, max: 2 ** 40}), voters: ids, outgoing: fc.option(ids, {nil: []}), autoLeave: fc.boolean(), bytes: data})
  .map(({to, from, index, voters, outgoing, autoLeave, bytes}): Message => {
    const confState: ConfState = {voters, votersOutgoing: outgoing, learners: [], learnersNext: [], autoLeave: autoLeave && outgoing.length > 0};
    return makeMessage({type: 'Snap', to, snapshot: {meta: {index: markIndex(index), term: markTerm(3), confState}, data: bytes}}, from, markTerm(7));
  });

const proposal = fc.record({to: id, from: id, list: fc.array(data, {minLength: 1, maxLength: 4})}).map(({to, from, list}): Message => {
  const change = encodeConfChange({transition: 'explicit', changes: [{type: 'AddLearnerNode', replica: from}], context: EMPTY_BYTES}, 2);
  const proposals: readonly {readonly kind: LogEntryKind; readonly data: Uint8Array}[] = [...list.map((bytes) => ({kind: 0 as const, data: bytes})), change];
  return makeMessage({type: 'Prop', to, entries: proposals.map((each) => ({index: markIndex(0), term: markTerm(0), ...each}))}, from, markTerm(0));
});

const messages = fc.oneof(app, plain, snap, proposal);

test('every message comes back as it was', () => {
  fc.assert(fc.property(messages, (message) => {
    expect(decodeMessage(encodeMessage(message))).toEqual(message);
  }), {numRuns: 300});
});

test('several messages in one buffer come back in order', () => {
  fc.assert(fc.property(fc.array(messages, {maxLength: 5}), (list) => {
    const writer = new ByteWriter();
    for (const message of list) writeMessage(writer, message);
    const reader = new ByteReader(writer.finish());
    expect(list.map(() => readMessage(reader))).toEqual(list);
    reader.end();
  }), {numRuns: 50});
});

function decodesOrRefuses(bytes: Uint8Array): void {
  try {
    decodeMessage(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(DecodeError);
  }
}

test('a message cut short is refused', () => {
  fc.assert(fc.property(messages, fc.nat(), (message, at) => {
    const bytes = encodeMessage(message);
    expect(() => decodeMessage(bytes.slice(0, at % bytes.length))).toThrow(DecodeError);
  }), {numRuns: 300});
});

test('changed or random bytes are decoded or refused, never more', () => {
  fc.assert(fc.property(messages, fc.nat(), fc.nat(255), (message, at, value) => {
    const bytes = encodeMessage(message);
    bytes[at % bytes.length] = value;
    decodesOrRefuses(bytes);
  }), {numRuns: 500});
  fc.assert(fc.property(fc.uint8Array({maxLength: 60}), decodesOrRefuses), {numRuns: 500});
});
