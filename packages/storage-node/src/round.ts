/** Looks at the values of a map in turns: a part of them each time, all of them within so many times. */
export class Round<Value> {
  readonly #turnCount: number;
  #rest: Iterator<Value> | undefined;

  constructor(turnCount: number) {
    this.#turnCount = turnCount;
  }
  /** The next part. What is added or removed meanwhile is met in this round or in the next one. */
  next(values: ReadonlyMap<unknown, Value>): readonly Value[] {
    const part: Value[] = [];
    const countMax = Math.ceil(values.size / this.#turnCount);
    while (part.length < countMax) {
      this.#rest ??= values.values();
      const next = this.#rest.next();
      if (next.done === true) {
        this.#rest = undefined;
        break;
      }
      part.push(next.value);
    }
    return part;
  }
}
