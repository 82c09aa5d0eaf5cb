import {toIndexId} from '@murmuration/base';
import type {IndexId} from '@murmuration/base';
import type {ControlFailure, IndexChange} from '@murmuration/control-client';
import {GLOBAL_INDEX_ID_MIN, globalIndexLife} from '@murmuration/model';
import type {AttributeDefinition, GlobalIndexLife, IndexDefinition, TableDescriptor} from '@murmuration/model';
import {forgetIndexThroughput} from './throughput-limits.js';

const INDEX_ID_UNTIL = 0xff00;
const ONE_AT_A_TIME = 'Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table';

type Indexed = Pick<TableDescriptor, 'globalIndexes' | 'nextGlobalIndexId'>;
type Changed = {readonly table: TableDescriptor} | {readonly failure: ControlFailure};

/** Ids of the indexes that come with a table, in the order of their definitions. */
export function indexesOfNewTable(definitions: readonly IndexDefinition[] | undefined): Indexed {
  if (definitions === undefined || definitions.length === 0) return {};
  return {
    globalIndexes: definitions.map(({IndexName}, i) => ({indexId: toIndexId(GLOBAL_INDEX_ID_MIN + i), name: IndexName, status: 'ACTIVE', isOnline: false})),
    nextGlobalIndexId: GLOBAL_INDEX_ID_MIN + definitions.length,
  };
}

/** The id that the next index of a table gets. */
export function nextIndexId(table: Indexed): IndexId {
  return toIndexId(table.nextGlobalIndexId ?? GLOBAL_INDEX_ID_MIN);
}

/** A table with an index added or on its way out, by what a user asked for. Its status is left to the caller. */
export function changeIndexes(table: TableDescriptor, change: IndexChange): Changed {
  const {globalIndexes: lives = []} = table;
  const isBusy = lives.some(({status, name}) => status !== 'ACTIVE' && !(change.kind === 'delete' && name === change.name && status === 'CREATING'));
  if (change.kind === 'delete') {
    const life = globalIndexLife(table, change.name);
    if (life === undefined) return {failure: {code: 'NotFound', what: `Requested resource not found: Index: ${change.name} not found`}};
    if (isBusy) return {failure: {code: 'LimitExceeded', message: ONE_AT_A_TIME}};
    return {table: {...table, globalIndexes: lives.map((each) => (each === life ? {...life, status: 'DELETING'} : each))}};
  }
  const {definition, attributeDefinitions} = change;
  if (globalIndexLife(table, definition.IndexName) !== undefined || table.extra.localSecondaryIndexes?.some(({IndexName}) => IndexName === definition.IndexName) === true) {
    return {failure: {code: 'BadRequest', reason: `Attempting to create an index which already exists. Index: ${definition.IndexName}`}};
  }
  if (isBusy) return {failure: {code: 'LimitExceeded', message: ONE_AT_A_TIME}};
  const indexId = nextIndexId(table);
  if (indexId >= INDEX_ID_UNTIL) return {failure: {code: 'LimitExceeded', message: 'Subscriber limit exceeded: the table had too many indexes in its life'}};
  const life: GlobalIndexLife = {indexId, name: definition.IndexName, status: 'CREATING', isOnline: true};
  return {
    table: {
      ...table,
      attributeDefinitions: joinDefinitions(table.attributeDefinitions, attributeDefinitions, definition),
      extra: {...table.extra, globalSecondaryIndexes: [...(table.extra.globalSecondaryIndexes ?? []), definition]},
      globalIndexes: [...lives, life],
      nextGlobalIndexId: indexId + 1,
    },
  };
}

function joinDefinitions(known: readonly AttributeDefinition[], given: readonly AttributeDefinition[], {KeySchema}: IndexDefinition): readonly AttributeDefinition[] {
  const isKnown = (name: string): boolean => known.some(({AttributeName}) => AttributeName === name);
  const isUsed = (name: string): boolean => KeySchema.some(({AttributeName}) => AttributeName === name);
  return [...known, ...given.filter(({AttributeName}) => !isKnown(AttributeName) && isUsed(AttributeName))];
}

/** The index is filled. @returns undefined when it is not being made */
export function activateIndex(table: TableDescriptor, indexId: IndexId): TableDescriptor | undefined {
  const life = table.globalIndexes?.find((each) => each.indexId === indexId);
  if (life?.status !== 'CREATING') return undefined;
  return {...table, globalIndexes: table.globalIndexes?.map((each) => (each === life ? {...life, status: 'ACTIVE'} : each)) ?? []};
}

/** Nothing feeds the index any more. @returns undefined when it is not on its way out */
export function forgetIndex(table: TableDescriptor, indexId: IndexId): TableDescriptor | undefined {
  const life = table.globalIndexes?.find((each) => each.indexId === indexId);
  if (life?.status !== 'DELETING') return undefined;
  const {globalSecondaryIndexes: definitions = [], ...extra} = table.extra;
  const left = definitions.filter(({IndexName}) => IndexName !== life.name);
  const used = new Set([...left, ...(extra.localSecondaryIndexes ?? [])].flatMap(({KeySchema}) => KeySchema.map(({AttributeName}) => AttributeName)));
  const {hash, range} = table.keySchema;
  return {
    ...forgetIndexThroughput(table, life.name),
    attributeDefinitions: table.attributeDefinitions.filter(({AttributeName: name}) => used.has(name) || name === hash.name || name === range?.name),
    extra: left.length === 0 ? extra : {...extra, globalSecondaryIndexes: left},
    globalIndexes: table.globalIndexes?.filter((each) => each !== life) ?? [],
  };
}
