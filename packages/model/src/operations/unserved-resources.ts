import {defineMembers, readRequest} from './parameters.js';
import type {Members} from './request-shape.js';

/** Requests about things that this service has none of: they are checked as ever, and answered that there is nothing. */
const ARN = {type: 'string', lengthMin: 37, lengthMax: 1024} as const;
const TABLE = {type: 'string', pattern: 'name-or-arn', lengthMin: 3, lengthMax: 255} as const;
/** A time. Nothing is compared with it. */
const TIME = {type: 'unread'} as const;

const LISTS = {
  ListBackups: defineMembers({
    TableName: TABLE, Limit: {type: 'integer', className: 'Integer', min: 1, max: 100}, TimeRangeLowerBound: TIME, TimeRangeUpperBound: TIME,
    ExclusiveStartBackupArn: ARN, BackupType: {type: 'string', values: ['USER', 'SYSTEM', 'AWS_BACKUP', 'ALL']},
  }),
  ListExports: defineMembers({
    TableArn: {type: 'string', lengthMin: 1, lengthMax: 1024}, MaxResults: {type: 'integer', className: 'Integer', min: 1, max: 25}, NextToken: {type: 'string'},
  }),
  ListGlobalTables: defineMembers({
    ExclusiveStartGlobalTableName: {type: 'string', pattern: 'name', lengthMin: 3, lengthMax: 255},
    Limit: {type: 'integer', className: 'Integer', min: 1}, RegionName: {type: 'string'},
  }),
  ListImports: defineMembers({
    TableArn: {type: 'string', lengthMin: 1, lengthMax: 1024}, PageSize: {type: 'integer', className: 'Integer', min: 1, max: 25},
    NextToken: {type: 'string', lengthMin: 112, lengthMax: 1024},
  }),
} as const satisfies Readonly<Record<string, Members>>;
export type EmptyListOperation = keyof typeof LISTS;

/** @throws ModelError */
export function checkEmptyList(operation: EmptyListOperation, body: unknown): void {
  readRequest(LISTS[operation], body);
}

const LOOKUPS = {
  DescribeBackup: defineMembers({BackupArn: {...ARN, required: true}}),
  DescribeExport: defineMembers({ExportArn: {...ARN, required: true}}),
  DescribeGlobalTable: defineMembers({GlobalTableName: {type: 'string', pattern: 'name', lengthMin: 3, lengthMax: 255, required: true}}),
  DescribeImport: defineMembers({ImportArn: {...ARN, required: true}}),
} as const satisfies Readonly<Record<string, Members>>;
export type LookupOperation = keyof typeof LOOKUPS;

/** @returns the name or ARN that was asked for @throws ModelError */
export function parseLookup(operation: LookupOperation, body: unknown): string {
  const request: Readonly<Record<string, unknown>> = readRequest<Members>(LOOKUPS[operation], body);
  const [wanted] = Object.values(request);
  return String(wanted);
}
