// Random chains of changes keep the rules of membership; a configuration can always be rebuilt from its stored form;
// and consecutive configurations always share someone in every two quorums.
import fc from 'fast-check';
import type {ReplicaId} from '@murmuration/base';

import {ConfChanger, isLeaveJoint, jointEntry, restoreMembership} from './conf-change.js';
import {RaftError} from './errors.js';
import {markIndex} from './marks.js';
import {equalConfStates} from './message.js';
import {jointVoteResult} from './quorum.js';
import {ProgressTracker} from './tracker.js';
import type {ConfChangeSingle, ConfChangeType, ConfState} from './types.js';

const types: readonly ConfChangeType[] = ['AddNode', 'AddNode', 'RemoveNode', 'AddLearnerNode', 'UpdateNode'];
const single = fc.record({type: fc.constantFrom(...types), replica: fc.integer({min: 1, max: 5}).map((id) => id as ReplicaId)});
const command = fc.record({how: fc.constantFrom('simple', 'enter', 'leave'), autoLeave: fc.boolean(), changes: fc.array(single, {maxLength: 4})});

function tracked(first: ConfChangeSingle[]): ProgressTracker {
  const tracker = new ProgressTracker(8, 0);
  for (const change of first) tracker.switchTo(new ConfChanger(tracker, markIndex(10)).simple([change]));
  return tracker;
}

function quorums(conf: ConfState): Set<number> {
  const won = new Set<number>();
  for (let mask = 0; mask < 32; mask += 1) {
    const votes = new Map([1, 2, 3, 4, 5].map((id) => [id as ReplicaId, (mask & (1 << (id - 1))) !== 0]));
    if (jointVoteResult(conf.voters, conf.votersOutgoing, votes) === 'VoteWon') won.add(mask);
  }
  return won;
}

test('chains of changes keep members consistent, restorable, and with meeting quorums', () => {
  fc.assert(fc.property(fc.array(command, {maxLength: 12}), (commands) => {
    const tracker = tracked([{type: 'AddNode', replica: 1 as ReplicaId}]);
    for (const {how, autoLeave, changes} of commands) {
      const before = tracker.conf;
      const changer = new ConfChanger(tracker, markIndex(10));
      try {
        tracker.switchTo(how === 'simple' ? changer.simple(changes) : how === 'enter' ? changer.enterJoint(autoLeave, changes) : changer.leaveJoint());
      } catch (error) {
        expect(error).toBeInstanceOf(RaftError);
        expect(tracker.conf).toBe(before);
        continue;
      }
      const {conf} = tracker;
      const members = new Set([...conf.voters, ...conf.votersOutgoing, ...conf.learners, ...conf.learnersNext]);
      expect(tracker.peers.map((peer) => peer.id)).toEqual([...members].sort((a, b) => a - b));
      const after = quorums(conf);
      for (const a of quorums(before)) for (const b of after) expect(a & b).not.toBe(0);

      const fresh = new ProgressTracker(8, 0);
      fresh.switchTo(restoreMembership(fresh, conf, markIndex(10)));
      expect(equalConfStates(fresh.conf, conf)).toBe(true);
      expect(fresh.peers.map((peer) => peer.isLearner)).toEqual(tracker.peers.map((peer) => peer.isLearner));
    }
  }), {numRuns: 200});
});

test('one change without a wish needs no joint configuration; more, or a wish, do', () => {
  const change = {type: 'AddNode', replica: 2 as ReplicaId} as const;
  const context = new Uint8Array(0);
  expect(jointEntry({transition: 'auto', changes: [change], context})).toBeUndefined();
  expect(jointEntry({transition: 'auto', changes: [change, change], context})).toEqual({autoLeave: true});
  expect(jointEntry({transition: 'implicit', changes: [change], context})).toEqual({autoLeave: true});
  expect(jointEntry({transition: 'explicit', changes: [change], context})).toEqual({autoLeave: false});
  expect(isLeaveJoint({transition: 'auto', changes: [], context: new Uint8Array([1])})).toBe(true);
  expect(isLeaveJoint({transition: 'explicit', changes: [], context})).toBe(false);
});
