import {toCapacityUnits} from '@murmuration/capacity';

/** How much of its cost a request wants to see. */
export type CapacityDetail = 'INDEXES' | 'TOTAL' | 'NONE';

/** What an index has of a cost. */
export interface IndexCost {
  readonly name: string;
  readonly halfUnits: number;
  readonly isGlobal?: boolean;
}
/** What an operation cost at one table. */
export interface TableCost {
  readonly tableNameGiven: string;
  /** Of the table itself. */
  readonly halfUnits: number;
  /** Of those indexes that had any. */
  readonly indexes?: readonly IndexCost[];
}

/** Table and indexes together. */
export function totalHalfUnits({halfUnits, indexes = []}: Omit<TableCost, 'tableNameGiven'>): number {
  return indexes.reduce((sum, index) => sum + index.halfUnits, halfUnits);
}

/** Costs of the same index joined. */
export function joinIndexCosts(costs: readonly IndexCost[]): readonly IndexCost[] {
  const joined = new Map<string, IndexCost>();
  for (const cost of costs) joined.set(cost.name, {...cost, halfUnits: (joined.get(cost.name)?.halfUnits ?? 0) + cost.halfUnits});
  return [...joined.values()];
}

/** @returns the JSON text of one ConsumedCapacity, with the name or ARN that the request gave */
export function consumedCapacityText(detail: 'INDEXES' | 'TOTAL', cost: TableCost): string {
  const head = `{"TableName":${JSON.stringify(cost.tableNameGiven)},"CapacityUnits":${toCapacityUnits(totalHalfUnits(cost))}`;
  if (detail === 'TOTAL') return `${head}}`;
  const {indexes = []} = cost;
  const local = indexesText('LocalSecondaryIndexes', indexes.filter(({isGlobal}) => isGlobal !== true));
  const global = indexesText('GlobalSecondaryIndexes', indexes.filter(({isGlobal}) => isGlobal === true));
  return `${head},"Table":${unitsText(cost.halfUnits)}${local}${global}}`;
}

/** The member with its name and a comma before it, or nothing when it was not asked for. */
export function consumedCapacityMember(detail: CapacityDetail, tableNameGiven: string, halfUnits: number, indexes: readonly IndexCost[] = []): string {
  return detail === 'NONE' ? '' : `,"ConsumedCapacity":${consumedCapacityText(detail, {tableNameGiven, halfUnits, indexes})}`;
}

/** The same for a batch: one entry a table. */
export function consumedCapacityListMember(detail: CapacityDetail, tables: readonly TableCost[]): string {
  return detail === 'NONE' ? '' : `,"ConsumedCapacity":[${tables.map((cost) => consumedCapacityText(detail, cost)).join(',')}]`;
}

function indexesText(member: string, indexes: readonly IndexCost[]): string {
  if (indexes.length === 0) return '';
  return `,"${member}":{${indexes.map(({name, halfUnits}) => `${JSON.stringify(name)}:${unitsText(halfUnits)}`).join(',')}}`;
}
function unitsText(halfUnits: number): string {
  return `{"CapacityUnits":${toCapacityUnits(halfUnits)}}`;
}
