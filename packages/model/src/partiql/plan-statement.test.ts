// What statements become: reads and writes of the item operations, or refusals that point at the place.
import {toTableId} from '@murmuration/base';
import {ModelError} from '../errors.js';
import type {TableDescriptor} from '../table-descriptor.js';
import {parseStatement} from './parse-statement.js';
import type {SelectPlan} from './plan-select.js';
import {planSelect} from './plan-select.js';
import {planTransaction} from './plan-transaction.js';
import {planWrite} from './plan-write.js';
import {parseExecuteTransaction} from './statement-requests.js';

const HASH: TableDescriptor = {
  tableId: toTableId(1), name: 'tab', tableUuid: '', status: 'ACTIVE', keySchema: {hash: {name: 'pk', type: 'S'}, range: undefined},
  attributeDefinitions: [{AttributeName: 'pk', AttributeType: 'S'}], billingMode: 'PAY_PER_REQUEST', provisionedThroughput: {ReadCapacityUnits: 0, WriteCapacityUnits: 0}, createdAtMs: 0, extra: {},
};
const RANGE: TableDescriptor = {...HASH, keySchema: {hash: {name: 'pk', type: 'S'}, range: {name: 'sk', type: 'S'}}};

function select(text: string, table = RANGE): SelectPlan {
  const statement = parseStatement(text, []);
  if (statement.kind !== 'select') throw new Error('a SELECT');
  return planSelect(statement, text, table, {consistentRead: false, returnConsumedCapacity: 'NONE'});
}
function refusal(run: () => unknown): string | undefined {
  try {
    run();
  } catch (error) {
    if (error instanceof ModelError) return error.failure.message;
    throw error;
  }
  return undefined;
}
function write(text: string, table = HASH): unknown {
  const statement = parseStatement(text, []);
  if (statement.kind === 'select' || statement.kind === 'exists') throw new Error('a write');
  return planWrite(statement, text, table, {returnConsumedCapacity: 'NONE', returnValuesOnConditionCheckFailure: 'NONE'});
}

describe('the plan of a SELECT', () => {
  test.each([
    [`pk = 'a'`, [['pk', '=']], false], [`'a' = pk AND sk = 'b'`, [['pk', '='], ['sk', '=']], true], [`sk > 'b' AND pk = 'a'`, [['pk', '='], ['sk', '>']], false],
    [`pk = 'a' AND sk > 'b' AND sk = 'c'`, [['pk', '='], ['sk', '=']], true], [`pk = 'a' AND sk BETWEEN 'a' AND 'b'`, [['pk', '='], ['sk', 'between']], false],
    [`pk = 'a' AND 'b' > sk`, [['pk', '='], ['sk', '<']], false], [`pk = 'a' AND pk = 'a' AND (begins_with(sk, 'x'))`, [['pk', '='], ['sk', 'begins_with']], false],
    [`pk = 'a' AND sk <> 'b'`, [['pk', '=']], false], [`pk = 'a' AND sk > other`, [['pk', '=']], false],
  ])('%s is one query', (condition, tests, areWholeKeys) => {
    const plan = select(`SELECT * FROM tab WHERE ${condition}`);
    expect(plan).toMatchObject({kind: 'queries', areWholeKeys});
    expect(plan.kind === 'queries' && plan.requests.map(({expressions}) => expressions.compiled.keyCondition?.tests.map(({name, op}) => [name, op]))).toEqual([tests]);
  });

  test.each([[`pk IN ['a', 'b', 'a']`, 2], [`pk = 'a' OR pk = 'b' OR 'c' = pk`, 3], [`x = 1 AND (pk = 'a' OR pk = 'b')`, 2]])('%s is a query for each key', (condition, count) => {
    expect(select(`SELECT * FROM tab WHERE ${condition}`)).toMatchObject({kind: 'queries', requests: {length: count}});
  });

  test.each([['x = 1'], [`pk > 'a'`], [`pk = 'a' OR x = 1`], [`NOT pk = 'a'`], [`pk = 'a' AND sk = 'b' OR sk = 'c'`], [`pk IN ['a', x]`], ['x.pk = 1']])('%s is a scan', (condition) => {
    expect(select(`SELECT * FROM tab WHERE ${condition}`)).toMatchObject({kind: 'scan', request: {segment: undefined}});
  });

  test('at most 50 partition keys, and 100 values of another attribute', () => {
    const list = (count: number): string => `[${Array.from({length: count}, (_none, i) => `'${i}'`).join(', ')}]`;
    expect(select(`SELECT * FROM tab WHERE pk IN ${list(50)}`)).toMatchObject({requests: {length: 50}});
    expect(refusal(() => select(`SELECT * FROM tab WHERE pk IN ${list(51)}`))).toContain('too many operands');
    expect(select(`SELECT * FROM tab WHERE x IN ${list(100)}`)).toMatchObject({kind: 'scan'});
    expect(refusal(() => select(`SELECT * FROM tab WHERE x IN ${list(101)}`))).toContain('too many operands');
  });

  test('a clause of hundreds of operators is measured as part of its statement only', () => {
    expect(select(`SELECT * FROM tab WHERE ${Array.from({length: 500}, (_none, i) => `a = ${i}`).join(' OR ')}`)).toMatchObject({kind: 'scan'});
  });

  test('an index with keys of several attributes is refused', () => {
    const table = (...keys: readonly ('HASH' | 'RANGE')[]): TableDescriptor => ({...RANGE, extra: {globalSecondaryIndexes: [{
      IndexName: 'wide', Projection: {ProjectionType: 'ALL'}, KeySchema: keys.map((KeyType, i) => ({AttributeName: `k${i}`, KeyType})),
    }]}});
    const message = 'PartiQL statements cannot be executed on tables with multi-attribute HASH keys or multi-attribute RANGE keys.';
    expect(refusal(() => select(`SELECT * FROM tab.wide WHERE k0 = '1'`, table('HASH', 'HASH')))).toBe(message);
    expect(refusal(() => select('SELECT * FROM tab.wide', table('HASH', 'RANGE', 'RANGE')))).toBe(message);
    expect(select(`SELECT * FROM tab.wide WHERE k0 = '1'`, table('HASH', 'RANGE'))).toMatchObject({kind: 'queries'});
  });

  test('an OR whose branches all name partition keys is a query for each, with the branches as its filter', () => {
    const plan = select(`SELECT * FROM tab WHERE pk = 'a' AND NOT sk = '1' OR pk = 'b' AND x = 2 OR pk = 'a'`);
    expect(plan).toMatchObject({kind: 'queries', areWholeKeys: false, requests: {length: 2}});
    expect(plan.kind === 'queries' && plan.requests[0]?.expressions.compiled.filter?.condition).toMatchObject({kind: 'or', conditions: {length: 3}});
  });
});

describe('refusals that point at a place', () => {
  const update = (set: string): string | undefined => refusal(() => write(`UPDATE tab SET ${set} WHERE pk = 'x'`));
  test.each([
    [`t = set_add(ss, <<'x'>>)`, 'The first argument to SET_ADD must equal the assignment value at 1:20:7'], [`ss = set_add(<<'a'>>, <<'b'>>)`, 'The first argument to SET_ADD must equal the assignment value at 1:21:7'],
    [`ss = set_add(ss, 'x')`, 'The second argument to SET_ADD must be a value with type SET at 1:29:2'], [`"ss" = set_delete("ss", ['x'])`, 'The second argument to SET_DELETE must be a value with type SET at 1:34:4'],
    ['ss = set_add(ss)', 'SET_ADD must have exactly two arguments at 1:21:7'], [`ss = set_add(ss, <<'x'>>, <<'y'>>)`, 'SET_ADD must have exactly two arguments at 1:21:7'],
    ['a = size(b)', 'Unrecognized function: size at 1:20:4'], ['a = b + 1 + 2', 'Only one arithmetic operation is supported in an assignment at 1:26:1'],
    ['a = list_append(b)', 'Incorrect number of operands for operator or function; operator or function: list_append, number of operands: 1'],
  ])('SET %s', (set, message) => {
    expect(update(set)).toBe(message);
  });

  test.each([
    [`attribute_exists('ss')`, 'Operator or function requires a document path; operator or function: attribute_exists'],
    ['attribute_exists()', 'Incorrect number of operands for operator or function; operator or function: attribute_exists, number of operands: 0'],
    ['attribute_exists(ss, ns)', 'Incorrect number of operands for operator or function; operator or function: attribute_exists, number of operands: 2'],
    [`set_add(ss, <<'x'>>) = ss`, 'Unrecognized function: set_add at 1:25:7'], ['size(a, b) > 1', 'Incorrect number of operands for operator or function; operator or function: size, number of operands: 2'],
    [`attribute_type(a, 'X')`, 'Invalid attribute type name found; type: X, valid types: {N,BS,L,B,NULL,M,S,SS,NS,BOOL}'],
    ['attribute_type(a, 1)', 'Incorrect operand type for operator or function; operator or function: attribute_type, operand type: N'],
    ['a + 1 > 2', 'Unsupported operation in where clause at 1:27:1'],
    [`a BETWEEN 2 AND 1`, 'The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower bound operand: AttributeValue: {N:2}, upper bound operand: AttributeValue: {N:1}'],
  ])('WHERE %s', (condition, message) => {
    expect(refusal(() => select(`SELECT * FROM tab WHERE ${condition}`))).toBe(message);
  });
});

describe('the plan of a write', () => {
  test('an INSERT is a put of an item that is not there', () => {
    expect(write(`INSERT INTO tab VALUE {'pk': 'x', 'a': 1}`)).toMatchObject({
      kind: 'put', request: {tableName: 'tab', itemSizeBytes: 6, expressions: {compiled: {condition: {condition: {kind: 'exists', path: ['pk'], isExpected: false}}}}},
    });
    expect(refusal(() => write(`INSERT INTO tab VALUE {'pk': 'x', 'l': [${`'${'y'.repeat(50)}',`.repeat(100)}1]}`))).toBeUndefined();
  });

  test('a DELETE without other conditions is unconditional', () => {
    expect(write(`DELETE FROM tab WHERE pk = 'x'`)).toMatchObject({kind: 'delete', request: {returnValues: 'NONE', expressions: {compiled: {condition: undefined}}}});
  });

  test('the order and number of clauses are free', () => {
    expect(write(`UPDATE tab SET a = 1 REMOVE b SET c = set_add(c, <<1>>), d = d - 1 REMOVE e WHERE pk = 'x' RETURNING ALL NEW *`)).toMatchObject({
      kind: 'update', shown: undefined, request: {returnValues: 'ALL_NEW', expressions: {compiled: {update: {actions: [{kind: 'set'}, {kind: 'set'}, {kind: 'remove'}, {kind: 'remove'}, {kind: 'add'}]}}}},
    });
  });
});

describe('a transaction', () => {
  const plan = (statements: readonly string[], table = RANGE, options: object = {}): ReturnType<typeof planTransaction> =>
    planTransaction(parseExecuteTransaction({TransactStatements: statements.map((Statement) => ({Statement})), ...options}), statements.map(() => table));
  const key = {pk: {S: 'a'}, sk: {S: 'b'}};
  const of = `pk = 'a' AND sk = 'b'`;

  test('of reads asks for items by their keys', () => {
    expect(plan([`SELECT * FROM tab WHERE ${of}`, `SELECT m.x, y FROM tab WHERE sk = 'b' AND pk = 'a' AND pk = 'a'`])).toEqual({
      operation: 'TransactGetItems', inserts: new Set(), rows: [undefined, [['m', 'x'], ['y']]],
      body: {ReturnConsumedCapacity: 'NONE', TransactItems: [
        {Get: {TableName: 'tab', Key: key}}, {Get: {TableName: 'tab', Key: key, ProjectionExpression: '#n0, #n1', ExpressionAttributeNames: {'#n0': 'm', '#n1': 'y'}}},
      ]},
    });
  });

  test('of writes and conditions takes the conditions of the statements along', () => {
    expect(plan([
      `INSERT INTO tab VALUE {'pk': 'a', 'sk': 'b', 'n': 1}`, `UPDATE tab SET n = n + 1 WHERE ${of} AND (n > 3 OR n < 1)`, `DELETE FROM tab WHERE ${of}`, `EXISTS(SELECT * FROM tab WHERE ${of} AND n IS MISSING)`,
    ], RANGE, {ClientRequestToken: 'token', ReturnConsumedCapacity: 'TOTAL'})).toEqual({
      operation: 'TransactWriteItems', inserts: new Set([0]), rows: [],
      body: {
        ReturnConsumedCapacity: 'TOTAL', ClientRequestToken: 'token',
        TransactItems: [
          {Put: {TableName: 'tab', Item: {...key, n: {N: '1'}}, ConditionExpression: 'attribute_not_exists(#n0)', ExpressionAttributeNames: {'#n0': 'pk'}}},
          {Update: {
            TableName: 'tab', Key: key, ConditionExpression: 'attribute_exists(#n0) AND (#n1 > :v0 OR #n1 < :v1)', UpdateExpression: 'SET #n1 = #n1 + :v2', ReturnValuesOnConditionCheckFailure: 'NONE',
            ExpressionAttributeNames: {'#n0': 'pk', '#n1': 'n'}, ExpressionAttributeValues: {':v0': {N: '3'}, ':v1': {N: '1'}, ':v2': {N: '1'}},
          }},
          {Delete: {TableName: 'tab', Key: key, ReturnValuesOnConditionCheckFailure: 'NONE'}},
          {ConditionCheck: {TableName: 'tab', Key: key, ConditionExpression: 'attribute_not_exists(#n0)', ExpressionAttributeNames: {'#n0': 'n'}, ReturnValuesOnConditionCheckFailure: 'NONE'}},
        ],
      },
    });
  });

  const at = (message: string): string => `Validation failed in TransactStatements[0]: ${message}`;
  test.each([
    [[`SELECT * FROM tab WHERE pk = 'a'`], at('Select statements within ExecuteTransaction must specify the primary key in the where clause.')],
    [[`SELECT * FROM tab WHERE ${of} AND flag = 1`], at('Select statements within ExecuteTransaction must specify the primary key in the where clause.')],
    [[`SELECT * FROM tab WHERE ${of} AND pk = 'c'`], at('Select statements within ExecuteTransaction must specify the primary key in the where clause.')],
    [[`SELECT * FROM tab.idx WHERE ${of}`], at('Reads on indices are not supported within transactions.')],
    [[`EXISTS(SELECT * FROM tab WHERE ${of})`, `DELETE FROM tab WHERE ${of}`], at('EXISTS() must contain a single item read with additional condition')],
    [[`EXISTS(SELECT * FROM tab WHERE x = 1)`], at('EXISTS() must contain a single item read with additional condition')],
    [[`DELETE FROM tab WHERE ${of} RETURNING ALL OLD *`], at('RETURNING clause is not supported in ExecuteTransaction.')],
    [['SELECT * FROM tab WHERE'], at("Statement wasn't well formed, can't be processed: Unexpected term")],
    [[`UPDATE tab SET a = 1 WHERE pk = 'a'`], at('Where clause does not contain a mandatory equality on all key attributes')],
    [[`SELECT * FROM tab WHERE ${of}`, `DELETE FROM tab WHERE ${of}`], 'ExecuteTransaction API does not support both read and write operations in the same request.'],
  ])('%j is refused', (statements, message) => {
    expect(refusal(() => plan(statements))).toBe(message);
  });

  test('parameters are judged before the statements', () => {
    expect(refusal(() => parseExecuteTransaction({TransactStatements: [{Statement: 'nonsense'}, {Statement: 'nonsense', Parameters: [{SS: ['a', 'a']}]}]})))
      .toBe('One or more parameter values were invalid: Input collection [a, a] contains duplicates.');
  });
});
