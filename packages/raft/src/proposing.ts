import {assert, EMPTY_BYTES, NO_REPLICA} from '@murmuration/base';

import {decodeConfChange} from './conf-change-codec.js';
import {markIndex} from './marks.js';
import type {RaftCore, StepRefusal} from './raft-core.js';
import {appendProposals} from './roles.js';
import type {Proposal} from './roles.js';
import {broadcastAppend} from './sending.js';

/** A proposal at the leader. All entries are taken, or none. */
export function handleProposals(core: RaftCore, proposals: readonly Proposal[]): StepRefusal | undefined {
  assert(proposals.length > 0, 'a proposal has entries');
  // Removed while leading: the group goes on without this replica, and so should its proposals.
  if (core.tracker.progress(core.id) === undefined) return 'ProposalDropped';
  // While handing over, a longer log would only put off the moment when the other one has all of it.
  if (core.leadTransferee !== NO_REPLICA) return 'ProposalDropped';
  if (!appendProposals(core, admitConfChanges(core, proposals))) return 'ProposalDropped';
  broadcastAppend(core);
  return undefined;
}

/**
 * Replaces each configuration change that must not enter the log by an empty entry: at most one is under way, a joint
 * configuration is left before the next change, and only a joint one is left.
 */
function admitConfChanges(core: RaftCore, proposals: readonly Proposal[]): readonly Proposal[] {
  let admitted: Proposal[] | undefined;
  for (let i = 0; i < proposals.length; i += 1) {
    const proposal = proposals[i] as Proposal;
    if (proposal.kind === 0) continue;
    const reason = confChangeObstacle(core, proposal);
    if (reason === undefined || core.options.disableConfChangeValidation) {
      core.pendingConfIndex = markIndex(core.log.lastIndex() + i + 1);
      continue;
    }
    core.emit({event: 'raft/conf-change-ignored', level: 'info', replica: core.id, term: core.term, reason});
    admitted ??= proposals.slice();
    admitted[i] = {kind: 0, data: EMPTY_BYTES};
  }
  return admitted ?? proposals;
}

function confChangeObstacle(core: RaftCore, proposal: Proposal): string | undefined {
  assert(proposal.kind !== 0, 'a configuration change');
  const wantsToLeave = decodeConfChange(proposal.kind, proposal.data).changes.length === 0;
  if (core.pendingConfIndex > core.log.applied) return 'an earlier configuration change may not be applied yet';
  if (core.tracker.isJoint && !wantsToLeave) return 'the joint configuration must be left first';
  if (!core.tracker.isJoint && wantsToLeave) return 'there is no joint configuration to leave';
  return undefined;
}
