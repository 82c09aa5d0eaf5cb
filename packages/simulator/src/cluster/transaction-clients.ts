import type {Caller} from './caller.js';

/** One kind of things that users do in transactions, with what they remember to be judged by. */
export interface TransactionBook {
  /** @param done called exactly once, when the operation has ended */
  begin(caller: Caller, done: (isOk: boolean) => void): void;
}

/** A user in a closed loop, who turns to one book or another. */
export class TransactionClient {
  readonly #caller: Caller;
  readonly #books: readonly {readonly book: TransactionBook; readonly weight: number}[];
  readonly #thinkMs: number;
  #isStopped = false;
  #isBusy = false;
  okCount = 0;
  constructor(caller: Caller, books: readonly {readonly book: TransactionBook; readonly weight: number}[], thinkMs: number) {
    this.#caller = caller;
    this.#books = books;
    this.#thinkMs = thinkMs;
  }
  get isBusy(): boolean {
    return this.#isBusy;
  }
  start(): void {
    this.#isStopped = false;
    if (!this.#isBusy) this.#think();
  }
  stop(): void {
    this.#isStopped = true;
  }
  #think(): void {
    const {world, chance} = this.#caller;
    world.afterMs(chance.heavyTail(this.#thinkMs), () => {
      if (this.#isStopped || this.#isBusy) return;
      this.#isBusy = true;
      this.#pick().begin(this.#caller, (isOk) => {
        this.#isBusy = false;
        if (isOk) this.okCount += 1;
        if (!isOk || chance.permille(30)) this.#caller.move();
        if (!this.#isStopped) this.#think();
      });
    });
  }
  #pick(): TransactionBook {
    let left = this.#caller.chance.below(this.#books.reduce((sum, {weight}) => sum + weight, 0));
    for (const {book, weight} of this.#books) {
      left -= weight;
      if (left < 0) return book;
    }
    return (this.#books[0] as {readonly book: TransactionBook}).book;
  }
}
