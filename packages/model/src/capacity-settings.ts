import {ACCOUNT_CAPACITY_UNITS_MAX, TABLE_CAPACITY_UNITS_MAX} from './table-limits.js';

/**
 * What an operator may change about throughput while the cluster runs, for all tables or for one. The control plane keeps
 * what was changed and tells it with the map; below lie the defaults that a process was started with.
 */
export interface CapacitySettings {
  /** Which tables are held to their throughput: none, those with provisioned throughput, or all. */
  readonly throttling: 'off' | 'provisioned' | 'on';
  /** How the partitions of a table with provisioned throughput share it. */
  readonly sharing: 'static' | 'adaptive' | 'global';
  /** Unused provisioned throughput is kept for so long; 0 switches burst off. */
  readonly burstSeconds: number;
  /** Whether a partition with much load is cut. */
  readonly splitForHeat: 'off' | 'on';
  /** Part of a partition's ceiling from which on its load is much. */
  readonly splitLoadRatio: number;
  /** The load has to stay that high for so long. */
  readonly splitSustainSeconds: number;
  /** The ceilings of every partition, in units a second. */
  readonly partitionReadUnitsMax: number;
  readonly partitionWriteUnitsMax: number;
  /** Partitions that a new table, and each of its global indexes, begins with; 0: as many as its throughput needs. */
  readonly initialPartitions: number;
  /** Quota of one table, and of one global index: what may be provisioned, and what may be used on demand, in units a second. */
  readonly tableReadUnitsMax: number;
  readonly tableWriteUnitsMax: number;
  /** Quota of the account: what all tables with provisioned throughput and their indexes may have together. */
  readonly accountReadUnitsMax: number;
  readonly accountWriteUnitsMax: number;
  /** What all on-demand tables and their indexes may use together; 0: as much as each may by itself. */
  readonly accountOnDemandReadUnitsMax: number;
  readonly accountOnDemandWriteUnitsMax: number;
}
export type CapacitySettingName = keyof CapacitySettings;
/** Those that were changed. */
export type CapacityOverrides = Partial<CapacitySettings>;

/** All that was changed in a cluster. What stands for a table goes before what stands for all. */
export interface CapacitySettingsRecord {
  readonly cluster: CapacityOverrides;
  /** By table id. */
  readonly tables: Readonly<Record<string, CapacityOverrides>>;
}
export const NO_CAPACITY_OVERRIDES: CapacitySettingsRecord = {cluster: {}, tables: {}};
/** Tables that may have settings of their own: the record travels as a whole. */
export const CAPACITY_OVERRIDE_TABLES_MAX = 1_000;

export const CAPACITY_SETTING_DEFAULTS: CapacitySettings = {
  throttling: 'off', sharing: 'adaptive', burstSeconds: 300, splitForHeat: 'on', splitLoadRatio: 0.8, splitSustainSeconds: 300,
  partitionReadUnitsMax: 3_000, partitionWriteUnitsMax: 1_000, initialPartitions: 0,
  tableReadUnitsMax: TABLE_CAPACITY_UNITS_MAX, tableWriteUnitsMax: TABLE_CAPACITY_UNITS_MAX, accountReadUnitsMax: ACCOUNT_CAPACITY_UNITS_MAX, accountWriteUnitsMax: ACCOUNT_CAPACITY_UNITS_MAX,
  accountOnDemandReadUnitsMax: 0, accountOnDemandWriteUnitsMax: 0,
};

type SettingRule =
  | {readonly kind: 'choice'; readonly values: readonly string[]}
  | {readonly kind: 'number'; readonly min: number; readonly max: number; readonly isWhole: boolean};

/** A million times DynamoDB's ceilings would overflow no counter; this is as much as one group could ever do. */
const PARTITION_UNITS_MAX = 1_000_000;
/** A table of more would begin with more partitions than a cluster can hold. */
const TABLE_UNITS_MAX = 1_000_000;
/** Buckets count it in half units without loss. */
const ACCOUNT_UNITS_MAX = 1_000_000_000;
/** What each setting may be: for checks, help texts and completions. */
export const CAPACITY_SETTING_RULES: Readonly<Record<CapacitySettingName, SettingRule>> = {
  throttling: {kind: 'choice', values: ['off', 'provisioned', 'on']},
  sharing: {kind: 'choice', values: ['static', 'adaptive', 'global']},
  burstSeconds: {kind: 'number', min: 0, max: 300, isWhole: true},
  splitForHeat: {kind: 'choice', values: ['off', 'on']},
  splitLoadRatio: {kind: 'number', min: 0.1, max: 1, isWhole: false},
  splitSustainSeconds: {kind: 'number', min: 1, max: 86_400, isWhole: true},
  partitionReadUnitsMax: {kind: 'number', min: 1, max: PARTITION_UNITS_MAX, isWhole: true},
  partitionWriteUnitsMax: {kind: 'number', min: 1, max: PARTITION_UNITS_MAX, isWhole: true},
  initialPartitions: {kind: 'number', min: 0, max: 256, isWhole: true},
  tableReadUnitsMax: {kind: 'number', min: 1, max: TABLE_UNITS_MAX, isWhole: true},
  tableWriteUnitsMax: {kind: 'number', min: 1, max: TABLE_UNITS_MAX, isWhole: true},
  accountReadUnitsMax: {kind: 'number', min: 1, max: ACCOUNT_UNITS_MAX, isWhole: true},
  accountWriteUnitsMax: {kind: 'number', min: 1, max: ACCOUNT_UNITS_MAX, isWhole: true},
  accountOnDemandReadUnitsMax: {kind: 'number', min: 0, max: ACCOUNT_UNITS_MAX, isWhole: true},
  accountOnDemandWriteUnitsMax: {kind: 'number', min: 0, max: ACCOUNT_UNITS_MAX, isWhole: true},
};
/** Those that are of all tables, and never of one. */
const CLUSTER_SETTINGS: readonly CapacitySettingName[] = [
  'initialPartitions', 'accountReadUnitsMax', 'accountWriteUnitsMax', 'accountOnDemandReadUnitsMax', 'accountOnDemandWriteUnitsMax',
];
export const CAPACITY_SETTING_NAMES = Object.keys(CAPACITY_SETTING_RULES) as readonly CapacitySettingName[];

export function isCapacitySettingName(text: string): text is CapacitySettingName {
  return Object.hasOwn(CAPACITY_SETTING_RULES, text);
}

/** Why `value` cannot be the setting's, as a sentence for whoever asked; undefined when it can. */
export function capacitySettingFault(name: string, value: unknown): string | undefined {
  if (!isCapacitySettingName(name)) return `there is no setting ${name.slice(0, 100)}; there are ${CAPACITY_SETTING_NAMES.join(', ')}`;
  const rule = CAPACITY_SETTING_RULES[name];
  if (rule.kind === 'choice') return typeof value === 'string' && rule.values.includes(value) ? undefined : `${name} is one of ${rule.values.join(', ')}`;
  const isNumber = typeof value === 'number' && Number.isFinite(value) && value >= rule.min && value <= rule.max;
  if (isNumber && (!rule.isWhole || Number.isInteger(value))) return undefined;
  return `${name} is a ${rule.isWhole ? 'whole ' : ''}number from ${rule.min} to ${rule.max}`;
}

/** Why one table cannot have such settings of its own; undefined when it can. */
export function tableOverridesFault(overrides: CapacityOverrides): string | undefined {
  const name = CLUSTER_SETTINGS.find((each) => overrides[each] !== undefined);
  if (name === undefined) return undefined;
  return name === 'initialPartitions' ? 'initialPartitions is of all tables: the partitions of a table are there when it has a name' : `${name} is of all tables together`;
}

/** The fault of the first member that has one. */
export function capacityOverridesFault(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'settings are an object of names and values';
  for (const [name, each] of Object.entries(value)) {
    const fault = capacitySettingFault(name, each);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/**
 * A value as it was typed.
 * @returns the value, or why it is none
 */
export function parseCapacitySetting(name: string, text: string): {readonly value: string | number} | {readonly fault: string} {
  const isNumber = isCapacitySettingName(name) && CAPACITY_SETTING_RULES[name].kind === 'number';
  const value = isNumber && text.trim() !== '' ? Number(text) : text;
  const fault = capacitySettingFault(name, value);
  return fault === undefined ? {value} : {fault};
}

/** The settings of one table: its own, then those of all, then the defaults. @returns `defaults` itself when nothing was changed */
export function capacitySettingsOf(record: CapacitySettingsRecord, table: number, defaults: CapacitySettings): CapacitySettings {
  const own = record.tables[String(table)];
  if (own === undefined && Object.keys(record.cluster).length === 0) return defaults;
  return {...defaults, ...record.cluster, ...own};
}

/** What one order changes: `reset` goes first. */
export interface CapacitySettingsChange {
  readonly set: CapacityOverrides;
  readonly reset: readonly CapacitySettingName[];
}

/** @param table undefined for all tables @returns the record after it */
export function changeCapacitySettings(record: CapacitySettingsRecord, table: number | undefined, {set, reset}: CapacitySettingsChange): CapacitySettingsRecord {
  const before = table === undefined ? record.cluster : record.tables[String(table)] ?? {};
  const kept = Object.entries(before).filter(([name]) => !(reset as readonly string[]).includes(name));
  const after = {...(Object.fromEntries(kept) as CapacityOverrides), ...set};
  if (table === undefined) return {...record, cluster: after};
  return Object.keys(after).length === 0 ? forgetTableSettings(record, [table]) : {...record, tables: {...record.tables, [String(table)]: after}};
}

/** @returns the same record when none of them had settings of its own */
export function forgetTableSettings(record: CapacitySettingsRecord, tables: readonly number[]): CapacitySettingsRecord {
  const gone = new Set(tables.map(String));
  const entries = Object.entries(record.tables);
  const left = entries.filter(([table]) => !gone.has(table));
  return left.length === entries.length ? record : {...record, tables: Object.fromEntries(left)};
}
