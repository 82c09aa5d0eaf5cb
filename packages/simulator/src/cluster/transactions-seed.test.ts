// Goal: transactions keep their promises under faults, a token has one effect, and items go when their time is over and not before.
// Method: seeds of the profile of transactions by the simulator's own program; what they judge is counted, and what the totals must hold.
import {spawnSync} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {describe, expect, test} from '@jest/globals';
import {GATE} from '../tools/gate.js';
import type {LedgerEntry} from '../tools/ledger.js';
import {whereBuilt} from '../tools/where-built.js';
import {World} from '../world/world.js';
import {Chance} from '../world/chance.js';
import {Caller} from './caller.js';
import type {ApiNetwork, ApiResult, Call} from './api-client.js';
import {ListBook} from './list-book.js';
import {BankBook} from './bank-book.js';
import {drawDenseTransactions} from './transaction-settings.js';

const {seedCount: SEEDS, transactionsMin: TRANSACTIONS_MIN = 0} = GATE.transactions;
const PROGRAM = join(__dirname, '..', '..', 'dist', 'main.js');
/** Rare things that a handful of seeds must reach, or the profile has fallen silent. */
const REACHED = ['partition/transaction-recovered', 'partition/expiries-listed', 'workload/token-repeated', 'workload/token-misused', 'raft-host/lost-leadership', 'partition/not-leading'];
const TOKENS_MIN = 500;

describe('the profile of transactions', () => {
  const needsBuild = whereBuilt(PROGRAM, test, test.skip as typeof test);
  needsBuild(`${SEEDS} seeds pass, and judge at least ${TRANSACTIONS_MIN} transactions`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'murmuration-seeds-'));
    const ledger = join(folder, 'ledger.json');
    try {
      const {stdout, stderr, status} = spawnSync(process.execPath, [PROGRAM, '--profile', 'transactions', '--seeds', String(SEEDS), '--first-seed', '1', '--ledger', ledger], {encoding: 'utf8'});
      expect(`${stdout}${stderr}`).not.toContain('FAILED');
      expect(stdout.trimEnd().split('\n').at(-1)).toBe(`${SEEDS} passed, 0 failed`);
      expect(status).toBe(0);
      const [entry] = JSON.parse(readFileSync(ledger, 'utf8')) as [LedgerEntry];
      expect(entry.transactionCount).toBeGreaterThanOrEqual(TRANSACTIONS_MIN);
      expect(entry.retriedTokenCount).toBeGreaterThanOrEqual(TOKENS_MIN);
      expect(entry.expiryCount).toBeGreaterThan(0);
      expect(REACHED.filter((probe) => (entry.probes[probe] ?? 0) === 0)).toEqual([]);
    } finally {
      rmSync(folder, {recursive: true, force: true});
    }
  }, 900_000);
});

/** A caller whose requests are answered by a function. */
function callerTo(world: World, answer: (call: Call) => ApiResult): Caller {
  const network = {call: (call: Call, done: (result: ApiResult) => void) => void world.afterMs(1, () => done(answer(call)))} as unknown as ApiNetwork;
  const doors = {routerNodes: ['a1', 'b1'], azOf: (node: string) => node.slice(0, 1), door: () => undefined, linkTo: () => ({delayMs: 0, isCut: false, resetPermille: 0})};
  return new Caller({world, network, doors}, new Chance(7), 'a', 1_000);
}
const operationOf = (call: Call): string => call.headers.get('x-amz-target')?.split('.')[1] ?? '';

describe('what users remember of their transactions', () => {
  const settings = {...drawDenseTransactions(new Chance(1)), liveListCount: 4, bankCount: 1, accountCount: 3};
  async function runBook(book: ListBook | BankBook, count: number, answer: (call: Call) => ApiResult, world: World): Promise<void> {
    const caller = callerTo(world, answer);
    let left = count;
    const next = (): void => {
      if (left === 0) return;
      left -= 1;
      book.begin(caller, next);
    };
    world.afterMs(0, next);
    await world.run(60_000);
  }

  test('a token that is carried out and then refused for its condition is found', async () => {
    const world = new World({seed: 1});
    const seen = new Set<string>();
    const book = new ListBook(world, new Chance(3), settings);
    const answer = (call: Call): ApiResult => {
      const {ClientRequestToken: token} = call.body as {readonly ClientRequestToken?: string};
      if (operationOf(call) !== 'TransactWriteItems') return {kind: 'answered', status: 400, body: {__type: 'x#TransactionCanceledException'}};
      if (token === undefined || !seen.has(token)) {
        if (token !== undefined) seen.add(token);
        return {kind: 'answered', status: 200, body: {}};
      }
      return {kind: 'answered', status: 400, body: {__type: 'x#TransactionCanceledException', CancellationReasons: [{Code: 'ConditionalCheckFailed'}]}};
    };
    await expect(runBook(book, 300, answer, world)).rejects.toThrow('is answered with');
  });

  test('a token that is sent again is one call, done when one of its attempts says so', async () => {
    const world = new World({seed: 1});
    const requests = new Map<string, string>();
    let attemptCount = 0;
    const book = new ListBook(world, new Chance(3), settings);
    const answer = (call: Call): ApiResult => {
      const {ClientRequestToken: token} = call.body as {readonly ClientRequestToken?: string};
      if (operationOf(call) !== 'TransactWriteItems') return {kind: 'answered', status: 400, body: {__type: 'x#TransactionCanceledException'}};
      if (token === undefined) return {kind: 'answered', status: 200, body: {}};
      const text = JSON.stringify(call.body);
      const known = requests.get(token);
      requests.set(token, known ?? text);
      attemptCount += known === undefined || known === text ? 1 : 0;
      // The first attempt is carried out, and its answer is lost.
      if (known === undefined) return {kind: 'failed', failure: 'timeout'};
      return known === text ? {kind: 'answered', status: 200, body: {}} : {kind: 'answered', status: 400, body: {__type: 'x#IdempotentParameterMismatchException'}};
    };
    await runBook(book, 300, answer, world);
    book.judge();
    expect(book.retriedTokenCount).toBeGreaterThan(50);
    const callCount = book.records.filter((record) => record.kind === 'invoke' && record.operation.kind === 'list-append' && record.operation.token !== undefined).length;
    expect(callCount).toBe(requests.size);
    expect(attemptCount).toBeGreaterThan(callCount);
  });

  test('a bank whose sum is wrong in one read is found', async () => {
    const world = new World({seed: 1});
    const book = new BankBook(world, settings);
    const answer = (call: Call): ApiResult => operationOf(call) === 'TransactGetItems'
      ? {kind: 'answered', status: 200, body: {Responses: ['90', '100', '100'].map((n) => ({Item: {pk: {S: 'x'}, n: {N: n}}}))}}
      : {kind: 'answered', status: 200, body: {}};
    await runBook(book, 20, answer, world);
    expect(() => book.judge()).toThrow('hold 290 in all, not 300');
  });
});
