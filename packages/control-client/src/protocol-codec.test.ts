import {DecodeError, toAzId, toGroupId, toLogIndex, toNodeId, toReplicaId, toTerm} from '@murmuration/base';
import {decodeControlRequest, encodeControlRequest} from './protocol-codec.js';
import type {ControlRequest} from './protocol.js';

/** A peer's bytes are input: good requests come back equal, and each with one member spoilt is refused. */
const table = {
  name: 'Music', keySchema: {hash: {name: 'pk', type: 'S' as const}, range: undefined}, attributeDefinitions: [{AttributeName: 'pk', AttributeType: 'S' as const}],
  billingMode: 'PROVISIONED' as const, provisionedThroughput: {ReadCapacityUnits: 1, WriteCapacityUnits: 1}, extra: {},
};
const node = {
  node: toNodeId('a1'), az: toAzId('a'), roles: ['storage' as const], fabricAddress: 'x:1', apiAddress: '', adminAddress: '', pid: 1, incarnation: 1, diskId: 'disk', state: 'up' as const, duty: 'serving' as const,
};
const report = {
  group: toGroupId(16), replica: toReplicaId(1), term: toTerm(2), isLeader: true, leader: toReplicaId(1), applied: toLogIndex(3), itemCount: 0, sizeBytes: 0, epoch: 1, membership: 4,
  durableMembership: 3, voters: [toReplicaId(1)], learners: [], isJoint: false, progress: [], lastSplit: undefined, splitRefusal: undefined,
};
const requests: readonly ControlRequest[] = [
  {kind: 'register', node},
  {kind: 'heartbeat', node: node.node, incarnation: 1, mapVersion: 1, groups: [report]},
  {kind: 'join-control', node: node.node, diskId: 'disk', replica: toReplicaId(0)},
  {kind: 'watch', node: node.node, version: -1, waitMs: 5},
  {kind: 'create-table', table},
  {kind: 'update-table', name: 'Music', change: {provisionedThroughput: {ReadCapacityUnits: 2, WriteCapacityUnits: 2}}},
  {kind: 'tag-table', name: 'Music', set: [{Key: 'a', Value: ''}], remove: ['b']},
  {kind: 'update-time-to-live', name: 'Music', attributeName: 'expires', isEnabled: true},
  {kind: 'update-contributor-insights', name: 'Music', indexName: 'by-year', isEnabled: true, mode: 'THROTTLED_KEYS'},
  {kind: 'change-settings', tableName: 'Music', change: {set: {burstSeconds: 0, sharing: 'global'}, reset: ['throttling']}},
  {kind: 'lease-tokens', router: 'a1/1', asks: [{table: 1, access: 'read', heldLease: 3, heldShareRate: 10, wantedHalfUnits: 4, returnedHalfUnits: 0}]},
  {kind: 'change-scaling', order: {kind: 'register', resourceId: 'table/Music', dimension: 'dynamodb:table:ReadCapacityUnits', unitsMin: 1, unitsMax: 9, roleArn: undefined, suspended: {isInSuspended: true}}},
  {kind: 'change-scaling', order: {
    kind: 'put-policy', resourceId: 'table/Music/index/byYear', dimension: 'dynamodb:index:WriteCapacityUnits', name: 'p',
    tracking: {targetValue: 70.5, metric: 'DynamoDBWriteCapacityUtilization', scaleOutCooldownSeconds: 60, scaleInCooldownSeconds: undefined, isScaleInDisabled: false},
  }},
  {kind: 'change-scaling', order: {kind: 'delete-policy', resourceId: 'table/Music', dimension: 'dynamodb:table:ReadCapacityUnits', name: 'p'}},
  {kind: 'describe-scaling', query: {what: 'activities', resourceIds: ['table/Music'], dimension: undefined, policyNames: undefined, countMax: 50, after: undefined}},
  {kind: 'delete-table', name: 'Music'},
  {kind: 'list-tables', exclusiveStartName: undefined, limit: 10},
  {kind: 'status'},
];
const encode = (body: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify({v: 2, body}));

describe('control requests on the wire', () => {
  test.each(requests)('$kind comes back as it was', (request) => {
    expect(JSON.stringify(decodeControlRequest(encodeControlRequest(request)))).toBe(JSON.stringify(request));
  });
  test.each([
    ['no node', {kind: 'register'}],
    ['an order of scaling for something else', {kind: 'change-scaling', order: {kind: 'deregister', resourceId: 'service/web', dimension: 'dynamodb:table:ReadCapacityUnits'}}],
    ['an order of scaling without dimension', {kind: 'change-scaling', order: {kind: 'deregister', resourceId: 'table/Music'}}],
    ['a target with a bound that is no number', {kind: 'change-scaling', order: {kind: 'register', resourceId: 'table/Music', dimension: 'dynamodb:table:ReadCapacityUnits', unitsMin: '1', suspended: {}}}],
    ['a policy without target value', {kind: 'change-scaling', order: {kind: 'put-policy', resourceId: 'table/Music', dimension: 'dynamodb:table:ReadCapacityUnits', name: 'p', tracking: {metric: 'DynamoDBReadCapacityUtilization'}}}],
    ['a list of scaling without bound', {kind: 'describe-scaling', query: {what: 'targets'}}],
    ['a node without AZ', {kind: 'register', node: {...node, az: undefined}}],
    ['a negative start number', {kind: 'register', node: {...node, incarnation: -1}}],
    ['groups that are no list', {kind: 'heartbeat', node: 'a1', incarnation: 1, mapVersion: 1, groups: {}}],
    ['a report without term', {kind: 'heartbeat', node: 'a1', incarnation: 1, mapVersion: 1, groups: [{group: 16}]}],
    ['a report with a durable membership that is no number', {kind: 'heartbeat', node: 'a1', incarnation: 1, mapVersion: 1, groups: [{...report, durableMembership: 'all'}]}],
    ['a joiner without disk', {kind: 'join-control', node: 'a1', replica: 0}],
    ['a wait that is no number', {kind: 'watch', node: 'a1', version: 1, waitMs: 'long'}],
    ['a table without key', {kind: 'create-table', table: {...table, keySchema: {}}}],
    ['units that are no number', {kind: 'create-table', table: {...table, provisionedThroughput: {ReadCapacityUnits: 'x', WriteCapacityUnits: 1}}}],
    ['a change that is no object', {kind: 'update-table', name: 'Music', change: 5}],
    ['a name that is no text', {kind: 'delete-table', name: {}}],
    ['a tag without value', {kind: 'tag-table', name: 'Music', set: [{Key: 'a'}], remove: []}],
    ['tag keys that are no texts', {kind: 'tag-table', name: 'Music', set: [], remove: [5]}],
    ['settings out of bounds', {kind: 'change-settings', change: {set: {burstSeconds: 301}, reset: []}}],
    ['an ask for tokens of neither kind', {kind: 'lease-tokens', router: 'a1/1', asks: [{table: 1, access: 'both', heldLease: 0, heldShareRate: 0, wantedHalfUnits: 1, returnedHalfUnits: 0}]}],
    ['an unknown setting', {kind: 'change-settings', change: {set: {}, reset: ['colour']}}],
    ['an unknown kind', {kind: 'format-disk'}],
  ])('%s is refused', (_what, body) => {
    expect(() => decodeControlRequest(encode(body))).toThrow(DecodeError);
  });
});
