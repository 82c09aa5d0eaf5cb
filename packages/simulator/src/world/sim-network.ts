import type {NetworkPort, NodeId, ServiceId} from '@murmuration/base';
import {assert} from '@murmuration/base';
import type {Chance} from './chance.js';
import {CALM_LINK, Link} from './link.js';
import type {Cargo, LinkProfile} from './link.js';
import {SimPort} from './sim-port.js';
import type {Death, SimProcess} from './sim-process.js';
import type {World} from './world.js';
import {NS_PER_MS} from './world.js';

export interface SimNetworkOptions {
  /** What joins two nodes, by their AZs for example. */
  readonly profileOf: (from: NodeId, to: NodeId) => LinkProfile;
  /** After so long a silent cut, or a peer without power, is noticed and the connection given up. */
  readonly detectMs: number;
  readonly redialMs: number;
  /** A replayed message comes again after up to so long; 5 s if nothing is said. */
  readonly replayMsMax?: number;
  /** Of a thousand calls of a service: the stream of each breaks by itself, with the request or the answer on its way. */
  readonly callResetPermilleOf?: (service: ServiceId) => number;
}

export const CALM_NETWORK: SimNetworkOptions = {profileOf: () => CALM_LINK, detectMs: 3_000, redialMs: 100};

const RETRANSMIT_MS = 50;
const REPLAY_MS_MAX = 5_000;
/** An ordered connection may be so far behind when the faults end. */
const HELD_UP_MS_MAX = 100;

/**
 * The network between all nodes. Each direction between two nodes is a link of its own, so cuts may be asymmetric and
 * not transitive. Payloads travel as the bytes they were encoded to.
 */
export class SimNetwork {
  readonly #world: World;
  readonly #chance: Chance;
  readonly #options: SimNetworkOptions;
  readonly #links = new Map<string, Link>();
  readonly #ports = new Map<NodeId, SimPort>();
  #areCallsWhole = false;

  constructor(world: World, options: SimNetworkOptions = CALM_NETWORK) {
    this.#world = world;
    this.#chance = world.chance.fork('net');
    this.#options = options;
  }
  get detectMs(): number {
    return this.#options.detectMs;
  }
  get redialMs(): number {
    return this.#options.redialMs;
  }
  /** The network port of one process. Its end is told by `died`. */
  open(process: SimProcess): NetworkPort {
    const port = new SimPort(this.#world, this, process);
    const before = this.#ports.get(process.node);
    assert(before === undefined || before.isClosed, 'a node has one process', {node: process.node});
    this.#ports.set(process.node, port);
    return port;
  }
  /** A process is gone: at once its peers learn of a kill, of a power loss only after a while. */
  died(process: SimProcess, death: Death): void {
    const port = this.#ports.get(process.node);
    if (port?.process !== process) return;
    this.#ports.delete(process.node);
    port.abandon();
    const tellPeers = (): void => {
      for (const other of this.#ports.values()) other.peerGone(process);
    };
    this.#world.afterMs(death === 'kill' ? this.link(process.node, process.node).profile.delayMs : this.#options.detectMs, tellPeers);
  }
  /** Whether the stream of a call breaks, and before or after the call was carried out. */
  drawCallReset(service: ServiceId): 'before' | 'after' | undefined {
    const permille = this.#options.callResetPermilleOf?.(service) ?? 0;
    if (permille === 0 || this.#areCallsWhole || !this.#chance.permille(permille)) return undefined;
    this.#world.probes.hit('net/call-reset');
    return this.#chance.isHeads() ? 'before' : 'after';
  }
  /** For faults that go on: true time, whatever happens to any process. */
  later(delayMs: number, callback: () => void): void {
    this.#world.afterMs(delayMs, callback);
  }
  portOf(node: NodeId): SimPort | undefined {
    return this.#ports.get(node);
  }
  link(from: NodeId, to: NodeId): Link {
    const key = `${from}>${to}`;
    let link = this.#links.get(key);
    if (link === undefined) {
      link = new Link(from, to, from === to ? CALM_LINK : this.#options.profileOf(from, to));
      this.#links.set(key, link);
    }
    return link;
  }
  /** Changes how a direction behaves from now on; undefined puts back what the options say. */
  setProfile(from: NodeId, to: NodeId, profile: LinkProfile | undefined): void {
    this.link(from, to).profile = profile ?? this.#options.profileOf(from, to);
  }
  /** Nothing passes in this direction until as many heals as cuts. @param isReset the ends notice at once */
  cut(from: NodeId, to: NodeId, isReset = false): void {
    const link = this.link(from, to);
    link.cutCount += 1;
    link.cutGeneration += 1;
    const generation = link.cutGeneration;
    this.#world.trace.note('net/cut', from, to, isReset);
    this.#world.probes.hit(isReset ? 'net/cut-noticed' : 'net/cut-silent');
    // Silence in one direction is silence in both: answers to what is asked do not come.
    this.#world.afterMs(isReset ? 0 : this.#options.detectMs, () => {
      if (link.isCut && link.cutGeneration === generation) this.breakConnections(from, to);
    });
  }
  heal(from: NodeId, to: NodeId): void {
    const link = this.link(from, to);
    assert(link.cutCount > 0, 'healed more often than cut', {from, to});
    link.cutCount -= 1;
    link.cutGeneration += 1;
    this.#world.trace.note('net/heal', from, to);
  }
  /** Breaks what joins the two once; they may dial again at once. */
  breakConnections(a: NodeId, b: NodeId): void {
    this.#ports.get(a)?.breakConnection(b, 'connection broke');
    this.#ports.get(b)?.breakConnection(a, 'connection broke');
  }
  /** The direction stands still; what is sent waits, and arrives all at once after `unclog`. */
  clog(from: NodeId, to: NodeId): void {
    this.link(from, to).isClogged = true;
    this.#world.trace.note('net/clog', from, to);
  }
  unclog(from: NodeId, to: NodeId): void {
    const link = this.link(from, to);
    link.isClogged = false;
    this.#world.trace.note('net/unclog', from, to);
    const held = link.clogged;
    link.clogged = [];
    if (held.length > 0) this.#world.probes.hit('net/unclogged-at-once', held.length);
    for (const cargo of held) {
      link.queuedBytes -= cargo.sizeBytes;
      this.#carry(link, cargo);
    }
  }
  /**
   * Takes every cut and clog away; no stream breaks by itself any more. Connections that a slow message still holds up break
   * now: what the faults did ends with them.
   */
  healAll(): void {
    this.#areCallsWhole = true;
    for (const link of this.#links.values()) {
      while (link.cutCount > 0) this.heal(link.from, link.to);
      if (link.isClogged) this.unclog(link.from, link.to);
      if (link.lastArrivalNs <= this.#world.nowNs + HELD_UP_MS_MAX * NS_PER_MS) continue;
      this.#world.probes.hit('net/held-up-at-heal');
      this.breakConnections(link.from, link.to);
      // The next connection does not wait for what the last one had under way.
      link.lastArrivalNs = this.#world.nowNs;
    }
    // A dial that began on a slow link may be seconds from its end.
    for (const port of this.#ports.values()) port.dialAgain();
  }
  reaches(a: NodeId, b: NodeId): boolean {
    return !this.link(a, b).isCut && !this.link(b, a).isCut;
  }
  /** Time a small message takes just now. */
  delayMs(from: NodeId, to: NodeId): number {
    const {profile} = this.link(from, to);
    return profile.delayMs + (profile.jitterMs === 0 ? 0 : this.#chance.heavyTail(profile.jitterMs));
  }
  /** @returns false when the queue is full: nothing was sent */
  send(from: NodeId, to: NodeId, cargo: Cargo): boolean {
    const link = this.link(from, to);
    if (link.queuedBytes + cargo.sizeBytes > link.profile.queueBytesMax) {
      this.#world.probes.hit('net/queue-full');
      return false;
    }
    this.#carry(link, cargo);
    return true;
  }

  #carry(link: Link, cargo: Cargo): void {
    const {profile} = link;
    if (link.isClogged) {
      link.clogged.push(cargo);
      link.queuedBytes += cargo.sizeBytes;
      return;
    }
    if (link.isCut) {
      this.#world.probes.hit('net/lost-in-cut');
      return;
    }
    let delayMs = this.delayMs(link.from, link.to);
    if (profile.dropPermille > 0 && this.#chance.permille(profile.dropPermille)) {
      this.#world.probes.hit('net/dropped');
      if (!profile.isOrdered) return;
      delayMs += RETRANSMIT_MS * this.#chance.between(1, 4);
    }
    this.#arriveAfter(link, cargo, delayMs);
    if (profile.isOrdered || !cargo.mayRepeat) return;
    if (this.#chance.permille(profile.duplicatePermille)) {
      this.#world.probes.hit('net/duplicated');
      this.#arriveAfter(link, cargo, this.delayMs(link.from, link.to));
    }
    if (this.#chance.permille(profile.replayPermille)) {
      this.#world.probes.hit('net/replayed');
      this.#arriveAfter(link, cargo, this.#chance.below(this.#options.replayMsMax ?? REPLAY_MS_MAX));
    }
  }
  #arriveAfter(link: Link, cargo: Cargo, delayMs: number): void {
    const {profile} = link;
    const nowNs = this.#world.nowNs;
    let arrivalNs = nowNs + Math.floor(delayMs * NS_PER_MS);
    if (profile.bytesPerMs > 0) {
      link.freeAtNs = Math.max(link.freeAtNs, nowNs) + Math.floor((cargo.sizeBytes / profile.bytesPerMs) * NS_PER_MS);
      arrivalNs += link.freeAtNs - nowNs;
    }
    if (profile.isOrdered) {
      arrivalNs = Math.max(arrivalNs, link.lastArrivalNs);
      link.lastArrivalNs = arrivalNs;
    }
    link.queuedBytes += cargo.sizeBytes;
    this.#world.afterNs(arrivalNs - nowNs, () => {
      link.queuedBytes -= cargo.sizeBytes;
      if (link.isCut) {
        this.#world.probes.hit('net/lost-in-cut');
        return;
      }
      link.deliveredAtNs = this.#world.nowNs;
      cargo.deliver();
    });
  }
}
