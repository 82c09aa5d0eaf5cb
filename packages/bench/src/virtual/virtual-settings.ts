import {assert} from '@murmuration/base';
import {BURST_SECONDS_DEFAULT, PARTITION_READ_HALF_UNITS_MAX, PARTITION_WRITE_HALF_UNITS_MAX, SPLIT_LOAD_RATIO} from '@murmuration/capacity';
import {BenchError} from '../errors.js';

/** How partitions come to what their table may use: see docs/capacity.md. */
export type SharingMode = 'static' | 'adaptive' | 'global';

/** Something that happens to the world at a second of the run, whatever the load is. */
export type VirtualFault =
  | {readonly kind: 'az-loss' | 'az-return'; readonly atSeconds: number; readonly az: number}
  /** The node by its place, or the one that leads the hottest partition; a factor of 1 ends it, for the hottest wherever it was. */
  | {readonly kind: 'node-slow'; readonly atSeconds: number; readonly node: number | 'hottest-leader'; readonly factor: number}
  | {readonly kind: 'leader-move'; readonly atSeconds: number; readonly of: 'hottest'};

/**
 * All that a virtual run can be told beside its workload. The first block has the names of the cluster's own settings;
 * the second is what the world is made of, and stands for hardware.
 */
export interface VirtualSettings {
  readonly throttling: boolean;
  readonly sharing: SharingMode;
  /** 0 switches burst off. */
  readonly burstSeconds: number;
  readonly splitForHeat: boolean;
  /** Load over the ceiling from which on a partition counts as hot. */
  readonly splitLoadRatio: number;
  /** It is cut when its mean load over so long was that high. */
  readonly splitSustainSeconds: number;
  readonly splitCoolDownSeconds: number;
  readonly partitionReadUnitsMax: number;
  readonly partitionWriteUnitsMax: number;
  /** 0: by the table's throughput. */
  readonly initialPartitions: number;
  /** Target tracking of provisioned throughput by minutes. */
  readonly autoScaling: boolean;

  /** Ceilings, starts and quotas are so much of DynamoDB's; workloads of experiments are scaled alike. */
  readonly ceilingScale: number;
  readonly nodesPerAz: number;
  /** Burst of all partitions of a node may use so many units a second; 0: no bucket of the node. */
  readonly nodeReadUnitsMax: number;
  readonly nodeWriteUnitsMax: number;
  /** Bytes that a partition holds at first. */
  readonly partitionSizeBytes: number;
  /** Item collections of a table with local indexes hold no more. */
  readonly collectionSizeBytesMax: number;
  /** Bytes that one partition key's collection holds at first. */
  readonly collectionSizeBytes: number;
  /** What a split copies a second. */
  readonly copyBytesPerSecond: number;
  /** Writes of a partition that is cut wait for so long. */
  readonly splitPauseMs: number;
  /** From a leader's loss to its successor's first answer. */
  readonly failoverMs: number;
  /** From the control plane's decision about throughput to its effect. */
  readonly scalingDelaySeconds: number;
  /** Changes of a global index that one partition of its table keeps waiting at most. */
  readonly outboxRowsMax: number;
  readonly faults: readonly VirtualFault[];
}

export const AZ_COUNT = 3;

export const VIRTUAL_DEFAULTS: VirtualSettings = {
  throttling: true, sharing: 'adaptive', burstSeconds: BURST_SECONDS_DEFAULT, splitForHeat: true, splitLoadRatio: SPLIT_LOAD_RATIO,
  splitSustainSeconds: 120, splitCoolDownSeconds: 60,
  partitionReadUnitsMax: PARTITION_READ_HALF_UNITS_MAX / 2, partitionWriteUnitsMax: PARTITION_WRITE_HALF_UNITS_MAX / 2,
  initialPartitions: 0, autoScaling: false,
  ceilingScale: 1, nodesPerAz: 3, nodeReadUnitsMax: 0, nodeWriteUnitsMax: 0, partitionSizeBytes: 1 << 30, collectionSizeBytesMax: 10 * (1 << 30),
  collectionSizeBytes: 0, copyBytesPerSecond: 64 << 20, splitPauseMs: 40, failoverMs: 1_500, scalingDelaySeconds: 60, outboxRowsMax: 2_000, faults: [],
};

/** A setting that is unknown or has a value it cannot have. */
function invalid(name: string, reason: string): BenchError {
  return new BenchError({code: 'InvalidWorkload', at: `settings.${name}`, reason});
}

/**
 * Settings by the names of the command line; `burst=off` and `splitForHeat=on` read as words. Faults are an experiment's own.
 * @throws BenchError `InvalidWorkload` that names the setting
 */
export function withSettings(settings: VirtualSettings, pairs: readonly string[]): VirtualSettings {
  let out = settings;
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    if (at < 1) throw invalid(pair, 'a setting is written name=value');
    out = withSetting(out, pair.slice(0, at), pair.slice(at + 1));
  }
  return out;
}

const SWITCHES = ['throttling', 'splitForHeat', 'autoScaling'] as const;
const NUMBERS = [
  'burstSeconds', 'splitLoadRatio', 'splitSustainSeconds', 'splitCoolDownSeconds', 'partitionReadUnitsMax', 'partitionWriteUnitsMax', 'initialPartitions', 'ceilingScale', 'nodesPerAz',
  'nodeReadUnitsMax', 'nodeWriteUnitsMax', 'partitionSizeBytes', 'collectionSizeBytesMax', 'collectionSizeBytes', 'copyBytesPerSecond', 'splitPauseMs', 'failoverMs', 'scalingDelaySeconds',
  'outboxRowsMax',
] as const;

function withSetting(settings: VirtualSettings, name: string, text: string): VirtualSettings {
  if (name === 'burst') return {...settings, burstSeconds: toSwitch(name, text) ? BURST_SECONDS_DEFAULT : 0};
  if (name === 'sharing') {
    if (text !== 'static' && text !== 'adaptive' && text !== 'global') throw invalid(name, `is static, adaptive or global, not '${text}'`);
    return {...settings, sharing: text};
  }
  const flag = SWITCHES.find((candidate) => candidate === name);
  if (flag !== undefined) return {...settings, [flag]: toSwitch(name, text)};
  const number = NUMBERS.find((candidate) => candidate === name);
  if (number === undefined) throw invalid(name, `is unknown; there are burst, sharing, ${[...SWITCHES, ...NUMBERS].join(', ')}`);
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < 0) throw invalid(name, `is a number of at least 0, not '${text}'`);
  return checked({...settings, [number]: value});
}
function toSwitch(name: string, text: string): boolean {
  if (text === 'on' || text === 'true') return true;
  if (text === 'off' || text === 'false') return false;
  throw invalid(name, `is on or off, not '${text}'`);
}

function checked(settings: VirtualSettings): VirtualSettings {
  const {burstSeconds, ceilingScale, nodesPerAz, splitLoadRatio, splitSustainSeconds, partitionReadUnitsMax, partitionWriteUnitsMax} = settings;
  if (!Number.isInteger(burstSeconds) || burstSeconds > BURST_SECONDS_DEFAULT) throw invalid('burstSeconds', `is a whole number up to ${BURST_SECONDS_DEFAULT}`);
  if (ceilingScale <= 0 || ceilingScale > 1) throw invalid('ceilingScale', 'is above 0 and at most 1');
  if (!Number.isInteger(nodesPerAz) || nodesPerAz < 1 || nodesPerAz > 100) throw invalid('nodesPerAz', 'is 1 to 100');
  if (splitLoadRatio <= 0 || splitLoadRatio > 1) throw invalid('splitLoadRatio', 'is above 0 and at most 1');
  if (!Number.isInteger(splitSustainSeconds) || splitSustainSeconds < 1) throw invalid('splitSustainSeconds', 'is a whole number of at least 1');
  if (partitionReadUnitsMax < 1 || partitionWriteUnitsMax < 1) throw invalid('partitionUnitsMax', 'a partition can do at least one unit a second');
  return settings;
}

/** Ceilings of one partition in half units, scaled. */
export function ceilingsOf({partitionReadUnitsMax, partitionWriteUnitsMax, ceilingScale}: VirtualSettings): {readonly readHalfUnits: number; readonly writeHalfUnits: number} {
  const ceilings = {readHalfUnits: Math.round(partitionReadUnitsMax * ceilingScale * 2), writeHalfUnits: Math.round(partitionWriteUnitsMax * ceilingScale * 2)};
  assert(ceilings.readHalfUnits >= 1 && ceilings.writeHalfUnits >= 1, 'a scaled ceiling is at least half a unit', ceilings);
  return ceilings;
}

/** The same settings as a record of a run tells them. */
export function settingsRecord(settings: VirtualSettings): Readonly<Record<string, string | number | boolean>> {
  const {faults, ...plain} = settings;
  return faults.length === 0 ? plain : {...plain, faults: JSON.stringify(faults)};
}
