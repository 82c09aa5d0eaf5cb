// BatchExecuteStatement: statements of one item each, every one with its own answer.
// Method: real partitions in memory behind the router's own ports.
import {FakeCluster, MUSIC} from '../testing/fake-cluster.js';

type Response = Readonly<Record<string, unknown>>;

function batch(cluster: FakeCluster, statements: readonly (string | object)[], options: object = {}): readonly Response[] {
  const {status, body} = cluster.call('BatchExecuteStatement', {Statements: statements.map((each) => (typeof each === 'string' ? {Statement: each} : each)), ...options});
  expect(status).toBe(200);
  return (body as {Responses: readonly Response[]}).Responses;
}
const insert = (song: string): string => `INSERT INTO "Music" VALUE {'Artist': 'N', 'Song': '${song}'}`;
const select = (song: string): string => `SELECT * FROM "Music" WHERE Artist = 'N' AND Song = '${song}'`;
const item = (song: string): object => ({Artist: {S: 'N'}, Song: {S: song}});

describe('BatchExecuteStatement', () => {
  test('answers each statement in its place', () => {
    const cluster = new FakeCluster();
    expect(batch(cluster, [insert('a'), insert('b'), insert('a')])).toEqual([
      {TableName: 'Music'}, {TableName: 'Music'},
      {Error: {Code: 'DuplicateItem', Message: 'Duplicate primary key exists in table'}, TableName: 'Music'},
    ]);
    expect(batch(cluster, [select('b'), select('none'), {Statement: 'SELECT Song FROM Music WHERE Artist = ? AND Song = ?', Parameters: [{S: 'N'}, {S: 'a'}]}])).toEqual([
      {Item: item('b'), TableName: 'Music'}, {TableName: 'Music'}, {Item: {Song: {S: 'a'}}, TableName: 'Music'},
    ]);
  });

  test('gives every failure its short name, and the table of statements that got as far', () => {
    const cluster = new FakeCluster();
    batch(cluster, [insert('a')]);
    expect(batch(cluster, [
      'SLECT * FROM Music', 'UPDATE Nowhere SET a = 1 WHERE pk = 1', `UPDATE Music SET a = 1 WHERE Artist = 'N'`,
      {Statement: `UPDATE Music SET a = 1 WHERE Artist = 'N' AND Song = 'a' AND b = 1`, ReturnValuesOnConditionCheckFailure: 'ALL_OLD'},
      `DELETE FROM Music WHERE Artist = 'N' AND Song = 'a' RETURNING MODIFIED OLD *`,
      {Statement: insert('x'), Parameters: [{SS: []}]}, {Statement: insert('x'), Parameters: [{S: 'one too many'}]},
      `EXISTS(SELECT * FROM Music WHERE Artist = 'N' AND Song = 'a' AND b = 1)`,
    ])).toEqual([
      {Error: {Code: 'ValidationError', Message: "Statement wasn't well formed, can't be processed: Expected data manipulation"}},
      {Error: {Code: 'ResourceNotFound', Message: 'Requested resource not found'}},
      {Error: {Code: 'ValidationError', Message: 'Where clause does not contain a mandatory equality on all key attributes'}},
      {Error: {Code: 'ConditionalCheckFailed', Message: 'The conditional request failed', Item: item('a')}, TableName: 'Music'},
      {Error: {Code: 'ValidationError', Message: 'Invalid returning clause: RETURNING MODIFIED OLD *. Only RETURNING ALL OLD * is allowed in DELETE statements.'}},
      {Error: {Code: 'ValidationError', Message: 'One or more parameter values were invalid: An string set  may not be empty'}},
      {Error: {Code: 'ValidationError', Message: "Number of parameters in request and statement don't match."}},
      {Error: {Code: 'ValidationError', Message: 'EXISTS can only be used in ExecuteTransaction write requests.'}},
    ]);
    expect(cluster.rowCount(MUSIC.tableId)).toBe(1);
  });

  test.each([
    [`SELECT * FROM Music WHERE Artist = 'N'`], [`SELECT * FROM Music WHERE Artist = 'N' AND Song = 'a' AND b = 1`], ['SELECT * FROM Music'],
    [`SELECT * FROM Music WHERE Artist = 'N' AND Song IN ['a']`], [`SELECT * FROM Music WHERE Artist = 'N' AND Song = 'a' AND attribute_exists(b)`],
    [`SELECT * FROM "Music"."index" WHERE Artist = 'N' AND Song = 'a'`],
  ])('%s does not name one item', (statement) => {
    expect(batch(new FakeCluster(), [statement])).toEqual([
      {Error: {Code: 'ValidationError', Message: 'Select statements within BatchExecuteStatement must specify the primary key in the where clause.'}},
    ]);
  });

  test('returns what the statements return', () => {
    const cluster = new FakeCluster();
    batch(cluster, [insert('a'), insert('b')]);
    expect(batch(cluster, [
      `UPDATE Music SET n = 1 WHERE Artist = 'N' AND Song = 'a' RETURNING MODIFIED NEW *`, `DELETE FROM Music WHERE Artist = 'N' AND Song = 'b' RETURNING ALL OLD *`,
    ])).toEqual([{Item: {n: {N: '1'}}, TableName: 'Music'}, {Item: item('b'), TableName: 'Music'}]);
    expect(batch(cluster, [`UPDATE Music REMOVE n WHERE Artist = 'N' AND Song = 'a' RETURNING MODIFIED NEW *`])).toEqual([{TableName: 'Music'}]);
  });

  test('tells what each statement cost, each at its own consistency', () => {
    const cluster = new FakeCluster();
    batch(cluster, [insert('a')]);
    const {body} = cluster.call('BatchExecuteStatement', {
      Statements: [{Statement: select('a')}, {Statement: select('a'), ConsistentRead: true}, {Statement: select('a'), ConsistentRead: false}], ReturnConsumedCapacity: 'TOTAL',
    });
    expect((body as {ConsumedCapacity: unknown}).ConsumedCapacity).toEqual([0.5, 1, 0.5].map((CapacityUnits) => ({TableName: 'Music', CapacityUnits})));
  });

  test.each([
    [[], 'Member must have length greater than or equal to 1'],
    [Array.from({length: 26}, () => ({Statement: select('a')})), 'Member must have length less than or equal to 25'],
    [[{Statement: ''}], "Value '' at 'statements.1.member.statement' failed to satisfy constraint: Member must have length greater than or equal to 1"],
    [[{Statement: 'x'.repeat(8193)}], 'Member must have length less than or equal to 8192'],
    [[{Statement: select('a')}, {Statement: insert('a')}], 'BatchExecuteStatement API does not support both read and write operations in the same request.'],
  ])('the batch %j is refused as a whole', (Statements, message) => {
    const {status, body} = new FakeCluster().call('BatchExecuteStatement', {Statements});
    expect(status).toBe(400);
    expect((body as {message: string}).message).toContain(message);
  });

  test('statements that the cluster does not carry out in time fail by themselves', () => {
    const cluster = new FakeCluster();
    cluster.interfere = (_node, request) => (request.kind === 'write' ? {code: 'Overloaded', retryAfterMs: 60_000} : undefined);
    expect(batch(cluster, [insert('a'), `UPDATE Music SET a = 1 WHERE Artist = 'N'`])).toMatchObject([{Error: {Code: 'InternalServerError'}}, {Error: {Code: 'ValidationError'}}]);
  });
});
