// Table operations: what goes to the control plane, and its answers and failures in the service's words.
import type {ControlFailure} from '@murmuration/control-client';
import {FakeCluster, USERS} from '../testing/fake-cluster.js';

const CREATE = {
  TableName: 'Users', BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: [{AttributeName: 'id', AttributeType: 'N'}], KeySchema: [{AttributeName: 'id', KeyType: 'HASH'}],
};
const DYNAMO = 'com.amazonaws.dynamodb.v20120810';

function failing(failure: ControlFailure): FakeCluster {
  const cluster = new FakeCluster();
  cluster.answerControl = () => ({kind: 'failed', failure});
  return cluster;
}
function answering(table: typeof USERS, itemCount = 0): FakeCluster {
  const cluster = new FakeCluster();
  cluster.answerControl = () => ({kind: 'table', table, itemCount, sizeBytes: 10 * itemCount, version: 3});
  return cluster;
}

describe('CreateTable', () => {
  test('asks the control plane and answers the description in CREATING', () => {
    const cluster = answering({...USERS, status: 'CREATING'});
    expect(cluster.call('CreateTable', CREATE)).toMatchObject({status: 200, body: {TableDescription: {
      TableName: 'Users', TableStatus: 'CREATING', ItemCount: 0, TableSizeBytes: 0, CreationDateTime: 1_700_000_000.5,
      TableArn: 'arn:aws:dynamodb:eu-test-1:000000000000:table/Users', KeySchema: CREATE.KeySchema,
    }}});
    expect(cluster.controlCalls).toMatchObject([{kind: 'create-table', table: {name: 'Users', keySchema: USERS.keySchema, billingMode: 'PAY_PER_REQUEST'}}]);
  });

  test('a mistake is found before the control plane is asked', () => {
    const cluster = new FakeCluster();
    expect(cluster.call('CreateTable', {...CREATE, TableName: 'ab'})).toMatchObject({
      status: 400, body: {message: 'TableName must be at least 3 characters long and at most 255 characters long'},
    });
    expect(cluster.controlCalls).toEqual([]);
  });

  test.each<[ControlFailure, number, string, string]>([
    [{code: 'TableExists', name: 'Users'}, 400, `${DYNAMO}#ResourceInUseException`, 'Table already exists: Users'],
    [{code: 'TableBusy', name: 'Users', status: 'CREATING'}, 400, `${DYNAMO}#ResourceInUseException`,
      'Attempt to change a resource which is still in use: Table is being created: Users'],
    [{code: 'LimitExceeded', message: 'too many'}, 400, `${DYNAMO}#LimitExceededException`, 'too many'],
    [{code: 'NotEnoughZones', zoneCount: 1, zoneCountNeeded: 3}, 500, `${DYNAMO}#InternalServerError`,
      'The request could not be carried out in time. Nothing was changed. Try again.'],
    [{code: 'OutcomeUnknown', reason: 'cut'}, 500, `${DYNAMO}#InternalServerError`,
      'The request was sent, but its outcome is not known. Read before writing again.'],
  ])('the failure %j', (failure, status, type, message) => {
    expect(failing(failure).call('CreateTable', CREATE)).toMatchObject({status, body: {__type: type, message}});
  });
});

describe('DescribeTable', () => {
  test('shows the counts of the control plane', () => {
    expect(answering(USERS, 5).call('DescribeTable', {TableName: 'Users'}).body).toMatchObject({Table: {TableStatus: 'ACTIVE', ItemCount: 5, TableSizeBytes: 50}});
  });
  test('falls back on the cached map when the control plane is away', () => {
    const cluster = failing({code: 'Unavailable', reason: 'away'});
    expect(cluster.call('DescribeTable', {TableName: 'Users'}).body).toMatchObject({Table: {TableName: 'Users', TableStatus: 'ACTIVE'}});
    expect(cluster.call('DescribeTable', {TableName: 'Other'}).status).toBe(500);
  });
  test('a missing table is named', () => {
    expect(failing({code: 'TableNotFound', name: 'Nothing'}).call('DescribeTable', {TableName: 'Nothing'})).toMatchObject({
      status: 400, body: {__type: `${DYNAMO}#ResourceNotFoundException`, message: 'Requested resource not found: Table: Nothing not found'},
    });
  });
});

describe('DeleteTable', () => {
  test('answers the short description', () => {
    const {body} = answering({...USERS, status: 'DELETING'}).call('DeleteTable', {TableName: 'Users'});
    expect(body).toMatchObject({TableDescription: {TableName: 'Users', TableStatus: 'DELETING'}});
    expect((body as {TableDescription: object}).TableDescription).not.toHaveProperty('KeySchema');
  });
  test('a protected table stays', () => {
    expect(failing({code: 'TableProtected', name: 'Users'}).call('DeleteTable', {TableName: 'Users'})).toMatchObject({
      status: 400, body: {message: 'Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.'},
    });
  });
});

describe('ListTables', () => {
  test('passes the page of the control plane on', () => {
    const cluster = new FakeCluster();
    cluster.answerControl = () => ({kind: 'tables', names: ['Music'], lastName: 'Music'});
    expect(cluster.call('ListTables', {Limit: 1}).body).toEqual({TableNames: ['Music'], LastEvaluatedTableName: 'Music'});
    expect(cluster.controlCalls).toEqual([{kind: 'list-tables', exclusiveStartName: undefined, limit: 1}]);
  });
  test('reads the cached map when the control plane is away', () => {
    const cluster = failing({code: 'Unavailable', reason: 'away'});
    expect(cluster.call('ListTables', {}).body).toEqual({TableNames: ['Music', 'Users']});
    expect(cluster.call('ListTables', {Limit: 1}).body).toEqual({TableNames: ['Music'], LastEvaluatedTableName: 'Music'});
  });
});

describe('UpdateTable', () => {
  test('sends the change and answers the description', () => {
    const cluster = answering(USERS);
    const ProvisionedThroughput = {ReadCapacityUnits: 5, WriteCapacityUnits: 6};
    expect(cluster.call('UpdateTable', {TableName: 'Users', BillingMode: 'PROVISIONED', ProvisionedThroughput}).status).toBe(200);
    expect(cluster.controlCalls[1]).toEqual({kind: 'update-table', name: 'Users', change: {billingMode: 'PROVISIONED', provisionedThroughput: ProvisionedThroughput}});
  });
  test('throughput that does not change is refused', () => {
    const provisionedThroughput = {ReadCapacityUnits: 5, WriteCapacityUnits: 6};
    const {status, body} = answering({...USERS, billingMode: 'PROVISIONED', provisionedThroughput})
      .call('UpdateTable', {TableName: 'Users', ProvisionedThroughput: provisionedThroughput});
    expect([status, (body as {message: string}).message]).toEqual([400, expect.stringContaining('The provisioned throughput for the table will not change.')]);
  });
});

describe('the service itself', () => {
  test('names its limits and the address it was reached by', () => {
    const cluster = new FakeCluster();
    expect(cluster.call('DescribeLimits', {}).body).toMatchObject({TableMaxReadCapacityUnits: 40_000});
    expect(cluster.call('DescribeEndpoints', {}, {host: 'localhost:8000'}).body).toEqual({Endpoints: [{Address: 'localhost:8000', CachePeriodInMinutes: 1440}]});
  });
});
