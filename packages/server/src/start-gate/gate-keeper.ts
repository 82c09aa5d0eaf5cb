import {DecodeError, SERVICE_START} from '@murmuration/base';
import type {EventSink, NetworkPort, NodeId, Random, Timers} from '@murmuration/base';
import {emitStartGateEvent} from './events.js';
import type {StartGateMetrics} from './metrics.js';
import {CLAIMS_MAX, decodeClaims, decodeStartRequest, decodeStartResponse, encodeClaims, encodeStartRequest, encodeStartResponse} from './protocol.js';
import type {DiskClaim, StartRequest, StartResponse} from './protocol.js';

/** One small file, replaced as a whole and durably. */
export interface SmallFile {
  /** @returns undefined when there is none, or when it is damaged */
  load(): Promise<Uint8Array | undefined>;
  save(bytes: Uint8Array): Promise<void>;
}

export interface GateKeeperPorts {
  readonly network: NetworkPort;
  readonly timers: Timers;
  readonly random: Random;
  readonly events: EventSink;
  readonly metrics: StartGateMetrics;
  /** Where this process remembers the claims of the others. */
  readonly memory: SmallFile;
}

export const CALL_TIMEOUT_MS = 2_000;
export const RETRY_MS = 50;

/**
 * The side of a control process: remembers durably, for every node, the newest disk and start it heard of, and refuses
 * older ones. A claim counts once a majority of the control processes remembers it, so that any other majority has a
 * member who knows. A process whose own memory is new must not break that: before it answers, it recalls what so many
 * of the others remember that each majority it may have been part of is among them.
 */
export class GateKeeper {
  readonly #others: readonly NodeId[];
  readonly #ports: GateKeeperPorts;
  #claims = new Map<string, DiskClaim>();
  /** Others whose memory must still be heard before this one may answer. */
  #recallsNeeded: number;
  readonly #recalled = new Set<NodeId>();
  #isStopped = false;
  /** Saves under way and wanted; answers wait for the one that holds their claim. */
  #saving: Promise<void> | undefined;

  constructor(controlPeers: readonly NodeId[], ports: GateKeeperPorts) {
    const count = controlPeers.length;
    this.#others = controlPeers.filter((peer) => peer !== ports.network.self);
    this.#ports = ports;
    this.#recallsNeeded = Math.min(this.#others.length, count - (Math.floor(count / 2) + 1) + 1);
  }
  get isReady(): boolean {
    return this.#recallsNeeded === 0;
  }

  /** Begins to answer. */
  async open(): Promise<void> {
    const bytes = await this.#ports.memory.load();
    const claims = bytes === undefined ? undefined : this.#decode(bytes);
    if (claims !== undefined) {
      this.#claims = claims;
      this.#recallsNeeded = 0;
    }
    this.#ports.network.onCall(SERVICE_START, (from, payload, _deadlineMs, reply, refuse) => {
      let request: StartRequest;
      try {
        request = decodeStartRequest(payload);
      } catch (cause) {
        if (!(cause instanceof DecodeError)) throw cause;
        refuse(`not a question of a starting process: ${cause.message}`);
        return;
      }
      this.#answer(from, request).then((response) => reply(encodeStartResponse(response)), () => refuse('the claim could not be written down'));
    });
    if (!this.isReady) for (const other of this.#others) this.#recall(other);
    else if (claims === undefined) await this.#save();
  }
  /** Remembers nothing more; to be called before its file is moved away. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#saving?.catch(() => undefined);
  }

  async #answer(from: NodeId, request: StartRequest): Promise<StartResponse> {
    if (request.kind === 'recall') return {kind: 'memory', claims: this.#claims};
    if (this.#isStopped) return {kind: 'unsure', reason: 'the control process is stopping'};
    if (!this.isReady) return {kind: 'unsure', reason: 'the memory of this control process is new, and it has not heard the others yet'};
    const {claim, isReplacement} = request;
    const known = this.#claims.get(from);
    if (known !== undefined && !mayFollow(known, claim, isReplacement)) {
      this.#ports.metrics.claimsRefused.add(1);
      emitStartGateEvent(this.#ports.events, {
        event: 'start-gate/claim-refused', level: 'warn', node: from, diskId: claim.diskId, incarnation: claim.incarnation, knownDiskId: known.diskId, knownIncarnation: known.incarnation,
      });
      return {kind: 'refused', known};
    }
    if (known === undefined && this.#claims.size >= CLAIMS_MAX) return {kind: 'unsure', reason: `more than ${CLAIMS_MAX} nodes were seen`};
    if (known === undefined || !isSame(known, claim)) this.#claims.set(from, claim);
    // Also for a repeated question: the first answer's save may still be under way.
    await this.#save();
    return {kind: 'accepted'};
  }

  #recall(other: NodeId): void {
    if (this.#isStopped || this.isReady) return;
    this.#ports.network.call(other, SERVICE_START, encodeStartRequest({kind: 'recall'}), CALL_TIMEOUT_MS, (result) => {
      const response = result.ok ? decodeAnswer(result.payload) : undefined;
      if (response?.kind !== 'memory') {
        this.#ports.timers.after(RETRY_MS + this.#ports.random.below(RETRY_MS), () => this.#recall(other));
        return;
      }
      if (this.isReady || this.#recalled.has(other)) return;
      this.#recalled.add(other);
      for (const [node, claim] of response.claims) {
        const known = this.#claims.get(node);
        if (known === undefined || claim.incarnation > known.incarnation) this.#claims.set(node, claim);
      }
      if (this.#recalled.size < this.#recallsNeeded) return;
      this.#save().then(
        () => {
          this.#recallsNeeded = 0;
          emitStartGateEvent(this.#ports.events, {event: 'start-gate/memory-recalled', level: 'info', nodeCount: this.#claims.size});
        },
        () => {
          this.#recalled.delete(other);
          this.#ports.timers.after(RETRY_MS, () => this.#recall(other));
        },
      );
    });
  }

  /** Writes the claims as they are when the file is begun; a save that began before a change does not count for it. */
  async #save(): Promise<void> {
    const before = this.#saving;
    const next = (async () => {
      await before?.catch(() => undefined);
      await this.#ports.memory.save(encodeClaims(this.#claims));
    })();
    this.#saving = next;
    await next;
  }
  #decode(bytes: Uint8Array): Map<string, DiskClaim> | undefined {
    try {
      return decodeClaims(bytes);
    } catch (cause) {
      if (!(cause instanceof DecodeError)) throw cause;
      return undefined;
    }
  }
}

/** Whether a claim may take the place of the remembered one. */
function mayFollow(known: DiskClaim, claim: DiskClaim, isReplacement: boolean): boolean {
  if (isSame(known, claim)) return true;
  return claim.incarnation > known.incarnation && (isReplacement || claim.diskId === known.diskId);
}
function isSame(a: DiskClaim, b: DiskClaim): boolean {
  return a.diskId === b.diskId && a.incarnation === b.incarnation && a.life === b.life;
}

/** @returns undefined for bytes that are no answer */
export function decodeAnswer(bytes: Uint8Array): StartResponse | undefined {
  try {
    return decodeStartResponse(bytes);
  } catch (cause) {
    if (!(cause instanceof DecodeError)) throw cause;
    return undefined;
  }
}
