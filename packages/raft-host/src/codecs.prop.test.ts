// Goal: what the host writes for peers and disk reads back equal, and damaged bytes are refused, never worse.
// Method: generated records; then the same bytes cut and flipped, where only DecodeError may come out.
import {ByteWriter, DecodeError, EMPTY_BYTES, NO_REPLICA, toGroupId, toLogIndex, toNodeId, toReplicaId, toTerm} from '@murmuration/base';
import type {Message} from '@murmuration/raft';
import fc from 'fast-check';
import {readEnvelope, writeEnvelopeHeader, writeHeartbeatRecord, writeHeartbeatResponseRecord, writeMessageRecord, writeSleepRecord, writeWakeRecord} from './envelope-codec.js';
import {
  decodeAppliedRecord, decodeDescriptor, decodeInstallMarker, decodeMembership, decodeTombstone, encodeAppliedRecord, encodeDescriptor, encodeInstallMarker, encodeMembership, encodeTombstone,
} from './record-codec.js';
import {decodeRows, decodeSnapshotAnswer, decodeSnapshotCall, encodeSnapshotAnswer, encodeSnapshotCall} from './snapshot-codec.js';

const id = fc.integer({min: 1, max: 2 ** 40}).map(toReplicaId);
const bytes = fc.uint8Array({maxLength: 40});
const members = fc.array(fc.record({replica: id, node: fc.constantFrom('a1', 'b-2', 'c3').map(toNodeId)}).chain((member) => fc.constantFrom(member, {...member, isLog: true})), {maxLength: 5});
/** Replicas dealt to the parts of a valid configuration: learners vote nowhere, next learners vote in the outgoing half. */
const confState = fc.record({pool: fc.uniqueArray(id, {minLength: 4, maxLength: 8}), isJoint: fc.boolean(), autoLeave: fc.boolean()}).map(({pool, isJoint, autoLeave}) => {
  const sorted = [...pool].sort((a, b) => a - b);
  const [outgoing, learner, ...voters] = sorted as [typeof pool[0], typeof pool[0], ...typeof pool];
  return {
    voters, learners: [learner], votersOutgoing: isJoint ? [outgoing, ...voters] : [], learnersNext: isJoint ? [outgoing] : [], autoLeave: isJoint && autoLeave,
  };
});
const index = fc.nat().map(toLogIndex);
const term = fc.nat().map(toTerm);
const applied = fc.record({replica: id, index, term, confState, membership: fc.nat(), members});
const ranges = fc.array(fc.record({from: bytes, until: bytes}), {maxLength: 3});
const descriptor = fc.record({group: fc.integer({min: 1, max: 2 ** 45}).map(toGroupId), replica: id, initialConfState: confState, members, ownerData: bytes});

function message(fields: Partial<Message>): Message {
  return {
    type: 'AppResp', to: toReplicaId(1), from: toReplicaId(2), term: toTerm(3), logTerm: toTerm(0), index: toLogIndex(4), entries: [], commit: toLogIndex(0), commitTerm: toTerm(0),
    vote: NO_REPLICA, snapshot: undefined, reject: false, rejectHint: toLogIndex(0), context: EMPTY_BYTES, responses: [], ...fields,
  };
}

/** Every cut and some flips of the bytes either decode or are refused. */
function refusesDamage(encoded: Uint8Array, decode: (bytes: Uint8Array) => unknown): void {
  const attempt = (damaged: Uint8Array): void => {
    try {
      decode(damaged);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
    }
  };
  for (let length = 0; length < encoded.length; length += 1) attempt(encoded.subarray(0, length));
  for (let at = 0; at < encoded.length; at += 1) {
    for (const mask of [0x01, 0x80, 0xff]) {
      const flipped = encoded.slice();
      flipped[at] = (flipped[at] as number) ^ mask;
      attempt(flipped);
    }
  }
}

test.each([
  ['applied record', applied, encodeAppliedRecord, decodeAppliedRecord],
  ['install marker', fc.record({applied, ranges}), encodeInstallMarker, decodeInstallMarker],
  ['descriptor', descriptor, encodeDescriptor, decodeDescriptor],
  ['membership', fc.record({membership: fc.nat(), members}), encodeMembership, decodeMembership],
  ['tombstone', id, encodeTombstone, decodeTombstone],
] as const)('a %s reads back equal, and damaged it is refused', (_name, arbitrary, encode, decode) => {
  fc.assert(fc.property(arbitrary as fc.Arbitrary<never>, (value) => {
    const encoded = (encode as (value: unknown) => Uint8Array)(value);
    expect(decode(encoded)).toEqual(value);
    refusesDamage(encoded, decode);
  }), {numRuns: 40});
});

test('a snapshot chunk reads back equal, and any flipped bit of its rows is refused', () => {
  fc.assert(fc.property(fc.uint8Array({minLength: 1, maxLength: 60}), fc.nat(50), (rows, sequence) => {
    const begin = {kind: 'end', transfer: {high: 1, low: 2}, group: toGroupId(16), chunkCount: sequence, rowCount: rows.length, checksum: 77} as const;
    expect(decodeSnapshotCall(encodeSnapshotCall(begin))).toEqual(begin);
    refusesDamage(encodeSnapshotCall(begin), decodeSnapshotCall);
    const chunk = encodeSnapshotCall({kind: 'chunk', transfer: {high: 1, low: 2}, group: toGroupId(16), sequence, checksum: 0, rows});
    expect(() => decodeSnapshotCall(chunk)).toThrow(DecodeError);
    refusesDamage(rows, decodeRows);
  }), {numRuns: 40});
});

test('snapshot answers read back equal', () => {
  for (const answer of [{ok: true, nextSequence: 300}, {ok: false, isFinal: true, reason: 'no'}, {ok: false, isFinal: false, reason: ''}] as const) {
    expect(decodeSnapshotAnswer(encodeSnapshotAnswer(answer))).toEqual(answer);
    refusesDamage(encodeSnapshotAnswer(answer), decodeSnapshotAnswer);
  }
});

test('an envelope reads back in order, and damaged it is refused', () => {
  fc.assert(fc.property(fc.array(fc.constantFrom('message', 'heartbeat', 'response', 'sleep', 'wake'), {maxLength: 6}), bytes, (kinds, context) => {
    const writer = new ByteWriter();
    const header = {incarnation: 7, sentAtMs: 12.5, echoIncarnation: 8, echoSentAtMs: 3.25};
    writeEnvelopeHeader(writer, header);
    const group = toGroupId(2 ** 33);
    const request = {to: toReplicaId(5), from: toReplicaId(300), term: toTerm(70_000)};
    for (const kind of kinds) {
      if (kind === 'message') writeMessageRecord(writer, group, message({}));
      else if (kind === 'heartbeat') writeHeartbeatRecord(writer, group, message({type: 'Heartbeat', index: toLogIndex(0), context}), {leaderCommit: toLogIndex(9), ageMs: Number.POSITIVE_INFINITY});
      else if (kind === 'sleep') writeSleepRecord(writer, group, {...request, commit: toLogIndex(2 ** 40)});
      else if (kind === 'wake') writeWakeRecord(writer, group, request);
      else writeHeartbeatResponseRecord(writer, group, message({type: 'HeartbeatResp', index: toLogIndex(0), context}), 1.5);
    }
    const encoded = writer.finish();
    const seen: string[] = [];
    const read = (input: Uint8Array): void => readEnvelope(input, (got) => {
      if (input === encoded) expect(got).toEqual(header);
    }, {
      message: () => seen.push('message'),
      heartbeat: (_group, _message, claim) => {
        seen.push('heartbeat');
        if (input === encoded) expect(claim).toEqual({leaderCommit: 9, ageMs: Number.POSITIVE_INFINITY});
      },
      heartbeatResponse: () => seen.push('response'),
      sleep: (_group, offer) => {
        seen.push('sleep');
        if (input === encoded) expect(offer).toEqual({...request, commit: 2 ** 40});
      },
      wake: (_group, got) => {
        seen.push('wake');
        if (input === encoded) expect(got).toEqual(request);
      },
    });
    read(encoded);
    expect(seen).toEqual(kinds);
    refusesDamage(encoded, read);
  }), {numRuns: 40});
});
