// The grammar of PartiQL: what is read, what is refused and in which words, and that hostile texts are refused in time.
import {ModelError} from '../errors.js';
import type {AttributeValue} from '../attribute-value.js';
import {parseStatement} from './parse-statement.js';
import type {Condition, Statement} from './statement-ast.js';

const NOT_WELL_FORMED = "Statement wasn't well formed, can't be processed: ";

function parse(statement: string, ...parameters: readonly AttributeValue[]): Statement {
  return parseStatement(statement, parameters);
}
function refusal(statement: string, ...parameters: readonly AttributeValue[]): string | undefined {
  try {
    parse(statement, ...parameters);
  } catch (error) {
    if (error instanceof ModelError) return error.failure.message;
    throw error;
  }
  return undefined;
}
function where(condition: string, ...parameters: readonly AttributeValue[]): Condition | undefined {
  const statement = parse(`SELECT * FROM t WHERE ${condition}`, ...parameters);
  return statement.kind === 'select' ? statement.where : undefined;
}

describe('what is read', () => {
  test('a SELECT with all its parts', () => {
    expect(parse(`select a, "b c".d[2] FROM "my-table"."my-index" where a = 1 ORDER BY k DESC, "s" ASC, u;`)).toMatchObject({
      kind: 'select', source: {tableName: 'my-table', indexName: 'my-index'}, projection: [{path: ['a']}, {path: ['b c', 'd', 2]}],
      where: {kind: 'compare', op: '='}, order: [{name: 'k', isDescending: true}, {name: 's', isDescending: false}, {name: 'u', isDescending: false}],
    });
  });

  test('comments, line breaks and doubled quotes', () => {
    expect(parse(`SELECT/**/* FROM "t""x" -- the table\n WHERE a/* key */='it''s -- /*no*/' --`)).toMatchObject({
      source: {tableName: 't"x'}, where: {right: {value: {kind: 'S', value: "it's -- /*no*/"}}},
    });
  });

  test('AND before OR, NOT before both, and members in parentheses as members', () => {
    expect(where('a = 1 OR b = 2 AND NOT c = 3')).toMatchObject({kind: 'or', conditions: [{kind: 'compare'}, {kind: 'and', conditions: [{kind: 'compare'}, {kind: 'not'}]}]});
    expect(where('(a = 1 AND b = 2) AND (c = 3)')).toMatchObject({kind: 'and', conditions: [{op: '='}, {op: '='}, {op: '='}]});
    expect(where('a BETWEEN 1 AND 2 AND b = 3')).toMatchObject({kind: 'and', conditions: [{kind: 'between'}, {kind: 'compare'}]});
  });

  test.each([
    ['a != 1', {kind: 'compare', op: '<>'}], ['a <> 1', {kind: 'compare', op: '<>'}], ['1 <= a', {kind: 'compare', op: '<='}],
    ['a IN [1, ?]', {kind: 'in', candidates: [{kind: 'value'}, {value: {kind: 'BOOL'}}]}], ['a NOT IN (?)', {kind: 'not', condition: {kind: 'in'}}],
    ['a IN <<1, 2>> AND ? = b', {kind: 'and'}], ['a IS MISSING AND b = ?', {kind: 'and', conditions: [{kind: 'missing'}, {}]}], ['a IS NOT NULL OR b = ?', {kind: 'or', conditions: [{kind: 'not', condition: {kind: 'type', types: ['NULL']}}, {}]}],
    ['a IS DOUBLE PRECISION AND b IS NOT BAG AND c = ?', {conditions: [{kind: 'type', types: ['N']}, {kind: 'not', condition: {types: ['SS', 'NS', 'BS']}}, {}]}],
    ['attribute_exists(a) = true AND contains(b, ?) <> true', {conditions: [{kind: 'call'}, {kind: 'not', condition: {kind: 'call', name: 'contains'}}]}],
    ['BEGINS_WITH(a, ?)', {kind: 'call', name: 'begins_with'}], ['Size(a) > ?', {left: {kind: 'call', name: 'size'}}], ['(a) = (?)', {kind: 'compare'}],
  ] as const)('the condition %s', (text, expected) => {
    const parameters: readonly AttributeValue[] = text.includes('?') ? [{kind: 'BOOL', value: true}] : [];
    expect(where(text, ...parameters)).toMatchObject(expected);
  });

  test('IN takes a list or a set as one parameter', () => {
    expect(where('a IN ?', {kind: 'L', values: [{kind: 'N', value: '1'}, {kind: 'S', value: 'x'}]})).toMatchObject({candidates: [{value: {value: '1'}}, {value: {value: 'x'}}]});
    expect(where('a IN ?', {kind: 'SS', values: ['x']})).toMatchObject({candidates: [{value: {kind: 'S', value: 'x'}}]});
  });

  test.each([
    ['1E3', {kind: 'N', value: '1000'}], ['-1.5e-3', {kind: 'N', value: '-0.0015'}], ['2.50', {kind: 'N', value: '2.5'}], ['.73e1', {kind: 'N', value: '7.3'}], ['-.5', {kind: 'N', value: '-0.5'}], ['-0', {kind: 'N', value: '0'}], ['+7', {kind: 'N', value: '7'}],
    ['true', {kind: 'BOOL', value: true}], ['NULL', {kind: 'NULL'}], [`''`, {kind: 'S', value: ''}], ['<<2, 1>>', {kind: 'NS', values: ['1', '2']}], ['[]', {kind: 'L', values: []}],
    [`[1, ['a', {}]]`, {kind: 'L', values: [{kind: 'N', value: '1'}, {kind: 'L', values: [{kind: 'S', value: 'a'}, {kind: 'M', entries: new Map()}]}]}],
  ] as const)('the literal %s', (text, expected) => {
    const statement = parse(`INSERT INTO t VALUE {'v': ${text}}`);
    expect(statement.kind === 'insert' && statement.item.get('v')).toEqual(expected);
  });

  test('an UPDATE with clauses in any order, and the form with the table first', () => {
    const clauses = [{kind: 'set', target: {path: ['a']}}, {kind: 'set', target: {path: ['b']}, value: {kind: 'arithmetic', op: '-'}}, {kind: 'remove', target: {path: ['c', 0]}}, {kind: 'set', target: {path: ['d']}}];
    expect(parse(`UPDATE t SET a = 1, b = b-1 REMOVE c[0] SET d = 'x' WHERE k = 1 RETURNING MODIFIED OLD *`)).toMatchObject({kind: 'update', clauses, returning: {which: 'MODIFIED', image: 'OLD'}});
    expect(parse('FROM t WHERE k = 1 SET a = 1')).toMatchObject({kind: 'update', where: {kind: 'compare'}, clauses: [{kind: 'set'}]});
  });

  test('EXISTS around a SELECT', () => {
    expect(parse('EXISTS(SELECT * FROM t WHERE k = 1 AND a IS MISSING)')).toMatchObject({kind: 'exists', select: {where: {kind: 'and'}}});
  });

  test('words of the language as names, in double quotes', () => {
    expect(where('"select" = 1 AND "value"."from" = 2')).toMatchObject({conditions: [{left: {path: ['select']}}, {left: {path: ['value', 'from']}}]});
  });
});

describe('what is refused', () => {
  test.each([
    ['', 'Expected data manipulation'], ['SELECTT * FROMM t', 'Expected data manipulation'], ['UPDATE Payment-x SET a = 1', 'Expected data manipulation'], ['NOT A STATEMENT', 'Expected data manipulation'],
    ['DELETE FROM', 'Expected identifier for simple path'], ['DELETE FROM;', 'Expected identifier for simple path'], [`DELETE FROM WHERE pk = 'a'`, 'Expected identifier for simple path'],
    ['SELECT * FROM', 'Unexpected term'], ['SELECT * FROM t WHERE', 'Unexpected term'], ['SELECT * FROM t WHERE;', 'Unexpected term'], ['UPDATE t SET a = 1 WHERE', 'Unexpected term'],
    ['SELECT * FROM t WHERE NOT', 'Unexpected term'], ['SELECT * FROM t WHERE (', 'Unexpected term'],
    ['SELECT * FROM t WHERE a = 1 AND', 'Missing right-hand side expression of infix operator'], ['SELECT * FROM t WHERE a = 1 OR', 'Missing right-hand side expression of infix operator'],
    ['SELECT * FROM t WHERE ORDER BY a', 'Unexpected keyword'], ['SELECT * FROM t WHERE IS NULL', 'Unexpected operator'], ['SELECT * FROM t WHERE a = LIKE', 'Unexpected operator'],
    ['SELECT * FROM t WHERE a IS FOO', 'Expected type name'], ['SELECT m.inner FROM t', 'Invalid path dot component'],
    ['SELECT * FROM t WHERE (a = 1', 'Expected RIGHT_PAREN'],
    ['SELECT * FROM t WHERE a = 1 foo', 'Unexpected token after expression'], ['SELECT * FROM t WHERE a = 1 e5', 'Unexpected token after expression'], ['SELECT * FROM t WHERE a = 1)', 'Unexpected token after expression'],
    [`INSERT INTO t VALUE {'a': 1} foo`, 'Unexpected token after expression'], ['INSERT INTO t x VALUE {}', 'Unexpected token after expression'], ['DELETE FROM t WHERE a = 1 ORDER BY a', 'Unexpected token after expression'],
    ['SELECT * FROM t ORDER BY a WHERE a = 1', 'Unexpected token after expression'], ['FROM t SET c = 1 WHERE a = 1', 'Unexpected token after expression'], ['SELECT * FROM t;;', 'Unexpected token after expression'],
    ['SELECT * FROM t WHERE a = 1e2147483648', ''], ['SELECT * FROM t WHERE a = 1.5e-2147483647', ''], ['SELECT * FROM t WHERE a = 1e', ''], ['SELECT * FROM t WHERE a = 1 # note', ''],
    ['SELECT * FROM t WHERE a = 1 /* note', ''], [`SELECT * FROM t WHERE a = 'open`, ''], ['SELECT * FROM "open', ''], ['SELECT * FROM t WHERE a = `x`', ''],
  ])('%s is not well formed: %s', (statement, detail) => {
    expect(refusal(statement)).toBe(NOT_WELL_FORMED + detail);
  });

  test.each([
    ['SELECT * FROM t x', 'Aliasing is not supported'], ['SELECT * FROM t AS x WHERE a = 1', 'Aliasing is not supported'], ['UPDATE t x SET a = 1', 'Aliasing is not supported'], ['DELETE FROM t x WHERE a = 1', 'Aliasing is not supported'],
    ['SELECT * FROM a.b.c', 'A path may contain at most 2 components in the FROM clause'], ['SELECT * FROM t.""', 'Path component cannot be an empty string'], ['SELECT * FROM "" WHERE a = 1', 'Path component cannot be an empty string'],
    ['SELECT l[-1] FROM t', 'List index is not within the allowable range; index: [-1] at 1:11:1'], ['SELECT size(a) FROM t', 'Unexpected path component at 1:8:4'],
    ['SELECT * FROM t WHERE EXISTS(ss)', 'Unrecognized function: exists at 1:23:6'], ['SELECT * FROM t WHERE\n  upper(a) = 1', 'Unrecognized function: upper at 2:3:5'],
    ['SELECT * FROM t LIMIT 5', 'Unsupported clause: LIMIT at 1:17:5'],
    [`INSERT INTO t VALUE {'s': <<>>}`, 'Empty bags are not supported'], [`INSERT INTO t VALUE {'s': <<1, 'a'>>}`, 'Unsupported data type in Bag. DynamoDB only supports either numbers or strings in bags'],
    [`INSERT INTO t VALUE {'s': <<[1]>>}`, 'Unsupported data type in Bag. DynamoDB only supports either numbers or strings in bags'],
    [`INSERT INTO t VALUE {'s': <<'a', 'a'>>}`, 'One or more parameter values were invalid: Input collection [a, a] contains duplicates.'],
    ['UPDATE t SET n = <<2, 2.0>>', 'One or more parameter values were invalid: Input collection [2, 2.0] contains duplicates! under root'],
    [`INSERT INTO t VALUE {'a': set_add(b, c)}`, 'Unsupported data type: set_add under key root at 1:27:7'],
    ['SELECT * FROM t WHERE a = 1e126', 'Number overflow. Attempting to store a number with magnitude larger than supported range under root'],
    [`INSERT INTO t VALUE {'m': {'x': 1e126}}`, 'Number overflow. Attempting to store a number with magnitude larger than supported range under root.x'],
    [`INSERT INTO t VALUE {'l': [1, 1e-131]}`, 'Number underflow. Attempting to store a number with magnitude smaller than supported range under root[1]'],
    [`INSERT INTO t VALUE {'n': ${'1'.repeat(39)}}`, 'Attempting to store more than 38 significant digits in a Number under root'],
    ['DELETE FROM t WHERE a = 1 RETURNING ALL NEW *', 'Invalid returning clause: RETURNING ALL NEW *. Only RETURNING ALL OLD * is allowed in DELETE statements.'],
    ['SELECT * FROM t WHERE a = ?', "Number of parameters in request and statement don't match."],
  ])('%s: %s', (statement, message) => {
    expect(refusal(statement)).toBe(message);
  });

  test('a parameter too many, but a syntax error before it', () => {
    const one: AttributeValue = {kind: 'S', value: 'x'};
    expect(refusal('SELECT * FROM t', one)).toBe("Number of parameters in request and statement don't match.");
    expect(refusal('SELECT * FROM t WHERE', one)).toBe(`${NOT_WELL_FORMED}Unexpected term`);
  });
});

describe('hostile texts', () => {
  test.each([
    ['parentheses', `SELECT * FROM t WHERE ${'('.repeat(8000)}`], ['balanced parentheses', `SELECT * FROM t WHERE ${'('.repeat(4000)}a = 1${')'.repeat(4000)}`], ['NOT', `SELECT * FROM t WHERE ${'NOT '.repeat(2000)}a = 1`],
    ['calls', `SELECT * FROM t WHERE ${'size('.repeat(1600)}a`],
  ])('of nested %s are refused, not followed', (_name, statement) => {
    expect(refusal(statement)).toBe(NOT_WELL_FORMED);
  });

  test.each([['lists', '['], ['maps', `{'a': `]])('of nested %s are too deep for the service', (_name, open) => {
    expect(refusal(`INSERT INTO t VALUE {'v': ${open.repeat(1000)}`)).toBe(`Nesting Levels have exceeded supported limits under root${(open === '[' ? '[0]' : '.a').repeat(31)}`);
  });

  test('of many terms are read', () => {
    const many = Array.from({length: 1000}, (_none, i) => `a${i} = ${i}`);
    expect(where(many.join(' AND '))).toMatchObject({kind: 'and', conditions: {length: 1000}});
    expect(refusal(`UPDATE t SET a = ${'1 + '.repeat(1500)}1`)).toBeUndefined();
    expect(refusal(`SELECT * FROM t WHERE a = '${`''`.repeat(4000)}'`)).toBeUndefined();
  });

  test('leave a depth of parentheses that nobody needs', () => {
    expect(refusal(`SELECT * FROM t WHERE ${'('.repeat(190)}a = 1${')'.repeat(190)}`)).toBeUndefined();
  });
});
