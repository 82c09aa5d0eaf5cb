// What a host can see of one replica that transcripts cannot show: restarts, refusals, and the order of a Ready.
import {EMPTY_BYTES, SeededRandom, toReplicaId, utf8Encode} from '@murmuration/base';
import type {LogEntry} from '@murmuration/base';
import {RecordingEvents} from '@murmuration/base/testing';

import {markIndex, markTerm} from './marks.js';
import {makeMessage} from './message.js';
import type {MessageFields} from './message.js';
import {RawNode} from './raw-node.js';
import {setRandomizedElectionTimeout} from './testing.js';
import {MemoryRaftStorage} from './testing/memory-raft-storage.js';
import type {Message, RaftOptions, Ready} from './types.js';

const ID = toReplicaId(1);
const PEER = toReplicaId(2);
const OPTIONS: RaftOptions = {
  id: ID, electionTicks: 10, heartbeatTicks: 2, asyncStorageWrites: false, applied: markIndex(0), messageSizeBytesMax: 1 << 20,
  committedSizeBytesMax: 1 << 20, uncommittedSizeBytesMax: 1 << 20, inflightMessagesMax: 16, inflightBytesMax: 0, checkQuorum: false,
  preVote: false, readOnly: 'safe', disableProposalForwarding: false, disableConfChangeValidation: false, stepDownOnRemoval: false,
};

function stored(voters: readonly number[], terms: readonly number[], hardState: {readonly term: number; readonly vote: number; readonly commit: number}): MemoryRaftStorage {
  const storage = new MemoryRaftStorage(() => 'unavailable');
  storage.setConfState({voters: voters.map(toReplicaId), learners: [], votersOutgoing: [], learnersNext: [], autoLeave: false});
  storage.append(terms.map((term, i): LogEntry => ({index: markIndex(i + 1), term: markTerm(term), kind: 0, data: utf8Encode(`e${i + 1}`)})));
  storage.setHardState({term: markTerm(hardState.term), vote: toReplicaId(hardState.vote), commit: markIndex(hardState.commit)});
  return storage;
}
function start(storage: MemoryRaftStorage, options: Partial<RaftOptions> = {}): {readonly node: RawNode; readonly events: RecordingEvents} {
  const events = new RecordingEvents();
  return {node: new RawNode({...OPTIONS, ...options}, {storage, random: new SeededRandom(1), events}), events};
}
function carryOut(node: RawNode, storage: MemoryRaftStorage): Ready {
  const ready = node.ready();
  if (ready.hardState !== undefined) storage.setHardState(ready.hardState);
  storage.append(ready.entries);
  node.advance();
  return ready;
}
function from(peer: number, term: number, fields: Omit<MessageFields, 'to'>): Message {
  return makeMessage({...fields, to: ID}, toReplicaId(peer), markTerm(term));
}

test('after a restart committed entries past the applied one are handed out again', () => {
  const {node} = start(stored([1, 2], [1, 1, 1], {term: 1, vote: 2, commit: 3}), {applied: markIndex(1)});
  expect(node.hasReady()).toBe(true);
  const ready = node.ready();
  expect(ready.committedEntries.map((entry) => Number(entry.index))).toEqual([2, 3]);
  expect([ready.hardState, ready.mustSync]).toEqual([undefined, false]);
  node.advance();
  expect(node.hasReady()).toBe(false);
});

test('a vote survives a restart: nobody else gets one in that term', () => {
  const {node} = start(stored([1, 2, 3], [1], {term: 4, vote: 2, commit: 1}), {applied: markIndex(1)});
  node.step(from(3, 4, {type: 'Vote', index: markIndex(9), logTerm: markTerm(4)}));
  expect(node.ready().messages.map((message) => [message.type, Number(message.to), message.reject])).toEqual([['VoteResp', 3, true]]);
});

test('a replica that is no voter any more tells with its refusal what is committed', () => {
  const {node} = start(stored([2], [1, 1, 1], {term: 1, vote: 0, commit: 2}), {applied: markIndex(2)});
  node.step(from(2, 2, {type: 'Vote', index: markIndex(2), logTerm: markTerm(1)}));
  expect(node.ready().messages.map((message) => [message.type, message.reject, Number(message.index), Number(message.logTerm)])).toEqual([['VoteResp', true, 2, 1]]);
});

test('a candidate learns from such a refusal, where its own log has that entry', () => {
  for (const [logTerm, commit] of [[1, 3], [2, 1]] as const) {
    const {node} = start(stored([1, 2], [1, 1, 1], {term: 1, vote: 0, commit: 1}), {applied: markIndex(1)});
    node.campaign();
    node.step(from(2, 2, {type: 'VoteResp', reject: true, index: markIndex(3), logTerm: markTerm(logTerm)}));
    expect(Number(node.status().commit)).toBe(commit);
  }
});

test('whoever refused and knows less to be committed is told with the next request; it then knows what it is', () => {
  // Entry 3 made a voter of the refuser. It stands in its log, longer than that of the one voter that knows it to be committed.
  const {node: voter} = start(stored([1, 2], [1, 1, 1], {term: 1, vote: 0, commit: 3}), {applied: markIndex(3), preVote: true});
  const asked = (): readonly (readonly [string, number, number])[] => {
    voter.campaign();
    return voter.ready().messages.filter(({to}) => to === PEER).map(({type, commit, commitTerm}) => [type, commit, commitTerm]);
  };
  expect(asked()).toEqual([['PreVote', 0, 0]]);
  voter.advance();
  voter.step(from(2, 1, {type: 'PreVoteResp', reject: true, index: markIndex(2), logTerm: markTerm(1)}));
  expect(asked()).toEqual([['PreVote', 3, 1]]);
  voter.advance();
  voter.step(from(2, 1, {type: 'PreVoteResp', reject: true, index: markIndex(3), logTerm: markTerm(1)}));
  expect(asked()).toEqual([['PreVote', 0, 0]]);

  for (const [commitTerm, commit] of [[1, 3], [2, 2]] as const) {
    const {node} = start(stored([2], [1, 1, 1, 1, 1], {term: 1, vote: 0, commit: 2}), {applied: markIndex(2)});
    node.step(from(2, 2, {type: 'PreVote', index: markIndex(3), logTerm: markTerm(1), commit: markIndex(3), commitTerm: markTerm(commitTerm)}));
    expect(Number(node.status().commit)).toBe(commit);
  }
});

test('a read in a group of one waits for the first commit of the term, which a restart makes lag', () => {
  // Entry 3 was acknowledged before the crash, but the commit index on disk says 2.
  const storage = stored([1], [1, 1, 1], {term: 1, vote: 1, commit: 2});
  const {node} = start(storage, {applied: markIndex(2)});
  node.campaign();
  carryOut(node, storage);
  expect(node.isLeader).toBe(true);
  expect(node.readIndex(utf8Encode('r'))).toBeUndefined();
  expect(carryOut(node, storage).readStates).toEqual([]);
  expect(carryOut(node, storage).readStates).toEqual([{index: 4, context: utf8Encode('r')}]);
});

test('what a vote rests on is in the same Ready as the vote, and must be synced', () => {
  const {node} = start(stored([1, 2], [], {term: 0, vote: 0, commit: 0}));
  node.step(from(2, 3, {type: 'Vote'}));
  const ready = node.ready();
  expect(ready.hardState).toEqual({term: 3, vote: 2, commit: 0});
  expect([ready.mustSync, ready.messages.length]).toEqual([true, 1]);
});

test('with asynchronous storage writes a vote leaves only as a response of the write', () => {
  const {node} = start(stored([1, 2], [], {term: 0, vote: 0, commit: 0}), {asyncStorageWrites: true});
  node.step(from(2, 3, {type: 'Vote'}));
  const {messages} = node.ready();
  expect(messages.map((message) => message.type)).toEqual(['StorageAppend']);
  expect(messages[0]?.responses.map((message) => message.type)).toEqual(['VoteResp']);
  expect(() => { node.advance(); }).toThrow('responses');
});

test('refuses local messages from outside, and answers of strangers', () => {
  const {node} = start(stored([1, 2], [], {term: 0, vote: 0, commit: 0}));
  expect(node.step(from(2, 0, {type: 'Hup'}))).toBe('LocalMessage');
  expect(node.step(from(9, 1, {type: 'AppResp'}))).toBe('UnknownPeer');
  expect(node.hasReady()).toBe(false);
});

test('a second Ready before the first is advanced is refused', () => {
  const {node} = start(stored([1], [], {term: 0, vote: 0, commit: 0}));
  node.campaign();
  node.ready();
  expect(() => node.ready()).toThrow('not advanced');
});

test('several proposals are taken together and keep their order', () => {
  const storage = stored([1], [], {term: 0, vote: 0, commit: 0});
  const {node} = start(storage);
  expect(node.propose(utf8Encode('early'))).toBe('ProposalDropped');
  node.campaign();
  carryOut(node, storage);
  carryOut(node, storage);
  expect(node.propose(utf8Encode('a'), utf8Encode('b'))).toBeUndefined();
  expect(carryOut(node, storage).entries.map((entry) => [Number(entry.index), String.fromCharCode(...entry.data)])).toEqual([[2, 'a'], [3, 'b']]);
});

test('an election starts after the drawn number of ticks without a leader', () => {
  const {node, events} = start(stored([1, 2], [], {term: 0, vote: 0, commit: 0}));
  setRandomizedElectionTimeout(node, 12);
  for (let i = 0; i < 11; i += 1) node.tick();
  expect(node.status().state).toBe('Follower');
  node.tick();
  expect(node.status().state).toBe('Candidate');
  expect(events.named('raft/became-candidate')).toHaveLength(1);
});

test('the drawn timeout lies between one and two election timeouts', () => {
  for (let seed = 0; seed < 50; seed += 1) {
    const storage = stored([1, 2], [], {term: 0, vote: 0, commit: 0});
    const node = new RawNode(OPTIONS, {storage, random: new SeededRandom(seed), events: new RecordingEvents()});
    let ticks = 0;
    while (node.status().state === 'Follower') {
      node.tick();
      ticks += 1;
    }
    expect(ticks).toBeGreaterThanOrEqual(10);
    expect(ticks).toBeLessThan(20);
  }
});

test('a conflicting tail is skipped a term at a time, not an entry at a time', () => {
  const {node} = start(stored([1, 2], [1, 1, 2, 2, 2, 2, 2, 2], {term: 2, vote: 2, commit: 1}), {applied: markIndex(1)});
  node.step(from(2, 5, {type: 'App', index: markIndex(8), logTerm: markTerm(1)}));
  const [answer] = node.ready().messages;
  expect([answer?.reject, answer?.rejectHint, answer?.logTerm]).toEqual([true, 2, 1]);
});

test('a leader of an older term learns of the newer one by an answer, when votes alone would not tell it', () => {
  const {node} = start(stored([1, 2], [1], {term: 7, vote: 1, commit: 1}), {applied: markIndex(1), checkQuorum: true});
  node.step(from(2, 5, {type: 'Heartbeat'}));
  expect(node.ready().messages.map((message) => [message.type, Number(message.term)])).toEqual([['AppResp', 7]]);
});

test('a heartbeat for entries that are gone stops the process instead of going on with a hole', () => {
  const {node} = start(stored([1, 2], [1], {term: 1, vote: 2, commit: 1}), {applied: markIndex(1)});
  expect(() => node.step(from(2, 1, {type: 'Heartbeat', commit: markIndex(5)}))).toThrow('beyond the log');
});

test('lease-based reads without a quorum check are refused at the start', () => {
  expect(() => start(stored([1], [], {term: 0, vote: 0, commit: 0}), {readOnly: 'lease-based'})).toThrow('checkQuorum');
});

test('a replica that is no member stays quiet', () => {
  const {node} = start(stored([], [], {term: 0, vote: 0, commit: 0}));
  for (let i = 0; i < 100; i += 1) node.tick();
  node.campaign();
  expect(node.hasReady()).toBe(false);
});

test('a change of membership is reported in the state from its application on', () => {
  const storage = stored([1], [], {term: 0, vote: 0, commit: 0});
  const {node} = start(storage);
  node.campaign();
  carryOut(node, storage);
  carryOut(node, storage);
  const conf = node.applyConfChange({transition: 'auto', changes: [{type: 'AddLearnerNode', replica: PEER}], context: EMPTY_BYTES});
  expect(conf.learners).toEqual([PEER]);
  expect(node.status().progress.map((each) => [Number(each.id), each.isLearner])).toEqual([[1, false], [2, true]]);
});
