import type {ControlFailure} from '@murmuration/control-client';
import {CAPACITY_SETTING_DEFAULTS, capacitySettingsOf} from '@murmuration/model';
import type {CapacitySettings, CapacitySettingsRecord, TableDescriptor, Throughput} from '@murmuration/model';

/** What a quota is about: a table as it is, or as somebody wants it. */
export type QuotaSubject = Pick<TableDescriptor, 'billingMode' | 'provisionedThroughput' | 'extra'>;

/** The catalog, as far as it is needed here. */
export interface QuotaSource {
  readonly settings: CapacitySettingsRecord;
  tables(): Iterable<TableDescriptor>;
}

const ADVICE = 'Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits.';
const NONE: Throughput = {ReadCapacityUnits: 0, WriteCapacityUnits: 0};
const KINDS = [
  {unit: 'ReadCapacityUnits', table: 'tableReadUnitsMax', account: 'accountReadUnitsMax', maximum: 'MaxReadRequestUnits', warm: 'ReadUnitsPerSecond', quota: 'TableMaxReadCapacityUnits'},
  {unit: 'WriteCapacityUnits', table: 'tableWriteUnitsMax', account: 'accountWriteUnitsMax', maximum: 'MaxWriteRequestUnits', warm: 'WriteUnitsPerSecond', quota: 'TableMaxWriteCapacityUnits'},
] as const;

/**
 * Holds a table that somebody wants against the quotas of one table, one index and the account. What is not raised is
 * never refused, so that a quota may be set below what there is.
 * @param before undefined for a new table
 * @param tableId of `before`, for settings of its own
 * @param region as refusals name it
 */
export function quotaExcess(before: QuotaSubject | undefined, after: QuotaSubject, tableId: number | undefined, source: QuotaSource, region: string): ControlFailure | undefined {
  const settings = capacitySettingsOf(source.settings, tableId ?? 0, CAPACITY_SETTING_DEFAULTS);
  const message = after.billingMode === 'PROVISIONED' ? provisionedExcess(before, after, settings, source, region) : onDemandExcess(before, after, settings, region);
  return message === undefined ? undefined : {code: 'LimitExceeded', message};
}

/** What all tables and global indexes have provisioned together. */
export function accountThroughput(tables: Iterable<TableDescriptor>): Throughput {
  let sum = NONE;
  for (const table of tables) sum = plus(sum, totalOf(table));
  return sum;
}

function provisionedExcess(before: QuotaSubject | undefined, after: QuotaSubject, settings: CapacitySettings, source: QuotaSource, region: string): string | undefined {
  const had = new Map(partsOf(before));
  const wanted = partsOf(after);
  for (const {unit, table} of KINDS) {
    for (const [index, throughput] of wanted) {
      const [units, quota] = [throughput[unit], settings[table]];
      if (units <= quota || units <= (had.get(index)?.[unit] ?? 0)) continue;
      const [subject, kind] = index === '' ? ['', 'table'] : [` for index ${index}`, 'index'];
      return `The requested ${unit}${subject}, ${units}, is above the per ${kind} maximum for the account in ${region}. Per ${kind} maximum: ${quota}. ${ADVICE}`;
    }
  }
  const reserved = accountThroughput(source.tables());
  for (const {unit, account} of KINDS) {
    const requested = totalOf(after)[unit] - totalOf(before)[unit];
    if (requested <= 0 || reserved[unit] + requested <= settings[account]) continue;
    return `This request would have caused the ${unit} limit to be exceeded for the account in ${region}. `
      + `Current ${unit} reserved by the account: ${reserved[unit]}. Limit: ${settings[account]}. Requested: ${requested}. ${ADVICE}`;
  }
  return undefined;
}

/** Maxima and warm throughput of on-demand tables and indexes. */
function onDemandExcess(before: QuotaSubject | undefined, after: QuotaSubject, settings: CapacitySettings, region: string): string | undefined {
  const had = new Map(onDemandPartsOf(before));
  for (const [index, {onDemand, warm}] of onDemandPartsOf(after)) {
    const subject = index === '' ? 'table' : `index : ${index}`;
    for (const kind of KINDS) {
      const quota = settings[kind.table];
      const maximum = onDemand?.[kind.maximum] ?? 0;
      if (maximum > quota && maximum > (had.get(index)?.onDemand?.[kind.maximum] ?? 0)) return excessText(kind.maximum, 'OnDemandThroughput', subject, kind.quota, region);
      const warmUnits = warm?.[kind.warm] ?? 0;
      if (warmUnits > quota && warmUnits > (had.get(index)?.warm?.[kind.warm] ?? 0)) return excessText(kind.warm, 'WarmThroughput', subject, kind.quota, region);
    }
  }
  return undefined;
}
function excessText(member: string, structure: string, subject: string, quota: string, region: string): string {
  return `Subscriber limit exceeded: Requested ${member} for ${structure} for ${subject} exceeds ${quota} of the account in region ${region}`;
}

/** The table, named '', and its global indexes; nothing of one that is on demand. */
function partsOf(subject: QuotaSubject | undefined): readonly (readonly [string, Throughput])[] {
  if (subject?.billingMode !== 'PROVISIONED') return [];
  return [['', subject.provisionedThroughput], ...(subject.extra.globalSecondaryIndexes ?? []).map(({IndexName, ProvisionedThroughput = NONE}) => [IndexName, ProvisionedThroughput] as const)];
}
interface OnDemandPart {
  readonly onDemand: TableDescriptor['extra']['onDemandThroughput'];
  readonly warm: TableDescriptor['extra']['warmThroughput'];
}
function onDemandPartsOf(subject: QuotaSubject | undefined): readonly (readonly [string, OnDemandPart])[] {
  if (subject === undefined) return [];
  const {onDemandThroughput: onDemand, warmThroughput: warm, globalSecondaryIndexes = []} = subject.extra;
  return [['', {onDemand, warm}], ...globalSecondaryIndexes.map(({IndexName, OnDemandThroughput, WarmThroughput}) => [IndexName, {onDemand: OnDemandThroughput, warm: WarmThroughput}] as const)];
}
function totalOf(subject: QuotaSubject | undefined): Throughput {
  return partsOf(subject).reduce((sum, [, throughput]) => plus(sum, throughput), NONE);
}
function plus(a: Throughput, b: Throughput): Throughput {
  return {ReadCapacityUnits: a.ReadCapacityUnits + b.ReadCapacityUnits, WriteCapacityUnits: a.WriteCapacityUnits + b.WriteCapacityUnits};
}
