// Tags and the things a table has none of: what is asked of the control plane, and what its answers become.
import {FakeCluster, MUSIC} from '../testing/fake-cluster.js';

const ARN = 'arn:aws:dynamodb:us-east-1:000000000000:table/Music';
const table = (tags: readonly {Key: string; Value: string}[]) => ({kind: 'table' as const, table: {...MUSIC, extra: {tags}}, itemCount: 0, sizeBytes: 0, version: 1});

test('tagging and untagging are one command each and answer nothing', () => {
  const cluster = new FakeCluster();
  cluster.answerControl = () => table([]);
  expect(cluster.call('TagResource', {ResourceArn: ARN, Tags: [{Key: 'a', Value: '1'}]}).status).toBe(200);
  expect(cluster.call('UntagResource', {ResourceArn: ARN, TagKeys: ['a', 'b']}).status).toBe(200);
  expect(cluster.controlCalls).toEqual([
    {kind: 'tag-table', name: 'Music', set: [{Key: 'a', Value: '1'}], remove: []}, {kind: 'tag-table', name: 'Music', set: [], remove: ['a', 'b']},
  ]);
});

test('tags are listed as they are kept', () => {
  const cluster = new FakeCluster();
  cluster.answerControl = () => table([{Key: 'a', Value: '1'}]);
  expect(cluster.call('ListTagsOfResource', {ResourceArn: ARN}).body).toEqual({Tags: [{Key: 'a', Value: '1'}]});
});

test('a table that is not there has each operation\'s own words', () => {
  const cluster = new FakeCluster();
  cluster.answerControl = () => ({kind: 'failed', failure: {code: 'TableNotFound', name: 'Music'}});
  expect(cluster.call('ListTagsOfResource', {ResourceArn: ARN}).body).toMatchObject({message: `Requested resource not found: ResourcArn: ${ARN} not found`});
  expect(cluster.call('DescribeTimeToLive', {TableName: 'Music'}).body).toMatchObject({message: 'Requested resource not found: Table: Music not found'});
  expect(cluster.call('DescribeContinuousBackups', {TableName: 'Music'}).body).toMatchObject({__type: 'com.amazonaws.dynamodb.v20120810#TableNotFoundException'});
});
