// What `murmur index status` prints of a status document.
import type {StatusDocument} from '@murmuration/server';
import {renderIndexes} from './index-commands.js';

const STATUS: StatusDocument = {
  apiVersion: 'murmuration/v1', clusterId: 'c', controlLeader: 'a1', mapVersion: 1, nodes: [], tables: [], partitions: [], jobs: [], isBalancing: false,
  indexes: [
    {table: 'Music', name: 'by-year', status: 'CREATING', filledPercent: 40, partitionCount: 4, itemCount: 12, sizeBytes: 340, outboxRowCount: 7, outboxSizeBytes: 900, lagMs: 1_250},
    {table: 'Users', name: 'by-mail', status: 'ACTIVE', filledPercent: 100, partitionCount: 1, itemCount: 3, sizeBytes: 90, outboxRowCount: 0, outboxSizeBytes: 0, lagMs: 0},
  ],
};

test('each index has a line with its progress and lag', () => {
  const text = renderIndexes(STATUS, undefined, 'table');
  expect(text).toMatch(/Music.*by-year.*CREATING.*40 %.*12.*340.*7.*1\.3 s/);
  expect(text).toContain('by-mail');
});
test('one table can be asked for, and JSON has all members', () => {
  expect(renderIndexes(STATUS, 'Users', 'table')).not.toContain('Music');
  expect(JSON.parse(renderIndexes(STATUS, 'Music', 'json'))).toEqual({apiVersion: 'murmuration/v1', indexes: [STATUS.indexes[0]]});
  expect(renderIndexes(STATUS, 'Nothing', 'table')).toBe('no global index\n');
});
