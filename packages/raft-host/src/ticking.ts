import type {EventSink, NodeId, Random, ReplicaId} from '@murmuration/base';
import {NO_REPLICA} from '@murmuration/base';
import {emitEvent} from './events.js';
import type {Group} from './group.js';
import type {RaftHostTuning} from './options.js';

/** After E, a follower that saw its leader's connection break waits this part of E, and a random part more. */
const EARLY_DELAY_RATIO = 0.1;
const EARLY_JITTER_RATIO = 0.3;

/** One tick of one group: the core's, and the campaigns that do not wait for its random timeout. */
export function tickGroup(group: Group, nowMs: number, events: EventSink): void {
  group.node.tick();
  if (group.isLeader) return;
  if (group.earlyCampaignAtMs !== undefined && nowMs >= group.earlyCampaignAtMs) {
    group.earlyCampaignAtMs = undefined;
    if (nowMs < group.votesFromMs) return;
    emitEvent(events, {event: 'raft-host/early-campaign', group: group.id, lostLeader: group.leader});
    group.node.campaign();
  } else if (group.leader === NO_REPLICA && !group.isCandidate && nowMs < group.eagerUntilMs) {
    group.node.campaign();
  }
}

/**
 * A peer became reachable or was lost. A leader probes what lives there; a follower whose leader lived there campaigns
 * soon after E instead of at a random time up to 2 E. Never before E: until then its promise to the leader holds, as
 * the leader may live on behind the broken connection. @returns whether the group may have something to do
 */
export function onPeerConnection(group: Group, peer: NodeId, isConnected: boolean, nowMs: number, tuning: RaftHostTuning, random: Random): boolean {
  if (group.isInstalling) return false;
  if (isConnected) {
    if (group.nodeOf(group.leader) === peer) group.earlyCampaignAtMs = undefined;
    return false;
  }
  if (group.isLeader) {
    const lost = group.members.filter((member) => member.node === peer);
    for (const member of lost) group.node.reportUnreachable(member.replica);
    return lost.length > 0;
  }
  if (group.leader === NO_REPLICA || group.nodeOf(group.leader) !== peer || !group.isVoter) return false;
  const electionMs = tuning.electionTicks * tuning.tickMs;
  const jitter = (random.below(1024) / 1024) * EARLY_JITTER_RATIO;
  const heardMs = Number.isFinite(group.lastHeardLeaderMs) ? group.lastHeardLeaderMs : nowMs;
  group.earlyCampaignAtMs = heardMs + electionMs * (1 + EARLY_DELAY_RATIO + jitter);
  return false;
}

/** The best replica to hand leadership to: the live voter with the longest log. 0 when there is none or nothing to hand over. */
export function transferTarget(group: Group): ReplicaId {
  let target = NO_REPLICA;
  let matchBest = -1;
  for (const peer of group.progress()) {
    if (peer.replica === group.replica || !peer.isActive || peer.isLog || peer.state !== 'replicate') continue;
    if (!group.confState.voters.includes(peer.replica) || peer.match <= matchBest) continue;
    target = peer.replica;
    matchBest = peer.match;
  }
  return target;
}
