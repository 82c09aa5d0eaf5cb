import type {CallResult, NodeId, TimerHandle} from '@murmuration/base';
import {DecodeError, unreachable} from '@murmuration/base';
import type {FabricContext} from './fabric-context.js';
import type {AnswerRecord, Frame} from './frame.js';
import {
  callSizeBytes, decodeFrame, encodeCalls, encodeHelloFrame, encodePing, encodePosts, FRAME_OVERHEAD_BYTES_MAX, postSizeBytes, reasonText,
} from './frame.js';
import type {FrameConnection, FrameStream, FrameStreamHandler, Purpose} from './frame-stream.js';
import type {Hello, Refusal} from './hello.js';
import {judgeHello} from './hello.js';
import type {QueueSize} from './metrics.js';
import {Outbox} from './outbox.js';
import type {PendingCall} from './pending-calls.js';
import {PendingCalls} from './pending-calls.js';

interface Post {
  readonly payload: Uint8Array;
  readonly sizeBytes: number;
}

/** One attempt at a connection, and the connection it becomes. Compared by identity: late news of an old one is dropped. */
interface Dialled {
  readonly connection: FrameConnection;
  readonly streams: Readonly<Record<Purpose, FrameStream>>;
  readonly hellos: Map<Purpose, Hello>;
}

type LinkState =
  | {readonly kind: 'waiting'; readonly timer: TimerHandle}
  | {readonly kind: 'dialling'; readonly dialled: Dialled; readonly timer: TimerHandle}
  | {
      readonly kind: 'connected'; readonly dialled: Dialled;
      readonly calls: Outbox<PendingCall>; readonly posts: Outbox<Post>;
      pingToken: Readonly<Record<Purpose, number | undefined>>; unansweredPingCount: number;
    }
  | {readonly kind: 'closed'};

type ConnectedState = Extract<LinkState, {readonly kind: 'connected'}>;

const EMPTY_QUEUE: QueueSize = {count: 0, sizeBytes: 0};

/**
 * Our way to one peer: dials, shakes hands on both streams, sends calls and posts, and dials again when it breaks.
 * The peer's way to us is its own link, so nobody has to decide whose connection stays.
 */
export class PeerLink {
  readonly #node: NodeId;
  readonly #context: FabricContext;
  readonly #onConnection: (isConnected: boolean) => void;
  readonly #pending: PendingCalls;
  #address: string;
  #state: LinkState = {kind: 'closed'};
  #failedDialCount = 0;
  #nextCallId = 1;

  constructor(node: NodeId, address: string, context: FabricContext, onConnection: (isConnected: boolean) => void) {
    this.#node = node;
    this.#address = address;
    this.#context = context;
    this.#onConnection = onConnection;
    this.#pending = new PendingCalls(context, context.limits.deadlineGranularityMs);
  }

  get isConnected(): boolean {
    return this.#state.kind === 'connected';
  }

  queueSize(purpose: Purpose): QueueSize {
    if (this.#state.kind !== 'connected') return EMPTY_QUEUE;
    const outbox = purpose === 'requests' ? this.#state.calls : this.#state.posts;
    return {count: outbox.queuedCount, sizeBytes: outbox.queuedBytes};
  }

  start(): void {
    this.#dial();
  }

  setAddress(address: string): void {
    if (address === this.#address || this.#state.kind === 'closed') return;
    this.#address = address;
    this.#failedDialCount = 0;
    this.#drop('address changed');
    this.#dial();
  }

  /** For good. Calls that wait are settled in the next turn. */
  close(reason: string): void {
    if (this.#state.kind === 'connected') {
      this.#state.calls.flush();
      this.#state.posts.flush();
    }
    this.#drop(reason);
    this.#state = {kind: 'closed'};
  }

  call(service: number, payload: Uint8Array, timeoutMs: number, done: (result: CallResult) => void): void {
    const state = this.#state;
    if (state.kind !== 'connected') return this.#failNextTurn('not connected', done);
    if (timeoutMs <= 0) return this.#failNextTurn('deadline passed', done);
    const id = this.#nextCallId;
    this.#nextCallId += 1;
    const sizeBytes = callSizeBytes(id, payload);
    if (sizeBytes + FRAME_OVERHEAD_BYTES_MAX > this.#context.limits.messageBytesMax) return this.#failNextTurn('message too large', done);
    const call = {
      id, service, payload, sizeBytes, deadlineMs: this.#context.clock.monotonicMs() + timeoutMs, done, wasSent: false, isSettled: false,
    };
    if (!state.calls.offer(call)) return this.#failNextTurn('queue is full', done);
    this.#pending.add(call);
  }

  post(payload: Uint8Array): boolean {
    if (this.#state.kind !== 'connected') return false;
    const sizeBytes = postSizeBytes(payload);
    if (sizeBytes + FRAME_OVERHEAD_BYTES_MAX > this.#context.limits.messageBytesMax) return false;
    return this.#state.posts.offer({payload, sizeBytes});
  }

  /** Once every ping period. */
  onPingPeriod(): void {
    const state = this.#state;
    if (state.kind !== 'connected') return;
    if (state.unansweredPingCount >= this.#context.limits.unansweredPingsMax) return this.#lose('pings unanswered');
    const token = this.#context.clock.monotonicMs();
    state.pingToken = {requests: token, raft: token};
    state.unansweredPingCount += 1;
    const ping = encodePing(token);
    state.dialled.streams.requests.write(ping, () => undefined);
    state.dialled.streams.raft.write(ping, () => undefined);
  }

  #failNextTurn(reason: string, done: (result: CallResult) => void): void {
    this.#context.timers.nextTurn(() => done({ok: false, failure: {code: 'NotSent', reason}}));
  }

  #dial(): void {
    const connection = this.#context.transport().dial(this.#address);
    const hello = encodeHelloFrame(this.#context.ownHello());
    let dialled: Dialled | undefined = undefined;
    const open = (purpose: Purpose): FrameStream => connection.open(purpose, this.#handler(purpose, () => dialled));
    const streams = {requests: open('requests'), raft: open('raft')};
    dialled = {connection, streams, hellos: new Map()};
    const timer = this.#context.timers.after(this.#context.limits.handshakeTimeoutMs, () => this.#lose('handshake timed out'));
    this.#state = {kind: 'dialling', dialled, timer};
    streams.requests.write(hello, () => undefined);
    streams.raft.write(hello, () => undefined);
  }

  #handler(purpose: Purpose, dialled: () => Dialled | undefined): FrameStreamHandler {
    const isCurrent = (): boolean => {
      const current = 'dialled' in this.#state ? this.#state.dialled : undefined;
      return current !== undefined && current === dialled();
    };
    return {
      onFrame: (message) => {
        if (isCurrent()) this.#onMessage(purpose, message);
      },
      onWritable: () => {
        if (!isCurrent() || this.#state.kind !== 'connected') return;
        (purpose === 'requests' ? this.#state.calls : this.#state.posts).onWritable();
      },
      onClosed: (reason) => {
        if (isCurrent()) this.#lose(reason);
      },
    };
  }

  #onMessage(purpose: Purpose, message: Uint8Array): void {
    this.#context.metrics.receivedBytes[purpose].add(message.length);
    let frame: Frame;
    try {
      frame = decodeFrame(message);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      return this.#loseCorrupt(purpose, error.message);
    }
    switch (frame.kind) {
      case 'hello': return this.#onHello(purpose, frame.hello);
      case 'refusal': return this.#onRefused(frame.refusal);
      case 'answers': return this.#onAnswers(purpose, frame.answers);
      case 'pong': return this.#onPong(purpose, frame.token);
      case 'calls':
      case 'posts':
      case 'ping': return this.#loseCorrupt(purpose, `${frame.kind} on a stream that we dialled`);
      default: return unreachable(frame);
    }
  }

  #onHello(purpose: Purpose, hello: Hello): void {
    const state = this.#state;
    if (state.kind !== 'dialling' || state.dialled.hellos.has(purpose)) return this.#loseCorrupt(purpose, 'second hello');
    const refusal = judgeHello(this.#context.ownHello(), hello) ?? this.#judgeNode(hello);
    if (refusal !== undefined) return this.#onRefused(refusal);
    state.dialled.hellos.set(purpose, hello);
    if (state.dialled.hellos.size < 2) return;
    const incarnations = new Set([...state.dialled.hellos.values()].map((each) => each.incarnation));
    if (incarnations.size !== 1) return this.#lose('the peer restarted during the handshake');
    this.#connected(state, hello);
  }

  #judgeNode(hello: Hello): Refusal | undefined {
    if (hello.node === this.#node) return undefined;
    return {reason: 'wrong-node', detail: `dialled ${this.#node}, met ${hello.node}`};
  }

  #connected(state: Extract<LinkState, {readonly kind: 'dialling'}>, hello: Hello): void {
    state.timer.cancel();
    const {limits, timers, metrics, clock} = this.#context;
    const {streams} = state.dialled;
    const calls = new Outbox<PendingCall>({
      queueBytesMax: limits.queueBytesMax, messageBytesTarget: limits.messageBytesTarget,
      isWanted: (call) => this.#pending.isWanted(call),
      encode: (items, bodyBytes) => {
        const nowMs = clock.monotonicMs();
        for (const call of items) call.wasSent = true;
        return encodeCalls(items.map((call) => ({id: call.id, service: call.service, remainingMs: call.deadlineMs - nowMs, payload: call.payload})), bodyBytes);
      },
      onSent: (messageBytes) => metrics.sentBytes.requests.add(messageBytes),
    }, streams.requests, timers);
    const posts = new Outbox<Post>({
      queueBytesMax: limits.queueBytesMax, messageBytesTarget: limits.messageBytesTarget,
      isWanted: () => true,
      encode: (items, bodyBytes) => encodePosts(items.map((post) => post.payload), bodyBytes),
      onSent: (messageBytes) => metrics.sentBytes.raft.add(messageBytes),
    }, streams.raft, timers);
    this.#failedDialCount = 0;
    this.#state = {
      kind: 'connected', dialled: state.dialled, calls, posts, pingToken: {requests: undefined, raft: undefined}, unansweredPingCount: 0,
    };
    this.#context.emit({
      event: 'fabric/connected', level: 'info', node: this.#node, address: this.#address, incarnation: hello.incarnation, mapEpoch: hello.mapEpoch,
    });
    timers.nextTurn(() => this.#onConnection(true));
  }

  #onAnswers(purpose: Purpose, answers: readonly AnswerRecord[]): void {
    if (purpose !== 'requests' || this.#state.kind !== 'connected') return this.#loseCorrupt(purpose, 'answers out of place');
    for (const answer of answers) this.#pending.settle(answer.id, toResult(answer));
  }

  #onPong(purpose: Purpose, token: number): void {
    const state = this.#state;
    if (state.kind !== 'connected' || state.pingToken[purpose] !== token) return;
    state.pingToken = {...state.pingToken, [purpose]: undefined};
    if (state.pingToken.requests === undefined && state.pingToken.raft === undefined) state.unansweredPingCount = 0;
    if (purpose !== 'requests') return;
    this.#context.metrics.roundTripSeconds(this.#context.azOf(this.#node)).observe((this.#context.clock.monotonicMs() - token) / 1_000);
  }

  #onRefused(refusal: Refusal): void {
    this.#context.emit({
      event: 'fabric/peer-refused', level: 'warn', direction: 'outgoing', node: this.#node, reason: refusal.reason, detail: refusal.detail,
    });
    this.#drop(`refused: ${refusal.reason}`);
    this.#redialAfter(this.#jittered(this.#context.limits.refusedRedialMs), `refused: ${refusal.reason}`);
  }

  #loseCorrupt(purpose: Purpose, reason: string): void {
    this.#context.emit({event: 'fabric/frame-corrupt', level: 'warn', direction: 'outgoing', node: this.#node, purpose, reason});
    this.#lose('corrupt frame');
  }

  #lose(reason: string): void {
    this.#drop(reason);
    const {redialMsMin, redialMsMax} = this.#context.limits;
    const greatestMs = Math.min(redialMsMax, redialMsMin * 2 ** Math.min(16, this.#failedDialCount));
    this.#failedDialCount += 1;
    this.#redialAfter(Math.max(redialMsMin, this.#jittered(greatestMs)), reason);
  }

  #redialAfter(delayMs: number, reason: string): void {
    this.#context.emit({event: 'fabric/dial-failed', level: 'debug', node: this.#node, reason, retryInMs: delayMs});
    this.#state = {kind: 'waiting', timer: this.#context.timers.after(delayMs, () => this.#dial())};
  }

  /** Half of it is fixed, half drawn, so that peers which lost one node do not come back in step. */
  #jittered(greatestMs: number): number {
    return greatestMs / 2 + this.#context.random.below(Math.ceil(greatestMs / 2) + 1);
  }

  /** Ends what there is; the caller sets the next state. */
  #drop(reason: string): void {
    const state = this.#state;
    if (state.kind === 'waiting' || state.kind === 'dialling') state.timer.cancel();
    this.#state = {kind: 'closed'};
    if (state.kind === 'dialling') this.#endStreams(state.dialled);
    if (state.kind === 'connected') this.#dropConnected(state, reason);
  }

  #dropConnected(state: ConnectedState, reason: string): void {
    state.calls.close();
    state.posts.close();
    this.#endStreams(state.dialled);
    this.#context.emit({event: 'fabric/disconnected', level: 'info', node: this.#node, reason});
    // In the next turn: a caller may be on the stack below us, and no result is given before its call returned.
    const lost = this.#pending.takeAll();
    this.#context.timers.nextTurn(() => {
      this.#onConnection(false);
      this.#pending.failTaken(lost, reason);
    });
  }

  #endStreams(dialled: Dialled): void {
    dialled.streams.requests.close();
    dialled.streams.raft.close();
    dialled.connection.close();
  }
}

function toResult(answer: AnswerRecord): CallResult {
  switch (answer.status) {
    case 'answered': return {ok: true, payload: answer.payload};
    case 'refused': return {ok: false, failure: {code: 'Refused', reason: reasonText(answer.payload)}};
    case 'lost': return {ok: false, failure: {code: 'Unknown', reason: reasonText(answer.payload)}};
    default: return unreachable(answer.status);
  }
}
