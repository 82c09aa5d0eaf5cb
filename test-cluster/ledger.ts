import {WireClient} from './wire-client.js';

export interface LedgerOptions {
  readonly table: string;
  readonly endpoints: readonly string[];
  readonly clientCount: number;
  readonly valueSizeBytes?: number;
  /** Items are numbered from here, so that a later ledger of the same table writes others. */
  readonly firstNumber?: number;
}

/**
 * Writes items under numbers that are never used twice and remembers which were acknowledged. A write without an answer may
 * have happened or not: it is remembered as unknown, and its number is not used again.
 */
export class LedgerWriter {
  readonly acknowledged = new Set<number>();
  readonly unknown = new Set<number>();
  readonly #options: LedgerOptions;
  readonly #clients: readonly WireClient[];
  readonly #padding: string;
  readonly #acknowledgedMs: {readonly number: number; readonly atMs: number}[] = [];
  #next: number;
  #isStopped = false;
  #running: Promise<unknown> = Promise.resolve();

  constructor(options: LedgerOptions) {
    this.#options = options;
    this.#next = options.firstNumber ?? 0;
    this.#padding = 'x'.repeat(options.valueSizeBytes ?? 64);
    const perEndpoint = Math.ceil(options.clientCount / options.endpoints.length);
    this.#clients = options.endpoints.map((endpoint) => new WireClient(endpoint, perEndpoint, 4_000));
  }

  /** Number of the next item. */
  get next(): number {
    return this.#next;
  }

  start(): void {
    this.#running = Promise.all(Array.from({length: this.#options.clientCount}, (_, i) => this.#write(i)));
    // Told by `stop`; until then nobody listens.
    this.#running.catch(() => undefined);
  }
  /** Lets the writes under way end. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#running;
    for (const client of this.#clients) client.close();
  }

  /** Times of acknowledgements since a moment, of items that a filter takes. */
  acknowledgementsMs(sinceMs: number, takes: (number: number) => boolean = () => true): readonly number[] {
    return this.#acknowledgedMs.filter(({number, atMs}) => atMs >= sinceMs && takes(number)).map(({atMs}) => atMs);
  }

  async #write(client: number): Promise<void> {
    let turn = client;
    while (!this.#isStopped) {
      const number = this.#next;
      this.#next += 1;
      const wire = this.#clients[turn % this.#clients.length] as WireClient;
      try {
        const {status, body} = await wire.call('PutItem', {TableName: this.#options.table, Item: itemOf(number, this.#padding)});
        if (status === 200) {
          this.acknowledged.add(number);
          this.#acknowledgedMs.push({number, atMs: performance.now()});
          continue;
        }
        if (status === 400 && !/Throttl|ProvisionedThroughput/.test(String(body['__type']))) throw new RangeError(`PutItem was refused: ${JSON.stringify(body)}`);
        this.unknown.add(number);
      } catch (cause) {
        if (cause instanceof RangeError) throw cause;
        this.unknown.add(number);
      }
      // Another node next time; a turn in between, so that refusals at once do not take the processor.
      turn += 1;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

export function keyOf(number: number): {readonly pk: {readonly S: string}} {
  return {pk: {S: `item-${number}`}};
}
function itemOf(number: number, padding: string): Readonly<Record<string, unknown>> {
  return {...keyOf(number), n: {N: String(number)}, padding: {S: padding}};
}

/** Reads every item of the list by strong reads. @returns the numbers that are missing or carry another value */
export async function findLost(endpoint: string, table: string, numbers: Iterable<number>): Promise<readonly number[]> {
  const client = new WireClient(endpoint, 4, 20_000);
  const lost: number[] = [];
  const batch: number[] = [];
  const check = async (wanted: readonly number[]): Promise<void> => {
    let keys: readonly unknown[] = wanted.map(keyOf);
    const found = new Set<number>();
    for (let i = 0; keys.length > 0; i += 1) {
      if (i >= 100) throw new Error('BatchGetItem leaves keys unprocessed for ever');
      const {status, body} = await client.call('BatchGetItem', {RequestItems: {[table]: {Keys: keys, ConsistentRead: true, ProjectionExpression: 'pk, n'}}});
      if (status !== 200) {
        if (status === 400) throw new Error(`BatchGetItem was refused: ${JSON.stringify(body)}`);
        continue;
      }
      const items = (body['Responses'] as Record<string, {pk: {S: string}; n: {N: string}}[]>)[table] ?? [];
      for (const item of items) if (item.pk.S === `item-${item.n.N}`) found.add(Number(item.n.N));
      keys = (body['UnprocessedKeys'] as Record<string, {Keys: unknown[]}> | undefined)?.[table]?.Keys ?? [];
    }
    for (const number of wanted) if (!found.has(number)) lost.push(number);
  };
  try {
    const underway: Promise<void>[] = [];
    for (const number of numbers) {
      batch.push(number);
      if (batch.length < 100) continue;
      underway.push(check(batch.splice(0)));
      if (underway.length >= 4) await Promise.all(underway.splice(0));
    }
    if (batch.length > 0) underway.push(check(batch));
    await Promise.all(underway);
  } finally {
    client.close();
  }
  return lost;
}

/** The longest time without an entry, in milliseconds, from `startMs` to `endMs`. */
export function longestGapMs(timesMs: readonly number[], startMs: number, endMs: number): number {
  let before = startMs;
  let longest = 0;
  for (const atMs of [...timesMs].sort((a, b) => a - b)) {
    if (atMs < startMs || atMs > endMs) continue;
    longest = Math.max(longest, atMs - before);
    before = atMs;
  }
  return Math.max(longest, endMs - before);
}
