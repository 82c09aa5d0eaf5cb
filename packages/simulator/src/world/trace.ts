/** One word of a trace record. Bytes are hashed whole. */
export type TraceWord = number | string | boolean | Uint8Array;

/** Lines of text kept at most; older ones are dropped. */
const LINES_MAX = 2_000_000;

/**
 * Everything that happened, as a 64-bit rolling hash and, when wanted, as text. Two runs of one seed with equal
 * hashes did the same things in the same order.
 */
export class Trace {
  #high = 0x9e3779b9;
  #low = 0x7f4a7c15;
  #count = 0;
  readonly #now: () => number;
  readonly #keepCount: number;
  #lines: string[] = [];

  /** @param now true time in nanoseconds  @param keepCount latest lines kept as text; 0 keeps none */
  constructor(now: () => number, keepCount: number) {
    this.#now = now;
    this.#keepCount = Math.min(keepCount, LINES_MAX);
  }
  get eventCount(): number {
    return this.#count;
  }
  note(kind: string, ...words: readonly TraceWord[]): void {
    this.#count += 1;
    const nowNs = this.#now();
    this.#mix(nowNs % 0x1_0000_0000);
    this.#mixText(kind);
    for (const word of words) {
      if (typeof word === 'number') this.#mixNumber(word);
      else if (typeof word === 'string') this.#mixText(word);
      else if (typeof word === 'boolean') this.#mix(word ? 1 : 0);
      else this.#mixBytes(word);
    }
    if (this.#keepCount > 0) this.#keep(nowNs, kind, words);
  }
  /** 16 hexadecimal digits. */
  get hash(): string {
    return (this.#high >>> 0).toString(16).padStart(8, '0') + (this.#low >>> 0).toString(16).padStart(8, '0');
  }
  lines(): readonly string[] {
    return this.#lines.slice(-this.#keepCount);
  }

  #keep(nowNs: number, kind: string, words: readonly TraceWord[]): void {
    const text = words.map((word) => (typeof word === 'object' ? `${word.length}B` : String(word)));
    this.#lines.push(`${(nowNs / 1e6).toFixed(3).padStart(11)} ms  ${kind} ${text.join(' ')}`);
    if (this.#lines.length > 2 * this.#keepCount) this.#lines = this.#lines.slice(-this.#keepCount);
  }
  #mix(word: number): void {
    this.#high = Math.imul(this.#high ^ word, 0x85ebca6b);
    this.#low = Math.imul((this.#low << 13) | (this.#low >>> 19), 5) + (word ^ (this.#high >>> 15)) | 0;
  }
  #mixNumber(value: number): void {
    // Fractions of a millisecond count too; what is below a millionth is not worth a word.
    this.#mix(Math.trunc(value) | 0);
    this.#mix(Math.trunc((value % 1) * 1_000_000) | 0);
  }
  #mixText(text: string): void {
    for (let i = 0; i < text.length; i += 1) this.#mix(text.charCodeAt(i));
  }
  #mixBytes(bytes: Uint8Array): void {
    // One word a byte would be the costliest part of a run.
    let word = bytes.length;
    for (let i = 0; i < bytes.length; i += 1) word = Math.imul(word ^ (bytes[i] as number), 0x01000193);
    this.#mix(word);
  }
}
