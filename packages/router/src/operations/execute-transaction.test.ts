// ExecuteTransaction: statements that are carried out together or not at all.
// Method: real partitions in memory behind the router's own ports.
import {FakeCluster, MUSIC} from '../testing/fake-cluster.js';

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

function run(cluster: FakeCluster, statements: readonly (string | object)[], options: object = {}): Answer {
  const {status, body} = cluster.call('ExecuteTransaction', {TransactStatements: statements.map((each) => (typeof each === 'string' ? {Statement: each} : each)), ...options});
  return {status, body: body as Answer['body']};
}
const insert = (song: string, rest = ''): string => `INSERT INTO "Music" VALUE {'Artist': 'N', 'Song': '${song}'${rest}}`;
const select = (song: string, what = '*'): string => `SELECT ${what} FROM "Music" WHERE Artist = 'N' AND Song = '${song}'`;
const item = (song: string, rest: object = {}): object => ({Artist: {S: 'N'}, Song: {S: song}, ...rest});
const stored = (cluster: FakeCluster, song: string): unknown => (cluster.call('GetItem', {TableName: 'Music', Key: item(song), ConsistentRead: true}).body as {Item?: unknown}).Item;
const reasonsOf = ({body}: Answer): unknown => body['CancellationReasons'];

describe('a transaction of writes', () => {
  test('carries out all of its statements', () => {
    const cluster = new FakeCluster();
    expect(run(cluster, [insert('a', `, 'n': 1`), insert('b')])).toEqual({status: 200, body: {Responses: []}});
    expect(run(cluster, [
      `UPDATE "Music" SET n = n + 1 WHERE Artist = 'N' AND Song = 'a' AND n < 5`, `DELETE FROM Music WHERE Artist = 'N' AND Song = 'b'`, {Statement: `INSERT INTO Music VALUE {'Artist': ?, 'Song': ?}`, Parameters: [{S: 'N'}, {S: 'c'}]},
      `EXISTS(SELECT * FROM Music WHERE Artist = 'N' AND Song = 'd' AND n IS MISSING)`,
    ]).status).toBe(200);
    expect(stored(cluster, 'a')).toEqual(item('a', {n: {N: '2'}}));
    expect(stored(cluster, 'b')).toBeUndefined();
    expect(stored(cluster, 'c')).toEqual(item('c'));
    expect(cluster.rowCount(MUSIC.tableId)).toBe(2);
  });

  test('that cannot carry out one of them carries out none, and says which and why', () => {
    const cluster = new FakeCluster();
    run(cluster, [insert('a', `, 'n': 1`)]);
    const refused = run(cluster, [
      insert('a'), insert('new'), {Statement: `UPDATE Music SET n = 9 WHERE Artist = 'N' AND Song = 'ghost'`}, `DELETE FROM Music WHERE Artist = 'N' AND Song = 'none' AND n = 4`,
      {Statement: `EXISTS(SELECT * FROM Music WHERE Artist = 'N' AND Song = 'z' AND n = 1)`},
    ]);
    expect(refused.body).toEqual({
      __type: 'com.amazonaws.dynamodb.v20120810#TransactionCanceledException',
      Message: 'Transaction cancelled, please refer cancellation reasons for specific reasons [DuplicateItem, None, ConditionalCheckFailed, None, ConditionalCheckFailed]',
      CancellationReasons: [
        {Code: 'DuplicateItem', Message: 'Duplicate primary key exists in table'}, {Code: 'None'}, {Code: 'ConditionalCheckFailed', Message: 'The conditional request failed'}, {Code: 'None'},
        {Code: 'ConditionalCheckFailed', Message: 'The conditional request failed'},
      ],
    });
    expect(cluster.rowCount(MUSIC.tableId)).toBe(1);
    expect(reasonsOf(run(cluster, [{Statement: `UPDATE Music SET n = 9 WHERE Artist = 'N' AND Song = 'a' AND n = 8`, ReturnValuesOnConditionCheckFailure: 'ALL_OLD'}]))).toEqual([
      {Code: 'ConditionalCheckFailed', Message: 'The conditional request failed', Item: item('a', {n: {N: '1'}})},
    ]);
  });

  test('with a token is carried out once', () => {
    const cluster = new FakeCluster();
    run(cluster, [insert('a', `, 'n': 1`)]);
    const statements = [`UPDATE Music SET n = n + 1 WHERE Artist = 'N' AND Song = 'a'`];
    const options = {ClientRequestToken: 'token', ReturnConsumedCapacity: 'TOTAL'};
    expect(run(cluster, statements, options).body['ConsumedCapacity']).toEqual([{TableName: 'Music', CapacityUnits: 2, WriteCapacityUnits: 2}]);
    expect(run(cluster, statements, options).status).toBe(200);
    expect(stored(cluster, 'a')).toEqual(item('a', {n: {N: '2'}}));
    expect(run(cluster, [`UPDATE Music SET n = n + 5 WHERE Artist = 'N' AND Song = 'a'`], options).body['__type']).toContain('IdempotentParameterMismatchException');
  });

  test('has one statement an item', () => {
    expect(run(new FakeCluster(), [insert('a'), `DELETE FROM Music WHERE Artist = 'N' AND Song = 'a'`]).body['message']).toBe('Transaction request cannot include multiple operations on one item');
  });
});

describe('a transaction of reads', () => {
  test('gives each item, or nothing, in its place', () => {
    const cluster = new FakeCluster();
    run(cluster, [insert('a', `, 'm': {'x': {'y': 1}}`), insert('b')]);
    expect(run(cluster, [select('b'), select('none'), select('a', 'Song, m.x.y')], {ReturnConsumedCapacity: 'TOTAL'})).toEqual({
      status: 200, body: {Responses: [{Item: item('b')}, {}, {Item: {Song: {S: 'a'}, y: {N: '1'}}}], ConsumedCapacity: [{TableName: 'Music', CapacityUnits: 6, ReadCapacityUnits: 6}]},
    });
  });

  test('has items by their keys only', () => {
    expect(run(new FakeCluster(), [`SELECT * FROM Music WHERE Artist = 'N'`]).body['message'])
      .toBe('Validation failed in TransactStatements[0]: Select statements within ExecuteTransaction must specify the primary key in the where clause.');
    expect(run(new FakeCluster(), [select('a'), 'SELECT * FROM Music WHERE Artist = 1 AND Song = \'b\'']).body['Message']).toContain('[None, ValidationError]');
  });
});

test.each([
  [[select('a'), insert('b')], 'ExecuteTransaction API does not support both read and write operations in the same request.'],
  [['nonsense'], "Validation failed in TransactStatements[0]: Statement wasn't well formed, can't be processed: Expected data manipulation"],
  [[insert('a'), `UPDATE Music SET a = 1 WHERE Artist = 'N' AND Song = 'b' AND a < true`],
    'Validation failed in TransactStatements[1]: Incorrect operand type for operator or function; operator or function: <, operand type: BOOL'],
  [[], "1 validation error detected: Value '[]' at 'transactStatements' failed to satisfy constraint: Member must have length greater than or equal to 1"],
])('%j is refused as a whole', (statements, message) => {
  const {status, body} = run(new FakeCluster(), statements);
  expect([status, body['message']]).toEqual([400, message]);
});

test('a table that is not there is a ResourceNotFoundException', () => {
  expect(run(new FakeCluster(), ['SELECT * FROM Nowhere WHERE pk = 1']).body['__type']).toContain('ResourceNotFoundException');
});
