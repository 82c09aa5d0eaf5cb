// Goal: the rules of the bank, long-fork and write-skew workloads. Method: histories by hand.
import {checkBank, checkBankRows, checkLongFork, checkTokens, checkWriteSkew} from './transaction-workloads.js';
import type {Operation} from './operations.js';
import type {HistoryRecord, Outcome} from './history.js';
import type {ItemJson} from './attribute-value.js';
import {answered, brought, HistoryBuilder, keyNamed, lost, n, written} from './testing/history-builder.js';

const [x, y, z] = [keyNamed('x'), keyNamed('y'), keyNamed('z')];
const images = (...items: (ItemJson | undefined)[]): Outcome => answered({kind: 'images', items});
const readAll = (...keys: readonly ItemJson[]): Operation => ({kind: 'transact-get', keys});
const account = (key: ItemJson, balance: number): ItemJson => ({...key, balance: n(balance)});
const options = {accounts: [x, y], attribute: 'balance', total: 10};
const read = (...items: (ItemJson | undefined)[]): readonly HistoryRecord[] => new HistoryBuilder().call(0, 1, readAll(x, y), images(...items)).records();

describe('bank', () => {
  test('a read of the whole sum is right', () => {
    expect(checkBank(read(account(x, 3), account(y, 7)), options)).toEqual({kind: 'ok', checkedCount: 1, violations: []});
  });
  test.each<[string, readonly (ItemJson | undefined)[]]>([
    ['money that is made', [account(x, 4), account(y, 7)]], ['money that is lost', [account(x, 3), account(y, 6)]],
    ['an overdrawn account', [account(x, -1), account(y, 11)]], ['a missing account', [account(x, 10), undefined]],
  ])('%s is found', (_, items) => {
    expect(checkBank(read(...items), options)).toMatchObject({kind: 'violation', checkedCount: 1});
  });
  test('a read of some accounts proves nothing', () => {
    expect(checkBank(new HistoryBuilder().call(0, 1, readAll(x), images(account(x, 99))).records(), options)).toMatchObject({kind: 'ok', checkedCount: 0});
  });
  test('the rows after quiet have the sum as well', () => {
    expect(checkBankRows([account(x, 3), account(y, 7)], ['pk'], options).kind).toBe('ok');
    expect(checkBankRows([account(x, 3), account(y, 8)], ['pk'], options).kind).toBe('violation');
  });
});

describe('long fork', () => {
  const history = (...reads: readonly (readonly [boolean, boolean, boolean])[]): readonly HistoryRecord[] => {
    const builder = new HistoryBuilder();
    for (const [i, seen] of reads.entries()) builder.call(2 * i, 2 * i + 1, readAll(x, y, z), images(...[x, y, z].map((key, k) => (seen[k] === true ? key : undefined))));
    return builder.records();
  };
  test('reads that grow are right', () => {
    expect(checkLongFork(history([false, false, false], [true, false, false], [true, false, true], [true, true, true]))).toMatchObject({kind: 'ok', checkedCount: 4});
  });
  test('two reads that each miss what the other saw are found', () => {
    expect(checkLongFork(history([true, false, false], [true, true, true], [false, true, false])).kind).toBe('violation');
    expect(checkLongFork(history([true, false, false], [false, true, true])).kind).toBe('violation');
  });
});

describe('write skew', () => {
  const create = (own: ItemJson, other: ItemJson): Operation => ({kind: 'transact-write', parts: [{kind: 'put', key: own, item: {}}, {kind: 'check', key: other, condition: {kind: 'not-exists', attribute: 'pk'}}]});
  const refused: Outcome = {kind: 'condition-failed', hasImage: false};
  test('one of a pair is right', () => {
    const history = new HistoryBuilder().call(0, 9, create(x, y), written).call(0, 9, create(y, x), refused).call(10, 11, readAll(x, y), images(x, undefined)).records();
    expect(checkWriteSkew(history, [[x, y]])).toMatchObject({kind: 'ok', checkedCount: 1});
  });
  test('both acknowledged are found', () => {
    expect(checkWriteSkew(new HistoryBuilder().call(0, 9, create(x, y), written).call(0, 9, create(y, x), written).records(), [[x, y]]).kind).toBe('violation');
  });
  test('an unknown one that is read is found', () => {
    const history = new HistoryBuilder().call(0, 9, create(x, y), written).call(0, 9, create(y, x), lost).call(10, 11, {kind: 'get', key: y, isStrong: true}, brought(y)).records();
    expect(checkWriteSkew(history, [[x, y]]).kind).toBe('violation');
  });
});

describe('client tokens', () => {
  const send = (token: string): Operation => ({kind: 'transact-write', token, parts: [{kind: 'update', key: x, changes: [{kind: 'add', attribute: 'c', by: '1'}]}]});
  const history = new HistoryBuilder()
    .call(0, 1, send('a'), lost).call(2, 3, send('a'), written).call(4, 5, send('b'), written).call(6, 7, send('b'), written)
    .call(8, 9, send('c'), lost).call(10, 11, send('d'), {kind: 'no-effect', error: '400 TransactionCanceledException'}).records();
  test.each([[1, 'violation'], [2, 'ok'], [3, 'ok'], [4, 'violation']])('of two acknowledged and one unknown token %i effects are %s', (counted, kind) => {
    expect(checkTokens(history, counted)).toMatchObject({kind, checkedCount: 3});
  });
});
