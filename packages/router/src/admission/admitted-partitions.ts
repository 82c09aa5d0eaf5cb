import {BASE_INDEX_ID} from '@murmuration/base';
import type {Clock} from '@murmuration/base';
import {throttlingReason} from '@murmuration/capacity';
import {ACCOUNT_TOKENS} from '@murmuration/control-client';
import type {ClusterMapSource} from '@murmuration/control-client';
import {parseStoredKey} from '@murmuration/model';
import {keysOfStep} from '@murmuration/partition';
import type {PartitionRequest} from '@murmuration/partition';
import type {MapRefresher, PartitionClient, PartitionOutcome} from '@murmuration/partition-client';
import type {PartitionEntry} from '@murmuration/placement';
import type {RouterMetrics} from '../metrics.js';
import {accessOf, globalIndexHalfUnits, halfUnitsOf, leastHalfUnits} from './request-cost.js';
import type {Access} from './request-cost.js';
import type {ThrottleJournal} from './throttle-journal.js';
import type {TokenLeases, TokenOwner} from './token-leases.js';

/** The partitions as operations ask them. */
export interface PartitionCaller {
  readonly refresher: MapRefresher;
  /** See PartitionClient. */
  call(entry: PartitionEntry, request: PartitionRequest, deadlineMs: number, done: (outcome: PartitionOutcome) => void): void;
}

/** Whose request is asked for. */
export interface RequestName {
  readonly operation: string;
  readonly requestId: string;
}

export interface AdmissionParts {
  readonly partitions: PartitionClient;
  readonly map: ClusterMapSource;
  readonly clock: Clock;
  readonly leases: TokenLeases;
  readonly journal: ThrottleJournal;
  readonly metrics: RouterMetrics;
}

type Refused = Extract<PartitionOutcome, {readonly kind: 'refused'}>;

/**
 * The partitions as one request of a client sees them. Where a table's throughput is shared globally, and where all
 * on-demand tables together have a limit, tokens are taken before anything is sent, and a request that lacks them is refused here; what it cost more, or less, is settled with its
 * answer. Every throttle is written down with the id of the request.
 */
export class AdmittedPartitions implements PartitionCaller {
  readonly #parts: AdmissionParts;
  readonly #name: RequestName;
  constructor(parts: AdmissionParts, name: RequestName) {
    this.#parts = parts;
    this.#name = name;
  }
  get refresher(): MapRefresher {
    return this.#parts.partitions.refresher;
  }

  call(entry: PartitionEntry, request: PartitionRequest, deadlineMs: number, done: (outcome: PartitionOutcome) => void): void {
    const {partitions, leases, clock} = this.#parts;
    const access = accessOf(request);
    const owner = access === undefined ? undefined : leases.ownerOf(entry, access);
    if (access === undefined || owner === undefined) {
      partitions.call(entry, request, deadlineMs, (outcome) => {
        this.#note(entry, request, outcome);
        done(outcome);
      });
      return;
    }
    const tokens = leases.of(owner, access);
    const leastTaken = leastHalfUnits(request);
    const nowMs = clock.monotonicMs();
    if (!tokens.take(leastTaken, nowMs)) {
      const outcome = this.#refusal(entry, access, owner, tokens.tokensHalfUnits(nowMs), leastTaken);
      this.#note(entry, request, outcome);
      done(outcome);
      return;
    }
    partitions.call(entry, request, deadlineMs, (outcome) => {
      const more = halfUnitsOf(request, outcome) + (owner === ACCOUNT_TOKENS ? globalIndexHalfUnits(outcome) : 0) - leastTaken;
      if (more > 0) tokens.charge(more, clock.monotonicMs());
      else if (more < 0) tokens.giveBack(-more, clock.monotonicMs());
      this.#note(entry, request, outcome);
      done(outcome);
    });
  }

  #refusal(entry: PartitionEntry, access: Access, owner: TokenOwner, tokensThenHalfUnits: number, tokensAskedHalfUnits: number): Refused {
    const table = this.#parts.map.current().tableById(entry.table);
    const isOfAccount = owner === ACCOUNT_TOKENS;
    const index = table?.globalIndexes?.find(({indexId}) => indexId === entry.index)?.name;
    const reason = throttlingReason(entry.index === BASE_INDEX_ID ? 'Table' : 'Index', access === 'read' ? 'Read' : 'Write', isOfAccount ? 'AccountLimitExceeded' : 'ProvisionedThroughputExceeded');
    const detail = {bucket: isOfAccount ? 'account' as const : 'table' as const, tokensThenHalfUnits, tokensAskedHalfUnits, passesInMs: undefined};
    return {kind: 'refused', failure: {code: 'Throttled', reason, resource: `${table?.name ?? ''}${index === undefined ? '' : `/index/${index}`}`, isOnDemand: isOfAccount, detail}};
  }
  #note({group}: PartitionEntry, request: PartitionRequest, outcome: PartitionOutcome): void {
    if (outcome.kind !== 'refused' || outcome.failure.code !== 'Throttled') return;
    const {reason, resource, isOnDemand, detail} = outcome.failure;
    const [table = '', , index] = resource.split('/');
    this.#parts.metrics.throttled(table, index ?? '', reason);
    this.#parts.journal.add({
      requestId: this.#name.requestId, atMs: this.#parts.clock.wallMs(), operation: this.#name.operation, table, index, group, keyHash: keyHashOf(request), reason, isOnDemand, detail,
    });
  }
}

/** The token of the one key that a request is about; of a range, of where it begins. */
function keyHashOf(request: PartitionRequest): string {
  const key = keyOf(request);
  if (key === undefined) return '';
  const {token} = parseStoredKey(key);
  return token.toString(16).padStart(8, '0');
}
function keyOf(request: PartitionRequest): Uint8Array | undefined {
  switch (request.kind) {
    case 'write':
      return request.command.key;
    case 'get':
      return request.keys.length === 1 ? request.keys[0] : undefined;
    case 'range':
      return undefined;
    case 'transact':
      return keysOfStep(request.step)[0];
    default:
      return undefined;
  }
}
