import type {TableReference} from './parameters.js';
import {readTableRequest, toTableReference} from './parameters.js';
import {TABLE_ONLY_MEMBERS} from './table-members.js';

export type DeleteTableRequest = TableReference;

/** @throws ModelError */
export function parseDeleteTable(body: unknown): DeleteTableRequest {
  return toTableReference(readTableRequest(TABLE_ONLY_MEMBERS, body).TableName);
}
