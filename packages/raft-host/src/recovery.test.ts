// Goal: only a replica that never had another voter beside it may vote at once after a restart.
import {toGroupId, toLogIndex, toReplicaId, toTerm} from '@murmuration/base';
import type {LogEntryKind, LogPort} from '@murmuration/base';
import {createMemoryLog} from '@murmuration/log-memory';
import type {AppliedRecord} from './record-codec.js';
import {INITIAL_INDEX, initialRecord, isOnlyVoterEver} from './recovery.js';
import type {GroupDescriptor} from './types.js';

const GROUP = toGroupId(16);
const alone = {voters: [toReplicaId(1)], learners: [], votersOutgoing: [], learnersNext: [], autoLeave: false};
const DESCRIPTOR: GroupDescriptor = {group: GROUP, replica: toReplicaId(1), initialConfState: alone, members: [], ownerData: new Uint8Array(0)};
const FOUNDED = initialRecord(DESCRIPTOR);

function logWith(kinds: readonly LogEntryKind[]): LogPort {
  const log = createMemoryLog();
  log.append([{group: GROUP, descriptor: new Uint8Array(1), snapshot: {index: INITIAL_INDEX, term: toTerm(1)}}], () => undefined);
  const entries = kinds.map((kind, i) => ({index: toLogIndex(INITIAL_INDEX + 1 + i), term: toTerm(1), kind, data: new Uint8Array(1)}));
  if (entries.length > 0) log.append([{group: GROUP, entries}], () => undefined);
  return log;
}

describe('isOnlyVoterEver', () => {
  test('holds for a founder alone, whatever it wrote', () => {
    expect(isOnlyVoterEver(DESCRIPTOR, FOUNDED, logWith([]))).toBe(true);
    expect(isOnlyVoterEver(DESCRIPTOR, FOUNDED, logWith([0, 0, 0]))).toBe(true);
  });
  test.each<[string, AppliedRecord, readonly LogEntryKind[]]>([
    ['its log goes on with a change of members that the store does not hold', FOUNDED, [0, 1, 0]],
    ['its log goes on with a joint change', FOUNDED, [2]],
    ['it had others beside it once', {...FOUNDED, membership: 3}, []],
    ['it votes among several', {...FOUNDED, confState: {...alone, voters: [toReplicaId(1), toReplicaId(2)]}}, []],
    ['another one is on its way out', {...FOUNDED, confState: {...alone, votersOutgoing: [toReplicaId(2)]}}, []],
    ['it is no voter', {...FOUNDED, confState: {...alone, voters: [toReplicaId(2)]}}, []],
  ])('does not hold when %s', (_title, record, kinds) => {
    expect(isOnlyVoterEver(DESCRIPTOR, record, logWith(kinds))).toBe(false);
  });
});
