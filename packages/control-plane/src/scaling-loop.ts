import {BASE_INDEX_ID} from '@murmuration/base';
import type {Clock} from '@murmuration/base';
import {AutoScaling} from '@murmuration/capacity';
import type {ScalingDecision} from '@murmuration/capacity';
import {scaledAccess, scaledResource, scaledThroughput, scalingKey, trackingOf} from '@murmuration/model';
import type {ScalingRecord, TableDescriptor} from '@murmuration/model';
import type {Catalog, CatalogResult} from './catalog.js';
import type {CatalogCommand} from './catalog-commands.js';
import type {ControlPlaneEvent} from './events.js';
import type {Liveness} from './liveness.js';
import type {ControlPlaneMetrics} from './metrics.js';

const SAMPLE_MS = 1_000;
/** One point is the mean of so many samples: a minute. */
const POINT_SAMPLES = 60;

export interface ScalingSurroundings {
  readonly clock: Clock;
  readonly catalog: Catalog;
  readonly liveness: Pick<Liveness, 'consumption'>;
  readonly metrics: Pick<ControlPlaneMetrics, 'scalingActions'>;
  readonly newId: () => string;
  readonly emit: (event: ControlPlaneEvent) => void;
  /** @param done called once; undefined when it is not known whether the command was carried out */
  readonly submit: (command: CatalogCommand, done: (result: CatalogResult | undefined) => void) => void;
}

interface Watched {
  readonly scaling: AutoScaling;
  readonly policyId: string;
  /** Of the minute that is under way, in units a second for each sample. */
  sumUnits: number;
  sampleCount: number;
  /** Found the table busy: tried again each second of the minute, as long as the throughput is the same. */
  waiting: Action | undefined;
}
interface Action {
  readonly decision: Exclude<ScalingDecision, {kind: 'hold'}>;
  readonly fromUnits: number;
  readonly meanUnits: number;
}
interface Subject {
  readonly record: ScalingRecord;
  readonly table: TableDescriptor;
  readonly units: number;
  /** Of the partitions that it is made of. */
  readonly place: string;
}
type Consumed = Record<'read' | 'write', number>;

/**
 * Auto scaling of the leading control replica: looks each second at what was consumed, makes a point of each minute, and
 * changes throughput as UpdateTable does. What it counts is soft: a new leader needs as many minutes as policies ask for,
 * and knows of the last changes by the activities.
 */
export class ScalingLoop {
  readonly #around: ScalingSurroundings;
  readonly #watched = new Map<string, Watched>();
  #sampledAtMs = Number.NEGATIVE_INFINITY;

  constructor(around: ScalingSurroundings) {
    this.#around = around;
  }
  /** This process begins to lead, or does no more. */
  reset(): void {
    this.#watched.clear();
    this.#sampledAtMs = Number.NEGATIVE_INFINITY;
  }
  /** Called often; does something once a second, and nothing where there is no target. */
  tick(): void {
    const {catalog, clock} = this.#around;
    const nowMs = clock.monotonicMs();
    if (catalog.scaling.size === 0 || nowMs < this.#sampledAtMs + SAMPLE_MS) return;
    this.#sampledAtMs = nowMs;
    const subjects = new Map<string, Subject>();
    for (const record of catalog.scaling.all()) {
      const subject = this.#subjectOf(record);
      if (subject !== undefined) subjects.set(scalingKey(record), subject);
    }
    // What has no throughput to change, or is being made, begins anew later.
    for (const key of this.#watched.keys()) if (!subjects.has(key)) this.#watched.delete(key);
    const consumed = this.#consumption(new Set([...subjects.values()].map(({place}) => place)), nowMs);
    for (const [key, subject] of subjects) this.#sample(key, subject, consumed.get(subject.place)?.[scaledAccess(subject.record.dimension)] ?? 0);
  }

  #subjectOf(record: ScalingRecord): Subject | undefined {
    const resource = scaledResource(record.resourceId);
    const table = resource === undefined ? undefined : this.#around.catalog.tableByName(resource.tableName);
    if (record.policy === undefined || table === undefined || table.status === 'CREATING' || table.status === 'DELETING') return undefined;
    const throughput = scaledThroughput(record, table);
    if (throughput === undefined) return undefined;
    const index = resource?.indexName === undefined ? undefined : table.globalIndexes?.find(({name}) => name === resource.indexName);
    // An index that is being filled is not scaled.
    if (resource?.indexName !== undefined && index?.status !== 'ACTIVE') return undefined;
    const units = scaledAccess(record.dimension) === 'read' ? throughput.ReadCapacityUnits : throughput.WriteCapacityUnits;
    return {record, table, units, place: placeOf(table.tableId, index?.indexId ?? BASE_INDEX_ID)};
  }
  /** Units a second by table and index, in one walk over the partitions. */
  #consumption(places: ReadonlySet<string>, nowMs: number): ReadonlyMap<string, Consumed> {
    const consumed = new Map<string, Consumed>();
    if (places.size === 0) return consumed;
    for (const entry of this.#around.catalog.partitions()) {
      const place = placeOf(entry.table, entry.index);
      if (!places.has(place)) continue;
      const {readHalfUnits, writeHalfUnits} = this.#around.liveness.consumption(entry.group, nowMs);
      const sum = consumed.get(place) ?? {read: 0, write: 0};
      consumed.set(place, {read: sum.read + readHalfUnits / 2, write: sum.write + writeHalfUnits / 2});
    }
    return consumed;
  }

  #sample(key: string, subject: Subject, consumedUnits: number): void {
    const watched = this.#watchedOf(key, subject.record);
    if (watched === undefined) return;
    watched.sumUnits += consumedUnits;
    watched.sampleCount += 1;
    const {waiting} = watched;
    if (waiting !== undefined && subject.table.status === 'ACTIVE') {
      watched.waiting = undefined;
      if (waiting.fromUnits === subject.units) this.#act(subject, watched, waiting);
    }
    if (watched.sampleCount < POINT_SAMPLES) return;
    const meanUnits = watched.sumUnits / watched.sampleCount;
    watched.sumUnits = 0;
    watched.sampleCount = 0;
    watched.waiting = undefined;
    const {unitsMin, unitsMax} = subject.record;
    // Without use there is no point, but bounds are kept all the same. A table that is being changed has its turn in a minute.
    if (subject.table.status !== 'ACTIVE' || (meanUnits === 0 && subject.units >= unitsMin && subject.units <= unitsMax)) return;
    const decision = watched.scaling.point({consumedUnitsPerSecond: meanUnits, provisionedUnits: subject.units, atMs: this.#around.clock.wallMs()});
    if (decision.kind !== 'hold') this.#act(subject, watched, {decision, fromUnits: subject.units, meanUnits});
  }
  #watchedOf(key: string, record: ScalingRecord): Watched | undefined {
    const tracking = trackingOf(record);
    if (tracking === undefined || record.policy === undefined) return undefined;
    let watched = this.#watched.get(key);
    if (watched?.policyId === record.policy.policyId) {
      watched.scaling.setPolicy(tracking);
      return watched;
    }
    const lastAtMs = (direction: 'in' | 'out'): number | undefined => record.activities.find((activity) => activity.direction === direction && activity.failure === undefined)?.atMs;
    watched = {scaling: new AutoScaling(tracking, {outAtMs: lastAtMs('out'), inAtMs: lastAtMs('in')}), policyId: record.policy.policyId, sumUnits: 0, sampleCount: 0, waiting: undefined};
    this.#watched.set(key, watched);
    return watched;
  }

  #act({record, table}: Subject, watched: Watched, action: Action): void {
    const {decision: {kind: direction, units}, fromUnits, meanUnits} = action;
    const {policy, suspended, resourceId, dimension} = record;
    if (policy === undefined || (direction === 'out' ? suspended.isOutSuspended : suspended.isInSuspended)) return;
    const {newId, submit, clock, emit, metrics} = this.#around;
    const id = newId();
    const cause = `${meanUnits.toFixed(1)} of ${fromUnits} ${scaledAccess(dimension)} capacity units a second were used, the target is ${policy.targetValue} percent: policy ${policy.name} scales ${direction}`;
    submit({kind: 'scale-throughput', resourceId, dimension, policyId: policy.policyId, fromUnits, units, direction, cause, id, nowMs: clock.wallMs()}, (result) => {
      // Often the other dimension of the same table was changed in the same second.
      if (result?.kind === 'stale-plan') watched.waiting = action;
      const noted = result?.kind === 'ok' ? this.#around.catalog.scaling.get(scalingKey(record))?.activities.find(({activityId}) => activityId === id) : undefined;
      if (noted === undefined) return;
      metrics.scalingActions.with({direction}).add(1);
      emit({event: 'control-plane/throughput-scaled', level: noted.failure === undefined ? 'info' : 'warn', table: table.name, resource: resourceId, dimension, direction, fromUnits, units, failure: noted.failure ?? ''});
    });
  }
}

function placeOf(table: number, index: number): string {
  return `${table} ${index}`;
}
