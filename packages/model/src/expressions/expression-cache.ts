/** Remembers parse results by text: bounded, the least recently used goes first. Results never depend on it. */
export class ExpressionCache {
  readonly #entryCountMax: number;
  readonly #entries = new Map<string, unknown>();
  constructor(entryCountMax: number) {
    this.#entryCountMax = entryCountMax;
  }
  get entryCount(): number {
    return this.#entries.size;
  }
  /** @param parse must be a pure function of `text`, one for each `kind`; a text it refuses is not kept */
  get<Parsed extends object>(kind: string, text: string, parse: () => Parsed): Parsed {
    const key = kind + text;
    const known = this.#entries.get(key) as Parsed | undefined;
    if (known !== undefined) {
      if (this.#entries.size === this.#entryCountMax) {
        // Only a full cache forgets, so only a full one needs the order of use.
        this.#entries.delete(key);
        this.#entries.set(key, known);
      }
      return known;
    }
    const parsed = parse();
    if (this.#entries.size >= this.#entryCountMax) {
      const [oldest] = this.#entries.keys();
      if (oldest !== undefined) this.#entries.delete(oldest);
    }
    this.#entries.set(key, parsed);
    return parsed;
  }
}
