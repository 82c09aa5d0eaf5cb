import {validationError} from '../errors.js';
import type {TableDescriptor, TableExtra} from '../table-descriptor.js';

/** What UpdateTable may not ask of a table's stream: one that is on is changed by switching it off first. @throws ModelError `ValidationException` */
export function checkStreamChange(wanted: TableExtra['streamSpecification'], table: Pick<TableDescriptor, 'name' | 'derivation'>): void {
  if (wanted === undefined) return;
  const isOn = table.derivation?.stream !== undefined;
  if (wanted.StreamEnabled && isOn) throw validationError(`Table already has an enabled stream: TableName: ${table.name}`);
  if (!wanted.StreamEnabled && !isOn) throw validationError(`Table has no stream to disable: TableName: ${table.name}`);
}

/** When a stream was switched on, as its label tells it. @param label as isoTimeText makes it @returns milliseconds since 1970 */
export function labelTimeMs(label: string): number {
  const part = (from: number, until: number): number => Number(label.slice(from, until));
  const [year, month] = [part(0, 4), part(5, 7)];
  // Years from March, so that a leap day is the last of its year.
  const marchYear = month <= 2 ? year - 1 : year;
  const cycle = Math.floor(marchYear / 400);
  const inCycle = marchYear - cycle * 400;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + part(8, 10) - 1;
  const days = cycle * 146_097 + inCycle * 365 + Math.floor(inCycle / 4) - Math.floor(inCycle / 100) + dayOfYear - 719_468;
  return (((days * 24 + part(11, 13)) * 60 + part(14, 16)) * 60 + part(17, 19)) * 1000 + part(20, 23);
}
