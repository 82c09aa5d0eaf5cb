// ExecuteStatement: every kind of statement by the operations it stands for, its pages and its failures.
// Method: real partitions in memory behind the router's own ports; each test fills the tables it reads.
import {toTableId} from '@murmuration/base';
import type {TableDescriptor} from '@murmuration/model';
import {FakeCluster, MUSIC, USERS} from '../testing/fake-cluster.js';

const INDEXED: TableDescriptor = {
  ...MUSIC, tableId: toTableId(9), name: 'Indexed',
  attributeDefinitions: [...MUSIC.attributeDefinitions, {AttributeName: 'Year', AttributeType: 'N'}],
  extra: {
    localSecondaryIndexes: [{
      IndexName: 'by-year', KeySchema: [{AttributeName: 'Artist', KeyType: 'HASH'}, {AttributeName: 'Year', KeyType: 'RANGE'}], Projection: {ProjectionType: 'KEYS_ONLY'},
    }],
    globalSecondaryIndexes: [{
      IndexName: 'year', KeySchema: [{AttributeName: 'Year', KeyType: 'HASH'}], Projection: {ProjectionType: 'INCLUDE', NonKeyAttributes: ['label']},
    }],
  },
};

class Shop {
  readonly cluster = new FakeCluster({tables: [MUSIC, USERS, INDEXED]});
  call(body: object): {readonly status: number; readonly body: Record<string, unknown>} {
    const {status, body: answer} = this.cluster.call('ExecuteStatement', body);
    return {status, body: answer as Record<string, unknown>};
  }
  /** Runs a statement that succeeds. @returns its items */
  run(statement: string, ...parameters: readonly object[]): readonly unknown[] {
    const {status, body} = this.call({Statement: statement, ...(parameters.length === 0 ? {} : {Parameters: parameters})});
    expect({statement, status, message: body['message']}).toEqual({statement, status: 200, message: undefined});
    return body['Items'] as readonly unknown[];
  }
  /** Runs one that does not. @returns the message */
  refusal(statement: string, ...parameters: readonly object[]): unknown {
    const {status, body} = this.call({Statement: statement, ...(parameters.length === 0 ? {} : {Parameters: parameters})});
    expect(status).toBe(400);
    return body['message'];
  }
  songs(...songs: readonly string[]): void {
    for (const song of songs) this.run(`INSERT INTO "Music" VALUE {'Artist': 'Nina', 'Song': '${song}', 'plays': ${song.length}}`);
  }
  item(artist: string, song: string): unknown {
    return (this.cluster.call('GetItem', {TableName: 'Music', Key: {Artist: {S: artist}, Song: {S: song}}, ConsistentRead: true}).body as {Item?: unknown}).Item;
  }
}

const names = (items: readonly unknown[]): readonly unknown[] => items.map((item) => (item as {Song: {S: string}}).Song.S);

describe('INSERT', () => {
  test('puts an item with values of every kind', () => {
    const shop = new Shop();
    expect(shop.run(`INSERT INTO Music VALUE {'Artist': ?, 'Song': 'it''s', 'n': -1.50, 'l': [1, 'x', null], 'm': {'a': {'b': true}}, 'ss': <<'a', 'b'>>, 'ns': <<1, 2e1>>, 'b': ?}`,
      {S: 'Nina'}, {B: 'AAE='})).toEqual([]);
    expect(shop.item('Nina', "it's")).toEqual({
      Artist: {S: 'Nina'}, Song: {S: "it's"}, n: {N: '-1.5'}, l: {L: [{N: '1'}, {S: 'x'}, {NULL: true}]}, m: {M: {a: {M: {b: {BOOL: true}}}}}, ss: {SS: ['a', 'b']}, ns: {NS: ['1', '20']}, b: {B: 'AAE='},
    });
  });

  test('of an item that is there is refused, and leaves it', () => {
    const shop = new Shop();
    shop.songs('Sinnerman');
    expect(shop.call({Statement: `INSERT INTO "Music" VALUE {'Artist': 'Nina', 'Song': 'Sinnerman'}`})).toEqual({
      status: 400, body: {__type: 'com.amazonaws.dynamodb.v20120810#DuplicateItemException', message: 'Duplicate primary key exists in table'},
    });
    expect(shop.item('Nina', 'Sinnerman')).toMatchObject({plays: {N: '9'}});
  });

  test('takes the whole item as a parameter', () => {
    const shop = new Shop();
    shop.run('INSERT INTO "Music" VALUE ?', {M: {Artist: {S: 'a'}, Song: {S: 'b'}}});
    expect(shop.item('a', 'b')).toEqual({Artist: {S: 'a'}, Song: {S: 'b'}});
  });

  test.each([
    [`INSERT INTO "Music" VALUE {'Artist': 'Nina'}`, 'One or more parameter values were invalid: Missing the key Song in the item'],
    [`INSERT INTO "Music" VALUE {'Artist': 1, 'Song': 'x'}`, 'One or more parameter values were invalid: Type mismatch for key Artist expected: S actual: N'],
    [`INSERT INTO "Music"."by-year" VALUE {'Artist': 'x', 'Song': 'x'}`, 'This operation is not supported on an index'],
  ])('%s is refused', (statement, message) => {
    expect(new Shop().refusal(statement)).toBe(message);
  });
});

describe('SELECT', () => {
  test('of a whole key reads one item, whatever the limit, and nothing goes on', () => {
    const shop = new Shop();
    shop.songs('a', 'b');
    expect(shop.call({Statement: `SELECT * FROM "Music" WHERE Artist = 'Nina' AND Song = 'b'`, Limit: 1, ReturnConsumedCapacity: 'TOTAL', ConsistentRead: true}).body).toEqual({
      Items: [{Artist: {S: 'Nina'}, Song: {S: 'b'}, plays: {N: '1'}}], ConsumedCapacity: {TableName: 'Music', CapacityUnits: 1},
    });
    expect(shop.run(`SELECT * FROM Music WHERE Artist = 'Nina' AND Song = 'c'`)).toEqual([]);
    expect(shop.run(`SELECT * FROM Music WHERE Artist = 'Nina' AND Song = 'b' AND plays > 5`)).toEqual([]);
  });

  test('of a partition key reads its items in order, narrowed by the sort key', () => {
    const shop = new Shop();
    shop.songs('a', 'ab', 'b', 'c', 'd');
    expect(names(shop.run(`SELECT * FROM "Music" WHERE Artist = 'Nina'`))).toEqual(['a', 'ab', 'b', 'c', 'd']);
    expect(names(shop.run(`SELECT * FROM "Music" WHERE begins_with(Song, 'a') AND Artist = 'Nina'`))).toEqual(['a', 'ab']);
    expect(names(shop.run(`SELECT * FROM "Music" WHERE Artist = 'Nina' AND Song BETWEEN 'b' AND 'c'`))).toEqual(['b', 'c']);
    expect(names(shop.run(`SELECT * FROM "Music" WHERE Artist = 'Nina' AND 'b' < Song`))).toEqual(['c', 'd']);
    // A second test of the sort key is a filter.
    expect(names(shop.run(`SELECT * FROM "Music" WHERE Artist = 'Nina' AND Song > 'a' AND Song < 'c'`))).toEqual(['ab', 'b']);
    expect(names(shop.run(`SELECT * FROM "Music" WHERE Artist = 'Nina' AND Song IN ['a', 'd']`))).toEqual(['a', 'd']);
    expect(names(shop.run(`SELECT * FROM "Music" WHERE Artist = 'Nina' AND NOT Song = 'a' AND plays <> 2`))).toEqual(['b', 'c', 'd']);
    expect(shop.cluster.sent.filter(({request}) => request.kind === 'range')).toHaveLength(7);
  });

  test('orders by the sort key as asked, and backwards when only the partition key is named', () => {
    const shop = new Shop();
    shop.songs('a', 'b', 'c');
    expect(names(shop.run(`SELECT * FROM "Music" WHERE Artist = 'Nina' ORDER BY Song DESC`))).toEqual(['c', 'b', 'a']);
    expect(names(shop.run(`SELECT * FROM "Music" WHERE Artist = 'Nina' ORDER BY Song`))).toEqual(['a', 'b', 'c']);
    expect(names(shop.run(`SELECT * FROM "Music" WHERE Artist = 'Nina' ORDER BY Artist`))).toEqual(['c', 'b', 'a']);
  });

  test('of several partition keys reads one after another, in the order of the keys when one is asked for', () => {
    const shop = new Shop();
    for (const id of [3, 1, 2]) shop.run(`INSERT INTO "Users" VALUE {'id': ${id}}`);
    const ids = (statement: string): readonly unknown[] => shop.run(statement).map((item) => (item as {id: {N: string}}).id.N);
    expect(ids('SELECT * FROM Users WHERE id IN [2, 3, 2, 7]')).toEqual(['2', '3']);
    expect(ids('SELECT * FROM Users WHERE id IN (3, 1) ORDER BY id')).toEqual(['1', '3']);
    expect(ids('SELECT * FROM Users WHERE id = 1 OR id = 2 OR id = 3 ORDER BY id DESC')).toEqual(['3', '2', '1']);
  });

  test('without a partition key scans and filters', () => {
    const shop = new Shop();
    shop.songs('a', 'bb', 'ccc');
    expect(names(shop.run('SELECT * FROM Music WHERE plays >= 2')).toSorted()).toEqual(['bb', 'ccc']);
    expect(names(shop.run(`SELECT * FROM Music WHERE Artist = 'Nina' AND plays = 1 OR Song = 'ccc'`)).toSorted()).toEqual(['a', 'ccc']);
    expect(shop.run('SELECT * FROM Music')).toHaveLength(3);
    expect(shop.run(`SELECT * FROM Music WHERE Artist > 'A'`)).toHaveLength(3);
  });

  test('lays document paths side by side under their last names', () => {
    const shop = new Shop();
    shop.run(`INSERT INTO "Music" VALUE {'Artist': 'Nina', 'Song': 'a', 'm': {'inner name': {'deep': 1}}, 'l': ['x', ['y', 'z']], 'plain': 5}`);
    const where = `FROM Music WHERE Artist = 'Nina' AND Song = 'a'`;
    expect(shop.run(`SELECT m."inner name".deep, l[1][0], l[0], plain, absent.x ${where}`)).toEqual([{deep: {N: '1'}, 'l[1][0]': {S: 'y'}, 'l[0]': {S: 'x'}, plain: {N: '5'}}]);
    expect(shop.run(`SELECT plain, Song ${where}`)).toEqual([{plain: {N: '5'}, Song: {S: 'a'}}]);
    expect(shop.run(`SELECT absent ${where}`)).toEqual([{}]);
  });

  test('filters by functions, types and what is missing', () => {
    const shop = new Shop();
    shop.run(`INSERT INTO "Music" VALUE {'Artist': 'x', 'Song': '1', 'tags': <<'a', 'b'>>, 'nul': null, 'text': 'hello'}`);
    shop.run(`INSERT INTO "Music" VALUE {'Artist': 'x', 'Song': '2', 'n': 5}`);
    const found = (condition: string): readonly unknown[] => names(shop.run(`SELECT * FROM Music WHERE Artist = 'x' AND ${condition}`));
    expect(found(`contains(tags, 'a')`)).toEqual(['1']);
    expect(found(`SIZE(text) > 3`)).toEqual(['1']);
    expect(found(`attribute_type(n, 'N')`)).toEqual(['2']);
    expect(found('nul IS NULL')).toEqual(['1']);
    expect(found('nul IS NOT NULL')).toEqual(['2']);
    expect(found('n IS MISSING')).toEqual(['1']);
    expect(found('n IS NOT MISSING')).toEqual(['2']);
    expect(found('attribute_exists(tags)')).toEqual(['1']);
    expect(found(`NOT begins_with(text, 'he')`)).toEqual(['2']);
    expect(found('n NOT BETWEEN 6 AND 7 AND n NOT IN [1] AND n IS NOT MISSING')).toEqual(['2']);
    expect(found(`(n = 5 OR text = 'hello') AND NOT (n = 5 AND text IS MISSING)`)).toEqual(['1']);
    expect(found('tags = <<\'b\', \'a\'>>')).toEqual(['1']);
  });

  test('reads local indexes', () => {
    const shop = new Shop();
    for (const [song, year] of [['a', 1965], ['b', 1959], ['c', 1971]]) shop.run(`INSERT INTO Indexed VALUE {'Artist': 'Nina', 'Song': '${song}', 'Year': ${year}, 'label': 'P'}`);
    expect(names(shop.run(`SELECT * FROM "Indexed"."by-year" WHERE Artist = 'Nina' AND "Year" < 1970`))).toEqual(['b', 'a']);
    expect(shop.run(`SELECT label FROM "Indexed"."by-year" WHERE Artist = 'Nina' AND "Year" = 1971`)).toEqual([{label: {S: 'P'}}]);
    expect(names(shop.run(`SELECT * FROM "Indexed"."by-year" WHERE Artist = 'Nina' ORDER BY "Year" DESC`))).toEqual(['c', 'a', 'b']);
    expect(shop.run(`SELECT * FROM "Indexed"."by-year" WHERE "Year" > 1960`)).toHaveLength(2);
  });

  test.each([
    [`SELECT * FROM "Indexed"."none" WHERE Artist = 'x'`, 'The table does not have the specified index'],
    [`SELECT * FROM "Indexed"."by-year" WHERE Artist = 'x' AND label = 'P'`, 'One or more parameter values were invalid: Secondary index by-year does not project one or more filter attributes: [label]'],
    [`SELECT zdrop, adrop FROM "Indexed"."year" WHERE "Year" = 1`, 'One or more parameter values were invalid: Global secondary index year does not project [zdrop, adrop]'],
    [`SELECT * FROM Music WHERE Artist = 'x' AND plays < TRUE`, 'Incorrect operand type for operator or function; operator or function: <, operand type: BOOL'],
    [`SELECT * FROM Music WHERE Artist = 5`, 'One or more parameter values were invalid: Condition parameter type does not match schema type'],
    [`SELECT * FROM Music WHERE Artist.x = 'x'`, "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: Key: Artist"],
    ['SELECT * FROM Music ORDER BY Song', 'Must have WHERE clause in the statement when using ORDER BY clause.'],
    [`SELECT * FROM Music WHERE Artist = 'o' ORDER BY plays DESC`, 'Attribute plays in ORDER BY clause must be part of the primary key'],
    [`SELECT * FROM Music WHERE Artist > 'a' ORDER BY Song`, 'Must have at least one non-optional hash key condition in WHERE clause when using ORDER BY clause.'],
    [`SELECT * FROM Music WHERE Artist IN ['o', 'p'] ORDER BY Song`, 'Must have hash key in ORDER BY clause when more than one hash key condition specified in WHERE clause.'],
  ])('%s is refused', (statement, message) => {
    expect(new Shop().refusal(statement)).toBe(message);
  });

  test('of a global index refuses consistent reads in its own words', () => {
    expect(new Shop().call({Statement: `SELECT * FROM "Indexed"."year" WHERE "Year" = 1`, ConsistentRead: true}).body).toMatchObject({
      message: 'Strongly consistent read is not supported on Global Secondary Indexes',
    });
  });

  test('of a table that is not there is a ResourceNotFoundException', () => {
    expect(new Shop().call({Statement: 'SELECT * FROM Nowhere'}).body).toMatchObject({__type: 'com.amazonaws.dynamodb.v20120810#ResourceNotFoundException', message: 'Requested resource not found'});
  });
});

describe('pages of a SELECT', () => {
  const pages = (shop: Shop, body: object): {readonly sizes: readonly number[]; readonly items: readonly unknown[]; readonly units: number} => {
    const sizes: number[] = [];
    const items: unknown[] = [];
    let units = 0;
    for (let token: unknown; ;) {
      const {status, body: page} = shop.call({...body, ReturnConsumedCapacity: 'TOTAL', ...(token === undefined ? {} : {NextToken: token})});
      expect(status).toBe(200);
      sizes.push((page['Items'] as readonly unknown[]).length);
      items.push(...page['Items'] as readonly unknown[]);
      units += (page['ConsumedCapacity'] as {CapacityUnits: number}).CapacityUnits;
      token = page['NextToken'];
      if (token === undefined) return {sizes, items, units};
    }
  };

  test('of one partition key go on behind the last evaluated item', () => {
    const shop = new Shop();
    shop.songs('a', 'bb', 'c', 'dd', 'e');
    const {sizes, items} = pages(shop, {Statement: `SELECT * FROM Music WHERE Artist = 'Nina' AND plays = 1`, Limit: 2});
    expect(sizes).toEqual([1, 1, 1]);
    expect(names(items)).toEqual(['a', 'c', 'e']);
    const first = shop.call({Statement: `SELECT * FROM Music WHERE Artist = 'Nina'`, Limit: 2});
    expect(first.body['LastEvaluatedKey']).toEqual({Artist: {S: 'Nina'}, Song: {S: 'bb'}});
    expect(names(pages(shop, {Statement: `SELECT * FROM Music WHERE Artist = 'Nina' ORDER BY Song DESC`, Limit: 3}).items)).toEqual(['e', 'dd', 'c', 'bb', 'a']);
  });

  test('of several partition keys go on from key to key', () => {
    const shop = new Shop();
    for (let id = 0; id < 7; id += 1) shop.run(`INSERT INTO Users VALUE {'id': ${id}}`);
    const {items, sizes, units} = pages(shop, {Statement: 'SELECT * FROM Users WHERE id IN [6, 5, 4, 3, 2, 1, 0]', Limit: 3});
    expect(items.map((item) => (item as {id: {N: string}}).id.N)).toEqual(['6', '5', '4', '3', '2', '1', '0']);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(7);
    expect(units).toBeGreaterThanOrEqual(3.5);
  });

  test('of a local index go on behind its entries, in either order', () => {
    const shop = new Shop();
    for (let i = 0; i < 5; i += 1) shop.run(`INSERT INTO Indexed VALUE {'Artist': 'N', 'Song': 's${i}', 'Year': ${1970 - i % 2}}`);
    const forward = pages(shop, {Statement: `SELECT Song FROM Indexed."by-year" WHERE Artist = 'N' AND Year > 1900`, Limit: 2});
    expect([forward.sizes, names(forward.items)]).toEqual([[2, 2, 1], ['s1', 's3', 's0', 's2', 's4']]);
    expect(names(pages(shop, {Statement: `SELECT Song FROM Indexed."by-year" WHERE Artist = 'N' ORDER BY Year DESC`, Limit: 1}).items)).toEqual(['s4', 's2', 's0', 's3', 's1']);
    expect(pages(shop, {Statement: 'SELECT Song FROM Indexed."by-year"', Limit: 2}).items).toHaveLength(5);
  });

  test('of a scan find everything once', () => {
    const shop = new Shop();
    for (let id = 0; id < 20; id += 1) shop.run(`INSERT INTO Users VALUE {'id': ${id}}`);
    const {items} = pages(shop, {Statement: 'SELECT id FROM Users WHERE id < 15', Limit: 4});
    expect(items.map((item) => Number((item as {id: {N: string}}).id.N)).toSorted((a, b) => a - b)).toEqual(Array.from({length: 15}, (_none, i) => i));
  });

  test('belong to their statement and its parameters, not to the limit', () => {
    const shop = new Shop();
    shop.songs('a', 'b', 'c');
    const statement = 'SELECT * FROM Music WHERE Artist = ?';
    const token = shop.call({Statement: statement, Parameters: [{S: 'Nina'}], Limit: 1}).body['NextToken'];
    expect(typeof token).toBe('string');
    const mismatch = {status: 400, body: {__type: 'com.amazon.coral.validate#ValidationException', message: 'NextToken does not match request'}};
    expect(shop.call({Statement: `${statement} `, Parameters: [{S: 'Nina'}], NextToken: token})).toEqual(mismatch);
    expect(shop.call({Statement: statement, Parameters: [{S: 'Other'}], NextToken: token})).toEqual(mismatch);
    expect(shop.call({Statement: statement, Parameters: [{S: 'Nina'}], NextToken: 'nonsense'})).toEqual(mismatch);
    expect(shop.call({Statement: `DELETE FROM Music WHERE Artist = 'a' AND Song = 'b'`, NextToken: token})).toEqual(mismatch);
    expect(names(shop.call({Statement: statement, Parameters: [{S: 'Nina'}], Limit: 5, NextToken: token}).body['Items'] as readonly unknown[])).toEqual(['b', 'c']);
  });
});

describe('UPDATE', () => {
  test('sets, adds, appends and removes in one statement', () => {
    const shop = new Shop();
    shop.run(`INSERT INTO Music VALUE {'Artist': 'N', 'Song': 's', 'n': 1, 'l': [1, 2], 'ss': <<'a', 'b'>>, 'ns': <<1, 2>>, 'm': {'x': 1}, 'old': 1}`);
    shop.run(`UPDATE "Music" SET n = n + 100, m.y = [2, 'z'] SET l = list_append(l, ?) SET ss = set_add(ss, <<'c'>>) SET ns = set_delete(ns, <<1>>)
      SET fresh = if_not_exists(fresh, 7) REMOVE old, m.x WHERE Song = 's' AND Artist = 'N'`, {L: [{S: 'end'}]});
    expect(shop.item('N', 's')).toEqual({
      Artist: {S: 'N'}, Song: {S: 's'}, n: {N: '101'}, l: {L: [{N: '1'}, {N: '2'}, {S: 'end'}]}, ss: {SS: ['a', 'b', 'c']}, ns: {NS: ['2']}, m: {M: {y: {L: [{N: '2'}, {S: 'z'}]}}}, fresh: {N: '7'},
    });
  });

  test('of an item that is not there fails its condition and makes none', () => {
    const shop = new Shop();
    expect(shop.call({Statement: `UPDATE Music SET a = 1 WHERE Artist = 'x' AND Song = 'y'`}).body).toEqual({
      __type: 'com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException', message: 'The conditional request failed',
    });
    expect(shop.item('x', 'y')).toBeUndefined();
  });

  test('holds its other conditions against the item, and shows it when asked', () => {
    const shop = new Shop();
    shop.songs('s');
    shop.run(`UPDATE Music SET a = 1 WHERE (Artist = 'Nina' AND Song = 's') AND plays = 1`);
    const failed = shop.call({Statement: `UPDATE Music SET a = 2 WHERE Artist = 'Nina' AND Song = 's' AND (plays = 2 OR a = 2)`, ReturnValuesOnConditionCheckFailure: 'ALL_OLD'});
    expect(failed.body).toMatchObject({message: 'The conditional request failed', Item: {a: {N: '1'}}});
    expect(shop.refusal(`UPDATE Music SET a = 2 WHERE Artist = 'Nina' AND Song = 's' AND Song = 't'`)).toBe('The conditional request failed');
    expect(shop.item('Nina', 's')).toMatchObject({a: {N: '1'}});
  });

  test('may be written with its table first', () => {
    const shop = new Shop();
    shop.songs('s');
    shop.run(`FROM Music WHERE Artist = 'Nina' AND Song = 's' SET a = 3`);
    expect(shop.item('Nina', 's')).toMatchObject({a: {N: '3'}});
  });

  test('returns what it is told to', () => {
    const shop = new Shop();
    shop.run(`INSERT INTO Music VALUE {'Artist': 'N', 'Song': 's', 'n': 1, 'l': ['a', 'b', 'c'], 'm': {'x': 1, 'y': 2}}`);
    const update = (change: string, returning: string): readonly unknown[] => shop.run(`UPDATE Music ${change} WHERE Artist = 'N' AND Song = 's' RETURNING ${returning} *`);
    expect(update('SET n = 2', 'MODIFIED OLD')).toEqual([{n: {N: '1'}}]);
    expect(update('SET n = 3', 'MODIFIED NEW')).toEqual([{n: {N: '3'}}]);
    expect(update('SET m.x = 5', 'MODIFIED NEW')).toEqual([{m: {M: {x: {N: '5'}}}}]);
    expect(update('SET n = 4', 'ALL OLD')).toMatchObject([{Artist: {S: 'N'}, n: {N: '3'}}]);
    expect(update('SET n = 5', 'ALL NEW')).toMatchObject([{Artist: {S: 'N'}, n: {N: '5'}}]);
    expect(update('SET l[2] = \'y\', l[0] = \'x\'', 'MODIFIED NEW')).toEqual([{l: {L: [{S: 'x'}, {S: 'y'}]}}]);
    expect(update('SET fresh = 1', 'MODIFIED OLD')).toEqual([]);
    expect(update('REMOVE fresh', 'MODIFIED NEW')).toEqual([]);
    // What stood behind a removed element has moved to its place.
    expect(update('REMOVE l[1]', 'MODIFIED NEW')).toEqual([{l: {L: [{S: 'y'}]}}]);
    expect(update('REMOVE l[1]', 'MODIFIED NEW')).toEqual([]);
  });

  test.each([
    [`UPDATE Music SET a = 1 WHERE Artist = 'N'`, 'Where clause does not contain a mandatory equality on all key attributes'],
    ['UPDATE Music SET a = 1', 'Where clause does not contain a mandatory equality on all key attributes'],
    [`FROM Music SET a = 1`, 'Where clause does not contain a mandatory equality on all key attributes'],
    [`UPDATE Music SET Song = 'x' WHERE Artist = 'Nina' AND Song = 's'`, 'One or more parameter values were invalid: Cannot update attribute Song. This attribute is part of the key'],
    [`UPDATE Music SET a = b WHERE Artist = 'Nina' AND Song = 's'`, 'The provided expression refers to an attribute that does not exist in the item'],
    [`UPDATE Music SET list[0] = 1 WHERE Artist = 'Nina' AND Song = 's'`, 'The document path provided in the update expression is invalid for update'],
    [`UPDATE Music SET plays = set_add(plays, <<'x'>>) WHERE Artist = 'Nina' AND Song = 's'`, 'An operand in the update expression has an incorrect data type'],
    [`UPDATE Music SET a = 1 WHERE Artist = 'Nina' AND Song = 5`, 'The provided key element does not match the schema'],
  ])('%s is refused', (statement, message) => {
    const shop = new Shop();
    shop.songs('s');
    expect(shop.refusal(statement)).toBe(message);
    expect(shop.item('Nina', 's')).toEqual({Artist: {S: 'Nina'}, Song: {S: 's'}, plays: {N: '1'}});
  });
});

describe('DELETE', () => {
  test('removes an item and returns it when told to', () => {
    const shop = new Shop();
    shop.songs('s', 't');
    expect(shop.run(`DELETE FROM "Music" WHERE Artist = 'Nina' AND Song = 's' RETURNING ALL OLD *`)).toEqual([{Artist: {S: 'Nina'}, Song: {S: 's'}, plays: {N: '1'}}]);
    expect(shop.run(`DELETE FROM "Music" WHERE Artist = 'Nina' AND Song = 't'`)).toEqual([]);
    expect(shop.cluster.rowCount(MUSIC.tableId)).toBe(0);
  });

  test('of nothing is done, whatever else it asks', () => {
    const shop = new Shop();
    expect(shop.run(`DELETE FROM Music WHERE Artist = 'x' AND Song = 'y' AND plays = 3 RETURNING ALL OLD *`)).toEqual([]);
  });

  test('holds its other conditions against the item', () => {
    const shop = new Shop();
    shop.songs('s');
    expect(shop.refusal(`DELETE FROM Music WHERE Artist = 'Nina' AND Song = 's' AND plays = 3`)).toBe('The conditional request failed');
    expect(shop.refusal(`DELETE FROM Music WHERE Artist = 'Nina' AND Song = 's' AND plays = 3 AND attribute_exists(plays)`)).toBe('The conditional request failed');
    expect(shop.item('Nina', 's')).toBeDefined();
    shop.run(`DELETE FROM Music WHERE Artist = 'Nina' AND Song = 's' AND plays = 1`);
    expect(shop.item('Nina', 's')).toBeUndefined();
  });
});

test('what the cluster cannot do in time comes back as of the operation itself', () => {
  const shop = new Shop();
  shop.cluster.interfere = () => ({code: 'Overloaded', retryAfterMs: 60_000});
  expect(shop.call({Statement: `SELECT * FROM Music WHERE Artist = 'x'`}).status).toBe(500);
});

test('EXISTS is a condition of transactions', () => {
  expect(new Shop().refusal(`EXISTS(SELECT * FROM Music WHERE Artist = 'x' AND Song = 'y' AND a = 1)`)).toBe('EXISTS can only be used in ExecuteTransaction write requests.');
});
