import {toGroupId} from '@murmuration/base';
import type {GroupId} from '@murmuration/base';

/** A shard by where and when it began: the partition that keeps its records, and that partition's clock. */
export interface ShardName {
  readonly group: GroupId;
  /** Hybrid logical time, which no two shards of a partition share. */
  readonly createdHlc: number;
}

const PREFIX = 'shardId-';
const TIME_DIGITS = 20;
const GROUP_DIGITS = 8;
/** What eight hexadecimal digits can name. Partitions are numbered one by one, so no cluster comes near. */
export const SHARD_GROUP_MAX = 0xffff_ffff;

/** `shardId-`, 20 digits of time, `-`, 8 hexadecimal digits of the partition: texts are in the order of creation. */
export function shardIdText({group, createdHlc}: ShardName): string {
  return `${PREFIX}${String(createdHlc).padStart(TIME_DIGITS, '0')}-${group.toString(16).padStart(GROUP_DIGITS, '0')}`;
}

/** @returns undefined for what is no shard id of this service */
export function parseShardId(text: string): ShardName | undefined {
  const match = /^shardId-(\d{20})-([0-9a-f]{8})$/.exec(text);
  if (match === null) return undefined;
  const createdHlc = Number(match[1]);
  const group = Number.parseInt(match[2] as string, 16);
  return Number.isSafeInteger(createdHlc) && group > 0 ? {group: toGroupId(group), createdHlc} : undefined;
}
