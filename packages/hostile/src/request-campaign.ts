import fc from 'fast-check';
import {damagedStream} from './byte-mutator.js';
import {faultOfReply} from './fault.js';
import type {Fault} from './fault.js';
import {RawPeer, readReply} from './raw-peer.js';
import {mutatedRequest, requestBytes} from './request-mutator.js';
import type {Target} from './target.js';

/** Of the requests this share is damaged byte by byte, the rest is whole HTTP around a spoilt body. */
const DAMAGED_PART = 4;
const SILENCE_MS = 5_000;
/** What input does, it does each time; what a busy machine does, it does once. */
const TRY_COUNT = 3;

/** One generated input. */
export type Generated =
  | {readonly kind: 'request'; readonly operation: string; readonly body: string; readonly headers: readonly string[]}
  | {readonly kind: 'stream'; readonly pieces: readonly Buffer[]};

export interface CampaignResult {
  readonly passedCount: number;
  readonly failedCount: number;
  readonly seed: number;
  /** The shrunk input and what was wrong with its answer; empty when all passed. */
  readonly report: string;
}

const generated: fc.Arbitrary<Generated> = fc.oneof(
  {weight: DAMAGED_PART - 1, arbitrary: mutatedRequest.map((request) => ({kind: 'request' as const, ...request}))},
  {weight: 1, arbitrary: damagedStream.map((pieces) => ({kind: 'stream' as const, pieces}))},
);

/**
 * Sends generated inputs one by one, each followed by a plain request on another connection.
 * @param path of a failure, as its report gives it: replays that one
 */
export async function runRequestCampaign(target: Target, requestCount: number, seed: number, path?: string): Promise<CampaignResult> {
  const peers = new PeerHolder(target.endpoint);
  try {
    const details = await fc.check(fc.asyncProperty(generated, async (input) => {
      const fault = await faultOfInput(target, peers, input);
      if (fault !== undefined) throw new Error(fault);
    }), {numRuns: requestCount, seed, ...(path === undefined ? {} : {path})});
    if (!details.failed) return {passedCount: details.numRuns, failedCount: 0, seed, report: ''};
    const [input] = details.counterexample ?? [];
    const shown = input === undefined ? '' : describeInput(input);
    const reason = details.errorInstance instanceof Error ? details.errorInstance.message : String(details.errorInstance);
    return {passedCount: details.numRuns - 1, failedCount: 1, seed, report: `${reason}\n${shown}\nreplay with --seed ${seed} --path ${details.counterexamplePath ?? ''}`};
  } finally {
    peers.close();
  }
}

/** @returns what is wrong each time the input is sent */
export async function faultOfInput(target: Target, peers: PeerHolder, input: Generated): Promise<Fault | undefined> {
  for (let attempt = 1; ; attempt += 1) {
    const fault = (input.kind === 'request' ? await faultOfRequest(target, peers, input) : await faultOfStream(target, input.pieces)) ?? await target.faultOfWitness();
    if (fault === undefined || attempt === TRY_COUNT) return fault;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}

/** A connection for requests that are sound HTTP: kept for as long as the server keeps it. */
export class PeerHolder {
  readonly #endpoint: string;
  #peer: RawPeer | undefined;
  constructor(endpoint: string) {
    this.#endpoint = endpoint;
  }
  async get(): Promise<RawPeer> {
    this.#peer ??= await RawPeer.connect(this.#endpoint);
    return this.#peer;
  }
  close(): void {
    this.#peer?.close();
    this.#peer = undefined;
  }
}

async function faultOfRequest(target: Target, peers: PeerHolder, request: Extract<Generated, {kind: 'request'}>): Promise<Fault | undefined> {
  const bytes = requestBytes(request);
  for (let attempt = 1; ; attempt += 1) {
    const peer = await peers.get();
    const stopwatch = target.stopwatch();
    peer.send(bytes);
    const answer = await peer.next(SILENCE_MS);
    const slowness = stopwatch.tooLong();
    if (answer.kind !== 'reply' || answer.headers.get('connection') === 'close') peers.close();
    // The server may have closed an idle connection at that very moment.
    if (answer.kind === 'closed' && attempt === 1) continue;
    if (answer.kind === 'silent') return 'no answer and no close';
    if (answer.kind === 'closed') return 'sound HTTP was not answered';
    return faultOfReply(answer) ?? slowness;
  }
}

async function faultOfStream(target: Target, pieces: readonly Buffer[]): Promise<Fault | undefined> {
  const peer = await RawPeer.connect(target.endpoint);
  try {
    const stopwatch = target.stopwatch();
    for (const piece of pieces) {
      peer.send(piece);
      await new Promise((resolve) => setImmediate(resolve));
    }
    peer.end();
    let rest = await peer.rest(SILENCE_MS);
    if (rest === undefined) return 'neither answered to its end nor closed';
    const slowness = stopwatch.tooLong();
    while (rest.length > 0) {
      const isHead = pieces.some((piece) => piece.includes('HEAD'));
      const read = readReply(rest, isHead);
      // A reply may be cut where the connection was broken off, but it is one.
      if (read === undefined) return rest.toString('latin1').startsWith('HTTP/1.1 ') ? undefined : `no HTTP came back: ${rest.toString('latin1').slice(0, 200)}`;
      if (read.reply.status !== 100) {
        const fault = faultOfReply(read.reply);
        if (fault !== undefined) return fault;
      }
      rest = rest.subarray(read.sizeBytes);
    }
    return slowness;
  } finally {
    peer.close();
  }
}

/** In the form of the corpus. */
export function describeInput(input: Generated): string {
  return input.kind === 'request'
    ? JSON.stringify({kind: 'request', operation: input.operation, body: input.body, headers: input.headers})
    : JSON.stringify({kind: 'stream', pieces: input.pieces.map((piece) => piece.toString('latin1'))});
}

/** @throws Error when the text is no input as describeInput writes it */
export function inputFromText(text: string): Generated {
  const json: unknown = JSON.parse(text);
  const member = (name: string): unknown => (typeof json === 'object' && json !== null ? Reflect.get(json, name) : undefined);
  const texts = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(String) : []);
  switch (member('kind')) {
    case 'request': return {kind: 'request', operation: String(member('operation')), body: String(member('body')), headers: texts(member('headers'))};
    case 'stream': return {kind: 'stream', pieces: texts(member('pieces')).map((piece) => Buffer.from(piece, 'latin1'))};
    default: throw new Error('an input is a request or a stream');
  }
}

