import type {Area, Body, ConformanceCase, Step} from '../conformance-case.js';
import {fails, gives, has, invalid, proves, until, untilGone} from '../conformance-case.js';
import {Matcher, absent} from '../json.js';
import {HASH, INDEXED, MISSING, tableBody} from '../suite-tables.js';

const RULE = '4 UpdateContributorInsights';
const NAME = 'Conformance.Watched';
const one = (name: string, ...steps: readonly Step[]): ConformanceCase => proves(RULE, `contributor insights: ${name}`, ...steps);
const refused = (name: string, body: Body, message: string | undefined): ConformanceCase => one(`refused: ${name}`, invalid('UpdateContributorInsights', body, message));
const status = (ContributorInsightsStatus: string, more: Body = {}): Body => ({TableName: NAME, ContributorInsightsStatus, ...more});
const rules = (...kinds: readonly string[]): Matcher => new Matcher(`rules ${kinds.join(', ')} with a resource and the time of their making`, (value) =>
  Array.isArray(value) && value.length === kinds.length && value.every((name, i) => typeof name === 'string' && name.startsWith(`DynamoDBContributorInsights-${kinds[i] ?? ''}-Conformance.`) && /-\d+$/.test(name)));
const time = new Matcher('a time in seconds', (value) => typeof value === 'number' && value > 1_000_000_000);
const described = (body: Body, members: Body): Step => until('DescribeContributorInsights', body, members);
const created: readonly Step[] = [
  has('CreateTable', tableBody(NAME, {name: 'pk', type: 'S'}, {name: 'sk', type: 'N'}), {}),
  until('DescribeTable', {TableName: NAME}, {Table: new Matcher('an active table', (value) => (value as {TableStatus?: unknown} | undefined)?.TableStatus === 'ACTIVE')}),
];
const removed: readonly Step[] = [has('DeleteTable', {TableName: NAME}, {}), untilGone('DescribeTable', {TableName: NAME})];

export const CONTRIBUTOR_INSIGHTS: Area = {
  name: 'contributor-insights',
  title: 'Contributor Insights',
  cases: [
    one('a table is watched by its accessed and throttled keys, or the throttled ones alone, and not watched again', ...created,
      gives('UpdateContributorInsights', {TableName: NAME, ContributorInsightsAction: 'ENABLE'}, status('ENABLING', {ContributorInsightsMode: 'ACCESSED_AND_THROTTLED_KEYS'})),
      described({TableName: NAME}, {
        ...status('ENABLED', {ContributorInsightsMode: 'ACCESSED_AND_THROTTLED_KEYS'}), LastUpdateDateTime: time, ContributorInsightsRuleList: rules('PKC', 'SKC', 'PKT', 'SKT'), FailureException: absent,
      }),
      has('ListContributorInsights', {TableName: NAME}, {ContributorInsightsSummaries: [status('ENABLED', {ContributorInsightsMode: 'ACCESSED_AND_THROTTLED_KEYS'})]}),
      gives('UpdateContributorInsights', {TableName: NAME, ContributorInsightsAction: 'ENABLE', ContributorInsightsMode: 'THROTTLED_KEYS'}, status('ENABLING', {ContributorInsightsMode: 'THROTTLED_KEYS'})),
      described({TableName: NAME}, {...status('ENABLED', {ContributorInsightsMode: 'THROTTLED_KEYS'}), ContributorInsightsRuleList: rules('PKT', 'SKT')}),
      gives('UpdateContributorInsights', {TableName: NAME, ContributorInsightsAction: 'DISABLE'}, status('DISABLING')),
      described({TableName: NAME}, {...status('DISABLED'), ContributorInsightsRuleList: absent}),
      ...removed,
      has('ListContributorInsights', {}, {})),
    one('an index is watched apart from its table, under its own name',
      gives('UpdateContributorInsights', {TableName: INDEXED, IndexName: 'global', ContributorInsightsAction: 'ENABLE'},
        {TableName: INDEXED, IndexName: 'global', ContributorInsightsStatus: 'ENABLING', ContributorInsightsMode: 'ACCESSED_AND_THROTTLED_KEYS'}),
      described({TableName: INDEXED, IndexName: 'global'}, {IndexName: 'global', ContributorInsightsStatus: 'ENABLED', ContributorInsightsRuleList: rules('PKC', 'PKT')}),
      has('DescribeContributorInsights', {TableName: INDEXED}, {ContributorInsightsStatus: 'DISABLED'}),
      has('UpdateContributorInsights', {TableName: INDEXED, IndexName: 'global', ContributorInsightsAction: 'DISABLE'}, {ContributorInsightsStatus: 'DISABLING'})),
    one('of a table that is not there',
      fails('UpdateContributorInsights', {TableName: MISSING, ContributorInsightsAction: 'ENABLE'}, 'ResourceNotFoundException', undefined),
      fails('ListContributorInsights', {TableName: MISSING}, 'ResourceNotFoundException', undefined)),
    refused('an index that is not there', {TableName: HASH, IndexName: 'nothing', ContributorInsightsAction: 'ENABLE'}, undefined),
    refused('no action', {TableName: HASH}, undefined),
    refused('an unknown action', {TableName: HASH, ContributorInsightsAction: 'WATCH'}, undefined),
    refused('an unknown mode', {TableName: HASH, ContributorInsightsAction: 'ENABLE', ContributorInsightsMode: 'ALL_KEYS'}, undefined),
  ],
};
