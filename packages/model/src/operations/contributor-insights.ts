import {validationError} from '../errors.js';
import type {ContributorInsights, TableDescriptor} from '../table-descriptor.js';
import type {TableReference} from './parameters.js';
import {defineMembers, readRequest, readTableRequest, toTableReference} from './parameters.js';
import {TABLE_ONLY_MEMBERS} from './table-members.js';

export type InsightsMode = ContributorInsights['mode'];
const MODES = ['ACCESSED_AND_THROTTLED_KEYS', 'THROTTLED_KEYS'] as const satisfies readonly InsightsMode[];
const INDEX_NAME = {type: 'string', pattern: 'name', lengthMin: 3, lengthMax: 255} as const;

const UPDATE = defineMembers({
  ...TABLE_ONLY_MEMBERS, IndexName: INDEX_NAME, ContributorInsightsAction: {type: 'string', values: ['ENABLE', 'DISABLE'], required: true},
  ContributorInsightsMode: {type: 'string', values: MODES},
});
const DESCRIBE = defineMembers({...TABLE_ONLY_MEMBERS, IndexName: INDEX_NAME});
const LIST = defineMembers({
  TableName: {type: 'string', pattern: 'name-or-arn', lengthMin: 3, lengthMax: 255}, NextToken: {type: 'string'}, MaxResults: {type: 'integer', className: 'Integer', max: 100},
});

export interface InsightsReference extends TableReference {
  /** Undefined for the table itself. */
  readonly indexName: string | undefined;
}
export interface UpdateInsightsRequest extends InsightsReference {
  readonly isEnabled: boolean;
  /** Undefined keeps the mode it has. */
  readonly mode: InsightsMode | undefined;
}
export interface ListInsightsRequest {
  readonly tableName: string | undefined;
  readonly countMax: number;
  /** The last one that was listed before. */
  readonly after: string | undefined;
}

/** @throws ModelError */
export function parseUpdateContributorInsights(body: unknown): UpdateInsightsRequest {
  const {TableName, IndexName, ContributorInsightsAction, ContributorInsightsMode} = readTableRequest(UPDATE, body);
  return {...toTableReference(TableName), indexName: IndexName, isEnabled: ContributorInsightsAction === 'ENABLE', mode: MODES.find((mode) => mode === ContributorInsightsMode)};
}
/** @throws ModelError */
export function parseDescribeContributorInsights(body: unknown): InsightsReference {
  const {TableName, IndexName} = readTableRequest(DESCRIBE, body);
  return {...toTableReference(TableName), indexName: IndexName};
}
/** @throws ModelError */
export function parseListContributorInsights(body: unknown): ListInsightsRequest {
  const {TableName, NextToken, MaxResults} = readRequest(LIST, body);
  // Names of tables have no stroke, so one tells the two names of an index apart.
  if (NextToken !== undefined && !/^[\w.-]{3,255}\/[\w.-]{0,255}$/.test(NextToken)) throw validationError('Invalid NextToken');
  return {
    tableName: TableName === undefined ? undefined : toTableReference(TableName).tableName, after: NextToken,
    countMax: MaxResults === undefined || MaxResults <= 0 ? LIST.MaxResults.max : MaxResults,
  };
}

/** @throws ModelError when the table has no such index */
export function checkInsightsIndex({extra}: TableDescriptor, indexName: string | undefined): void {
  if (indexName === undefined || extra.globalSecondaryIndexes?.some(({IndexName}) => IndexName === indexName) === true) return;
  throw validationError(`The table does not have the specified index: ${indexName}`);
}

/** What is watched of a table or index; undefined when it never was. */
export function insightsOf({extra}: TableDescriptor, indexName: string | undefined): ContributorInsights | undefined {
  return extra.contributorInsights?.find((insights) => insights.indexName === indexName);
}

/** The table after a change; what was given no mode keeps its own. */
export function changeInsights(table: TableDescriptor, {indexName, isEnabled, mode}: Pick<UpdateInsightsRequest, 'indexName' | 'isEnabled' | 'mode'>, nowMs: number): TableDescriptor {
  const before = insightsOf(table, indexName);
  if (before === undefined && !isEnabled) return table;
  const changed: ContributorInsights = {...(indexName === undefined ? {} : {indexName}), isEnabled, mode: mode ?? before?.mode ?? MODES[0], changedAtMs: nowMs};
  const known = new Set((table.extra.globalSecondaryIndexes ?? []).map(({IndexName}) => IndexName));
  const others = (table.extra.contributorInsights ?? []).filter((insights) => insights.indexName !== indexName && (insights.indexName === undefined || known.has(insights.indexName)));
  return {...table, extra: {...table.extra, contributorInsights: [...others, changed]}};
}

/** `DescribeContributorInsights`: with the names of the rules that are on. */
export function describeInsights(table: TableDescriptor, indexName: string | undefined): Record<string, unknown> {
  const insights = insightsOf(table, indexName);
  const named = {TableName: table.name, ...(indexName === undefined ? {} : {IndexName: indexName})};
  if (insights === undefined) return {...named, ContributorInsightsStatus: 'DISABLED'};
  return {
    ...named, ...(insights.isEnabled ? {ContributorInsightsRuleList: ruleNames(table, insights)} : {}), ContributorInsightsStatus: insights.isEnabled ? 'ENABLED' : 'DISABLED',
    LastUpdateDateTime: insights.changedAtMs / 1000, ...(insights.isEnabled ? {ContributorInsightsMode: insights.mode} : {}),
  };
}

/** Tables and indexes that are or were watched, by name. */
export function listInsights(tables: Iterable<TableDescriptor>, {tableName, after, countMax}: ListInsightsRequest): Record<string, unknown> {
  const listed: {readonly name: string; readonly summary: Record<string, unknown>}[] = [];
  for (const table of tables) {
    if (tableName !== undefined && table.name !== tableName) continue;
    for (const {indexName, isEnabled, mode} of table.extra.contributorInsights ?? []) {
      if (indexName !== undefined && table.extra.globalSecondaryIndexes?.some(({IndexName}) => IndexName === indexName) !== true) continue;
      listed.push({
        name: `${table.name}/${indexName ?? ''}`,
        summary: {TableName: table.name, ...(indexName === undefined ? {} : {IndexName: indexName}), ContributorInsightsStatus: isEnabled ? 'ENABLED' : 'DISABLED', ...(isEnabled ? {ContributorInsightsMode: mode} : {})},
      });
    }
  }
  const rest = listed.sort((a, b) => (a.name < b.name ? -1 : 1)).filter(({name}) => after === undefined || name > after);
  const page = rest.slice(0, countMax);
  return {ContributorInsightsSummaries: page.map(({summary}) => summary), ...(rest.length > page.length ? {NextToken: page.at(-1)?.name} : {})};
}

/** PKC and SKC: most accessed partition keys, and with sort keys; PKT and SKT: most throttled. */
function ruleNames(table: TableDescriptor, {indexName, mode, changedAtMs}: ContributorInsights): readonly string[] {
  const hasSortKey = indexName === undefined
    ? table.keySchema.range !== undefined
    : table.extra.globalSecondaryIndexes?.find(({IndexName}) => IndexName === indexName)?.KeySchema.some(({KeyType}) => KeyType === 'RANGE') === true;
  const causes = mode === 'THROTTLED_KEYS' ? ['T'] : ['C', 'T'];
  const kinds = causes.flatMap((cause) => (hasSortKey ? [`PK${cause}`, `SK${cause}`] : [`PK${cause}`]));
  const resource = indexName === undefined ? table.name : `${table.name}-${indexName}`;
  return kinds.map((kind) => `DynamoDBContributorInsights-${kind}-${resource}-${Math.floor(changedAtMs)}`);
}
