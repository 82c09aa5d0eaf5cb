import type {Clock, EventSink, GroupId, NodeId} from '@murmuration/base';
import {DecodeError} from '@murmuration/base';
import type {Message, MessageType} from '@murmuration/raft';
import {isTransferVote} from '@murmuration/raft';
import type {EnvelopeHeader, HeartbeatClaim, SleepOffer, WakeRequest} from './envelope-codec.js';
import {readEnvelope} from './envelope-codec.js';
import {emitEvent} from './events.js';
import type {Group} from './group.js';
import type {Hibernation} from './hibernation.js';
import type {Outbox} from './outbox.js';

/** Kinds a peer may send in an envelope. Snapshots come another way; the others are for this process only. */
const PEER_TYPES: ReadonlySet<MessageType> = new Set<MessageType>([
  'App', 'AppResp', 'Vote', 'VoteResp', 'Heartbeat', 'HeartbeatResp', 'TimeoutNow', 'PreVote', 'PreVoteResp',
]);
/** Members learned from messages, above those that the owner and the configuration name. */
const ROUTES_MAX = 64;

/** Takes envelopes apart and hands the messages to the cores. What a peer sends is input: nonsense is dropped. */
export class Receiver {
  readonly #clock: Clock;
  readonly #events: EventSink;
  readonly #outbox: Outbox;
  readonly #hibernation: Hibernation;
  readonly #incarnation: number;
  readonly #entrySizeBytesMax: number;
  readonly #groupOf: (group: GroupId) => Group | undefined;
  readonly #mark: (group: Group) => void;

  constructor(
    clock: Clock, events: EventSink, outbox: Outbox, hibernation: Hibernation, incarnation: number, entrySizeBytesMax: number,
    groupOf: (group: GroupId) => Group | undefined, mark: (group: Group) => void,
  ) {
    this.#clock = clock;
    this.#events = events;
    this.#outbox = outbox;
    this.#hibernation = hibernation;
    this.#incarnation = incarnation;
    this.#entrySizeBytesMax = entrySizeBytesMax;
    this.#groupOf = groupOf;
    this.#mark = mark;
  }
  receive(from: NodeId, payload: Uint8Array): void {
    const nowMs = this.#clock.monotonicMs();
    let header: EnvelopeHeader | undefined;
    try {
      readEnvelope(payload, (read) => {
        header = read;
        this.#outbox.received(from, read);
        this.#hibernation.heard(from, read.incarnation, nowMs);
      }, {
        message: (group, message) => this.#accept(from, group, message, nowMs),
        heartbeat: (group, message, claim) => this.#heartbeat(from, group, message, claim, header as EnvelopeHeader, nowMs),
        heartbeatResponse: (group, message, sentAtMs) => this.#heartbeatResponse(from, group, message, sentAtMs, nowMs),
        sleep: (group, offer) => this.#sleep(from, group, offer, nowMs),
        wake: (group, request) => this.#wake(from, group, request),
      });
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      emitEvent(this.#events, {event: 'raft-host/envelope-refused', from, reason: error.message});
    }
  }

  #accept(from: NodeId, groupId: GroupId, message: Message, nowMs: number): void {
    const group = this.#admit(from, groupId, message, nowMs);
    if (group === undefined) return;
    if (message.entries.some(({data}) => data.length > this.#entrySizeBytesMax)) {
      emitEvent(this.#events, {event: 'raft-host/envelope-refused', from, reason: 'an entry is larger than the log can take'});
      return;
    }
    group.usedAtMs = nowMs;
    this.#step(group, message);
  }
  /**
   * A message wakes, but for answers to what a leader sent before it fell asleep, if they change nothing.
   */
  #step(group: Group, message: Message): void {
    const isAnswer = message.type === 'HeartbeatResp' || message.type === 'AppResp';
    if (group.isAsleep && !(isAnswer && group.isLeader && message.term === group.term)) this.#hibernation.wake(group, 'message', message.from === group.leader);
    group.node.step(message);
    if (!group.isAsleep || group.node.hasReady()) this.#mark(group);
  }
  #sleep(from: NodeId, groupId: GroupId, offer: SleepOffer, nowMs: number): void {
    const group = this.#groupOf(groupId);
    if (group === undefined || group.isStopped || offer.to !== group.replica) return;
    this.#hibernation.sleepOffered(from, group, offer, nowMs);
  }
  #wake(from: NodeId, groupId: GroupId, request: WakeRequest): void {
    const group = this.#groupOf(groupId);
    if (group === undefined || group.isStopped || request.to !== group.replica) return;
    this.#hibernation.wakeAsked(from, group, request);
  }
  #heartbeat(from: NodeId, groupId: GroupId, message: Message, claim: HeartbeatClaim, header: EnvelopeHeader, nowMs: number): void {
    const group = this.#admit(from, groupId, message, nowMs);
    if (group === undefined) return;
    group.heartbeat = {from: message.from, term: message.term, sentAtMs: header.sentAtMs};
    this.#step(group, message);
    // The echo proves that the envelope was sent after that moment of this process's own clock, however long it travelled.
    if (header.echoIncarnation === this.#incarnation && header.echoSentAtMs <= nowMs && message.term >= group.term) {
      group.freshness.claimed(claim.leaderCommit, header.echoSentAtMs - claim.ageMs, group.applied);
    }
  }
  #heartbeatResponse(from: NodeId, groupId: GroupId, message: Message, heartbeatSentAtMs: number, nowMs: number): void {
    const group = this.#admit(from, groupId, message, nowMs);
    if (group === undefined) return;
    // The term makes an answer to an earlier life of this process worthless: its clock meant something else.
    if (group.isLeader && message.term === group.term && heartbeatSentAtMs <= nowMs) group.lease.acknowledged(message.from, heartbeatSentAtMs);
    this.#step(group, message);
  }
  /** @returns the group when the message is for its replica here and may be looked at */
  #admit(from: NodeId, groupId: GroupId, message: Message, nowMs: number): Group | undefined {
    const group = this.#groupOf(groupId);
    if (group === undefined || group.isStopped || group.isInstalling || message.to !== group.replica) return undefined;
    if (!PEER_TYPES.has(message.type) || message.from === group.replica || message.from < 1) return undefined;
    const known = group.nodeOf(message.from);
    if (known === undefined) {
      if (group.members.length >= ROUTES_MAX) return undefined;
      group.learnMembers([{replica: message.from, node: from}]);
    } else if (known !== from) {
      return undefined;
    }
    switch (message.type) {
      case 'Vote':
      case 'PreVote':
        // What was promised to a leader before a restart is not remembered, but holds for E. Not against a leader that hands
        // over: it gave up its lease for good before it asked for the transfer, and leases of earlier terms ended before it
        // was elected. Without this every handover soon after a restart would cost E. A promise to a leader of a later
        // term went with that term, which is remembered and makes the core refuse.
        return nowMs < group.votesFromMs && !isTransferVote(message) ? undefined : group;
      case 'App':
      case 'Heartbeat':
        if (message.term >= group.term) {
          group.lastHeardLeaderMs = nowMs;
          group.earlyCampaignAtMs = undefined;
        }
        return group;
      default:
        return group;
    }
  }
}
