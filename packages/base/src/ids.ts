import {assert} from './assert.js';

declare const brand: unique symbol;
/** A plain value that only its gate function can make. */
export type Brand<T, Name extends string> = T & {readonly [brand]: Name};

/** Name of one process of the cluster, for example `a1`: 1..64 of `[a-z0-9-]`. Stable over restarts. */
export type NodeId = Brand<string, 'NodeId'>;
export function toNodeId(value: string): NodeId {
  assert(isNodeIdText(value), 'node id must be 1..64 of [a-z0-9-]', {value});
  return value as NodeId;
}
/** Whether a text from outside (a flag, a peer, a file) may become a NodeId. */
export function isNodeIdText(value: string): boolean {
  return value.length >= 1 && value.length <= 64 && /^[a-z0-9-]+$/.test(value);
}

/** Name of an availability zone, for example `a`. */
export type AzId = Brand<string, 'AzId'>;
export function toAzId(value: string): AzId {
  assert(isNodeIdText(value), 'AZ id must be 1..64 of [a-z0-9-]', {value});
  return value as AzId;
}

/** One Raft group, cluster-wide. A partition's id is its group's id. 1 is the control plane; partitions start at 16. */
export type GroupId = Brand<number, 'GroupId'>;
export function toGroupId(value: number): GroupId {
  assert(Number.isSafeInteger(value) && value >= 1, 'group id must be a positive safe integer', {value});
  return value as GroupId;
}
export const CONTROL_GROUP_ID = toGroupId(1);
export const PARTITION_GROUP_ID_MIN = 16;

/** One replica within its group. Never reused; 0 means "none". */
export type ReplicaId = Brand<number, 'ReplicaId'>;
export function toReplicaId(value: number): ReplicaId {
  assert(Number.isSafeInteger(value) && value >= 0, 'replica id must be a safe integer of at least 0', {value});
  return value as ReplicaId;
}
export const NO_REPLICA = toReplicaId(0);

/** Position in one group's log. The first entry is 1; 0 means "before the log". */
export type LogIndex = Brand<number, 'LogIndex'>;
export function toLogIndex(value: number): LogIndex {
  assert(Number.isSafeInteger(value) && value >= 0, 'log index must be a safe integer of at least 0', {value});
  return value as LogIndex;
}

/** Raft term. 0 means "no term yet". */
export type Term = Brand<number, 'Term'>;
export function toTerm(value: number): Term {
  assert(Number.isSafeInteger(value) && value >= 0, 'term must be a safe integer of at least 0', {value});
  return value as Term;
}

/** A table, cluster-wide, never reused: 1..2^32-1. */
export type TableId = Brand<number, 'TableId'>;
export function toTableId(value: number): TableId {
  assert(Number.isInteger(value) && value >= 1 && value <= 0xffff_ffff, 'table id out of range', {value});
  return value as TableId;
}

/** An index of a table; 0 is the table itself. 0..65535. */
export type IndexId = Brand<number, 'IndexId'>;
export function toIndexId(value: number): IndexId {
  assert(Number.isInteger(value) && value >= 0 && value <= 0xffff, 'index id out of range', {value});
  return value as IndexId;
}
export const BASE_INDEX_ID = toIndexId(0);
