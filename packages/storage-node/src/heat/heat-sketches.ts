import {STORED_KEY_PREFIX_SIZE_BYTES, parseStoredKey} from '@murmuration/model';
import {HeavyHitters, KeySamples, TokenHistogram} from '@murmuration/capacity';
import {keyText} from '@murmuration/partition';

/** Counters of each sketch: every key with more than 1/64 of what was counted is in it. */
export const HOT_KEYS_MAX = 64;
/** Keys are told of the present minute and the one before. */
const GENERATION_MS = 60_000;
const SAMPLES_MAX = 256;
const TOKEN_UNTIL = 0x1_0000_0000;

/** Why a request counted: it used units, or it was refused for throughput. */
export type KeyCause = 'accessed' | 'throttled';
/** One key of a table, or all items of one partition key. */
export type KeyScope = 'item' | 'collection';

export interface HotKey {
  /** A stored key, one character a byte; of a collection without what follows the partition key. */
  readonly text: string;
  /** Accessed: half units, a written one three times. Throttled: requests. Never below the truth of what was sampled. */
  readonly count: number;
  readonly countError: number;
}

class Generations {
  #present = new HeavyHitters(HOT_KEYS_MAX);
  #past = new HeavyHitters(HOT_KEYS_MAX);
  get totalCount(): number {
    return this.#past.totalCount + this.#present.totalCount;
  }
  add(text: string, amount: number): void {
    this.#present.add(text, amount);
  }
  turn(): void {
    const past = this.#past;
    this.#past = this.#present;
    past.clear();
    this.#present = past;
  }
  top(countMax: number): readonly HotKey[] {
    const sums = new Map<string, {count: number; countError: number}>();
    for (const sketch of [this.#past, this.#present]) {
      for (const {key, count, countError} of sketch.top(HOT_KEYS_MAX)) {
        const sum = sums.get(key) ?? {count: 0, countError: 0};
        sums.set(key, {count: sum.count + count, countError: sum.countError + countError});
      }
    }
    const keys = [...sums].map(([text, sum]) => ({text, ...sum}));
    return keys.sort((a, b) => b.count - a.count || (a.text < b.text ? -1 : 1)).slice(0, countMax);
  }
}

/**
 * Which keys of one partition are used, from samples: the most used ones, where in the range they lie, and keys spread
 * like the load for choosing a cut. About 60 KB with keys of 50 bytes, whatever the load.
 */
export class HeatSketches {
  readonly #accessed = {item: new Generations(), collection: new Generations()};
  readonly #throttled = {item: new Generations(), collection: new Generations()};
  readonly #hasSortKey: boolean;
  readonly #histogram: TokenHistogram;
  /** Of the time since `restart`. */
  readonly samples = new KeySamples(SAMPLES_MAX);
  #sampledCount = 0;
  #turnAtMs: number;
  /** Since when keys are counted that are told. */
  #countedFromMs: number;

  /** @param from first stored key of the partition's range; `until` as well, as they are now */
  constructor(from: Uint8Array, until: Uint8Array, hasSortKey: boolean, nowMs: number) {
    this.#hasSortKey = hasSortKey;
    const fromToken = tokenAt(from);
    // A cut inside a collection leaves both halves the collection's token.
    this.#histogram = new TokenHistogram(fromToken, Math.max(fromToken + 1, borderTokenAt(until, from)));
    this.#turnAtMs = nowMs + GENERATION_MS;
    this.#countedFromMs = nowMs;
  }
  get countedFromMs(): number {
    return this.#countedFromMs;
  }
  /** @param weight half units it stands for @param sampleCount how many samples that is */
  accessed(key: Uint8Array, weight: number, sampleCount: number): void {
    // A copy: the key may be a view of a whole message.
    this.samples.add(key.slice(), sampleCount);
    this.#sampledCount += 1;
    this.#histogram.add(tokenAt(key), weight);
    this.#accessed.item.add(keyText(key), weight);
    const collection = this.#hasSortKey ? collectionText(key) : undefined;
    if (collection !== undefined) this.#accessed.collection.add(collection, weight);
  }
  /** Requests that the samples came from: one that cost much gives several samples of its key. */
  get sampledCount(): number {
    return this.#sampledCount;
  }
  restart(): void {
    this.samples.clear();
    this.#sampledCount = 0;
  }
  throttled(key: Uint8Array, weight: number): void {
    this.#throttled.item.add(keyText(key), weight);
    const collection = this.#hasSortKey ? collectionText(key) : undefined;
    if (collection !== undefined) this.#throttled.collection.add(collection, weight);
  }
  tick(nowMs: number): void {
    if (nowMs < this.#turnAtMs) return;
    this.#countedFromMs = this.#turnAtMs - GENERATION_MS;
    this.#turnAtMs = nowMs + GENERATION_MS;
    for (const {item, collection} of [this.#accessed, this.#throttled]) {
      item.turn();
      collection.turn();
    }
    this.#histogram.clear();
  }
  /** Most used first. Without a sort key a collection is one item. */
  top(cause: KeyCause, scope: KeyScope, countMax: number): readonly HotKey[] {
    const sketches = cause === 'accessed' ? this.#accessed : this.#throttled;
    return (this.#hasSortKey ? sketches[scope] : sketches.item).top(countMax);
  }
  /** All that was counted, of which the hottest keys are a part. */
  totalOf(cause: KeyCause): number {
    return (cause === 'accessed' ? this.#accessed : this.#throttled).item.totalCount;
  }
  /** Load of this minute by token, in equal parts of the partition's range. */
  bins(): readonly number[] {
    return this.#histogram.bins();
  }
}

/** Stored keys of a range may be shorter than a key. */
function tokenAt(key: Uint8Array): number {
  let token = 0;
  for (let i = STORED_KEY_PREFIX_SIZE_BYTES - 4; i < STORED_KEY_PREFIX_SIZE_BYTES; i += 1) token = token * 256 + (key[i] ?? 0);
  return token;
}
/** The token at which a range ends; that of the next table or index is the end of the ring. */
function borderTokenAt(until: Uint8Array, from: Uint8Array): number {
  for (let i = 0; i < STORED_KEY_PREFIX_SIZE_BYTES - 4; i += 1) if (until[i] !== from[i]) return TOKEN_UNTIL;
  return tokenAt(until);
}
/** Undefined for what is no whole key: the beginning of a range that was read. */
function collectionText(key: Uint8Array): string | undefined {
  try {
    const {partitionKey} = parseStoredKey(key);
    return keyText(key.subarray(0, STORED_KEY_PREFIX_SIZE_BYTES + partitionKey.length));
  } catch {
    return undefined;
  }
}
