import {compareStrings} from '../attribute-value.js';
import {defineMembers, readRequest} from './parameters.js';

export const LIST_TABLES_COUNT_MAX = 100;

/** In the order in which the service joins failures. */
const MEMBERS = defineMembers({
  Limit: {type: 'integer', className: 'Integer', min: 1, max: LIST_TABLES_COUNT_MAX},
  ExclusiveStartTableName: {type: 'string', pattern: 'name', lengthMin: 3, lengthMax: 255},
});

export interface ListTablesRequest {
  /** May name a table that does not exist. */
  readonly exclusiveStartTableName: string | undefined;
  readonly limit: number;
}

/** @throws ModelError */
export function parseListTables(body: unknown): ListTablesRequest {
  const request = readRequest(MEMBERS, body);
  return {
    exclusiveStartTableName: request.ExclusiveStartTableName,
    limit: request.Limit ?? LIST_TABLES_COUNT_MAX,
  };
}

/** One page of table names. @param names all of them, in any order @returns the reply's members */
export function listTablesPage(
  request: ListTablesRequest, names: readonly string[],
): {readonly TableNames: readonly string[]; readonly LastEvaluatedTableName?: string} {
  const start = request.exclusiveStartTableName;
  const rest = names.filter((name) => start === undefined || compareStrings(name, start) > 0).sort(compareStrings);
  const page = rest.slice(0, request.limit);
  const last = page.at(-1);
  return rest.length > page.length && last !== undefined ? {TableNames: page, LastEvaluatedTableName: last} : {TableNames: page};
}
