import {toTableId} from '@murmuration/base';
import type {TableDescriptor} from '../table-descriptor.js';
import {
  changeInsights, checkInsightsIndex, describeInsights, listInsights, parseDescribeContributorInsights, parseListContributorInsights, parseUpdateContributorInsights,
} from './contributor-insights.js';

const table = (name: string): TableDescriptor => ({
  tableId: toTableId(1), name, tableUuid: 'u', status: 'ACTIVE', keySchema: {hash: {name: 'a', type: 'S'}, range: {name: 'b', type: 'N'}}, attributeDefinitions: [], billingMode: 'PAY_PER_REQUEST',
  provisionedThroughput: {ReadCapacityUnits: 0, WriteCapacityUnits: 0}, createdAtMs: 0,
  extra: {globalSecondaryIndexes: [{IndexName: 'by-c', KeySchema: [{AttributeName: 'c', KeyType: 'HASH'}], Projection: {ProjectionType: 'ALL'}}]},
});
const enabled = {indexName: undefined, isEnabled: true, mode: undefined} as const;

describe('contributor insights', () => {
  it('watches a table by partition and sort key, accessed and throttled, or throttled alone', () => {
    const watched = changeInsights(table('Music'), enabled, 1_576_629_651_520);
    expect(describeInsights(watched, undefined)).toEqual({
      TableName: 'Music', ContributorInsightsStatus: 'ENABLED', ContributorInsightsMode: 'ACCESSED_AND_THROTTLED_KEYS', LastUpdateDateTime: 1_576_629_651.52,
      ContributorInsightsRuleList: ['PKC', 'SKC', 'PKT', 'SKT'].map((kind) => `DynamoDBContributorInsights-${kind}-Music-1576629651520`),
    });
    const throttledOnly = changeInsights(watched, {...enabled, mode: 'THROTTLED_KEYS'}, 5);
    expect(describeInsights(throttledOnly, undefined)['ContributorInsightsRuleList']).toEqual(['DynamoDBContributorInsights-PKT-Music-5', 'DynamoDBContributorInsights-SKT-Music-5']);
    expect(describeInsights(changeInsights(throttledOnly, enabled, 6), undefined)).toMatchObject({ContributorInsightsMode: 'THROTTLED_KEYS'});
  });
  it('watches an index apart from its table, and forgets one that is gone', () => {
    const watched = changeInsights(table('Music'), {...enabled, indexName: 'by-c'}, 7);
    expect(describeInsights(watched, undefined)).toEqual({TableName: 'Music', ContributorInsightsStatus: 'DISABLED'});
    expect(describeInsights(watched, 'by-c')).toMatchObject({IndexName: 'by-c', ContributorInsightsRuleList: ['DynamoDBContributorInsights-PKC-Music-by-c-7', 'DynamoDBContributorInsights-PKT-Music-by-c-7']});
    const {globalSecondaryIndexes: _gone, ...extra} = watched.extra;
    const without = {...watched, extra};
    expect(listInsights([without], parseListContributorInsights({}))).toEqual({ContributorInsightsSummaries: []});
    expect(changeInsights(without, enabled, 8).extra.contributorInsights).toHaveLength(1);
    expect(() => checkInsightsIndex(without, 'by-c')).toThrow(/does not have the specified index/);
  });
  it('is off again when it is disabled, and nothing is kept of a table that it was never on for', () => {
    const off = changeInsights(changeInsights(table('Music'), enabled, 1), {...enabled, isEnabled: false}, 2_000);
    expect(describeInsights(off, undefined)).toEqual({TableName: 'Music', ContributorInsightsStatus: 'DISABLED', LastUpdateDateTime: 2});
    const never = table('Music');
    expect(changeInsights(never, {...enabled, isEnabled: false}, 1)).toBe(never);
  });
  it('is listed in pages, by name', () => {
    const tables = ['Trees', 'Birds', 'Fish'].map((name) => changeInsights(changeInsights(table(name), enabled, 1), {...enabled, indexName: 'by-c'}, 1)).concat(table('Stones'));
    const seen: unknown[] = [];
    let body: Record<string, unknown> = {MaxResults: 4};
    for (;;) {
      const page = listInsights(tables, parseListContributorInsights(body)) as {ContributorInsightsSummaries: {TableName: string; IndexName?: string}[]; NextToken?: string};
      for (const {TableName, IndexName} of page.ContributorInsightsSummaries) seen.push([TableName, IndexName]);
      if (page.NextToken === undefined) break;
      body = {MaxResults: 4, NextToken: page.NextToken};
    }
    expect(seen).toEqual(['Birds', 'Fish', 'Trees'].flatMap((name) => [[name, undefined], [name, 'by-c']]));
    expect(listInsights(tables, parseListContributorInsights({TableName: 'Fish'}))['ContributorInsightsSummaries']).toHaveLength(2);
  });
  it('reads requests by the rules of all of them', () => {
    expect(parseUpdateContributorInsights({TableName: 'Music', ContributorInsightsAction: 'ENABLE', ContributorInsightsMode: 'THROTTLED_KEYS', IndexName: 'by-c'}))
      .toMatchObject({tableName: 'Music', indexName: 'by-c', isEnabled: true, mode: 'THROTTLED_KEYS'});
    expect(parseDescribeContributorInsights({TableName: 'Music'})).toMatchObject({tableName: 'Music', indexName: undefined});
    for (const body of [{TableName: 'Music'}, {TableName: 'Music', ContributorInsightsAction: 'WATCH'}, {TableName: 'Music', ContributorInsightsAction: 'ENABLE', ContributorInsightsMode: 'ALL'}, {ContributorInsightsAction: 'ENABLE'}]) {
      expect(() => parseUpdateContributorInsights(body)).toThrow();
    }
    expect(() => parseListContributorInsights({NextToken: 'x'})).toThrow('Invalid NextToken');
  });
});
