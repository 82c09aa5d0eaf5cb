import {BenchError} from '../errors.js';

/** What units cost. No prices are built in: they differ by Region and date, and are the user's to look up. */
export interface PriceList {
  /** Where the numbers are from and of which day; printed with every bill. */
  readonly source: string;
  readonly currency: string;
  readonly provisionedReadUnitHour: number;
  readonly provisionedWriteUnitHour: number;
  readonly onDemandMillionReads: number;
  readonly onDemandMillionWrites: number;
}

const PRICES = ['provisionedReadUnitHour', 'provisionedWriteUnitHour', 'onDemandMillionReads', 'onDemandMillionWrites'] as const;

/** @throws BenchError `InvalidWorkload` that names the member */
export function readPriceList(text: string): PriceList {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new BenchError({code: 'InvalidWorkload', at: 'prices', reason: 'not JSON'}, {cause});
  }
  const members = new Map<string, unknown>(typeof value === 'object' && value !== null ? Object.entries(value) : []);
  const word = (name: string): string => {
    const member = members.get(name);
    if (typeof member !== 'string' || member === '') throw new BenchError({code: 'InvalidWorkload', at: `prices.${name}`, reason: 'must be text'});
    return member;
  };
  const price = (name: (typeof PRICES)[number]): number => {
    const member = members.get(name);
    if (typeof member !== 'number' || !Number.isFinite(member) || member < 0) throw new BenchError({code: 'InvalidWorkload', at: `prices.${name}`, reason: 'must be a number of at least 0'});
    return member;
  };
  return {
    source: word('source'), currency: word('currency'), provisionedReadUnitHour: price('provisionedReadUnitHour'), provisionedWriteUnitHour: price('provisionedWriteUnitHour'),
    onDemandMillionReads: price('onDemandMillionReads'), onDemandMillionWrites: price('onDemandMillionWrites'),
  };
}
