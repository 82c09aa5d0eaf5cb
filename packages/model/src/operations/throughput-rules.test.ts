// Throughput beyond the provisioned one: maxima of on-demand tables, warm throughput.
import type {TableDescriptor} from '../table-descriptor.js';
import {changeMaxima, changeWarmThroughput, checkOnDemand} from './throughput-rules.js';

describe('on-demand maxima', () => {
  test('a given one replaces, -1 removes, an absent one stays', () => {
    expect(changeMaxima(undefined, {MaxReadRequestUnits: 5})).toEqual({MaxReadRequestUnits: 5});
    expect(changeMaxima({MaxReadRequestUnits: 5}, {MaxWriteRequestUnits: 6})).toEqual({MaxReadRequestUnits: 5, MaxWriteRequestUnits: 6});
    expect(changeMaxima({MaxReadRequestUnits: 5, MaxWriteRequestUnits: 6}, {MaxReadRequestUnits: -1})).toEqual({MaxWriteRequestUnits: 6});
    expect(changeMaxima({MaxReadRequestUnits: 5}, {MaxReadRequestUnits: -1})).toBeUndefined();
  });
  test.each([[0], [-2]])('%d is refused', (units) => {
    expect(() => checkOnDemand({MaxReadRequestUnits: units}, 'PAY_PER_REQUEST')).toThrow('MaxReadRequestUnits must be at least 1');
  });
  test('a provisioned table has none', () => {
    expect(() => checkOnDemand({MaxReadRequestUnits: 1}, 'PROVISIONED')).toThrow('BillingMode is PROVISIONED');
    expect(() => checkOnDemand(undefined, 'PROVISIONED')).not.toThrow();
  });
});

test('warm throughput grows and never becomes less', () => {
  const table = {extra: {warmThroughput: {ReadUnitsPerSecond: 10}}} as unknown as TableDescriptor;
  expect(changeWarmThroughput(table, {WriteUnitsPerSecond: 4})).toEqual({ReadUnitsPerSecond: 10, WriteUnitsPerSecond: 4});
  expect(() => changeWarmThroughput(table, {ReadUnitsPerSecond: 9})).toThrow('decreasing WarmThroughput is not supported');
});
