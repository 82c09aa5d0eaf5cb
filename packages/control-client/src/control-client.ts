import {SERVICE_CONTROL, assert, utf8Decode, utf8Encode} from '@murmuration/base';
import type {Clock, EventSink, NetworkPort, NodeId, PeerAddress, Random, TimerHandle, Timers} from '@murmuration/base';
import {ClusterMap, clusterMapContentFromJson, clusterMapContentToJson} from '@murmuration/placement';
import type {NodeEntry} from '@murmuration/placement';
import type {ClusterMapCache, ClusterMapSource} from './cluster-map-source.js';
import type {ControlClientEvent} from './events.js';
import {decodeControlResponse, encodeControlRequest} from './protocol-codec.js';
import type {ControlFailure, ControlRequest, ControlResponse, GroupReport, HeartbeatReport, PartitionShare} from './protocol.js';

export interface ControlClientOptions {
  /** The processes that held a control-plane replica when the cluster began; those that took their places are told of by the map. */
  readonly controlPeers: readonly PeerAddress[];
  /** What this process tells of itself. */
  readonly self: NodeEntry;
  readonly heartbeatMs: number;
  /** How long the control plane may hold a watch open. */
  readonly watchWaitMs: number;
  /** Pause before another control process is tried. */
  readonly retryDelayMs: number;
  /** The control plane does not accept this process: its disk is older than what it knows, or its AZ changed. Called once; the process must end. */
  readonly onRefused: (reason: string) => void;
}

export const CONTROL_CLIENT_DEFAULTS = {heartbeatMs: 500, watchWaitMs: 5_000, retryDelayMs: 100} as const;

export interface ControlClientPorts {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly network: NetworkPort;
  readonly events: EventSink;
  readonly cache: ClusterMapCache;
}

const CALL_TIMEOUT_MS = 3_000;
/** Room for the answer of a held watch to travel. */
const WATCH_SLACK_MS = 2_000;

/**
 * One process's line to the control plane: registers it, sends heartbeats, follows the map, and carries table
 * operations to whoever leads. Loss of the control plane leaves the last map in place.
 */
export class ControlClient implements ClusterMapSource {
  readonly #options: ControlClientOptions;
  readonly #ports: ControlClientPorts;
  readonly #listeners: ((map: ClusterMap) => void)[] = [];
  #reporter: (isFull: boolean) => HeartbeatReport = () => ({groups: []});
  /** The control plane may not have what was told before. */
  #mustTellAll = true;
  #map: ClusterMap;
  #isConfirmed = false;
  #isReachable = true;
  #isRegistered = false;
  /** Map version by which the registration had taken effect. */
  #registeredAtVersion = 0;
  #isStopped = true;
  #leader: NodeId | undefined;
  #nextPeer = 0;
  #heartbeatInFlight = false;
  #sharesListener: (shares: readonly PartitionShare[]) => void = () => undefined;
  #heartbeatTimer: TimerHandle | undefined;
  #refreshWaiters: (() => void)[] = [];
  #isRefreshing = false;
  #knownPeers: ReadonlySet<NodeId> = new Set();
  /** The configured control processes, and what the map knows of others. */
  #controlNodes: readonly NodeId[];

  constructor(options: ControlClientOptions, ports: ControlClientPorts) {
    assert(options.controlPeers.length > 0, 'a control client needs at least one control process');
    this.#options = options;
    this.#ports = ports;
    this.#map = this.#loadCached();
    this.#controlNodes = controlNodesOf(options.controlPeers, this.#map);
  }

  start(): void {
    assert(this.#isStopped, 'control client started twice');
    this.#isStopped = false;
    for (const peer of this.#options.controlPeers) if (peer.node !== this.#ports.network.self) this.#ports.network.setPeer(peer);
    this.#learnPeers();
    this.#register();
    this.#watch();
    this.#heartbeatTimer = this.#ports.timers.every(this.#options.heartbeatMs, () => this.#heartbeat());
  }

  stop(): void {
    this.#isStopped = true;
    this.#heartbeatTimer?.cancel();
  }

  /** What the heartbeats tell of this process's replicas: of all of them when `isFull`. */
  setReporter(reporter: (isFull: boolean) => HeartbeatReport): void {
    this.#reporter = reporter;
  }
  /** Told with each answered heartbeat that brought shares of throughput. */
  onShares(listener: (shares: readonly PartitionShare[]) => void): void {
    this.#sharesListener = listener;
  }
  /** Tells of replicas at once, without waiting for the next heartbeat: something the control plane waits for has happened. */
  reportNow(groups: readonly GroupReport[]): void {
    if (this.#isStopped || !this.#isRegistered) return;
    const {incarnation} = this.#options.self;
    // Lost ones do not matter: the next heartbeat says the same.
    this.call({kind: 'heartbeat', node: this.#ports.network.self, incarnation, mapVersion: this.#map.version, groups}, CALL_TIMEOUT_MS, () => undefined);
  }
  current(): ClusterMap {
    return this.#map;
  }
  isConfirmed(): boolean {
    // A process that was not accepted yet may hold an old disk: until it is, nothing is made or deleted from the map.
    // The map must also be as new as the registration: a node that lost its disk is named by older ones with replicas it must not make.
    return this.#isConfirmed && this.#isRegistered && this.#map.version >= this.#registeredAtVersion;
  }
  isRegistered(): boolean {
    return this.#isRegistered;
  }
  onChange(listener: (map: ClusterMap) => void): void {
    this.#listeners.push(listener);
  }

  refresh(done: () => void): void {
    this.#refreshWaiters.push(done);
    if (this.#isRefreshing) return;
    this.#isRefreshing = true;
    // Waiters that come while the call is under way may have been promised something newer: they get the next one.
    const waiters = this.#refreshWaiters;
    this.#refreshWaiters = [];
    this.call({kind: 'watch', node: this.#ports.network.self, version: this.#map.version, waitMs: 0}, CALL_TIMEOUT_MS, (response) => {
      if (response.kind === 'delta') this.#take(response);
      this.#isRefreshing = false;
      for (const waiter of waiters) waiter();
      const next = this.#refreshWaiters.pop();
      if (next !== undefined) this.refresh(next);
    });
  }

  /**
   * Carries a request to the leader of the control plane, following redirects and trying the next process while
   * nothing was done, until `timeoutMs` is over.
   * @param done called once with the answer, `Unavailable` (nothing happened) or `OutcomeUnknown`
   */
  call(request: ControlRequest, timeoutMs: number, done: (response: ControlResponse) => void): void {
    const payload = encodeControlRequest(request);
    const untilMs = this.#ports.clock.monotonicMs() + timeoutMs;
    const attempt = (lastReason: string): void => {
      const leftMs = untilMs - this.#ports.clock.monotonicMs();
      if (leftMs <= 0) {
        done({kind: 'failed', failure: {code: 'Unavailable', reason: lastReason}});
        return;
      }
      const target = this.#leader ?? this.#takeNextPeer();
      this.#ports.network.call(target, SERVICE_CONTROL, payload, leftMs, (result) => {
        if (!result.ok) {
          if (this.#leader === target) this.#leader = undefined;
          if (result.failure.code === 'Unknown' && !isRepeatable(request)) {
            done({kind: 'failed', failure: {code: 'OutcomeUnknown', reason: result.failure.reason}});
            return;
          }
          this.#later(() => attempt(`${target}: ${result.failure.reason}`));
          return;
        }
        let response: ControlResponse;
        try {
          response = decodeControlResponse(result.payload);
        } catch (cause) {
          done({kind: 'failed', failure: {code: 'OutcomeUnknown', reason: cause instanceof Error ? cause.message : 'undecodable answer'}});
          return;
        }
        if (response.kind === 'failed' && response.failure.code === 'NotLeader') {
          const {leader} = response.failure;
          const isKnown = leader !== undefined && this.#controlNodes.includes(leader);
          this.#leader = isKnown && leader !== target ? leader : undefined;
          this.#later(() => attempt(`${target} does not lead the control plane`));
          return;
        }
        this.#leader = target;
        done(response);
      });
    };
    attempt('the control plane was not reached');
  }

  #register(): void {
    if (this.#isStopped) return;
    this.call({kind: 'register', node: this.#options.self}, CALL_TIMEOUT_MS, (response) => {
      if (this.#isStopped) return;
      if (response.kind === 'ok') {
        this.#isRegistered = true;
        this.#registeredAtVersion = response.version;
        this.#emit({event: 'control-client/registered', level: 'info', controlLeader: this.#leader ?? ''});
        if (this.#isConfirmed) for (const listener of this.#listeners) listener(this.#map);
        return;
      }
      if (response.kind === 'failed' && response.failure.code === 'BadRequest') {
        this.#refuse(response.failure.reason);
        return;
      }
      this.#later(() => this.#register());
    });
  }

  #refuse(reason: string): void {
    this.stop();
    this.#emit({event: 'control-client/refused', level: 'error', reason});
    this.#options.onRefused(reason);
  }

  #heartbeat(): void {
    if (this.#isStopped || this.#heartbeatInFlight || !this.#isRegistered) return;
    this.#heartbeatInFlight = true;
    const request: Extract<ControlRequest, {kind: 'heartbeat'}> = {
      kind: 'heartbeat',
      node: this.#ports.network.self,
      incarnation: this.#options.self.incarnation,
      mapVersion: this.#map.version,
      ...this.#reporter(this.#mustTellAll),
    };
    this.call(request, CALL_TIMEOUT_MS, (response) => {
      this.#heartbeatInFlight = false;
      const wasFull = request.rest?.isFull !== false;
      this.#mustTellAll = response.kind !== 'ok' || response.wantsAll === true;
      // At once, if that is news: until then the control plane may take sleeping partitions for lost ones.
      if (response.kind === 'ok' && this.#mustTellAll && !wasFull) this.#heartbeat();
      if (response.kind === 'ok' && response.shares !== undefined && !this.#isStopped) this.#sharesListener(response.shares);
      // This process was taken out of the cluster while it ran.
      if (response.kind === 'failed' && response.failure.code === 'Refused' && !this.#isStopped) this.#refuse(response.failure.reason);
    });
  }

  #watch(): void {
    if (this.#isStopped) return;
    const request: ControlRequest = {
      kind: 'watch',
      node: this.#ports.network.self,
      version: this.#isConfirmed ? this.#map.version : -1,
      waitMs: this.#options.watchWaitMs,
    };
    this.call(request, this.#options.watchWaitMs + WATCH_SLACK_MS, (response) => {
      if (this.#isStopped) return;
      if (response.kind === 'delta') {
        this.#setReachable(true, '');
        this.#take(response);
        this.#watch();
        return;
      }
      this.#setReachable(false, response.kind === 'failed' ? describeFailure(response.failure) : `unexpected answer ${response.kind}`);
      this.#later(() => this.#watch());
    });
  }

  #take(response: Extract<ControlResponse, {kind: 'delta'}>): void {
    const {delta} = response;
    if (delta.toVersion < this.#map.version) return;
    const isNews = !this.#isConfirmed || delta.toVersion > this.#map.version;
    if (!delta.isFull && delta.fromVersion !== this.#map.version) return;
    this.#isConfirmed = true;
    if (!isNews) return;
    this.#map = this.#map.apply(delta);
    this.#learnPeers();
    this.#ports.cache.save(utf8Encode(JSON.stringify(clusterMapContentToJson(this.#map.toContent()))));
    if (this.#ports.events.isEnabled('debug')) this.#emit({event: 'control-client/map-updated', level: 'debug', version: this.#map.version});
    for (const listener of this.#listeners) listener(this.#map);
  }

  #learnPeers(): void {
    const known = new Set<NodeId>();
    for (const node of this.#map.nodes()) {
      known.add(node.node);
      if (node.node !== this.#ports.network.self) this.#ports.network.setPeer({node: node.node, address: node.fabricAddress});
    }
    for (const node of this.#knownPeers) {
      if (known.has(node) || this.#options.controlPeers.some((peer) => peer.node === node)) continue;
      this.#ports.network.removePeer(node);
    }
    this.#knownPeers = known;
    this.#controlNodes = controlNodesOf(this.#options.controlPeers, this.#map);
  }

  #loadCached(): ClusterMap {
    const bytes = this.#ports.cache.load();
    if (bytes === undefined) return ClusterMap.empty();
    try {
      return ClusterMap.fromContent(clusterMapContentFromJson(JSON.parse(utf8Decode(bytes))));
    } catch (cause) {
      // The cache is a convenience: the control plane has the truth, and a process without it waits for that.
      this.#emit({event: 'control-client/cache-unreadable', level: 'warn', reason: cause instanceof Error ? cause.message : 'unreadable'});
      return ClusterMap.empty();
    }
  }

  #takeNextPeer(): NodeId {
    const peer = this.#controlNodes[this.#nextPeer % this.#controlNodes.length];
    assert(peer !== undefined, 'no control peer');
    this.#nextPeer += 1;
    return peer;
  }

  #later(callback: () => void): void {
    const jitterMs = this.#ports.random.below(Math.max(1, Math.floor(this.#options.retryDelayMs / 2)));
    this.#ports.timers.after(this.#options.retryDelayMs / 2 + jitterMs, callback);
  }

  #setReachable(isReachable: boolean, reason: string): void {
    if (isReachable === this.#isReachable) return;
    this.#isReachable = isReachable;
    if (isReachable) this.#emit({event: 'control-client/reachable', level: 'info', controlLeader: this.#leader ?? ''});
    else this.#emit({event: 'control-client/unreachable', level: 'warn', reason});
  }

  #emit(event: ControlClientEvent): void {
    this.#ports.events.emit(event);
  }
}

function controlNodesOf(configured: readonly PeerAddress[], map: ClusterMap): readonly NodeId[] {
  const nodes = new Set(configured.map((peer) => peer.node));
  for (const {node, roles} of map.nodes()) if (roles.includes('control')) nodes.add(node);
  return [...nodes];
}

/** Whether doing it twice is the same as once, so that an unknown outcome may simply be tried again. */
function isRepeatable(request: ControlRequest): boolean {
  switch (request.kind) {
    case 'create-table':
    case 'update-table':
    case 'update-time-to-live':
    case 'change-scaling':
    case 'delete-table':
    case 'act':
      return false;
    case 'tag-table':
    case 'update-contributor-insights':
    case 'change-settings':
    case 'describe-scaling':
    case 'drop-all-tables':
    case 'register':
    case 'join-control':
    case 'heartbeat':
    case 'watch':
    case 'lease-tokens':
    case 'describe-table':
    case 'list-tables':
    case 'status':
      return true;
  }
}

function describeFailure(failure: ControlFailure): string {
  return 'reason' in failure ? `${failure.code}: ${failure.reason}` : failure.code;
}
