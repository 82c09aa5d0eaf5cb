import {exceptionOf, faultOfAnswer} from './fault.js';
import type {Fault} from './fault.js';
import {apiCall, missedExpectation} from './hostile-case.js';
import type {HostileCase} from './hostile-case.js';
import {RawPeer} from './raw-peer.js';
import type {RawReply} from './raw-peer.js';
import {Stopwatch} from './stopwatch.js';

/** The tables every case and every template works on. */
export const TABLE = 'Hostile';
export const KEY_ONLY_TABLE = 'Hostile-Key';
const WITNESS = {pk: {S: 'witness'}, sk: {N: '0'}, text: {S: 'still here'}};

/** A machine that is busy with other things may be late once, but not each time with the same input. */
const TRY_COUNT = 3;
const SILENCE_MS = 5_000;
const SETUP_MS = 20_000;

/** One endpoint under fire, and a second connection that asks whether others are still served. */
export class Target {
  readonly endpoint: string;
  readonly #isInProcess: boolean;
  #witness: RawPeer | undefined;

  /** @param isInProcess the cluster runs in this process, so that its processor time can be told */
  constructor(endpoint: string, isInProcess: boolean) {
    this.endpoint = endpoint;
    this.#isInProcess = isInProcess;
  }

  stopwatch(): Stopwatch {
    return new Stopwatch(this.#isInProcess);
  }

  /** Makes the tables unless they are there, and the item that the witness asks for. */
  async prepare(): Promise<void> {
    await this.#createTable(TABLE, [['pk', 'S', 'HASH'], ['sk', 'N', 'RANGE']]);
    await this.#createTable(KEY_ONLY_TABLE, [['pk', 'S', 'HASH']]);
    const until = performance.now() + SETUP_MS;
    while ((await this.ask('PutItem', {TableName: TABLE, Item: WITNESS})).status !== 200) {
      if (performance.now() > until) throw new Error(`${this.endpoint} takes no writes`);
      await pause(50);
    }
  }

  close(): void {
    this.#witness?.close();
    this.#witness = undefined;
  }

  /** A plain request on the witness's connection, asked again when the connection was closed in between. */
  async ask(operation: string, body: unknown): Promise<RawReply> {
    for (let attempt = 0; attempt < TRY_COUNT; attempt += 1) {
      this.#witness ??= await RawPeer.connect(this.endpoint);
      this.#witness.send(apiCall(operation, body));
      const answer = await this.#witness.next(SILENCE_MS);
      if (answer.kind === 'reply') return answer;
      this.close();
    }
    throw new Error(`${this.endpoint} does not answer`);
  }

  /** Whether a request on another connection is served as ever. */
  async faultOfWitness(): Promise<Fault | undefined> {
    for (let attempt = 1; ; attempt += 1) {
      const stopwatch = this.stopwatch();
      const reply = await this.ask('GetItem', {TableName: TABLE, Key: {pk: WITNESS.pk, sk: WITNESS.sk}, ConsistentRead: true}).catch((error: unknown) => String(error));
      const slowness = stopwatch.tooLong();
      if (typeof reply !== 'string' && reply.status === 200 && reply.body.includes('still here') && slowness === undefined) return undefined;
      const seen = typeof reply === 'string' ? reply : `${reply.status} ${reply.body.toString('utf8').slice(0, 200)}`;
      if (attempt === TRY_COUNT) return `the next client is not served: ${seen}${slowness === undefined ? '' : `, ${slowness}`}`;
      await pause(500);
    }
  }

  /** Runs a case on its own connection. @returns undefined when all of it went as it should */
  async run(hostile: HostileCase): Promise<Fault | undefined> {
    for (let attempt = 1; ; attempt += 1) {
      const fault = await this.#runOnce(hostile);
      if (fault === undefined || attempt === TRY_COUNT) return fault ?? this.faultOfWitness();
      await pause(300);
    }
  }

  async #runOnce(hostile: HostileCase): Promise<Fault | undefined> {
    const peer = await RawPeer.connect(this.endpoint);
    try {
      for (const [i, step] of hostile.steps.entries()) {
        for (const [n, piece] of step.pieces.entries()) {
          if (n > 0) await nextTurn();
          peer.send(piece);
        }
        if (step.ends === true) peer.end();
        const stopwatch = this.stopwatch();
        const answer = await peer.next(SILENCE_MS, step.isHead);
        const slowness = stopwatch.tooLong();
        const reply = answer.kind === 'reply' ? answer : undefined;
        const fault = faultOfAnswer(answer) ?? missedExpectation(step.expected, reply, reply === undefined ? '' : exceptionOf(reply));
        if (fault !== undefined) return `step ${i + 1}: ${fault}`;
        if (slowness !== undefined) return `step ${i + 1}: ${slowness}`;
        if (reply === undefined) return undefined;
      }
      return undefined;
    } finally {
      peer.close();
    }
  }

  async #createTable(name: string, keys: readonly (readonly [name: string, type: string, role: string])[]): Promise<void> {
    const until = performance.now() + SETUP_MS;
    const create = {
      TableName: name, BillingMode: 'PAY_PER_REQUEST',
      KeySchema: keys.map(([AttributeName, , KeyType]) => ({AttributeName, KeyType})),
      AttributeDefinitions: keys.map(([AttributeName, AttributeType]) => ({AttributeName, AttributeType})),
    };
    for (;;) {
      const described = await this.ask('DescribeTable', {TableName: name});
      if (described.status === 200 && described.body.includes('"ACTIVE"')) return;
      if (described.status === 400) await this.ask('CreateTable', create);
      if (performance.now() > until) throw new Error(`table ${name} does not become active: ${described.body.toString('utf8')}`);
      await pause(50);
    }
  }
}

function pause(timeMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, timeMs));
}
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
