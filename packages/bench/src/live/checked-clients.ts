import {DynamoDBClient, GetItemCommand, PutItemCommand} from '@aws-sdk/client-dynamodb';
import type {AttributeValue} from '@aws-sdk/client-dynamodb';
import {ProcessIds, checkLinearizable, readAnswer} from '@murmuration/checkers';
import type {GetOperation, HistoryRecord, Outcome, PutOperation, Verdict} from '@murmuration/checkers';
import type {LoadPhase} from '../workloads/workload-spec.js';

export interface CheckedLoadOptions {
  readonly endpoint: string;
  readonly table: string;
  readonly clientCount: number;
  /** All in one item collection, so that a cut goes between them. */
  readonly itemCount: number;
  /** Writes a second, one phase after the other; half as many strong reads go beside them. */
  readonly phases: readonly LoadPhase[];
}
export interface CheckedLoadResult {
  /** Calls of the SDK, as its user counts them. */
  readonly writeCount: number;
  readonly readCount: number;
  /** Requests on the wire: the SDK tries again. */
  readonly attemptCount: number;
  readonly attemptsWithoutEffect: number;
  readonly attemptsUnknown: number;
  /** Calls that failed although the SDK had tried as often as it does, by name of the error. */
  readonly failures: Readonly<Record<string, number>>;
  /** Items whose last acknowledged write a strong read at the end did not find. */
  readonly lostWrites: readonly string[];
  readonly linearizable: Verdict;
}

interface Item {
  readonly key: PutOperation['key'];
  readonly name: string;
  /** Value of the newest write that was acknowledged, and whether a later one may have come through. */
  acknowledged: string | undefined;
  isOpen: boolean;
  count: number;
}
const READS_PER_WRITE = 0.5;

/**
 * Clients of the AWS SDK, set as it comes, whose every try is a call in one history. Each item has one client that writes it and many that read it;
 * at the end all are read, and the history is judged: strong operations must fit one order for each item, and no acknowledged write may be missing.
 */
export class CheckedClients {
  readonly #options: CheckedLoadOptions;
  readonly #history: HistoryRecord[] = [];
  readonly #items: readonly Item[];
  readonly #failures = new Map<string, number>();
  readonly #counts = {writes: 0, reads: 0, attempts: 0, withoutEffect: 0, unknown: 0};
  #startMs = 0;
  #dueMs = 0;
  constructor(options: CheckedLoadOptions) {
    this.#options = options;
    this.#items = Array.from({length: options.itemCount}, (_none, i): Item => {
      const name = `item-${String(i).padStart(4, '0')}`;
      return {key: {pk: {S: 'collection'}, sk: {S: name}}, name, acknowledged: undefined, isOpen: false, count: 0};
    });
  }
  async run(): Promise<CheckedLoadResult> {
    const {clientCount} = this.#options;
    this.#startMs = performance.now();
    this.#dueMs = 0;
    const clients = Array.from({length: clientCount}, (_none, i) => new RecordedClient(this.#options, i, this.#history, this.#counts));
    await Promise.all(clients.map((client, i) => this.#load(client, i)));
    const lostWrites: string[] = [];
    const left = [...this.#items];
    await Promise.all(clients.map(async (client) => {
      for (let item = left.pop(); item !== undefined; item = left.pop()) if (!(await this.#isThere(item, client))) lostWrites.push(item.name);
    }));
    for (const client of clients) client.close();
    const {writes, reads, attempts, withoutEffect, unknown} = this.#counts;
    return {
      writeCount: writes, readCount: reads, attemptCount: attempts, attemptsWithoutEffect: withoutEffect, attemptsUnknown: unknown, failures: Object.fromEntries(this.#failures),
      lostWrites: lostWrites.sort(), linearizable: checkLinearizable(this.#history),
    };
  }

  /** A client takes the next instant at which something is due, and waits for it: late answers make it later, never denser. */
  async #load(client: RecordedClient, clientNumber: number): Promise<void> {
    const own = this.#items.filter((_item, i) => i % this.#options.clientCount === clientNumber);
    for (let turn = 0; ; turn += 1) {
      const dueMs = this.#takeDue();
      if (dueMs === undefined) return;
      const pauseMs = dueMs - (performance.now() - this.#startMs);
      if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
      const isRead = turn % Math.round(1 + 1 / READS_PER_WRITE) === 0;
      if (isRead) await this.#read(client, this.#items[(turn * 7 + clientNumber * 13) % this.#items.length] as Item);
      else await this.#write(client, own[turn % own.length] as Item);
    }
  }
  #takeDue(): number | undefined {
    let fromMs = 0;
    for (const {seconds, fromRequestsPerSecond} of this.#options.phases) {
      const untilMs = fromMs + seconds * 1000;
      if (this.#dueMs < untilMs) {
        const dueMs = this.#dueMs;
        this.#dueMs += 1000 / (fromRequestsPerSecond * (1 + READS_PER_WRITE));
        return dueMs;
      }
      fromMs = untilMs;
    }
    return undefined;
  }
  async #write(client: RecordedClient, item: Item): Promise<void> {
    item.count += 1;
    const value = `${item.name}-${item.count}`;
    this.#counts.writes += 1;
    item.isOpen = true;
    try {
      await client.put({kind: 'put', key: item.key, item: {v: {S: value}}});
      item.acknowledged = value;
      item.isOpen = false;
    } catch (cause) {
      this.#failed(cause);
    }
  }
  async #read(client: RecordedClient, item: Item): Promise<void> {
    this.#counts.reads += 1;
    try {
      await client.get({kind: 'get', key: item.key, isStrong: true});
    } catch (cause) {
      this.#failed(cause);
    }
  }
  async #isThere(item: Item, client: RecordedClient): Promise<boolean> {
    const found = await client.get({kind: 'get', key: item.key, isStrong: true});
    // A later write that failed may have come through: then the order of the history judges alone.
    return found === item.acknowledged || item.isOpen;
  }
  #failed(cause: unknown): void {
    const name = cause instanceof Error ? cause.name : 'unknown';
    this.#failures.set(name, (this.#failures.get(name) ?? 0) + 1);
  }
}

/** One SDK client whose tries are recorded. */
class RecordedClient {
  readonly #client: DynamoDBClient;
  readonly #ids: ProcessIds;
  readonly #table: string;
  readonly #history: HistoryRecord[];
  readonly #counts: {attempts: number; withoutEffect: number; unknown: number};
  #operation: PutOperation | GetOperation | undefined;
  constructor({endpoint, table, clientCount}: CheckedLoadOptions, clientNumber: number, history: HistoryRecord[], counts: {attempts: number; withoutEffect: number; unknown: number}) {
    this.#client = new DynamoDBClient({endpoint, region: 'us-east-1', credentials: {accessKeyId: 'any', secretAccessKey: 'any'}});
    this.#ids = new ProcessIds(clientNumber, clientCount);
    this.#table = table;
    this.#history = history;
    this.#counts = counts;
    // Behind the SDK's own retries: sees each try by itself.
    this.#client.middlewareStack.add((next) => async (args) => {
      this.#begins();
      try {
        const result = await next(args);
        this.#ends(200, result.output);
        return result;
      } catch (cause) {
        this.#endsBadly(cause);
        throw cause;
      }
    }, {step: 'finalizeRequest', priority: 'low', name: 'recordTries'});
  }
  async put(operation: PutOperation): Promise<void> {
    this.#operation = operation;
    await this.#client.send(new PutItemCommand({TableName: this.#table, Item: {...operation.key, ...operation.item} as Record<string, AttributeValue>}));
  }
  /** @returns the item's value */
  async get(operation: GetOperation): Promise<string | undefined> {
    this.#operation = operation;
    const {Item} = await this.#client.send(new GetItemCommand({TableName: this.#table, Key: {...operation.key} as Record<string, AttributeValue>, ConsistentRead: operation.isStrong}));
    return Item?.['v']?.S;
  }
  close(): void {
    this.#client.destroy();
  }
  #begins(): void {
    if (this.#operation === undefined) return;
    this.#counts.attempts += 1;
    this.#history.push({kind: 'invoke', process: this.#ids.current, atMs: performance.now(), operation: this.#operation, node: 'any'});
  }
  #ends(status: number, body: unknown): void {
    if (this.#operation !== undefined) this.#complete(readAnswer(this.#operation, status, body));
  }
  #endsBadly(cause: unknown): void {
    const {$metadata, name} = cause as {readonly $metadata?: {readonly httpStatusCode?: number}; readonly name?: string};
    const status = $metadata?.httpStatusCode;
    if (status === undefined) this.#complete({kind: 'unknown', error: name ?? 'no answer'});
    else this.#ends(status, {__type: `com.amazonaws.dynamodb.v20120810#${name ?? ''}`});
  }
  #complete(outcome: Outcome): void {
    this.#history.push({kind: 'complete', process: this.#ids.current, atMs: performance.now(), outcome});
    if (outcome.kind === 'no-effect') this.#counts.withoutEffect += 1;
    if (outcome.kind !== 'unknown') return;
    this.#counts.unknown += 1;
    this.#ids.renew();
  }
}
