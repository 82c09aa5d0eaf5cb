import type {TableReference} from './parameters.js';
import {readTableRequest, toTableReference} from './parameters.js';
import {TABLE_ONLY_MEMBERS} from './table-members.js';

export type DescribeTableRequest = TableReference;

/** @throws ModelError */
export function parseDescribeTable(body: unknown): DescribeTableRequest {
  return toTableReference(readTableRequest(TABLE_ONLY_MEMBERS, body).TableName);
}
