import {toCapacityUnits} from '@murmuration/capacity';

/** How much of its cost a request wants to see. */
export type CapacityDetail = 'INDEXES' | 'TOTAL' | 'NONE';

/** @returns the JSON text of one ConsumedCapacity. @param tableNameGiven name or ARN, as the request gave it */
export function consumedCapacityText(detail: 'INDEXES' | 'TOTAL', tableNameGiven: string, halfUnits: number): string {
  const units = toCapacityUnits(halfUnits);
  const table = detail === 'INDEXES' ? `,"Table":{"CapacityUnits":${units}}` : '';
  return `{"TableName":${JSON.stringify(tableNameGiven)},"CapacityUnits":${units}${table}}`;
}

/** The member with its name and a comma before it, or nothing when it was not asked for. */
export function consumedCapacityMember(detail: CapacityDetail, tableNameGiven: string, halfUnits: number): string {
  return detail === 'NONE' ? '' : `,"ConsumedCapacity":${consumedCapacityText(detail, tableNameGiven, halfUnits)}`;
}

/** The same for a batch: one entry a table. */
export function consumedCapacityListMember(
  detail: CapacityDetail, tables: readonly {readonly tableNameGiven: string; readonly halfUnits: number}[],
): string {
  if (detail === 'NONE') return '';
  return `,"ConsumedCapacity":[${tables.map(({tableNameGiven, halfUnits}) => consumedCapacityText(detail, tableNameGiven, halfUnits)).join(',')}]`;
}
