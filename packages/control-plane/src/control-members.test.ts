// Goal: a control process on a new disk gets a new replica id, learns, votes, and the dead id goes; nothing is given twice.
// Method: a stand-in for the Raft host that follows what is wanted at once, or not at all.
import {CONTROL_GROUP_ID, toLogIndex, toNodeId, toReplicaId, toTerm} from '@murmuration/base';
import type {GroupMember, GroupProgress, GroupStatus, WantedMembers} from '@murmuration/raft-host';
import {ControlMembers} from './control-members.js';
import type {ControlGroupHost} from './control-members.js';

const [A, B, C] = ['a', 'b', 'c'].map(toNodeId) as [ReturnType<typeof toNodeId>, ReturnType<typeof toNodeId>, ReturnType<typeof toNodeId>];
const NONE = toReplicaId(0);

class FakeHost implements ControlGroupHost {
  members: readonly GroupMember[] = [A, B, C].map((node, i) => ({replica: toReplicaId(i + 1), node}));
  voters = [1, 2, 3].map(toReplicaId);
  learners: ReturnType<typeof toReplicaId>[] = [];
  membership = 1;
  behindEntries = 0;
  follows = true;
  isDurable = true;
  readonly wanted: WantedMembers[] = [];

  status(): GroupStatus {
    const progress = [...this.voters, ...this.learners].map((replica): GroupProgress => ({
      replica, match: toLogIndex(1), state: 'replicate', isActive: true, isLog: false, behindEntries: this.behindEntries, behindBytes: 0,
    }));
    return {
      group: CONTROL_GROUP_ID, replica: toReplicaId(1), term: toTerm(1), leader: toReplicaId(1), isLeader: true, commit: toLogIndex(1), applied: toLogIndex(1), stored: toLogIndex(1),
      firstIndex: toLogIndex(1), lastIndex: toLogIndex(1), membership: this.membership, durableMembership: this.isDurable ? this.membership : this.membership - 1, isJoint: false, isLog: false, progress,
      confState: {voters: this.voters, learners: this.learners, votersOutgoing: [], learnersNext: [], autoLeave: false},
    };
  }
  membersOf(): readonly GroupMember[] {
    return this.members;
  }
  reconcileMembers(_group: unknown, wanted: WantedMembers): 'proposed' | 'waiting' {
    if (wanted.membership <= this.membership) return 'waiting';
    this.wanted.push(wanted);
    if (!this.follows) return 'waiting';
    this.membership = wanted.membership;
    this.members = wanted.members.map(({replica, node}) => ({replica, node}));
    this.voters = wanted.members.filter(({role}) => role === 'voter').map(({replica}) => replica);
    this.learners = wanted.members.filter(({role}) => role === 'learner').map(({replica}) => replica);
    return 'proposed';
  }
}

describe('control members', () => {
  test('a lost replica is replaced in two steps: a learner in its place, then a voter', () => {
    const host = new FakeHost();
    const members = new ControlMembers(host);
    expect(members.join({node: C, diskId: 'new', replica: NONE}).kind).toBe('failed');
    expect([host.voters, host.learners]).toEqual([[1, 2], [4]]);
    expect(members.join({node: C, diskId: 'new', replica: NONE})).toMatchObject({kind: 'control-replica', replica: 4, isVoter: false});
    host.behindEntries = 5_000;
    expect(members.join({node: C, diskId: 'new', replica: toReplicaId(4)})).toMatchObject({replica: 4, isVoter: false});
    expect(host.voters).toEqual([1, 2]);
    host.behindEntries = 3;
    members.join({node: C, diskId: 'new', replica: toReplicaId(4)});
    expect(members.join({node: C, diskId: 'new', replica: toReplicaId(4)})).toMatchObject({kind: 'control-replica', replica: 4, isVoter: true});
    expect([host.voters, host.learners]).toEqual([[1, 2, 4], []]);
  });
  test('an id is never given to a second disk, nor by a leader who cannot know whom the last one gave it to', () => {
    const host = new FakeHost();
    const members = new ControlMembers(host);
    members.join({node: C, diskId: 'first', replica: NONE});
    members.join({node: C, diskId: 'second', replica: NONE});
    expect([host.voters, host.learners]).toEqual([[1, 2], [5]]);
    members.forget();
    members.join({node: C, diskId: 'second', replica: NONE});
    expect([host.voters, host.learners]).toEqual([[1, 2], [6]]);
  });
  test('nobody is told of a change that a power cut could undo', () => {
    const host = new FakeHost();
    const members = new ControlMembers(host);
    members.join({node: C, diskId: 'new', replica: NONE});
    members.join({node: C, diskId: 'new', replica: toReplicaId(4)});
    host.isDurable = false;
    expect(members.join({node: C, diskId: 'new', replica: toReplicaId(4)}).kind).toBe('failed');
    host.isDurable = true;
    expect(members.join({node: C, diskId: 'new', replica: toReplicaId(4)})).toMatchObject({kind: 'control-replica', isVoter: true});
  });
  test('a successor learns beside the one whose place it takes, and gets its vote in the change in which that one goes', () => {
    const host = new FakeHost();
    const members = new ControlMembers(host);
    const D = toNodeId('d');
    members.join({node: D, diskId: 'd1', replica: NONE}, C);
    expect([host.voters, host.learners]).toEqual([[1, 2, 3], [4]]);
    host.behindEntries = 5_000;
    expect(members.join({node: D, diskId: 'd1', replica: toReplicaId(4)}, C)).toMatchObject({replica: 4, isVoter: false});
    expect(members.hasLeft(C)).toBe(false);
    host.behindEntries = 0;
    members.join({node: D, diskId: 'd1', replica: toReplicaId(4)}, C);
    expect([host.voters, host.learners]).toEqual([[1, 2, 4], []]);
    expect([...members.nodes()]).toEqual([A, B, D]);
    expect(members.join({node: D, diskId: 'd1', replica: toReplicaId(4)}, C)).toMatchObject({isVoter: true});
    host.isDurable = false;
    expect(members.hasLeft(C)).toBe(false);
    host.isDurable = true;
    expect(members.hasLeft(C)).toBe(true);
    // Its own disk may be lost later.
    members.forget();
    members.join({node: D, diskId: 'd2', replica: NONE});
    expect([host.voters, host.learners]).toEqual([[1, 2], [5]]);
    members.tidy(() => false, 3);
    expect(host.learners).toEqual([5]);
  });
  test('a successor whose order was taken back goes again', () => {
    const host = new FakeHost();
    const members = new ControlMembers(host);
    members.join({node: toNodeId('d'), diskId: 'd1', replica: NONE}, C);
    members.tidy(() => true, 3);
    expect(host.learners).toEqual([4]);
    members.tidy(() => false, 3);
    expect([host.voters, host.learners]).toEqual([[1, 2, 3], []]);
  });
  test('a change that could not be begun gives nothing out', () => {
    const host = new FakeHost();
    host.follows = false;
    const members = new ControlMembers(host);
    members.join({node: C, diskId: 'new', replica: NONE});
    expect(members.join({node: C, diskId: 'new', replica: NONE}).kind).toBe('failed');
    expect(host.voters).toEqual([1, 2, 3]);
  });
});
