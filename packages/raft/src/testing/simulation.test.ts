// Safety and progress of small groups under random faults. Each run is one seed; a failure names it in the title.
import {SeededRandom} from '@murmuration/base';

import {SimulatedGroup} from './simulated-group.js';

const STEPS = 6000;

describe.each([
  {name: 'plain', asyncStorageWrites: false, preVote: false, checkQuorum: false},
  {name: 'pre-vote and quorum check', asyncStorageWrites: false, preVote: true, checkQuorum: true},
  {name: 'asynchronous storage writes', asyncStorageWrites: true, preVote: true, checkQuorum: true},
])('$name', ({asyncStorageWrites, preVote, checkQuorum}) => {
  test.each([1, 2, 3, 4, 5, 6])('stays safe under faults and converges after them, seed %i', (seed) => {
    const random = new SeededRandom(seed);
    const group = new SimulatedGroup(random, 4 + (seed % 3), {
      electionTicks: 10,
      heartbeatTicks: 2,
      asyncStorageWrites,
      messageSizeBytesMax: seed % 2 === 0 ? 40 : 4096,
      committedSizeBytesMax: seed % 3 === 0 ? 30 : 4096,
      uncommittedSizeBytesMax: 1000,
      inflightMessagesMax: 1 + random.below(6),
      inflightBytesMax: 0,
      checkQuorum,
      preVote,
      readOnly: 'safe',
      disableProposalForwarding: false,
      disableConfChangeValidation: false,
      stepDownOnRemoval: true,
    });
    for (let i = 0; i < STEPS; i += 1) {
      group.step();
      if (i % 500 === 0) group.checkLogs();
    }
    const isConverged = group.converge(600);
    group.checkLogs();
    expect(isConverged ? 'converged' : group.describe()).toBe('converged');
    expect(group.leaderCount).toBeGreaterThan(0);
    expect(group.committedCount).toBeGreaterThan(20);
    expect(group.readsAnswered).toBeGreaterThan(0);
  });
});
