import {invalidParameters, validationError} from '../errors.js';
import type {BillingMode, OnDemandThroughput, TableDescriptor, Throughput, WarmThroughput} from '../table-descriptor.js';

/** A maximum as a request gives it: a number of units, or this for none. */
const NO_MAXIMUM = -1;

/** Units that a request can name at all; what a table may have is less and is the control plane's to say. */
const UNITS_MAX = 1_000_000_000_000;

/** @throws ModelError `ValidationException` when units are more than can be named */
export function checkUnits(throughput: Throughput | undefined, indexName?: string): void {
  if (throughput === undefined) return;
  for (const name of ['ReadCapacityUnits', 'WriteCapacityUnits'] as const) {
    if (throughput[name] > UNITS_MAX) {
      throw validationError(`Given value ${throughput[name]} for ${name} is out of bounds${indexName === undefined ? '' : ` for index ${indexName}`}`);
    }
  }
}

interface Maxima {
  readonly MaxReadRequestUnits?: number | undefined;
  readonly MaxWriteRequestUnits?: number | undefined;
}
interface WarmUnits {
  readonly ReadUnitsPerSecond?: number | undefined;
  readonly WriteUnitsPerSecond?: number | undefined;
}

/** @throws ModelError `ValidationException` when on-demand maxima are out of range, or given to what is not billed by request */
export function checkOnDemand(given: Maxima | undefined, billingMode: BillingMode): void {
  if (given === undefined) return;
  if (billingMode === 'PROVISIONED') {
    throw invalidParameters('Neither MaxReadRequestUnits nor MaxWriteRequestUnits can be specified when BillingMode is PROVISIONED');
  }
  for (const name of ['MaxReadRequestUnits', 'MaxWriteRequestUnits'] as const) {
    const units = given[name];
    if (units !== undefined && units < 1 && units !== NO_MAXIMUM) {
      throw invalidParameters(`${name} must be at least 1, or -1 for no maximum`);
    }
  }
}

/** Maxima after a change: a given one replaces, -1 removes, an absent one stays. @returns undefined when none is left */
export function changeMaxima(current: OnDemandThroughput | undefined, given: Maxima): OnDemandThroughput | undefined {
  const read = given.MaxReadRequestUnits ?? current?.MaxReadRequestUnits;
  const write = given.MaxWriteRequestUnits ?? current?.MaxWriteRequestUnits;
  const maxima = {
    ...(read === undefined || read === NO_MAXIMUM ? {} : {MaxReadRequestUnits: read}),
    ...(write === undefined || write === NO_MAXIMUM ? {} : {MaxWriteRequestUnits: write}),
  };
  return Object.keys(maxima).length === 0 ? undefined : maxima;
}

/** Warm throughput after a change. @throws ModelError `ValidationException` when it would become less */
export function changeWarmThroughput(table: TableDescriptor, given: WarmUnits): WarmThroughput {
  const current: WarmThroughput = table.extra.warmThroughput ?? {};
  for (const name of ['ReadUnitsPerSecond', 'WriteUnitsPerSecond'] as const) {
    const wanted = given[name];
    if (wanted !== undefined && wanted < (current[name] ?? 0)) {
      throw invalidParameters(`Requested ${name} for WarmThroughput for table is lower than current WarmThroughput, decreasing WarmThroughput is not supported`);
    }
  }
  const read = given.ReadUnitsPerSecond ?? current.ReadUnitsPerSecond;
  const write = given.WriteUnitsPerSecond ?? current.WriteUnitsPerSecond;
  return {...(read === undefined ? {} : {ReadUnitsPerSecond: read}), ...(write === undefined ? {} : {WriteUnitsPerSecond: write})};
}

/** A stream that is on has a view, and one that is off has none. @throws ModelError `ValidationException` */
export function checkStream(stream: {readonly StreamEnabled: boolean; readonly StreamViewType?: string | undefined} | undefined): void {
  if (stream === undefined) return;
  if (stream.StreamEnabled && stream.StreamViewType === undefined) throw invalidParameters('StreamViewType must be specified when StreamEnabled is true');
  if (!stream.StreamEnabled && stream.StreamViewType !== undefined) throw invalidParameters('StreamViewType can only be specified when StreamEnabled is true');
}
