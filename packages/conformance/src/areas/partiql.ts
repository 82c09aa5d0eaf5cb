import type {Area, ConformanceCase, Step} from '../conformance-case.js';
import {fails, gives, has, invalid, proves, put, unserializable, until} from '../conformance-case.js';
import type {Json} from '../json.js';
import {Matcher, absent, anyOrder, anyPositive, including} from '../json.js';
import {HASH, INDEXED, MISSING, NUMBERS, RANGE, VIEWS} from '../suite-tables.js';

const RULE = '3.2 PartiQL';
const NOT_WELL_FORMED = "Statement wasn't well formed, can't be processed: ";
const anyText = new Matcher('any text', (value) => typeof value === 'string' && value.length > 0);

const table = (name: string): string => `"${name}"`;
const key = (name: string): string => `pk = 'partiql-${name}'`;
const pk = (name: string): {readonly [member: string]: Json} => ({pk: {S: `partiql-${name}`}});
const ranged = (name: string, sk: string): {readonly [member: string]: Json} => ({pk: {S: `partiql-${name}`}, sk: {S: sk}});

/** A statement with its items. Reads follow writes, so they are consistent. */
const run = (Statement: string, Items: Json, ...Parameters: readonly Json[]): Step =>
  gives('ExecuteStatement', {Statement, ...(Statement.startsWith('SELECT') && !Statement.includes('.global') ? {ConsistentRead: true} : {}), ...(Parameters.length === 0 ? {} : {Parameters})}, {Items});
const refuse = (Statement: string, message: string | Matcher | undefined, ...Parameters: readonly Json[]): Step =>
  invalid('ExecuteStatement', {Statement, ...(Parameters.length === 0 ? {} : {Parameters})}, message);
const select = (name: string, rest = ''): string => `SELECT * FROM ${table(HASH)} WHERE ${key(name)}${rest}`;
const insert = (name: string, rest = ''): string => `INSERT INTO ${table(HASH)} VALUE {'pk': 'partiql-${name}'${rest}}`;
const update = (name: string, change: string, rest = ''): string => `UPDATE ${table(HASH)} ${change} WHERE ${key(name)}${rest}`;
const remove = (name: string, rest = ''): string => `DELETE FROM ${table(HASH)} WHERE ${key(name)}${rest}`;
const stored = (name: string, attributes: {readonly [member: string]: Json}): Step => put({TableName: HASH, Item: {...pk(name), ...attributes}});
const holds = (name: string, attributes: {readonly [member: string]: Json}): Step =>
  gives('GetItem', {TableName: HASH, Key: pk(name), ConsistentRead: true}, {Item: {...pk(name), ...attributes}});
const isGone = (name: string): Step => gives('GetItem', {TableName: HASH, Key: pk(name), ConsistentRead: true}, {});
const rows = (name: string, ...sks: readonly string[]): readonly Step[] => sks.map((sk) => put({TableName: RANGE, Item: {...ranged(name, sk), n: {N: String(sks.indexOf(sk))}}}));
const sks = (...values: readonly string[]): Json => values.map((sk) => ({sk: {S: sk}}));

const condition = (name: string, text: string, found: readonly string[]): ConformanceCase => proves(RULE, `where: ${text}`,
  put({TableName: RANGE, Item: {...ranged(name, '1'), text: {S: 'hello'}, tags: {SS: ['a', 'b']}, nul: {NULL: true}, list: {L: [{S: 'x'}]}, map: {M: {deep: {N: '5'}}}}}),
  put({TableName: RANGE, Item: {...ranged(name, '2'), n: {N: '5'}, flag: {BOOL: true}, bytes: {B: 'AAEC'}}}),
  run(`SELECT sk FROM ${table(RANGE)} WHERE ${key(name)} AND (${text})`, sks(...found)));

const CONDITIONS: readonly (readonly [text: string, found: readonly string[]])[] = [
  ['n = 5', ['2']], ['n <> 5', ['1']], ['n != 6', ['1', '2']], ['5 >= n', ['2']], ['n BETWEEN 4 AND 6', ['2']], ['n NOT BETWEEN 4 AND 6', ['1']], ['n IN [1, 5]', ['2']], ['n IN (6, 7)', []],
  ['flag = true', ['2']], ['flag IS BOOL', ['2']], ['text IS STRING', ['1']], ['text IS BOOL', []], ['attribute_exists(n) = true', ['2']], ['n = .5e1', ['2']], ['nul IS NULL', ['1']], ['nul IS NOT NULL', ['2']], ['absent IS NULL', []], ['n IS MISSING', ['1']], ['n IS NOT MISSING', ['2']],
  [`begins_with(text, 'hel')`, ['1']], [`NOT begins_with(text, 'hel')`, ['2']], [`contains(text, 'ell')`, ['1']], [`contains(tags, 'a')`, ['1']], [`contains(list, 'x')`, ['1']],
  [`attribute_type(n, 'N')`, ['2']], [`attribute_type("text", 'S')`, ['1']], ['attribute_exists(tags)', ['1']], ['attribute_not_exists(tags)', ['2']],
  ['size(text) = 5', ['1']], ['SIZE(bytes) < 4', ['2']], ['map.deep = 5', ['1']], [`list[0] = 'x'`, ['1']], [`tags = <<'b', 'a'>>`, ['1']], [`list = ['x']`, ['1']], [`map = {'deep': 5}`, ['1']],
  [`n = 5 OR text = 'hello'`, ['1', '2']], [`(n = 5 OR text = 'hello') AND NOT flag = true`, ['1']], [`text >= 'hello' AND text < 'help'`, ['1']], [`sk = '2'`, ['2']], [`sk > '1' AND sk < '3'`, ['2']],
  [`sk IN ['1', '9']`, ['1']], [`NOT sk = '1'`, ['2']],
];

const SYNTAX: readonly (readonly [statement: string, message: string])[] = [
  [`SLECT * FROM ${table(HASH)}`, `${NOT_WELL_FORMED}Expected data manipulation`], [`UPDATE Payment-x SET a = 1`, `${NOT_WELL_FORMED}Expected data manipulation`],
  [`${select('s')} foo`, `${NOT_WELL_FORMED}Unexpected token after expression`], [`${select('s')} e5`, `${NOT_WELL_FORMED}Unexpected token after expression`], [`${select('s')})`, `${NOT_WELL_FORMED}Unexpected token after expression`],
  [`${insert('s')} foo`, `${NOT_WELL_FORMED}Unexpected token after expression`], [`${update('s', 'SET a = 9')} foo`, `${NOT_WELL_FORMED}Unexpected token after expression`],
  [`${remove('s')} ORDER BY pk`, `${NOT_WELL_FORMED}Unexpected token after expression`], [`SELECT * FROM ${table(HASH)} ORDER BY pk WHERE pk = 'x'`, `${NOT_WELL_FORMED}Unexpected token after expression`],
  [`SELECT * FROM ${table(NUMBERS)} WHERE pk = 1e2147483648`, NOT_WELL_FORMED], [`${select('s')} # note`, NOT_WELL_FORMED], [`${select('s')} /* note`, NOT_WELL_FORMED],
  [`SELECT * FROM ${table(HASH)} t WHERE pk = 'x'`, 'Aliasing is not supported'], [`SELECT * FROM ${table(HASH)} AS t`, 'Aliasing is not supported'], [`UPDATE ${table(HASH)} t SET a = 3 WHERE pk = 'x'`, 'Aliasing is not supported'],
  [`SELECT * FROM ${table(HASH)} WHERE`, `${NOT_WELL_FORMED}Unexpected term`], [`SELECT * FROM ${table(HASH)} WHERE NOT`, `${NOT_WELL_FORMED}Unexpected term`], [`SELECT * FROM ${table(HASH)} WHERE (`, `${NOT_WELL_FORMED}Unexpected term`],
  [`${select('s')} AND`, `${NOT_WELL_FORMED}Missing right-hand side expression of infix operator`], [`SELECT * FROM ${table(HASH)} WHERE ORDER BY pk`, `${NOT_WELL_FORMED}Unexpected keyword`],
  [`SELECT * FROM ${table(HASH)} WHERE IS NULL`, `${NOT_WELL_FORMED}Unexpected operator`], [`SELECT * FROM ${table(HASH)} WHERE pk = LIKE`, `${NOT_WELL_FORMED}Unexpected operator`],
  [`${select('s')} AND x IS FOO`, `${NOT_WELL_FORMED}Expected type name`], ['DELETE FROM', `${NOT_WELL_FORMED}Expected identifier for simple path`], ['SELECT * FROM', `${NOT_WELL_FORMED}Unexpected term`],
  [`FROM ${table(HASH)} SET c = 1 WHERE pk = 'x'`, `${NOT_WELL_FORMED}Unexpected token after expression`],
  [`SELECT * FROM ${table(INDEXED)}.local.extra WHERE pk = 'p'`, 'A path may contain at most 2 components in the FROM clause'], [`SELECT * FROM ${table(INDEXED)}."" WHERE pk = 'p'`, 'Path component cannot be an empty string'],
  [`SELECT * FROM "" WHERE pk = 'p'`, 'Path component cannot be an empty string'],
  [`SELECT * FROM ${table(NUMBERS)} WHERE pk = 1e126`, 'Number overflow. Attempting to store a number with magnitude larger than supported range under root'],
  [`INSERT INTO ${table(NUMBERS)} VALUE {'pk': 1, 'm': {'x': 1e-131}}`, 'Number underflow. Attempting to store a number with magnitude smaller than supported range under root.x'],
  [`INSERT INTO ${table(NUMBERS)} VALUE {'pk': 1, 'l': [1, 123456789012345678901234567890123456789]}`, 'Attempting to store more than 38 significant digits in a Number under root[1]'],
  [insert('s', `, 's': <<>>`), 'Empty bags are not supported'], [insert('s', `, 's': <<1, 'a'>>`), 'Unsupported data type in Bag. DynamoDB only supports either numbers or strings in bags'],
  [insert('s', `, 's': <<'a', 'a'>>`), 'One or more parameter values were invalid: Input collection [a, a] contains duplicates.'],
  [update('s', 'SET n = <<2, 2.0>>'), 'One or more parameter values were invalid: Input collection [2, 2.0] contains duplicates! under root'],
  [select('s', ' AND x = ?'), "Number of parameters in request and statement don't match."],
  [select('s', ` AND attribute_exists('x')`), 'Operator or function requires a document path; operator or function: attribute_exists'],
  [select('s', ' AND attribute_exists()'), 'Incorrect number of operands for operator or function; operator or function: attribute_exists, number of operands: 0'],
  [select('s', ` AND attribute_type(x, 'X')`), 'Invalid attribute type name found; type: X, valid types: {N,BS,L,B,NULL,M,S,SS,NS,BOOL}'],
  [select('s', ' AND attribute_type(x, true)'), 'Incorrect operand type for operator or function; operator or function: attribute_type, operand type: BOOL'],
  [select('s', ' AND x < true'), 'Incorrect operand type for operator or function; operator or function: <, operand type: BOOL'],
  [select('s', ' AND EXISTS(x)'), `Unrecognized function: exists at 1:${select('s', ' AND ').length + 1}:6`],
  [`SELECT attribute_exists(x) FROM ${table(HASH)} WHERE pk = 'x'`, 'Unexpected path component at 1:8:16'], [`SELECT l[-1] FROM ${table(HASH)} WHERE pk = 'x'`, 'List index is not within the allowable range; index: [-1] at 1:11:1'],
  [insert('s', `, 'x': set_add(<<'a'>>, <<'b'>>)`), `Unsupported data type: set_add under key root at 1:${insert('s', `, 'x': `).length}:7`],
  [update('s', 'SET t = set_add(x, <<\'a\'>>)'), `The first argument to SET_ADD must equal the assignment value at 1:${`UPDATE ${table(HASH)} SET t = `.length + 1}:7`],
  [update('s', 'SET x = set_add(x, \'a\')'), `The second argument to SET_ADD must be a value with type SET at 1:${`UPDATE ${table(HASH)} SET x = set_add(`.length + 1}:1`],
  [update('s', 'SET x = set_delete(x)'), `SET_DELETE must have exactly two arguments at 1:${`UPDATE ${table(HASH)} SET x = `.length + 1}:10`],
  [`EXISTS(SELECT * FROM ${table(HASH)} WHERE pk = 'x' AND a = 1)`, 'EXISTS can only be used in ExecuteTransaction write requests.'],
];

const batch = (...statements: readonly (string | {readonly [member: string]: Json})[]): {readonly [member: string]: Json} => ({Statements: statements.map((each) => (typeof each === 'string' ? {Statement: each} : each))});
const transaction = (...statements: readonly (string | {readonly [member: string]: Json})[]): {readonly [member: string]: Json} => ({TransactStatements: statements.map((each) => (typeof each === 'string' ? {Statement: each} : each))});
const exists = (name: string, rest: string): string => `EXISTS(${select(name, rest)})`;
const error = (Code: string, Message: string, TableName?: string): Json => ({Error: {Code, Message}, ...(TableName === undefined ? {} : {TableName})});

export const PARTIQL: Area = {
  name: 'partiql',
  title: 'ExecuteStatement, BatchExecuteStatement and ExecuteTransaction',
  cases: [
    proves(RULE, 'insert: literals of every kind',
      run(insert('insert', `, 's': 'it''s', 'n': 1E3, 'neg': -1.5e-3, 'zero': -0, 't': true, 'nul': null, 'l': [1, ['x'], {}], 'm': {'a': {'b': 2.50}}, 'ss': <<'a', 'b'>>, 'ns': <<1, 34, 4.5>>`), []),
      holds('insert', {
        s: {S: "it's"}, n: {N: '1000'}, neg: {N: '-0.0015'}, zero: {N: '0'}, t: {BOOL: true}, nul: {NULL: true}, l: {L: [{N: '1'}, {L: [{S: 'x'}]}, {M: {}}]}, m: {M: {a: {M: {b: {N: '2.5'}}}}},
        ss: {SS: ['a', 'b']}, ns: {NS: ['1', '34', '4.5']},
      })),
    proves(RULE, 'insert: parameters', run(`INSERT INTO ${table(HASH)} value {'pk': ?, 'b': ?, 'deep': [{'x': ?}]}`, [], {S: 'partiql-parameters'}, {B: 'AAE='}, {BS: ['AA==']}),
      holds('parameters', {b: {B: 'AAE='}, deep: {L: [{M: {x: {BS: ['AA==']}}}]}})),
    proves(RULE, 'insert: of an item that is there is refused and leaves it', run(insert('twice', `, 'v': 1`), []),
      fails('ExecuteStatement', {Statement: insert('twice', `, 'v': 2`)}, 'DuplicateItemException', 'Duplicate primary key exists in table'), holds('twice', {v: {N: '1'}}),
      run(remove('twice'), []), run(insert('twice', `, 'v': 3`), []), holds('twice', {v: {N: '3'}})),
    proves(RULE, 'insert: without the key', refuse(`INSERT INTO ${table(HASH)} VALUE {'a': 1}`, undefined)),
    proves(RULE, 'insert: with a key of another type', refuse(`INSERT INTO ${table(HASH)} VALUE {'pk': 1}`, undefined)),
    proves(RULE, 'insert: into an index', refuse(`INSERT INTO ${table(INDEXED)}.local VALUE {'pk': 'x', 'sk': 'x'}`, undefined)),

    proves(RULE, 'select: one item by its key', stored('one', {a: {N: '1'}}), gives('ExecuteStatement', {Statement: select('one'), ConsistentRead: true}, {Items: [{...pk('one'), a: {N: '1'}}]}), run(select('none'), [])),
    proves(RULE, 'select: one item whatever the limit, and nothing goes on', stored('limit', {}), gives('ExecuteStatement', {Statement: select('limit'), Limit: 1, ConsistentRead: true}, {Items: [pk('limit')]})),
    proves(RULE, 'select: attributes and document paths, by their last names', stored('paths', {m: {M: {a: {M: {b: {S: 'deep'}}}}}, l: {L: [{S: 'x'}, {S: 'y'}]}, e: {S: 'no'}}),
      run(`SELECT pk, l[1], m.a.b, absent FROM ${table(HASH)} WHERE ${key('paths')}`, [{...pk('paths'), 'l[1]': {S: 'y'}, b: {S: 'deep'}}]),
      run(`SELECT m.a FROM ${table(HASH)} WHERE ${key('paths')}`, [{a: {M: {b: {S: 'deep'}}}}]), run(`SELECT l[-0] FROM ${table(HASH)} WHERE ${key('paths')}`, [{'l[0]': {S: 'x'}}])),
    proves(RULE, 'select: comments and a semicolon', stored('comments', {note: {S: 'a--b /*c*/'}}),
      run(`SELECT/**/note FROM ${table(HASH)} -- the table\nWHERE pk/* key */='partiql-comments' AND note = 'a--b /*c*/'; --`, [{note: {S: 'a--b /*c*/'}}])),
    proves(RULE, 'select: items of a partition key, in the order of the sort key', ...rows('order', 'a', 'b', 'c'),
      run(`SELECT sk FROM ${table(RANGE)} WHERE ${key('order')}`, sks('a', 'b', 'c')), run(`SELECT sk FROM ${table(RANGE)} WHERE ${key('order')} ORDER BY sk`, sks('a', 'b', 'c')),
      run(`SELECT sk FROM ${table(RANGE)} WHERE ${key('order')} ORDER BY sk DESC`, sks('c', 'b', 'a')), run(`SELECT sk FROM ${table(RANGE)} WHERE ${key('order')} ORDER BY pk ASC`, sks('c', 'b', 'a')),
      run(`SELECT sk FROM ${table(RANGE)} WHERE ${key('order')} AND sk BETWEEN 'b' AND 'z'`, sks('b', 'c')), run(`SELECT sk FROM ${table(RANGE)} WHERE begins_with(sk, 'b') AND ${key('order')}`, sks('b'))),
    proves(RULE, 'select: several partition keys', ...rows('in-1', '1', '2'), ...rows('in-2', '1', '2'),
      run(`SELECT sk FROM ${table(RANGE)} WHERE pk IN ['partiql-in-1', 'partiql-in-2'] ORDER BY pk DESC, sk ASC`, sks('1', '2', '1', '2')),
      run(`SELECT sk FROM ${table(RANGE)} WHERE pk IN ['partiql-in-1', 'partiql-in-2'] AND n = 1`, sks('2', '2')),
      run(`SELECT n FROM ${table(RANGE)} WHERE ${key('in-1')} OR ${key('in-2')}`, anyOrder([{n: {N: '0'}}, {n: {N: '1'}}, {n: {N: '0'}}, {n: {N: '1'}}]))),
    proves(RULE, 'select: without the partition key scans', stored('scan-1', {scanned: {S: 'partiql'}}), stored('scan-2', {scanned: {S: 'partiql'}}),
      // Other cases leave items in this table: what a page finds of these two depends on how much it read before.
      {
        kind: 'sdk', operation: 'ExecuteStatement', expected: {found: ['partiql-scan-1', 'partiql-scan-2']},
        run: async (client) => {
          const {ExecuteStatementCommand} = await import('@aws-sdk/client-dynamodb');
          const found: string[] = [];
          let NextToken: string | undefined;
          do {
            const page = await client.send(new ExecuteStatementCommand({Statement: `SELECT pk FROM ${table(HASH)} WHERE scanned = 'partiql'`, ConsistentRead: true, NextToken}));
            found.push(...(page.Items ?? []).map((item) => item['pk']?.S ?? ''));
            ({NextToken} = page);
          } while (NextToken !== undefined);
          return {found: found.sort()};
        },
      }),
    ...CONDITIONS.map(([text, found], i) => condition(`where-${i}`, text, found)),
    proves(RULE, 'select: branches that name one partition key', ...rows('branches', '1', '2', '3'),
      ...([
        [`${key('branches')} AND NOT sk = '1' OR ${key('branches')} AND sk = '2'`, ['2', '3']], [`${key('branches')} AND sk <> '1' OR ${key('branches')} AND sk = '2'`, ['2', '3']],
        [`${key('branches')} AND NOT sk IN ['1', '3'] OR ${key('branches')} AND sk = '2'`, ['2']], [`${key('branches')} OR ${key('branches')} AND NOT sk = '1'`, ['1', '2', '3']],
      ] as const).map(([text, found]) => run(`SELECT sk FROM ${table(RANGE)} WHERE ${text}`, anyOrder(found.map((sk) => ({sk: {S: sk}})))))),
    proves(RULE, 'select: order without a condition', refuse(`SELECT * FROM ${table(RANGE)} ORDER BY sk`, 'Must have WHERE clause in the statement when using ORDER BY clause.')),
    proves(RULE, 'select: order by another attribute', refuse(`SELECT * FROM ${table(RANGE)} WHERE pk = 'o' ORDER BY Total DESC`, 'Attribute Total in ORDER BY clause must be part of the primary key')),
    proves(RULE, 'select: order of a scan', refuse(`SELECT * FROM ${table(RANGE)} WHERE pk > 'a' ORDER BY sk`, 'Must have at least one non-optional hash key condition in WHERE clause when using ORDER BY clause.')),
    proves(RULE, 'select: order of several keys by the sort key', refuse(`SELECT * FROM ${table(RANGE)} WHERE pk IN ['o', 'p'] ORDER BY sk`,
      'Must have hash key in ORDER BY clause when more than one hash key condition specified in WHERE clause.')),
    proves(RULE, 'select: from a table that is not there', fails('ExecuteStatement', {Statement: `SELECT * FROM ${table(MISSING)} WHERE pk = 'x'`}, 'ResourceNotFoundException', 'Requested resource not found')),
    proves(RULE, 'select: consumed capacity', stored('capacity', {}),
      has('ExecuteStatement', {Statement: select('capacity'), ReturnConsumedCapacity: 'TOTAL'}, {ConsumedCapacity: including({TableName: HASH, CapacityUnits: anyPositive})}),
      has('ExecuteStatement', {Statement: update('capacity', 'SET a = 1'), ReturnConsumedCapacity: 'INDEXES'}, {ConsumedCapacity: {TableName: HASH, CapacityUnits: 1, Table: {CapacityUnits: 1}}})),

    proves(RULE, 'local index: query, order and attributes that it does not hold',
      ...[['1', 'z'], ['2', 'y'], ['3', 'x']].map(([sk, i]) => put({TableName: VIEWS, Item: {...ranged('local', String(sk)), i: {S: String(i)}, x: {S: `x${sk}`}, other: {S: `o${sk}`}}})),
      run(`SELECT sk FROM ${table(VIEWS)}.some WHERE ${key('local')} AND i > 'x'`, sks('2', '1')), run(`SELECT sk FROM ${table(VIEWS)}."some" WHERE ${key('local')} ORDER BY i DESC`, sks('1', '2', '3')),
      run(`SELECT * FROM ${table(VIEWS)}.some WHERE ${key('local')} AND i = 'z'`, [{...ranged('local', '1'), i: {S: 'z'}, x: {S: 'x1'}}]),
      run(`SELECT other FROM ${table(VIEWS)}.some WHERE ${key('local')} AND i = 'z'`, [{other: {S: 'o1'}}]),
      refuse(`SELECT sk FROM ${table(VIEWS)}.some WHERE ${key('local')} AND other = 'o1'`, 'One or more parameter values were invalid: Secondary index some does not project one or more filter attributes: [other]')),
    proves(RULE, 'index: one that is not there', refuse(`SELECT * FROM ${table(INDEXED)}.none WHERE pk = 'p'`, 'The table does not have the specified index'),
      refuse(`SELECT * FROM ${table(INDEXED)}.${table(INDEXED)} WHERE pk = 'p'`, 'The table does not have the specified index')),
    proves(RULE, 'global index: query, scan and what it does not hold',
      ...['1', '2'].map((sk) => put({TableName: INDEXED, Item: {...ranged('global', sk), lk: {S: 'x'}, gk: {N: '7331'}, a: {S: `a${sk}`}, other: {S: 'o'}}})),
      until('ExecuteStatement', {Statement: `SELECT a FROM ${table(INDEXED)}."global" WHERE gk = 7331`}, {Items: anyOrder([{a: {S: 'a1'}}, {a: {S: 'a2'}}])}),
      // Each eventual read may come to another replica.
      until('ExecuteStatement', {Statement: `SELECT * FROM ${table(INDEXED)}.global WHERE gk IN [7331, 7332] AND a = 'a2'`}, {Items: [{...ranged('global', '2'), gk: {N: '7331'}, a: {S: 'a2'}}]}),
      until('ExecuteStatement', {Statement: `SELECT sk FROM ${table(INDEXED)}.global WHERE pk = 'partiql-global' AND sk < '2'`}, {Items: sks('1')}),
      until('ExecuteStatement', {Statement: `SELECT sk FROM ${table(INDEXED)}.global WHERE gk = 7331`, Limit: 1, ReturnConsumedCapacity: 'INDEXES'}, {
        NextToken: anyText, LastEvaluatedKey: including({gk: {N: '7331'}, pk: {S: 'partiql-global'}}), ConsumedCapacity: including({GlobalSecondaryIndexes: {global: {CapacityUnits: 0.5}}}),
      })),
    proves(RULE, 'global index: a consistent read', invalid('ExecuteStatement', {Statement: `SELECT * FROM ${table(INDEXED)}.global WHERE gk = 1`, ConsistentRead: true}, 'Strongly consistent read is not supported on Global Secondary Indexes')),
    proves(RULE, 'global index: what it does not hold', refuse(`SELECT zdrop, adrop FROM ${table(INDEXED)}.global WHERE gk = 1`, 'One or more parameter values were invalid: Global secondary index global does not project [zdrop, adrop]'),
      refuse(`SELECT pk FROM ${table(INDEXED)}.global WHERE gk = 1 AND NOT (zz = 1 OR a = 'x')`, 'One or more parameter values were invalid: Secondary index global does not project one or more filter attributes: [zz]')),

    proves(RULE, 'pages: a limit, and the token that goes on', {
      kind: 'sdk', operation: 'ExecuteStatement', expected: {sizes: [2, 2, 1], found: ['a', 'b', 'c', 'd', 'e'], lastKey: ranged('pages', 'b')},
      run: async (client) => {
        const {ExecuteStatementCommand, PutItemCommand} = await import('@aws-sdk/client-dynamodb');
        for (const sk of ['a', 'b', 'c', 'd', 'e']) await client.send(new PutItemCommand({TableName: RANGE, Item: ranged('pages', sk) as never}));
        const sizes: number[] = [];
        const found: unknown[] = [];
        let lastKey: unknown;
        let NextToken: string | undefined;
        do {
          const page = await client.send(new ExecuteStatementCommand({Statement: `SELECT sk FROM ${table(RANGE)} WHERE ${key('pages')}`, Limit: 2, ConsistentRead: true, NextToken}));
          sizes.push(page.Items?.length ?? -1);
          found.push(...(page.Items ?? []).map((item) => item['sk']?.S));
          lastKey ??= page.LastEvaluatedKey;
          ({NextToken} = page);
        } while (NextToken !== undefined);
        return {sizes, found, lastKey};
      },
    }),
    proves(RULE, 'pages: a token belongs to its statement and its parameters', {
      kind: 'sdk', operation: 'ExecuteStatement', expected: {own: 2, refusals: Array.from({length: 3}, () => 'ValidationException: NextToken does not match request')},
      run: async (client) => {
        const {ExecuteStatementCommand, PutItemCommand} = await import('@aws-sdk/client-dynamodb');
        for (const sk of ['a', 'b', 'c']) await client.send(new PutItemCommand({TableName: RANGE, Item: ranged('token', sk) as never}));
        const Statement = `SELECT * FROM ${table(RANGE)} WHERE pk = ?`;
        const Parameters = [{S: 'partiql-token'}];
        const {NextToken} = await client.send(new ExecuteStatementCommand({Statement, Parameters, Limit: 1, ConsistentRead: true}));
        const refusal = (input: object): Promise<string> => client.send(new ExecuteStatementCommand({Statement, Parameters, NextToken, ...input}))
          .then(() => 'none', (failure: unknown) => (failure instanceof Error ? `${failure.name}: ${failure.message}` : 'no error'));
        const refusals = [await refusal({Statement: `SELECT pk FROM ${table(RANGE)} WHERE pk = ?`}), await refusal({Parameters: [{S: 'other'}]}), await refusal({Statement: `SELECT * FROM ${table(NUMBERS)}`, Parameters: undefined})];
        const own = await client.send(new ExecuteStatementCommand({Statement, Parameters, NextToken, Limit: 5, ConsistentRead: true}));
        return {own: own.Items?.length, refusals};
      },
    }),
    proves(RULE, 'pages: a token that is none', invalid('ExecuteStatement', {Statement: select('x'), NextToken: 'none'}, undefined)),

    proves(RULE, 'update: sets, functions and removals in one statement', stored('update', {n: {N: '1'}, l: {L: [{N: '1'}, {N: '2'}]}, ss: {SS: ['a', 'b']}, ns: {NS: ['1', '2']}, m: {M: {x: {N: '1'}}}, old: {N: '1'}}),
      run(update('update', `SET n=n-1, m.y = [2020, 'z', 2.4] SET l = LIST_APPEND(l, [4, <<'s'>>]) SET ss = set_add(ss, <<'c'>>) SET ns = SET_DELETE(ns, <<2>>) SET fresh = if_not_exists(fresh, 7) REMOVE old, m.x`), []),
      holds('update', {n: {N: '0'}, l: {L: [{N: '1'}, {N: '2'}, {N: '4'}, {SS: ['s']}]}, ss: {SS: ['a', 'b', 'c']}, ns: {NS: ['1']}, m: {M: {y: {L: [{N: '2020'}, {S: 'z'}, {N: '2.4'}]}}}, fresh: {N: '7'}})),
    proves(RULE, 'update: a set that becomes empty is gone, and one that was not there begins', stored('sets', {only: {SS: ['x']}}), run(update('sets', `SET only = set_delete(only, <<'x'>>), begun = set_add(begun, <<1>>)`), []), holds('sets', {begun: {NS: ['1']}})),
    proves(RULE, 'update: of an item that is not there', fails('ExecuteStatement', {Statement: update('ghost', 'SET a = 1')}, 'ConditionalCheckFailedException', 'The conditional request failed'), isGone('ghost')),
    proves(RULE, 'update: a condition that holds, and one that does not', stored('condition', {a: {N: '1'}}), run(update('condition', 'SET a = 2', ' AND a = 1'), []),
      fails('ExecuteStatement', {Statement: update('condition', 'SET a = 3', ' AND a = 1')}, 'ConditionalCheckFailedException', 'The conditional request failed', {Item: absent}),
      fails('ExecuteStatement', {Statement: update('condition', 'SET a = 3', ' AND (a = 1 OR b = 1)'), ReturnValuesOnConditionCheckFailure: 'ALL_OLD'}, 'ConditionalCheckFailedException', 'The conditional request failed', {Item: {...pk('condition'), a: {N: '2'}}}),
      holds('condition', {a: {N: '2'}})),
    proves(RULE, 'update: the key in parentheses', put({TableName: RANGE, Item: ranged('grouped', '1')}), run(`UPDATE ${table(RANGE)} SET a = 2 WHERE (${key('grouped')} AND sk = '1') AND a IS MISSING`, [])),
    proves(RULE, 'update: the table first', stored('from', {}), run(`FROM ${table(HASH)} WHERE ${key('from')} SET c = 1`, []), holds('from', {c: {N: '1'}})),
    ...([
      [`UPDATE ${table(HASH)} SET a = 1 WHERE name = 'x'`], [`UPDATE ${table(HASH)} SET a = 1`], [`UPDATE ${table(RANGE)} SET a = 1 WHERE pk = 'x'`], [`FROM ${table(HASH)} REMOVE a`], [`DELETE FROM ${table(HASH)} WHERE name = 'x'`], [`DELETE FROM ${table(HASH)}`],
      [`DELETE FROM ${table(RANGE)} WHERE pk = 'x' AND sk > 'y'`], [`UPDATE ${table(HASH)} SET a = 1 WHERE pk = 'x' OR a = 1`],
    ] as const).map(([statement]) => proves(RULE, `key: ${statement}`, refuse(statement, 'Where clause does not contain a mandatory equality on all key attributes'))),
    proves(RULE, 'update: what does not fit the item', stored('unfit', {s: {S: 'x'}, ss: {SS: ['a']}}),
      refuse(update('unfit', 'SET a = b'), 'The provided expression refers to an attribute that does not exist in the item'), refuse(update('unfit', `SET list[0] = 'x'`), 'The document path provided in the update expression is invalid for update'),
      refuse(update('unfit', `SET s = set_add(s, <<'x'>>)`), 'An operand in the update expression has an incorrect data type'), refuse(update('unfit', 'SET ss = set_add(ss, <<1>>)'), 'An operand in the update expression has an incorrect data type'),
      refuse(update('unfit', 'SET ss = set_delete(ss, <<1>>)'), 'An operand in the update expression has an incorrect data type'), refuse(update('unfit', 'SET x = list_append(x, [1])'), 'The provided expression refers to an attribute that does not exist in the item'),
      holds('unfit', {s: {S: 'x'}, ss: {SS: ['a']}})),
    proves(RULE, 'update: the key itself', stored('itself', {}), refuse(update('itself', `SET pk = 'x'`), undefined)),
    ...([
      ['SET a = 2', 'ALL OLD', [{...pk('returning'), a: {N: '1'}, l: {L: [{S: 'a'}, {S: 'b'}, {S: 'c'}]}, m: {M: {x: {N: '1'}, y: {N: '2'}}}}]], ['SET a = 2', 'MODIFIED OLD', [{a: {N: '1'}}]], ['SET a = 2', 'MODIFIED NEW', [{a: {N: '2'}}]],
      ['REMOVE a', 'ALL NEW', [{...pk('returning'), l: {L: [{S: 'a'}, {S: 'b'}, {S: 'c'}]}, m: {M: {x: {N: '1'}, y: {N: '2'}}}}]], ['REMOVE a', 'MODIFIED NEW', []], ['REMOVE a', 'MODIFIED OLD', [{a: {N: '1'}}]],
      ['SET fresh = 1', 'MODIFIED OLD', []], ['SET m.x = 7', 'MODIFIED NEW', [{m: {M: {x: {N: '7'}}}}]], [`SET l[2] = 'y', l[0] = 'x'`, 'MODIFIED NEW', [{l: {L: [{S: 'x'}, {S: 'y'}]}}]],
      [`SET l[2] = 'y', l[0] = 'x'`, 'MODIFIED OLD', [{l: {L: [{S: 'a'}, {S: 'c'}]}}]], [`SET l[9] = 'z'`, 'MODIFIED NEW', []], [`SET l[3] = 'z'`, 'MODIFIED NEW', [{l: {L: [{S: 'z'}]}}]],
      ['REMOVE l[1]', 'MODIFIED OLD', [{l: {L: [{S: 'b'}]}}]], ['REMOVE l[1]', 'MODIFIED NEW', [{l: {L: [{S: 'c'}]}}]], ['REMOVE l[2]', 'MODIFIED NEW', []],
    ] as const).map(([change, returning, items]) => proves(RULE, `returning: ${change} RETURNING ${returning} *`,
      stored('returning', {a: {N: '1'}, l: {L: [{S: 'a'}, {S: 'b'}, {S: 'c'}]}, m: {M: {x: {N: '1'}, y: {N: '2'}}}}), run(update('returning', change, ` RETURNING ${returning} *`), items as Json))),

    proves(RULE, 'delete: an item, and what it was', stored('delete', {a: {N: '1'}}), run(remove('delete', ' RETURNING ALL OLD *'), [{...pk('delete'), a: {N: '1'}}]), isGone('delete'), run(remove('delete', ' RETURNING ALL OLD *'), [])),
    proves(RULE, 'delete: of nothing, whatever else it asks', run(remove('nothing'), []), run(remove('nothing', ` AND "name" = 'x'`), [])),
    proves(RULE, 'delete: conditions', stored('delete-if', {name: {S: 'alpha'}}),
      fails('ExecuteStatement', {Statement: remove('delete-if', ` AND "name" = 'beta'`)}, 'ConditionalCheckFailedException', 'The conditional request failed'),
      fails('ExecuteStatement', {Statement: remove('delete-if', ` AND NOT begins_with("name", 'al')`)}, 'ConditionalCheckFailedException', 'The conditional request failed'),
      holds('delete-if', {name: {S: 'alpha'}}), run(remove('delete-if', ` AND NOT begins_with("name", 'zz')`), []), isGone('delete-if')),
    ...['MODIFIED OLD', 'ALL NEW', 'MODIFIED NEW'].map((returning) => proves(RULE, `delete: returning ${returning}`,
      refuse(remove('x', ` RETURNING ${returning} *`), `Invalid returning clause: RETURNING ${returning} *. Only RETURNING ALL OLD * is allowed in DELETE statements.`))),

    ...SYNTAX.map(([statement, message]) => proves(RULE, `refused: ${statement}`, refuse(statement, message))),
    proves(RULE, 'refused: a parameter before the statement is read', invalid('ExecuteStatement', {Statement: 'nonsense', Parameters: [{SS: ['a', 'a']}]}, 'One or more parameter values were invalid: Input collection [a, a] contains duplicates.'),
      invalid('ExecuteStatement', {Statement: 'nonsense', Parameters: [{NULL: false}]}, 'One or more parameter values were invalid: Null attribute value types must have the value of true')),
    proves('6 Constraints', 'constraints of ExecuteStatement',
      invalid('ExecuteStatement', {}, "1 validation error detected: Value null at 'statement' failed to satisfy constraint: Member must not be null"),
      invalid('ExecuteStatement', {Statement: ''}, "1 validation error detected: Value '' at 'statement' failed to satisfy constraint: Member must have length greater than or equal to 1"),
      invalid('ExecuteStatement', {Statement: 'x'.repeat(8193)}, new Matcher('too long', (value) => typeof value === 'string' && value.endsWith('Member must have length less than or equal to 8192'))),
      invalid('ExecuteStatement', {Statement: 'x', Limit: 0}, "1 validation error detected: Value '0' at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1"),
      invalid('ExecuteStatement', {Statement: 'x', Parameters: []}, "1 validation error detected: Value '[]' at 'parameters' failed to satisfy constraint: Member must have length greater than or equal to 1"),
      unserializable('ExecuteStatement', {Statement: 1}, 'NUMBER_VALUE cannot be converted to String')),
    proves(RULE, 'refused: nesting without end', refuse(`SELECT * FROM ${table(HASH)} WHERE ${'('.repeat(4000)}a = 1${')'.repeat(4000)}`, anyText), refuse(insert('deep', `, 'v': ${'['.repeat(3000)}`), anyText)),

    proves(RULE, 'batch: reads', stored('batch-1', {a: {N: '1'}}), stored('batch-2', {b: {M: {c: {N: '2'}}}}),
      gives('BatchExecuteStatement', batch({Statement: select('batch-1'), ConsistentRead: true}, {Statement: `SELECT b.c FROM ${table(HASH)} WHERE pk = ?`, Parameters: [{S: 'partiql-batch-2'}], ConsistentRead: true}, select('batch-none')), {
        Responses: [{Item: {...pk('batch-1'), a: {N: '1'}}, TableName: HASH}, {Item: {c: {N: '2'}}, TableName: HASH}, {TableName: HASH}],
      })),
    proves(RULE, 'batch: writes, each with its own end', stored('batch-3', {a: {N: '1'}}),
      gives('BatchExecuteStatement', batch(insert('batch-3'), update('batch-3', 'SET a = 2', ' RETURNING MODIFIED NEW *'), update('batch-ghost', 'SET a = 2'), remove('batch-4', ' RETURNING ALL OLD *'), `SLECT`, `DELETE FROM ${table(MISSING)} WHERE pk = 'x'`,
        update('batch-3', 'SET a = 3', ' AND a = 9'), remove('batch-3', ' AND a = 9 RETURNING MODIFIED OLD *'), {Statement: insert('batch-5'), Parameters: [{SS: []}]}), {
        Responses: [
          error('DuplicateItem', 'Duplicate primary key exists in table', HASH), {Item: {a: {N: '2'}}, TableName: HASH}, error('ConditionalCheckFailed', 'The conditional request failed', HASH), {TableName: HASH},
          error('ValidationError', `${NOT_WELL_FORMED}Expected data manipulation`), error('ResourceNotFound', 'Requested resource not found'), error('ConditionalCheckFailed', 'The conditional request failed', HASH),
          error('ValidationError', 'Invalid returning clause: RETURNING MODIFIED OLD *. Only RETURNING ALL OLD * is allowed in DELETE statements.'),
          error('ValidationError', 'One or more parameter values were invalid: An string set  may not be empty'),
        ],
      }), holds('batch-3', {a: {N: '2'}}), isGone('batch-5')),
    ...[`SELECT * FROM ${table(HASH)} WHERE val = 'a'`, select('x', ` AND val = 'a'`), select('x', ' AND attribute_exists(ss)'), `SELECT * FROM ${table(RANGE)} WHERE pk = 'x'`, `SELECT * FROM ${table(INDEXED)}.local WHERE pk = 'p' AND sk = 's' AND lk = 'x'`]
      .map((statement) => proves(RULE, `batch: ${statement}`, gives('BatchExecuteStatement', batch(statement), {
        Responses: [error('ValidationError', 'Select statements within BatchExecuteStatement must specify the primary key in the where clause.')],
      }))),
    proves(RULE, 'batch: capacity of each statement, at its own consistency', stored('batch-units', {}),
      has('BatchExecuteStatement', {...batch({Statement: select('batch-units'), ConsistentRead: true}, select('batch-units')), ReturnConsumedCapacity: 'TOTAL'}, {ConsumedCapacity: [1, 0.5].map((CapacityUnits) => ({TableName: HASH, CapacityUnits}))})),
    proves(RULE, 'batch: reads and writes together', invalid('BatchExecuteStatement', batch(select('x'), remove('x')), undefined)),
    proves(RULE, 'transaction: all of the statements', stored('tx-1', {n: {N: '1'}}), stored('tx-2', {}),
      gives('ExecuteTransaction', transaction(insert('tx-new', `, 'v': [1]`), update('tx-1', 'SET n = n + 1', ' AND n < 5'), remove('tx-2'), exists('tx-3', ' AND a IS MISSING')), {Responses: []}),
      holds('tx-new', {v: {L: [{N: '1'}]}}), holds('tx-1', {n: {N: '2'}}), isGone('tx-2')),
    proves(RULE, 'transaction: none of the statements, and why', stored('tx-none', {n: {N: '1'}}),
      fails('ExecuteTransaction', transaction(insert('tx-none'), insert('tx-other'), update('tx-ghost', 'SET a = 1'), remove('tx-absent', ' AND a = 1'), exists('tx-absent-2', ' AND a = 1')), 'TransactionCanceledException', 'Transaction cancelled, please refer cancellation reasons for specific reasons [DuplicateItem, None, ConditionalCheckFailed, None, ConditionalCheckFailed]', {
        CancellationReasons: [
          {Code: 'DuplicateItem', Message: 'Duplicate primary key exists in table'}, {Code: 'None'}, {Code: 'ConditionalCheckFailed', Message: 'The conditional request failed'}, {Code: 'None'},
          {Code: 'ConditionalCheckFailed', Message: 'The conditional request failed'},
        ],
      }), holds('tx-none', {n: {N: '1'}}), isGone('tx-other')),
    proves(RULE, 'transaction: the item of a failed condition', stored('tx-item', {n: {N: '1'}}),
      fails('ExecuteTransaction', transaction({Statement: update('tx-item', 'SET n = 2', ' AND n = 9'), ReturnValuesOnConditionCheckFailure: 'ALL_OLD'}), 'TransactionCanceledException', undefined, {
        CancellationReasons: [{Code: 'ConditionalCheckFailed', Message: 'The conditional request failed', Item: {...pk('tx-item'), n: {N: '1'}}}],
      })),
    proves(RULE, 'transaction: a token is carried out once', {
      kind: 'sdk', operation: 'ExecuteTransaction', expected: {n: '2', first: {WriteCapacityUnits: 2}, again: {ReadCapacityUnits: 2}},
      run: async (client) => {
        const {ExecuteTransactionCommand, GetItemCommand, PutItemCommand} = await import('@aws-sdk/client-dynamodb');
        const Key = {pk: {S: 'partiql-token'}};
        await client.send(new PutItemCommand({TableName: HASH, Item: {...Key, n: {N: '1'}}}));
        const input = {TransactStatements: [{Statement: update('token', 'SET n = n + 1')}], ClientRequestToken: `partiql-${Date.now()}`, ReturnConsumedCapacity: 'INDEXES'} as const;
        const send = async (): Promise<unknown> => {
          const {ConsumedCapacity: [entry] = []} = await client.send(new ExecuteTransactionCommand({...input, TransactStatements: [...input.TransactStatements]}));
          return entry?.WriteCapacityUnits === undefined ? {ReadCapacityUnits: entry?.ReadCapacityUnits} : {WriteCapacityUnits: entry.WriteCapacityUnits};
        };
        const first = await send();
        const again = await send();
        const {Item} = await client.send(new GetItemCommand({TableName: HASH, Key, ConsistentRead: true}));
        return {n: Item?.['n']?.N, first, again};
      },
    }),
    proves(RULE, 'transaction: reads', stored('tx-read', {m: {M: {x: {S: 'deep'}}}}),
      gives('ExecuteTransaction', transaction(select('tx-read'), select('tx-nothing'), `SELECT m.x FROM ${table(RANGE)} WHERE pk = 'partiql-tx' AND sk = '1'`), {Responses: [{Item: {...pk('tx-read'), m: {M: {x: {S: 'deep'}}}}}, {}, {}]}),
      gives('ExecuteTransaction', transaction(`SELECT m.x, pk FROM ${table(HASH)} WHERE (${key('tx-read')}) AND ${key('tx-read')}`), {Responses: [{Item: {x: {S: 'deep'}, ...pk('tx-read')}}]})),
    ...([
      [[select('x', ' AND flag = 1')], 'Select statements within ExecuteTransaction must specify the primary key in the where clause.'],
      [[select('x', ` AND pk = 'y'`)], 'Select statements within ExecuteTransaction must specify the primary key in the where clause.'],
      [[select('x', ' AND attribute_exists(ss)')], 'Select statements within ExecuteTransaction must specify the primary key in the where clause.'],
      [[`SELECT * FROM ${table(INDEXED)}.global WHERE gk = 1`], 'Reads on indices are not supported within transactions.'],
      [[exists('x', ''), remove('y')], 'EXISTS() must contain a single item read with additional condition'],
      [[update('x', 'SET a = 1', ' RETURNING ALL NEW *')], 'RETURNING clause is not supported in ExecuteTransaction.'],
      [[`SELECT * FROM ${table(HASH)} WHERE`], `${NOT_WELL_FORMED}Unexpected term`],
      [[insert('x', `, 'l': [<<'a', 'a'>>]`)], 'One or more parameter values were invalid: Input collection [a, a] contains duplicates.'],
    ] as const).map(([statements, message]) => proves(RULE, `transaction: ${statements.join('; ')}`, invalid('ExecuteTransaction', transaction(...statements), `Validation failed in TransactStatements[0]: ${message}`))),
    proves(RULE, 'transaction: reads and writes together', invalid('ExecuteTransaction', transaction(select('x'), remove('y')), 'ExecuteTransaction API does not support both read and write operations in the same request.')),
    proves(RULE, 'transaction: two reads of one item', invalid('ExecuteTransaction', transaction(select('x'), select('x')), 'Transaction request cannot include multiple operations on one item')),
    proves(RULE, 'transaction: a key of another type', fails('ExecuteTransaction', transaction(select('x'), `SELECT * FROM ${table(HASH)} WHERE pk = 1`), 'TransactionCanceledException',
      'Transaction cancelled, please refer cancellation reasons for specific reasons [None, ValidationError]')),
    proves(RULE, 'transaction: a parameter before the statements are read', invalid('ExecuteTransaction', transaction('nonsense', {Statement: 'nonsense', Parameters: [{SS: ['a', 'a']}]}), 'One or more parameter values were invalid: Input collection [a, a] contains duplicates.')),
    proves('6 Constraints', 'constraints of ExecuteTransaction',
      invalid('ExecuteTransaction', {}, "1 validation error detected: Value null at 'transactStatements' failed to satisfy constraint: Member must not be null"),
      invalid('ExecuteTransaction', transaction(), "1 validation error detected: Value '[]' at 'transactStatements' failed to satisfy constraint: Member must have length greater than or equal to 1"),
      invalid('ExecuteTransaction', {...transaction(select('x')), ClientRequestToken: 'x'.repeat(37)}, `1 validation error detected: Value '${'x'.repeat(37)}' at 'clientRequestToken' failed to satisfy constraint: Member must have length less than or equal to 36`)),
    proves('6 Constraints', 'constraints of BatchExecuteStatement',
      invalid('BatchExecuteStatement', {}, "1 validation error detected: Value null at 'statements' failed to satisfy constraint: Member must not be null"),
      invalid('BatchExecuteStatement', {Statements: []}, "1 validation error detected: Value '[]' at 'statements' failed to satisfy constraint: Member must have length greater than or equal to 1"),
      invalid('BatchExecuteStatement', batch(...Array.from({length: 26}, () => 'x')), new Matcher('too many', (value) => typeof value === 'string' && value.endsWith('Member must have length less than or equal to 25'))),
      invalid('BatchExecuteStatement', {Statements: [{}]}, "1 validation error detected: Value null at 'statements.1.member.statement' failed to satisfy constraint: Member must not be null")),
  ],
};
