import type {Clock, GroupId, NetworkPort, NodeId} from '@murmuration/base';
import {ByteWriter} from '@murmuration/base';
import type {Message} from '@murmuration/raft';
import type {EnvelopeHeader, HeartbeatClaim, SleepOffer, WakeRequest} from './envelope-codec.js';
import {writeEnvelopeHeader, writeHeartbeatRecord, writeHeartbeatResponseRecord, writeMessageRecord, writeSleepRecord, writeWakeRecord} from './envelope-codec.js';

/** Told of appends that were dropped at once, so that the core probes instead of waiting for an answer. */
export type DroppedAppend = (group: GroupId, message: Message) => void;

interface PeerState {
  readonly node: NodeId;
  readonly writer: ByteWriter;
  /** Append messages in the envelope being filled. */
  appends: {readonly group: GroupId; readonly message: Message}[];
  isFilling: boolean;
  /** From the newest header received from the peer. */
  incarnation: number;
  sentAtMs: number;
  /** When the newest envelope to the peer was begun. */
  postedAtMs: number;
}

/** Writers kept after a burst would hold its memory for ever. */
const WRITER_BYTES_KEPT_MAX = 1024 * 1024;

/** Collects what a turn sends and posts it, one envelope a peer. */
export class Outbox {
  readonly #network: NetworkPort;
  readonly #clock: Clock;
  readonly #incarnation: number;
  readonly #envelopeBytesMax: number;
  readonly #onDroppedAppend: DroppedAppend;
  readonly #peers = new Map<NodeId, PeerState>();
  #filling: PeerState[] = [];

  constructor(network: NetworkPort, clock: Clock, incarnation: number, envelopeBytesMax: number, onDroppedAppend: DroppedAppend) {
    this.#network = network;
    this.#clock = clock;
    this.#incarnation = incarnation;
    this.#envelopeBytesMax = envelopeBytesMax;
    this.#onDroppedAppend = onDroppedAppend;
  }
  message(node: NodeId, group: GroupId, message: Message): void {
    const peer = this.#begin(node);
    writeMessageRecord(peer.writer, group, message);
    if (message.type === 'App') peer.appends.push({group, message});
    this.#postIfFull(peer);
  }
  heartbeat(node: NodeId, group: GroupId, message: Message, claim: HeartbeatClaim): void {
    const peer = this.#begin(node);
    writeHeartbeatRecord(peer.writer, group, message, claim);
    this.#postIfFull(peer);
  }
  heartbeatResponse(node: NodeId, group: GroupId, message: Message, heartbeatSentAtMs: number): void {
    const peer = this.#begin(node);
    writeHeartbeatResponseRecord(peer.writer, group, message, heartbeatSentAtMs);
    this.#postIfFull(peer);
  }
  sleep(node: NodeId, group: GroupId, offer: SleepOffer): void {
    const peer = this.#begin(node);
    writeSleepRecord(peer.writer, group, offer);
    this.#postIfFull(peer);
  }
  wake(node: NodeId, group: GroupId, request: WakeRequest): void {
    const peer = this.#begin(node);
    writeWakeRecord(peer.writer, group, request);
    this.#postIfFull(peer);
  }
  /** An envelope with nothing in it says that this process lives. */
  ping(node: NodeId): void {
    this.#begin(node);
  }
  /** When something was last posted to the peer. */
  postedAtMs(node: NodeId): number {
    return this.#peers.get(node)?.postedAtMs ?? Number.NEGATIVE_INFINITY;
  }
  /** A header arrived: later envelopes to that peer echo it. */
  received(node: NodeId, header: EnvelopeHeader): void {
    const peer = this.#peer(node);
    if (peer.incarnation === header.incarnation && header.sentAtMs < peer.sentAtMs) return;
    peer.incarnation = header.incarnation;
    peer.sentAtMs = header.sentAtMs;
  }
  /** Posts what was collected. Called once at the end of a turn. */
  flush(): void {
    const filling = this.#filling;
    this.#filling = [];
    for (const peer of filling) if (peer.isFilling) this.#post(peer);
  }

  #begin(node: NodeId): PeerState {
    const peer = this.#peer(node);
    if (peer.isFilling) return peer;
    peer.isFilling = true;
    this.#filling.push(peer);
    peer.postedAtMs = this.#clock.monotonicMs();
    writeEnvelopeHeader(peer.writer, {
      incarnation: this.#incarnation, sentAtMs: peer.postedAtMs, echoIncarnation: peer.incarnation, echoSentAtMs: peer.sentAtMs,
    });
    return peer;
  }
  #peer(node: NodeId): PeerState {
    const known = this.#peers.get(node);
    if (known !== undefined) return known;
    const peer: PeerState = {node, writer: new ByteWriter(4096), appends: [], isFilling: false, incarnation: 0, sentAtMs: 0, postedAtMs: Number.NEGATIVE_INFINITY};
    this.#peers.set(node, peer);
    return peer;
  }
  #postIfFull(peer: PeerState): void {
    if (peer.writer.lengthBytes >= this.#envelopeBytesMax) this.#post(peer);
  }
  #post(peer: PeerState): void {
    const payload = peer.writer.finishShared();
    const appends = peer.appends;
    peer.writer.reset();
    peer.appends = [];
    peer.isFilling = false;
    const isTaken = this.#network.post(peer.node, payload);
    if (!isTaken) for (const {group, message} of appends) this.#onDroppedAppend(group, message);
    if (payload.length > WRITER_BYTES_KEPT_MAX) this.#peers.set(peer.node, {...peer, writer: new ByteWriter(4096)});
  }
}
