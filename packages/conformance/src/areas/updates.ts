import type {Area, ConformanceCase} from '../conformance-case.js';
import {fails, gives, has, invalid, proves, put} from '../conformance-case.js';
import type {Json} from '../json.js';
import {HASH} from '../suite-tables.js';

const RUNTIME = 'The document path provided in the update expression is invalid for update';
const TYPE = 'An operand in the update expression has an incorrect data type';
const ABSENT = 'The provided expression refers to an attribute that does not exist in the item';
const DIGITS = 'Attempting to store more than 38 significant digits in a Number';
const OVERFLOW = 'Number overflow. Attempting to store a number with magnitude larger than supported range';

type Members = Readonly<Record<string, Json>>;
const S = (text: string): Json => ({S: text});
const N = (value: number | string): Json => ({N: String(value)});
const L = (...elements: readonly Json[]): Json => ({L: elements});
const M = (members: Members): Json => ({M: members});
const SS = (...elements: readonly string[]): Json => ({SS: elements});
const nested = (levels: number): Json => Array.from({length: levels}).reduce<Json>((value) => L(value), S('x'));
const key = (name: string): Members => ({pk: S(`updates-${name}`)});

/** The document that every case begins with. */
const DOCUMENT: Members = {
  n: N(5), s: S('text'), ss: SS('a', 'b'), ns: {NS: ['1', '2']}, bs: {BS: ['AA==', 'AQ==']},
  l: L(S('0'), M({a: N(1), b: N(2)}), S('2'), L(S('x'), S('y'))),
  m: M({a: S('A'), b: M({c: N(1), d: N(2)}), ss: SS('x', 'y'), n: N(1), l: L(S('p'), S('q'))}),
};
let count = 0;
const fresh = (): string => `d${(count += 1)}`;

/** What an update answers by each kind of ReturnValues that is asked for, from the document on. */
function returns(UpdateExpression: string, values: Members | undefined, answers: {readonly updatedOld?: Members | null; readonly updatedNew?: Members | null}): ConformanceCase {
  const name = fresh();
  const body = {TableName: HASH, Key: key(name), UpdateExpression, ExpressionAttributeValues: values};
  const step = (ReturnValues: string, attributes: Members | null | undefined) => attributes === undefined ? [] : [
    put({TableName: HASH, Item: {...key(name), ...DOCUMENT}}), gives('UpdateItem', {...body, ReturnValues}, attributes === null ? {} : {Attributes: attributes}),
  ];
  return proves('8 ReturnValues', `what comes back of ${UpdateExpression} ${values === undefined ? '' : JSON.stringify(values)}`.trim(), ...step('UPDATED_OLD', answers.updatedOld), ...step('UPDATED_NEW', answers.updatedNew));
}
/** What of the document is another one after an update; undefined for what is gone. */
function makes(UpdateExpression: string, values: Members | undefined, changes: Readonly<Record<string, Json | undefined>>, ExpressionAttributeNames?: Readonly<Record<string, string>>): ConformanceCase {
  const name = fresh();
  const before = {...key(name), ...DOCUMENT};
  const after = Object.fromEntries(Object.entries({...before, ...changes}).filter(([, value]) => value !== undefined)) as Members;
  return proves('5.2 Update', `what becomes of ${UpdateExpression} ${values === undefined ? '' : JSON.stringify(values)}`.trim(), put({TableName: HASH, Item: before}),
    gives('UpdateItem', {TableName: HASH, Key: key(name), UpdateExpression, ExpressionAttributeValues: values, ExpressionAttributeNames, ReturnValues: 'ALL_OLD'}, {Attributes: before}),
    gives('GetItem', {TableName: HASH, Key: key(name), ConsistentRead: true}, {Item: after}));
}
function refuses(UpdateExpression: string, values: Members | undefined, message: string, ExpressionAttributeNames?: Readonly<Record<string, string>>): ConformanceCase {
  const name = fresh();
  const before = {...key(name), ...DOCUMENT};
  return proves('7 Update runtime', `what is said of ${UpdateExpression} ${values === undefined ? '' : JSON.stringify(values)}`.trim(), put({TableName: HASH, Item: before}),
    invalid('UpdateItem', {TableName: HASH, Key: key(name), UpdateExpression, ExpressionAttributeValues: values, ExpressionAttributeNames}, message),
    gives('GetItem', {TableName: HASH, Key: key(name), ConsistentRead: true}, {Item: before}));
}
const v = {':v': S('V')};
const n = {':n': N(3)};
const list = (...elements: readonly Json[]): {readonly l: Json} => ({l: L(...elements)});
const [zero, one, two, three] = [S('0'), M({a: N(1), b: N(2)}), S('2'), L(S('x'), S('y'))];
const map = (more: Members): {readonly m: Json} => ({m: M({a: S('A'), b: M({c: N(1), d: N(2)}), ss: SS('x', 'y'), n: N(1), l: L(S('p'), S('q')), ...more})});

export const UPDATES: Area = {
  name: 'updates',
  title: 'Updates of documents, and what comes back of them',
  cases: [
    // UPDATED_OLD and UPDATED_NEW have of a document the parts that were named, and nothing beside them.
    returns('SET m.a = :v', v, {updatedOld: {m: M({a: S('A')})}, updatedNew: {m: M({a: S('V')})}}),
    returns('SET m.b.c = :v', v, {updatedOld: {m: M({b: M({c: N(1)})})}, updatedNew: {m: M({b: M({c: S('V')})})}}),
    returns('SET m.b.c = :v, m.a = :v', v, {updatedOld: {m: M({a: S('A'), b: M({c: N(1)})})}, updatedNew: {m: M({a: S('V'), b: M({c: S('V')})})}}),
    returns('SET m.b.c = :v, s = :v', v, {updatedOld: {m: M({b: M({c: N(1)})}), s: S('text')}, updatedNew: {m: M({b: M({c: S('V')})}), s: S('V')}}),
    returns('SET m.x = :v', v, {updatedOld: null, updatedNew: {m: M({x: S('V')})}}),
    returns('SET m.b = :v', v, {updatedOld: {m: M({b: M({c: N(1), d: N(2)})})}, updatedNew: {m: M({b: S('V')})}}),
    returns('SET l[1].a = :v', v, {updatedOld: {l: L(M({a: N(1)}))}, updatedNew: {l: L(M({a: S('V')}))}}),
    returns('SET l[1].a = :v, l[3][1] = :v', v, {updatedOld: {l: L(M({a: N(1)}), L(S('y')))}, updatedNew: {l: L(M({a: S('V')}), L(S('V')))}}),
    returns('SET l[0] = :v, l[2] = :v', v, {updatedOld: {l: L(zero, two)}, updatedNew: {l: L(S('V'), S('V'))}}),
    returns('SET l[2] = :v', v, {updatedOld: {l: L(two)}, updatedNew: {l: L(S('V'))}}),
    returns('SET x = :v, n = :v', v, {updatedOld: {n: N(5)}, updatedNew: {x: S('V'), n: S('V')}}),
    returns('REMOVE l[0]', undefined, {updatedOld: {l: L(zero)}}),
    returns('REMOVE m.b.c', undefined, {updatedOld: {m: M({b: M({c: N(1)})})}, updatedNew: null}),
    returns('REMOVE m.b', undefined, {updatedOld: {m: M({b: M({c: N(1), d: N(2)})})}, updatedNew: null}),
    returns('REMOVE m.a SET m.n = :v', v, {updatedOld: {m: M({a: S('A'), n: N(1)})}, updatedNew: {m: M({n: S('V')})}}),
    returns('REMOVE x', undefined, {updatedOld: null, updatedNew: null}),
    returns('REMOVE x, n', undefined, {updatedOld: {n: N(5)}, updatedNew: null}),
    returns('ADD m.n :n', n, {updatedOld: {m: M({n: N(1)})}, updatedNew: {m: M({n: N(4)})}}),
    returns('ADD m.ss :n', {':n': SS('z')}, {updatedOld: {m: M({ss: SS('x', 'y')})}, updatedNew: {m: M({ss: SS('x', 'y', 'z')})}}),
    returns('ADD m.x :n', n, {updatedOld: null, updatedNew: {m: M({x: N(3)})}}),
    returns('ADD x :n', {':n': {NS: ['1']}}, {updatedOld: null, updatedNew: {x: {NS: ['1']}}}),
    returns('ADD ss :n', {':n': SS('a')}, {updatedOld: {ss: SS('a', 'b')}, updatedNew: {ss: SS('a', 'b')}}),
    returns('DELETE m.ss :n', {':n': SS('x')}, {updatedOld: {m: M({ss: SS('x', 'y')})}, updatedNew: {m: M({ss: SS('y')})}}),
    returns('DELETE m.ss :n', {':n': SS('x', 'y', 'z')}, {updatedOld: {m: M({ss: SS('x', 'y')})}, updatedNew: null}),
    returns('DELETE ss :n', {':n': SS('a', 'b')}, {updatedOld: {ss: SS('a', 'b')}, updatedNew: null}),
    returns('DELETE x :n', {':n': SS('a')}, {updatedOld: null, updatedNew: null}),
    returns('SET n = n + :n', n, {updatedOld: {n: N(5)}, updatedNew: {n: N(8)}}),
    returns('SET x = n, n = :n', n, {updatedOld: {n: N(5)}, updatedNew: {x: N(5), n: N(3)}}),
    returns('SET s = s', undefined, {updatedOld: {s: S('text')}, updatedNew: {s: S('text')}}),
    // Lists.
    makes('SET l[0] = :v', v, list(S('V'), one, two, three)),
    makes('SET l[4] = :v', v, list(zero, one, two, three, S('V'))),
    makes('SET l[9] = :a, l[8] = :b, l[4] = :c', {':a': S('9'), ':b': S('8'), ':c': S('4')}, list(zero, one, two, three, S('4'), S('8'), S('9'))),
    makes('SET l[3][7] = :v', v, list(zero, one, two, L(S('x'), S('y'), S('V')))),
    makes('SET l[01] = :v', v, list(zero, S('V'), two, three)),
    makes('SET l[ 2 ] = :v', v, list(zero, one, S('V'), three)),
    makes('SET l[1].x = :v', v, list(zero, M({a: N(1), b: N(2), x: S('V')}), two, three)),
    makes('REMOVE l[0]', undefined, list(one, two, three)),
    makes('REMOVE l[1], l[2]', undefined, list(zero, three)),
    makes('REMOVE l[2], l[1], l[9]', undefined, list(zero, three)),
    makes('REMOVE l[9]', undefined, {}),
    makes('REMOVE l[1].a', undefined, list(zero, M({b: N(2)}), two, three)),
    makes('REMOVE l[1].x', undefined, {}),
    makes('REMOVE l[3][0], l[0]', undefined, list(one, two, L(S('y')))),
    makes('REMOVE l[0], l[1], l[2], l[3]', undefined, list()),
    makes('SET l[1] = :v REMOVE l[0], l[2]', v, list(S('V'), three)),
    makes('SET l[4] = l[0], l[0] = l[3]', undefined, list(three, one, two, three, zero)),
    makes('SET l = list_append(l, :l)', {':l': L(S('e'))}, list(zero, one, two, three, S('e'))),
    makes('SET l = list_append(:l, l)', {':l': L(S('e'), S('f'))}, list(S('e'), S('f'), zero, one, two, three)),
    makes('SET x = list_append(m.l, m.l)', undefined, {x: L(S('p'), S('q'), S('p'), S('q'))}),
    makes('SET x = list_append(list_append(m.l, :l), m.l)', {':l': L(N(1))}, {x: L(S('p'), S('q'), N(1), S('p'), S('q'))}),
    makes('SET x = list_append(if_not_exists(x, :l), m.l)', {':l': L()}, {x: L(S('p'), S('q'))}),
    makes('SET l = list_append(l, :l)', {':l': L()}, {}),
    // Maps.
    makes('SET m.x = :v', v, map({x: S('V')})),
    makes('SET m.b.c = m.a, m.a = m.b.c', undefined, map({a: N(1), b: M({c: S('A'), d: N(2)})})),
    makes('SET m = :m', {':m': M({})}, {m: M({})}),
    makes('SET m.b = m', undefined, map({b: (map({}) as {m: Json}).m})),
    makes('REMOVE m.b, m.x', undefined, {m: M({a: S('A'), ss: SS('x', 'y'), n: N(1), l: L(S('p'), S('q'))})}),
    makes('REMOVE m.b.c, m.b.d', undefined, map({b: M({})})),
    makes('DELETE m.ss :n', {':n': SS('x', 'y')}, {m: M({a: S('A'), b: M({c: N(1), d: N(2)}), n: N(1), l: L(S('p'), S('q'))})}),
    makes('SET #m.#x = :v', v, map({'a.b-c': S('V')}), {'#m': 'm', '#x': 'a.b-c'}),
    makes('SET #d = :v', v, {'m.a': S('V')}, {'#d': 'm.a'}),
    // Several sections, any order, and what they look at.
    makes('REMOVE n SET x = n ADD y :n DELETE ss :s', {...n, ':s': SS('a')}, {n: undefined, x: N(5), y: N(3), ss: SS('b')}),
    makes('DELETE ss :s ADD y :n REMOVE s SET n = n - :n', {...n, ':s': SS('q')}, {s: undefined, y: N(3), n: N(2)}),
    makes('SET s = n, n = s', undefined, {s: N(5), n: S('text')}),
    makes('sEt x = :v rEmOvE n aDd y :n', {...v, ...n}, {x: S('V'), n: undefined, y: N(3)}),
    makes('SET\tx\n=\r:v', v, {x: S('V')}),
    makes('SET x=:v,y=n+:n,z2=n-:n', {...v, ...n}, {x: S('V'), y: N(8), z2: N(2)}),
    makes('SET x = (n + :n), y = (s)', n, {x: N(8), y: S('text')}),
    makes('SET x = if_not_exists(n, :n) + if_not_exists(y, :n)', n, {x: N(8)}),
    makes('SET x = if_not_exists(l[0], :v), y = if_not_exists(l[9], :v), z2 = if_not_exists(m.x, :v)', v, {x: S('0'), y: S('V'), z2: S('V')}),
    makes('SET x = if_not_exists(s, :v)', v, {x: S('text')}),
    makes('ADD ns :n', {':n': {NS: ['2.0', '3']}}, {ns: {NS: ['1', '2', '3']}}),
    makes('ADD bs :n', {':n': {BS: ['Ag==']}}, {bs: {BS: ['AA==', 'AQ==', 'Ag==']}}),
    makes('DELETE ns :n', {':n': {NS: ['1.0']}}, {ns: {NS: ['2']}}),
    makes('DELETE bs :n', {':n': {BS: ['AA==', 'AQ==']}}, {bs: undefined}),
    makes('ADD n :n', {':n': N('-5')}, {n: N(0)}),
    makes('ADD n :n', {':n': N('0.25')}, {n: N('5.25')}),
    // What cannot be done, told when the item is seen.
    ...['SET m[0] = :v', 'SET l.x = :v', 'SET s.x = :v', 'SET s[0] = :v', 'SET x[0] = :v', 'SET x.y = :v', 'SET l[9].x = :v', 'SET m.x.y = :v', 'SET m.a.b = :v', 'SET ss[0] = :v', 'SET n.a.b = :v'].map((text) => refuses(text, v, RUNTIME)),
    ...['REMOVE m[0]', 'REMOVE l.x', 'REMOVE s.x', 'REMOVE n[0]', 'REMOVE l[0].x', 'REMOVE x.y', 'REMOVE m.x.y'].map((text) => refuses(text, undefined, RUNTIME)),
    ...['ADD x.y :n', 'ADD l.x :n', 'ADD m.x.y :n'].map((text) => refuses(text, n, RUNTIME)),
    ...['SET x = y', 'SET x = m.x', 'SET x = l[9]', 'SET x = s.y', 'SET x = list_append(y, l)', 'SET x = y.z2'].map((text) => refuses(text, undefined, ABSENT)),
    refuses('SET x = y + :n', n, ABSENT), refuses('SET x = :n - y', n, ABSENT), refuses('SET x = if_not_exists(y, w1)', undefined, ABSENT),
    ...['SET x = n + s', 'SET x = s + n', 'SET x = n - l', 'SET x = list_append(l, s)', 'SET x = list_append(m, l)', 'SET x = list_append(ss, ss)'].map((text) => refuses(text, undefined, TYPE)),
    ...['ADD s :n', 'ADD l :n', 'ADD m :n', 'ADD ss :n', 'ADD l[0] :n', 'SET x = s - :n'].map((text) => refuses(text, n, TYPE)),
    ...([['ADD ss :n', {NS: ['1']}], ['ADD n :n', SS('a')], ['ADD ns :n', {BS: ['AA==']}], ['DELETE ss :n', {NS: ['1']}], ['DELETE n :n', SS('a')], ['DELETE l :n', SS('a')], ['DELETE m :n', SS('a')], ['DELETE s :n', SS('text')]] as const)
      .map(([text, value]) => refuses(text, {':n': value as Json}, TYPE)),
    refuses('ADD n :n', {':n': N('1e125')}, DIGITS), refuses('SET n = n - :n', {':n': N('1e-38')}, DIGITS), refuses('SET x = :n + :n', {':n': N('9e125')}, OVERFLOW),
    refuses('SET pk = :v', v, 'One or more parameter values were invalid: Cannot update attribute pk. This attribute is part of the key'),
    refuses('SET #p = :v', v, 'One or more parameter values were invalid: Cannot update attribute pk. This attribute is part of the key', {'#p': 'pk'}),
    refuses('ADD pk :n', n, 'One or more parameter values were invalid: Cannot update attribute pk. This attribute is part of the key'),
    refuses('DELETE pk :n', {':n': SS('a')}, 'One or more parameter values were invalid: Cannot update attribute pk. This attribute is part of the key'),
    // Items that are not there.
    ...([['ADD x :n', {':n': SS('a')}, {x: SS('a')}], ['SET x = if_not_exists(y, :n)', n, {x: N(3)}], ['SET x = :n ADD y :n', n, {x: N(3), y: N(3)}], ['SET x = list_append(:n, :n)', {':n': L(N(1))}, {x: L(N(1), N(1))}],
      ['SET x = if_not_exists(x, :n) + :n', n, {x: N(6)}], ['SET x = list_append(if_not_exists(x, :n), :n)', {':n': L(N(1))}, {x: L(N(1), N(1))}]] as readonly (readonly [string, Members, Members])[])
      .map(([UpdateExpression, values, made]) => {
        const name = fresh();
        return proves('3 UpdateItem', `${UpdateExpression} makes an item of ${JSON.stringify(made)}`, gives('DeleteItem', {TableName: HASH, Key: key(name)}, {}),
          gives('UpdateItem', {TableName: HASH, Key: key(name), UpdateExpression, ExpressionAttributeValues: values, ReturnValues: 'UPDATED_NEW'}, {Attributes: made}),
          gives('GetItem', {TableName: HASH, Key: key(name), ConsistentRead: true}, {Item: {...key(name), ...made}}));
      }),
    ...['REMOVE x', 'REMOVE x.y', 'REMOVE x[0], y', 'DELETE x :s'].flatMap((UpdateExpression) => {
      const ExpressionAttributeValues = UpdateExpression.includes(':s') ? {':s': SS('a')} : undefined;
      return [proves('8 UpdateItem', `${UpdateExpression} makes no item`, gives('DeleteItem', {TableName: HASH, Key: key('never')}, {}),
        gives('UpdateItem', {TableName: HASH, Key: key('never'), UpdateExpression, ExpressionAttributeValues}, {}), gives('GetItem', {TableName: HASH, Key: key('never'), ConsistentRead: true}, {}))];
    }),
    ...['SET x.y = :n', 'SET x[0] = :n', 'ADD x.y :n'].map((UpdateExpression) => proves('7 Update runtime', `${UpdateExpression} of an item that is not there`, gives('DeleteItem', {TableName: HASH, Key: key('never')}, {}),
      invalid('UpdateItem', {TableName: HASH, Key: key('never'), UpdateExpression, ExpressionAttributeValues: n}, RUNTIME), gives('GetItem', {TableName: HASH, Key: key('never'), ConsistentRead: true}, {}))),
    proves('8 Condition without the item', 'an update whose condition fails makes no item', gives('DeleteItem', {TableName: HASH, Key: key('never')}, {}),
      fails('UpdateItem', {TableName: HASH, Key: key('never'), UpdateExpression: 'SET x = :n', ConditionExpression: 'attribute_exists(pk)', ExpressionAttributeValues: n}, 'ConditionalCheckFailedException', 'The conditional request failed'),
      gives('GetItem', {TableName: HASH, Key: key('never'), ConsistentRead: true}, {})),
    proves('2 Nesting', 'an update may nest 32 levels, and not one more', put({TableName: HASH, Item: key('deep')}),
      has('UpdateItem', {TableName: HASH, Key: key('deep'), UpdateExpression: 'SET x = :v', ExpressionAttributeValues: {':v': nested(31)}}, {}),
      fails('UpdateItem', {TableName: HASH, Key: key('deep'), UpdateExpression: 'SET x = :v', ExpressionAttributeValues: {':v': nested(32)}}, 'ValidationException', undefined),
      fails('UpdateItem', {TableName: HASH, Key: key('deep'), UpdateExpression: 'SET x[0] = :v', ExpressionAttributeValues: {':v': nested(31)}}, 'ValidationException', undefined),
      has('GetItem', {TableName: HASH, Key: key('deep'), ConsistentRead: true, ProjectionExpression: `x${'[0]'.repeat(31)}`}, {})),
  ],
};
