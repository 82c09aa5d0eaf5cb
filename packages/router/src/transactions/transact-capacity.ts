import {toCapacityUnits} from '@murmuration/capacity';
import {joinIndexCosts, totalHalfUnits} from '../consumed-capacity.js';
import type {CapacityDetail, IndexCost} from '../consumed-capacity.js';

/** What one action of a transaction costs. */
export interface ActionPrice {
  readonly tableNameGiven: string;
  readonly halfUnits: number;
  readonly indexes: readonly IndexCost[];
}

/** ConsumedCapacity with its name and a comma before it, one entry a table in the order of the actions; nothing when it was not asked for. */
export function transactCapacityMember(detail: CapacityDetail, direction: 'Read' | 'Write', prices: readonly ActionPrice[]): string {
  if (detail === 'NONE') return '';
  const names = [...new Set(prices.map(({tableNameGiven}) => tableNameGiven))];
  return `,"ConsumedCapacity":[${names.map((name) => tableText(detail, direction, name, prices.filter(({tableNameGiven}) => tableNameGiven === name))).join(',')}]`;
}

function tableText(detail: 'INDEXES' | 'TOTAL', direction: 'Read' | 'Write', name: string, prices: readonly ActionPrice[]): string {
  const halfUnits = prices.reduce((sum, price) => sum + price.halfUnits, 0);
  const indexes = joinIndexCosts(prices.flatMap((price) => price.indexes));
  const head = `{"TableName":${JSON.stringify(name)},${unitsText(direction, totalHalfUnits({halfUnits, indexes}))}`;
  if (detail === 'TOTAL') return `${head}}`;
  const local = indexesText('LocalSecondaryIndexes', direction, indexes.filter(({isGlobal}) => isGlobal !== true));
  const global = indexesText('GlobalSecondaryIndexes', direction, indexes.filter(({isGlobal}) => isGlobal === true));
  return `${head},"Table":{${unitsText(direction, halfUnits)}}${local}${global}}`;
}
function indexesText(member: string, direction: 'Read' | 'Write', indexes: readonly IndexCost[]): string {
  if (indexes.length === 0) return '';
  return `,"${member}":{${indexes.map(({name, halfUnits}) => `${JSON.stringify(name)}:{${unitsText(direction, halfUnits)}}`).join(',')}}`;
}
function unitsText(direction: 'Read' | 'Write', halfUnits: number): string {
  const units = toCapacityUnits(halfUnits);
  return `"CapacityUnits":${units},"${direction}CapacityUnits":${units}`;
}
