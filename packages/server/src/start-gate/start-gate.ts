import {SERVICE_START} from '@murmuration/base';
import type {EventSink, NetworkPort, NodeId, PeerAddress, Random, TimerHandle, Timers} from '@murmuration/base';
import {emitStartGateEvent} from './events.js';
import {CALL_TIMEOUT_MS, RETRY_MS, decodeAnswer} from './gate-keeper.js';
import type {StartGateMetrics} from './metrics.js';
import {encodeStartRequest} from './protocol.js';
import type {DiskClaim} from './protocol.js';

export interface StartGatePorts {
  readonly network: NetworkPort;
  readonly timers: Timers;
  readonly random: Random;
  readonly events: EventSink;
  readonly metrics: StartGateMetrics;
}

export type GateVerdict =
  | {readonly kind: 'accepted'}
  /** The replicas on this disk must never vote again: the process may only come back empty, after `known`. */
  | {readonly kind: 'refused'; readonly known: DiskClaim};

/** A line for the operator every so often. */
const WAITING_EVERY_MS = 5_000;
/** Control processes that were not reached in time are told behind, so that more than a majority remembers. */
const SPREAD_RETRY_MS = 1_000;

/**
 * The side of the process that starts: it takes part in nothing before a majority of the control processes remembers
 * its disk and its start. Without a majority it waits, for as long as it takes.
 */
export class StartGate {
  readonly #controlPeers: readonly PeerAddress[];
  readonly #ports: StartGatePorts;
  readonly #accepted = new Set<NodeId>();
  readonly #retries = new Set<TimerHandle>();
  #isStopped = false;

  constructor(controlPeers: readonly PeerAddress[], ports: StartGatePorts) {
    this.#controlPeers = controlPeers;
    this.#ports = ports;
  }
  /** Whom it waits for, for whoever asks how the start is going. */
  get waitingFor(): readonly NodeId[] {
    return this.#controlPeers.map((peer) => peer.node).filter((node) => !this.#accepted.has(node));
  }

  /** Called once. */
  pass(claim: DiskClaim, isReplacement: boolean): Promise<GateVerdict> {
    const {network, timers, events, metrics} = this.#ports;
    metrics.isWaiting.set(1);
    for (const peer of this.#controlPeers) if (peer.node !== network.self) network.setPeer(peer);
    const neededCount = Math.floor(this.#controlPeers.length / 2) + 1;
    const payload = encodeStartRequest({kind: 'announce', claim, isReplacement});
    return new Promise((resolve) => {
      let isOver = false;
      const waiting = timers.every(WAITING_EVERY_MS, () => {
        emitStartGateEvent(events, {event: 'start-gate/waiting', level: 'warn', acceptedCount: this.#accepted.size, neededCount, waitingFor: this.waitingFor});
      });
      const end = (verdict: GateVerdict): void => {
        if (isOver) return;
        isOver = true;
        metrics.isWaiting.set(0);
        waiting.cancel();
        resolve(verdict);
      };
      const ask = (peer: NodeId): void => {
        if (this.#isStopped) return;
        network.call(peer, SERVICE_START, payload, CALL_TIMEOUT_MS, (result) => {
          const response = result.ok ? decodeAnswer(result.payload) : undefined;
          if (response?.kind === 'accepted') {
            this.#accepted.add(peer);
            if (this.#accepted.size !== neededCount || isOver) return;
            emitStartGateEvent(events, {event: 'start-gate/passed', level: 'info', diskId: claim.diskId, incarnation: claim.incarnation, isReplacement});
            end({kind: 'accepted'});
          } else if (response?.kind === 'refused' && !isOver) {
            const {known} = response;
            emitStartGateEvent(events, {
              event: 'start-gate/disk-refused', level: 'error', diskId: claim.diskId, incarnation: claim.incarnation, knownDiskId: known.diskId, knownIncarnation: known.incarnation,
            });
            this.stop();
            end({kind: 'refused', known});
          } else if (response?.kind !== 'refused') {
            this.#later(isOver ? SPREAD_RETRY_MS : RETRY_MS, () => ask(peer));
          }
        });
      };
      for (const {node} of this.#controlPeers) ask(node);
    });
  }
  /** Asks no more. */
  stop(): void {
    this.#isStopped = true;
    for (const retry of this.#retries) retry.cancel();
    this.#retries.clear();
  }

  #later(delayMs: number, callback: () => void): void {
    if (this.#isStopped) return;
    const handle = this.#ports.timers.after(delayMs + this.#ports.random.below(delayMs), () => {
      this.#retries.delete(handle);
      callback();
    });
    this.#retries.add(handle);
  }
}
