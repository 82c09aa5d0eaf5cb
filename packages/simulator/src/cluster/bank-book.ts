import type {ItemJson, Operation} from '@murmuration/checkers';
import {checkBank, toRequest} from '@murmuration/checkers';
import {SimulationError} from '../world/world.js';
import type {World} from '../world/world.js';
import type {Caller} from './caller.js';
import {outcomeOf} from './clients.js';
import {Recorder} from './recorder.js';
import type {TransactionBook} from './transaction-clients.js';
import type {TransactionSettings} from './transaction-settings.js';

export const BANK_TABLE = 'banks';
const ATTRIBUTE = 'n';
const BALANCE = 100;
const AMOUNT_MAX = 30;
const OPEN_AGAIN_MS = 100;

/** Money that is moved between accounts in transactions, while ordinary writes of the same items go on: the sum stays, in every read of all accounts. */
export class BankBook implements TransactionBook {
  readonly #recorder: Recorder;
  readonly #banks: readonly (readonly ItemJson[])[];
  #transferCount = 0;
  #touchCount = 0;
  #readCount = 0;
  constructor(world: World, {bankCount, accountCount}: TransactionSettings) {
    this.#recorder = new Recorder(world);
    this.#banks = Array.from({length: bankCount}, (_, bank) => Array.from({length: accountCount}, (__, i): ItemJson => ({pk: {S: `bank-${bank}-${i % 3}`}, sk: {S: String(i)}})));
  }
  get transactionCount(): number {
    return this.#transferCount + this.#readCount;
  }
  /** Every bank gets its accounts in one transaction. @param done when all are there */
  open(caller: Caller, done: () => void): void {
    const openBank = (at: number): void => {
      const accounts = this.#banks[at];
      if (accounts === undefined) return done();
      const {operation, body} = toRequest({kind: 'transact-write', token: `open-${at}`, parts: accounts.map((key) => ({kind: 'put', key, item: {[ATTRIBUTE]: {N: String(BALANCE)}, v: {S: `bank-${at}`}}}))}, BANK_TABLE);
      caller.call(operation, body, (result) => {
        if (result.kind === 'answered' && result.status === 200) return openBank(at + 1);
        caller.move();
        caller.world.afterMs(OPEN_AGAIN_MS, () => openBank(at));
      });
    };
    openBank(0);
  }
  begin(caller: Caller, done: (isOk: boolean) => void): void {
    const {chance} = caller;
    const accounts = chance.pick(this.#banks);
    const what = chance.below(100);
    if (what < 35) this.#send(caller, {kind: 'transact-get', keys: accounts}, done);
    else if (what < 50) {
      this.#touchCount += 1;
      this.#send(caller, {kind: 'update', key: chance.pick(accounts), changes: [{kind: 'set', attribute: 'v', value: {S: `touch-${this.#touchCount}`}}]}, done);
    } else {
      const [from, to] = chance.sample(accounts, 2) as [ItemJson, ItemJson];
      const amount = String(chance.between(1, AMOUNT_MAX));
      this.#send(caller, {kind: 'transact-write', token: `transfer-${this.#recorder.records.length}`, parts: [
        {kind: 'update', key: from, changes: [{kind: 'increment', attribute: ATTRIBUTE, by: `-${amount}`}], condition: {kind: 'at-least', attribute: ATTRIBUTE, value: {N: amount}}},
        {kind: 'update', key: to, changes: [{kind: 'increment', attribute: ATTRIBUTE, by: amount}]},
      ]}, done);
    }
  }
  finalReads(): readonly ((caller: Caller, done: (isOk: boolean) => void) => void)[] {
    return this.#banks.map((keys) => (caller: Caller, done: (isOk: boolean) => void) => this.#send(caller, {kind: 'transact-get', keys}, done));
  }
  judge(): void {
    for (const accounts of this.#banks) {
      const {violations} = checkBank(this.#recorder.records, {accounts, attribute: ATTRIBUTE, total: accounts.length * BALANCE});
      if (violations.length > 0) throw new SimulationError('money-kept', violations.slice(0, 3).join('\n'));
    }
  }
  #send(caller: Caller, operation: Operation, done: (isOk: boolean) => void): void {
    const process = this.#recorder.invoke(operation, caller.node);
    const {operation: name, body} = toRequest(operation, BANK_TABLE);
    caller.call(name, body, (result) => {
      const outcome = outcomeOf(operation, result);
      this.#recorder.complete(process, outcome);
      if (outcome.kind === 'ok' && operation.kind === 'transact-get') this.#readCount += 1;
      if (outcome.kind === 'ok' && operation.kind === 'transact-write') this.#transferCount += 1;
      done(outcome.kind === 'ok' || outcome.kind === 'condition-failed');
    });
  }
}
