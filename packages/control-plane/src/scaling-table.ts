import type {ControlFailure} from '@murmuration/control-client';
import {ModelError, SCALABLE_TARGETS_MAX, changeScaling, missingResource, noteActivity, scaledThroughput, scalingKey} from '@murmuration/model';
import type {ScalingActivity, ScalingOrder, ScalingRecord, ScalingReference, ScalingStamp, TableDescriptor} from '@murmuration/model';

/** Targets of auto scaling with their policies and last activities, by key. Part of the catalog, not of the map: only the control plane needs them. */
export class ScalingTable {
  readonly #records = new Map<string, ScalingRecord>();

  get size(): number {
    return this.#records.size;
  }
  get(key: string): ScalingRecord | undefined {
    return this.#records.get(key);
  }
  keys(): readonly string[] {
    return [...this.#records.keys()];
  }
  all(): Iterable<ScalingRecord> {
    return this.#records.values();
  }
  load(records: readonly ScalingRecord[]): void {
    this.#records.clear();
    for (const record of records) this.#records.set(scalingKey(record), record);
  }

  /** @param table that the order's resource names @returns why it is refused; undefined when it was taken */
  change(order: ScalingOrder, stamp: ScalingStamp, table: TableDescriptor | undefined): ControlFailure | undefined {
    const key = scalingKey(order);
    const before = this.#records.get(key);
    if (order.kind === 'register') {
      // Of a target that is known its table may be gone by now.
      const missing = before === undefined ? missingResource(order, table) : undefined;
      if (missing !== undefined) return {code: 'BadRequest', reason: missing};
      if (before === undefined && this.#records.size >= SCALABLE_TARGETS_MAX) return {code: 'LimitExceeded', message: `At most ${SCALABLE_TARGETS_MAX} scalable targets can be registered for service namespace: dynamodb`};
    }
    try {
      const after = changeScaling(before, order, stamp);
      if (after === undefined) this.#records.delete(key);
      else this.#records.set(key, after);
      return undefined;
    } catch (cause) {
      if (!(cause instanceof ModelError)) throw cause;
      const {code, message = code} = cause.failure;
      return code === 'ObjectNotFoundException' ? {code: 'NotFound', what: message} : {code: 'BadRequest', reason: message};
    }
  }
  /** Precondition: the target is there. */
  note(target: ScalingReference, activity: ScalingActivity): void {
    const key = scalingKey(target);
    const record = this.#records.get(key);
    if (record !== undefined) this.#records.set(key, noteActivity(record, activity));
  }
}

/** What an action of auto scaling was decided for. */
export interface ScaleAction extends ScalingReference {
  readonly policyId: string;
  readonly fromUnits: number;
  readonly units: number;
}

/**
 * Whether the target is still what the action was decided for.
 * @returns false when the policy is another one, the table is busy or billed on demand, or its throughput was changed
 */
export function isActionFresh({resourceId, dimension, policyId, fromUnits}: ScaleAction, record: ScalingRecord | undefined, table: TableDescriptor | undefined): boolean {
  if (record?.policy?.policyId !== policyId || table?.status !== 'ACTIVE') return false;
  const throughput = scaledThroughput({resourceId, dimension}, table);
  return throughput !== undefined && (dimension.endsWith('ReadCapacityUnits') ? throughput.ReadCapacityUnits : throughput.WriteCapacityUnits) === fromUnits;
}
