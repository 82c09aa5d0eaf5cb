// Goal: what a peer sends is input: messages with fields that no sound peer sends, well encoded and from a known node, end
// no process, give nobody a vote or a commit, and a group goes on as if they had not come.
// Method: envelopes made by hand, handed to leader and follower as if they came from a peer.
import {AssertionError, ByteWriter, EMPTY_BYTES, NO_REPLICA, toGroupId, toLogIndex, toReplicaId, toTerm} from '@murmuration/base';
import type {Message, MessageType} from '@murmuration/raft';
import {writeEnvelopeHeader, writeMessageRecord} from './envelope-codec.js';
import {GROUP, HostCluster} from './testing/host-cluster.js';
import type {TestNode} from './testing/host-cluster.js';

const FAR = toLogIndex(2 ** 52);
const TYPES: readonly MessageType[] = ['App', 'AppResp', 'Vote', 'VoteResp', 'Heartbeat', 'HeartbeatResp', 'TimeoutNow', 'PreVote', 'PreVoteResp', 'Hup', 'Prop', 'Snap', 'ReadIndex', 'StorageAppendResp', 'StorageApplyResp'];

let cluster: HostCluster;
let leader: TestNode;
let follower: TestNode;
beforeEach(async () => {
  cluster = new HostCluster();
  await cluster.start(3);
  await cluster.createGroup();
  leader = await cluster.elected();
  follower = cluster.nodes.find((node) => node !== leader)!;
  expect(await cluster.write(leader, 'a=1')).toMatchObject({ok: true});
  // Votes are promised to nobody until then.
  await cluster.advance(3_000);
});

function message(to: TestNode, from: TestNode, fields: Partial<Message>): Message {
  return {
    type: 'AppResp', to: to.replica, from: from.replica, term: toTerm(to.host.status(GROUP)!.term), logTerm: toTerm(0), index: toLogIndex(0), entries: [], commit: toLogIndex(0), commitTerm: toTerm(0), vote: NO_REPLICA,
    snapshot: undefined, reject: false, rejectHint: toLogIndex(0), context: EMPTY_BYTES, responses: [], ...fields,
  };
}
function envelope(messages: readonly Message[], group = GROUP): Uint8Array {
  const writer = new ByteWriter();
  writeEnvelopeHeader(writer, {incarnation: 1, sentAtMs: 1, echoIncarnation: 1, echoSentAtMs: 1});
  for (const one of messages) writeMessageRecord(writer, group, one);
  return writer.finish();
}
function deliver(to: TestNode, from: TestNode, ...fields: readonly Partial<Message>[]): void {
  to.network.deliver(from.id, envelope(fields.map((one) => message(to, from, one))));
}
async function goesOn(): Promise<void> {
  await cluster.advance(500);
  const now = await cluster.elected();
  expect(await cluster.write(now, 'b=2')).toMatchObject({ok: true});
  await cluster.advance(500);
  for (const node of cluster.nodes) {
    expect(node.fatal).toEqual([]);
    expect(cluster.machine(node).values.get('b')).toBe('2');
  }
}

test.each(TYPES)('%s with indices far past every log, at leader and follower', async (type) => {
  for (const to of [leader, follower]) {
    const from = cluster.nodes.find((node) => node !== to && node !== leader) ?? leader;
    for (const fields of [{index: FAR}, {commit: FAR}, {index: FAR, commit: FAR, logTerm: toTerm(9)}, {index: FAR, reject: true, rejectHint: FAR}, {vote: toReplicaId(99)}, {context: new Uint8Array(1000)}]) {
      // A leader commits to a follower only what that one acknowledged; see below for one that does not have it.
      if (type === 'Heartbeat' && fields.commit !== undefined && to === follower) continue;
      let bytes: Uint8Array;
      try {
        bytes = envelope([message(to, from, {type, ...fields})]);
      } catch {
        continue;
      }
      to.network.deliver(from.id, bytes);
      await cluster.advance(20);
    }
  }
  await goesOn();
});

test('a leader that commits what a replica does not have, though it must have acknowledged it, ends that process: it lost what it answered for', () => {
  expect(() => deliver(follower, leader, {type: 'Heartbeat', commit: FAR})).toThrow(AssertionError);
});

test('an answer past the end of the log is no copy of what comes later', async () => {
  const other = cluster.nodes.find((node) => node !== leader && node !== follower)!;
  for (const one of [follower, other]) {
    deliver(leader, one, {type: 'AppResp', index: FAR});
    cluster.fabric.isolate(one.id);
  }
  const slot = cluster.propose(leader, 'c=3');
  await cluster.advance(400);
  expect(slot.result?.ok).not.toBe(true);
  cluster.fabric.heal();
  await goesOn();
});

test('a term far ahead costs an election at most', async () => {
  deliver(follower, cluster.nodes.find((node) => node !== leader && node !== follower)!, {type: 'AppResp', term: toTerm(2 ** 40)});
  await goesOn();
});

test('messages of a replica that is no member, and of a member from another node, change nothing', async () => {
  const other = cluster.nodes.find((node) => node !== leader && node !== follower)!;
  leader.network.deliver(other.id, envelope([message(leader, follower, {type: 'AppResp', index: FAR})]));
  leader.network.deliver(other.id, envelope([{...message(leader, other, {type: 'Vote', term: toTerm(99), index: FAR, logTerm: toTerm(98)}), from: toReplicaId(77)}]));
  follower.network.deliver(other.id, envelope([message(follower, leader, {type: 'Heartbeat', commit: FAR})]));
  await goesOn();
});

test('messages for a group that is not here make none', async () => {
  leader.network.deliver(follower.id, envelope([message(leader, follower, {type: 'App'})], toGroupId(999)));
  await goesOn();
  expect(leader.host.status(toGroupId(999))).toBeUndefined();
});
