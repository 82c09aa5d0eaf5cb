import {NO_REPLICA, SERVICE_PARTITION, compareBytes} from '@murmuration/base';
import type {CallResult, GroupId} from '@murmuration/base';
import type {ClusterMapSource} from '@murmuration/control-client';
import {decodePartitionResponse, encodePartitionRequest, entryKeysOf, keysOfStep} from '@murmuration/partition';
import type {PartitionFailure, PartitionRequest, PartitionResponse} from '@murmuration/partition';
import type {PartitionEntry, ReplicaPlacement} from '@murmuration/placement';
import type {PartitionClientEvent, RetryReason} from './events.js';
import type {MapRefresher} from './map-refresher.js';
import type {PartitionClientPorts, PartitionClientSettings} from './options.js';
import {Routes} from './routes.js';
import type {Route} from './routes.js';

/** The partitions whose replicas live in this process. */
export interface LocalPartitions {
  /** @param done called exactly once, at once or later, not after the deadline by more than a moment */
  handle(request: PartitionRequest, deadlineMs: number, done: (response: PartitionResponse) => void): void;
}

/** How a request to one partition ended, after everything that could be tried. */
export type PartitionOutcome =
  | Exclude<PartitionResponse, {readonly kind: 'failed'}>
  /** DynamoDB's own refusals. */
  | {readonly kind: 'refused'; readonly failure: Extract<PartitionFailure, {readonly code: 'ConditionFailed' | 'Rejected' | 'Throttled'}>}
  /** The partition is not what the map said when the request was made: look up again. Nothing was done. */
  | {readonly kind: 'moved'}
  /** Nothing was done, and the time is over. */
  | {readonly kind: 'unavailable'; readonly reason: string}
  /** A write that may have happened. */
  | {readonly kind: 'unknown'; readonly reason: string};

/**
 * Carries requests to partitions: chooses the replica, follows leaders, repeats what may be repeated. Nobody else
 * retries.
 *
 * Repeated until the deadline: whatever proves that nothing was done, and always reads and most steps of transactions, which
 * do nothing the second time. Never repeated: a write, or a whole transaction, that was sent and not answered.
 */
export class PartitionClient {
  readonly settings: PartitionClientSettings;
  readonly ports: PartitionClientPorts;
  readonly map: ClusterMapSource;
  readonly refresher: MapRefresher;
  readonly local: LocalPartitions | undefined;
  readonly #routes: Routes;
  #lastWarningMs = Number.NEGATIVE_INFINITY;

  constructor(settings: PartitionClientSettings, ports: PartitionClientPorts, map: ClusterMapSource, refresher: MapRefresher, local: LocalPartitions | undefined) {
    this.settings = settings;
    this.ports = ports;
    this.map = map;
    this.refresher = refresher;
    this.local = local;
    this.#routes = new Routes(settings.node, settings.az);
    map.onChange((changed) => this.#routes.mapChanged(changed));
  }

  /**
   * @param entry from the current map; `request` names its group and epoch
   * @param done called once, perhaps before this returns
   */
  call(entry: PartitionEntry, request: PartitionRequest, deadlineMs: number, done: (outcome: PartitionOutcome) => void): void {
    new PartitionCall(this, entry, request, deadlineMs, done).send();
  }

  route(entry: PartitionEntry): Route {
    return this.#routes.of(entry, this.map.current());
  }

  /** An attempt did not bring an answer that ends the call. */
  retried(group: GroupId, reason: RetryReason): void {
    const {events} = this.ports;
    if (!events.isEnabled('debug')) return;
    const event: PartitionClientEvent = {event: 'partition-client/retried', level: 'debug', group, reason};
    events.emit(event);
  }

  warn(group: GroupId, reason: string, attemptCount: number): void {
    const nowMs = this.ports.clock.monotonicMs();
    if (nowMs < this.#lastWarningMs + WARNING_PERIOD_MS) return;
    this.#lastWarningMs = nowMs;
    const event: PartitionClientEvent = {event: 'partition-client/unavailable', level: 'warn', group, reason, attemptCount};
    this.ports.events.emit(event);
  }
}

/** Redirections that are followed at once; more of them in a row means an election, which takes time. */
const IMMEDIATE_REDIRECTS_MAX = 2;
/** Pauses before a replica that refuses calls is no longer taken for the leader. */
const PATIENT_PAUSES_MAX = 2;
/** An outage fails thousands of requests a second for one reason: it is told this often. */
const WARNING_PERIOD_MS = 1_000;

class PartitionCall {
  readonly #client: PartitionClient;
  readonly #deadlineMs: number;
  readonly #done: (outcome: PartitionOutcome) => void;
  readonly #isEventual: boolean;
  #entry: PartitionEntry;
  #request: PartitionRequest;
  #route: Route;
  #asked: ReplicaPlacement;
  #attemptCount = 0;
  #redirectCount = 0;
  #pauseCount = 0;
  #reason = 'not tried';

  constructor(client: PartitionClient, entry: PartitionEntry, request: PartitionRequest, deadlineMs: number, done: (outcome: PartitionOutcome) => void) {
    this.#client = client;
    this.#entry = entry;
    this.#request = request;
    this.#deadlineMs = deadlineMs;
    this.#done = done;
    this.#isEventual = 'consistency' in request && request.consistency === 'eventual';
    this.#route = client.route(entry);
    this.#asked = this.#route.leader;
  }

  send(): void {
    const {ports, settings, local} = this.#client;
    // The map may have changed during a pause.
    if (!this.#adopt(this.#client.map.current().partition(this.#entry.group))) return;
    const leftMs = this.#deadlineMs - ports.clock.monotonicMs();
    if (leftMs <= 0) {
      this.#giveUp();
      return;
    }
    const asked = this.#choose();
    this.#asked = asked;
    this.#attemptCount += 1;
    if (local !== undefined && asked.node === settings.node) {
      local.handle(this.#request, this.#deadlineMs, (response) => this.#onResponse(response));
      return;
    }
    ports.network.call(asked.node, SERVICE_PARTITION, encodePartitionRequest(this.#request), Math.min(leftMs, this.#patienceMs()), (result) => this.#onResult(result));
  }

  /** A process that stands still keeps its connections: only time tells that nothing comes. Any other replica will do for an eventual read. */
  #patienceMs(): number {
    const {settings} = this.#client;
    if (!isRepeatable(this.#request)) return Number.POSITIVE_INFINITY;
    const hasUntried = this.#isEventual && this.#attemptCount < this.#route.readOrder.length;
    return this.#request.kind === 'get' && hasUntried ? settings.eventualAttemptTimeoutMs : settings.readAttemptTimeoutMs;
  }

  #choose(): ReplicaPlacement {
    const {readOrder, leader} = this.#route;
    if (!this.#isEventual) return leader;
    // The nearest replica first, then round; the leader is among them and can always prove that it is fresh.
    return readOrder[this.#attemptCount % readOrder.length] ?? leader;
  }

  #onResult(result: CallResult): void {
    if (result.ok) {
      let response: PartitionResponse;
      try {
        response = decodePartitionResponse(result.payload);
      } catch (error) {
        this.#onLost(error instanceof Error ? error.message : 'undecodable answer');
        return;
      }
      this.#onResponse(response);
      return;
    }
    const {code, reason} = result.failure;
    switch (code) {
      case 'NotSent':
        this.#retried('not-sent');
        this.#elsewhere(reason);
        return;
      case 'Refused':
        this.#retried('turned-away');
        // A full leader gets a moment; one that goes on refusing may not be the leader any more.
        if (this.#isEventual || this.#pauseCount >= PATIENT_PAUSES_MAX) this.#elsewhere(reason);
        else this.#later(reason, 0);
        return;
      case 'Unknown':
        this.#onLost(reason);
        return;
    }
  }

  /** Sent, and no answer that can be read. */
  #onLost(reason: string): void {
    if (!isRepeatable(this.#request)) this.#finish({kind: 'unknown', reason});
    else {
      this.#retried('answer-lost');
      this.#elsewhere(reason);
    }
  }

  #onResponse(response: PartitionResponse): void {
    if (response.kind !== 'failed') {
      this.#finish(response);
      return;
    }
    const {failure} = response;
    switch (failure.code) {
      case 'ConditionFailed':
      case 'Rejected':
      case 'Throttled':
        this.#finish({kind: 'refused', failure});
        return;
      case 'NotLeader':
        this.#onNotLeader(failure.leaderHint);
        return;
      case 'WrongEpoch':
        // A replica behind the map catches up by itself; a map behind the replica must be asked for.
        this.#retried(failure.epoch < this.#request.epoch ? 'older-epoch' : 'newer-epoch');
        if (failure.epoch < this.#request.epoch) this.#later('the replica has an older epoch', 0);
        else this.#refresh('the partition changed', true);
        return;
      case 'UnknownPartition':
        this.#retried('unknown-partition');
        if (!this.#isEventual) this.#route.notLeader(this.#asked, this.#asked.replica);
        this.#refresh('the replica is not there');
        return;
      case 'Overloaded':
        this.#retried('overloaded');
        this.#later('the partition is overloaded', failure.retryAfterMs);
        return;
      case 'Unavailable':
        this.#retried('unavailable');
        if (this.#isEventual) this.#elsewhere(failure.reason);
        else this.#later(failure.reason, 0);
        return;
      case 'OutcomeUnknown':
        this.#onLost(failure.reason);
        return;
    }
  }

  #onNotLeader(hint: PartitionEntry['preferredLeader']): void {
    if (this.#isEventual) {
      this.#elsewhere('the replica cannot prove that it is fresh');
      return;
    }
    if (hint !== NO_REPLICA && !this.#route.knows(hint)) {
      // Led by a replica that came after this map.
      this.#route.notLeader(this.#asked, NO_REPLICA);
      this.#refresh('the partition has other members', true);
      return;
    }
    const isVouched = this.#route.notLeader(this.#asked, hint);
    if (isVouched && this.#redirectCount < IMMEDIATE_REDIRECTS_MAX) {
      this.#retried('redirected');
      this.#redirectCount += 1;
      this.send();
      return;
    }
    this.#retried('not-leader');
    this.#later('no leader was found', 0);
  }

  /** Another replica may do better: at once while there are untried ones, then after a pause. */
  #elsewhere(reason: string): void {
    if (this.#isEventual) {
      const {readOrder} = this.#route;
      if (readOrder.length > 0 && this.#attemptCount % readOrder.length !== 0) {
        this.#reason = reason;
        this.send();
        return;
      }
    } else {
      this.#route.notLeader(this.#asked, this.#asked.replica);
    }
    this.#later(reason, 0);
  }

  /** @param isSoonOver a newer map is on its way: the pauses do not grow */
  #refresh(reason: string, isSoonOver = false): void {
    this.#reason = reason;
    const {epoch, membership} = this.#entry;
    this.#client.refresher.refresh(() => {
      if (!this.#adopt(this.#client.map.current().partition(this.#entry.group))) return;
      // The same again: whoever refused is ahead of the control plane or not ready yet.
      if (this.#entry.epoch === epoch && this.#entry.membership === membership) this.#later(reason, 0, isSoonOver);
      else this.send();
    });
  }

  /** Goes on with what the map says of the partition now. @returns false when the request's keys are no longer all of its: then it is over */
  #adopt(fresh: PartitionEntry | undefined): boolean {
    if (fresh === this.#entry) return true;
    if (fresh === undefined || !covers(fresh, this.#request)) {
      this.#finish({kind: 'moved'});
      return false;
    }
    this.#entry = fresh;
    this.#retried('entry-changed');
    this.#request = {...this.#request, epoch: fresh.epoch};
    this.#route = this.#client.route(fresh);
    return true;
  }

  /** Pauses, longer each time and never in step with others, then tries again if there is time. */
  #later(reason: string, waitMsMin: number, isSoonOver = false): void {
    this.#reason = reason;
    const {ports, settings} = this.#client;
    const fullMs = isSoonOver ? settings.backoffMs : Math.min(settings.backoffMsMax, settings.backoffMs * 2 ** Math.min(this.#pauseCount, 10));
    if (!isSoonOver) this.#pauseCount += 1;
    const delayMs = Math.max(waitMsMin, fullMs / 2 + ports.random.below(Math.ceil(fullMs / 2) + 1));
    if (ports.clock.monotonicMs() + delayMs >= this.#deadlineMs) {
      this.#giveUp();
      return;
    }
    this.#redirectCount = 0;
    ports.timers.after(delayMs, () => this.send());
  }

  #retried(reason: RetryReason): void {
    this.#client.retried(this.#entry.group, reason);
  }
  #giveUp(): void {
    this.#client.warn(this.#entry.group, this.#reason, this.#attemptCount);
    this.#finish({kind: 'unavailable', reason: this.#reason});
  }

  #finish(outcome: PartitionOutcome): void {
    this.#done(outcome);
  }
}

/** A copy that comes late must find nothing to do. A refusal is no such thing: the copy may be carried out after it. */
function isRepeatable(request: PartitionRequest): boolean {
  return request.kind !== 'write' && !(request.kind === 'transact' && request.step.kind === 'once');
}

/** Whether all keys that a request names lie in the partition's range. */
function covers({from, until}: PartitionEntry, request: PartitionRequest): boolean {
  const holds = (key: Uint8Array): boolean => compareBytes(from, key) <= 0 && compareBytes(key, until) < 0;
  switch (request.kind) {
    case 'index-write':
      return entryKeysOf(request).every(holds);
    case 'transact':
      return keysOfStep(request.step).every(holds);
    case 'write':
      return holds(request.command.key);
    case 'get':
      return request.keys.every(holds);
    case 'range':
      return compareBytes(from, request.from) <= 0 && compareBytes(request.until, until) <= 0;
    case 'stream-shards':
    case 'stream-records':
      return true;
  }
}
