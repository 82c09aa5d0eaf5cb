import type {NodeId} from '@murmuration/base';
import {assert, DecodeError, unreachable, utf8Encode} from '@murmuration/base';
import type {FabricContext} from './fabric-context.js';
import type {AnswerRecord, AnswerStatus, CallRecord, Frame} from './frame.js';
import {
  answerSizeBytes, decodeFrame, encodeAnswers, encodeHelloFrame, encodePong, encodeRefusalFrame, FRAME_OVERHEAD_BYTES_MAX,
} from './frame.js';
import type {FrameStream, FrameStreamHandler, Purpose} from './frame-stream.js';
import type {Hello, Refusal} from './hello.js';
import {judgeHello} from './hello.js';
import {Outbox} from './outbox.js';

interface Answer extends AnswerRecord {
  readonly sizeBytes: number;
  readonly deadlineMs: number;
}

/** Above the pings a link leaves unanswered before it gives up. */
const UNWRITTEN_PONGS_MAX = 16;

/** What a stream that a peer opened needs from its network. */
export interface IncomingOwner {
  /** Whether this peer may talk to us; a stream it replaces is closed by the owner. @returns why not */
  admit(stream: IncomingStream, hello: Hello): Refusal | undefined;
  onCall(
    from: NodeId, service: number, payload: Uint8Array, deadlineMs: number,
    reply: (payload: Uint8Array) => void, refuse: (reason: string) => void,
  ): void;
  onPost(from: NodeId, payload: Uint8Array): void;
  onEnded(stream: IncomingStream): void;
}

/** One stream that a peer opened to us. What comes in on it is input: believed only after it was decoded and checked. */
export class IncomingStream {
  readonly purpose: Purpose;
  readonly handler: FrameStreamHandler;
  readonly #stream: FrameStream;
  readonly #owner: IncomingOwner;
  readonly #context: FabricContext;
  readonly #answers: Outbox<Answer>;
  #peer: Hello | undefined;
  #isEnded = false;
  #isPaused = false;
  #silentPeriodCount = 0;
  #unwrittenPongCount = 0;

  constructor(purpose: Purpose, stream: FrameStream, owner: IncomingOwner, context: FabricContext) {
    this.purpose = purpose;
    this.#stream = stream;
    this.#owner = owner;
    this.#context = context;
    this.#answers = new Outbox<Answer>({
      queueBytesMax: 2 * context.limits.answerBytesMax, messageBytesTarget: context.limits.messageBytesTarget,
      // The caller gave up before our deadline for it: what it was told to wait began to run out before we began to count.
      isWanted: (answer) => answer.deadlineMs > context.clock.monotonicMs(),
      encode: encodeAnswers,
      onSent: (messageBytes) => context.metrics.sentBytes[purpose].add(messageBytes),
      onWritten: () => this.#onWritten(),
    }, stream, context.timers);
    this.handler = {
      onFrame: (message) => this.#onMessage(message),
      onWritable: () => this.#answers.onWritable(),
      onClosed: () => this.#end(),
    };
  }

  get peer(): Hello | undefined {
    return this.#peer;
  }
  get queuedBytes(): number {
    return this.#answers.queuedBytes;
  }
  get queuedCount(): number {
    return this.#answers.queuedCount;
  }

  /** Sends what waits, then ends. */
  close(): void {
    if (this.#isEnded) return;
    this.#answers.flush();
    this.#stream.close();
    this.#end();
  }

  refuse(refusal: Refusal): void {
    if (this.#isEnded) return;
    this.#context.emit({
      event: 'fabric/peer-refused', level: 'warn', direction: 'incoming', node: this.#peer?.node, reason: refusal.reason, detail: refusal.detail,
    });
    this.#stream.write(encodeRefusalFrame(refusal), () => undefined);
    this.close();
  }

  /** Once every ping period: a peer that neither says anything, not even a ping, nor takes an answer is gone. */
  onPingPeriod(): void {
    this.#silentPeriodCount += 1;
    if (this.#silentPeriodCount > this.#context.limits.unansweredPingsMax + 1) this.close();
  }

  #end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#answers.close();
    this.#owner.onEnded(this);
  }

  #onMessage(message: Uint8Array): void {
    if (this.#isEnded) return;
    this.#silentPeriodCount = 0;
    this.#context.metrics.receivedBytes[this.purpose].add(message.length);
    let frame: Frame;
    try {
      frame = decodeFrame(message);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      return this.#closeCorrupt(error.message);
    }
    if (this.#peer === undefined) {
      if (frame.kind !== 'hello') return this.#closeCorrupt(`${frame.kind} before the hello`);
      return this.#onHello(frame.hello);
    }
    switch (frame.kind) {
      case 'calls': return this.#onCalls(this.#peer.node, frame.calls);
      case 'posts': return this.#onPosts(this.#peer.node, frame.posts);
      case 'ping': return this.#onPing(frame.token);
      case 'hello':
      case 'refusal':
      case 'answers':
      case 'pong': return this.#closeCorrupt(`${frame.kind} on a stream that the peer dialled`);
      default: return unreachable(frame);
    }
  }

  /** A peer that asks faster than it reads gets fewer pongs, not a queue of them. */
  #onPing(token: number): void {
    if (this.#unwrittenPongCount >= UNWRITTEN_PONGS_MAX) return;
    this.#unwrittenPongCount += 1;
    this.#stream.write(encodePong(token), () => {
      this.#unwrittenPongCount -= 1;
    });
  }

  #onHello(hello: Hello): void {
    const own = this.#context.ownHello();
    const refusal = judgeHello(own, hello) ?? this.#owner.admit(this, hello);
    if (refusal !== undefined) {
      this.#peer = hello;
      return this.refuse(refusal);
    }
    this.#peer = hello;
    this.#stream.write(encodeHelloFrame(own), () => undefined);
  }

  #onCalls(from: NodeId, calls: readonly CallRecord[]): void {
    if (this.purpose !== 'requests') return this.#closeCorrupt('calls on the raft stream');
    const nowMs = this.#context.clock.monotonicMs();
    for (const call of calls) {
      const deadlineMs = nowMs + call.remainingMs;
      let isAnswered = false;
      const answer = (status: AnswerStatus, payload: Uint8Array): void => {
        assert(!isAnswered, 'a call is answered once', {service: call.service});
        isAnswered = true;
        this.#answer(call.id, status, payload, deadlineMs);
      };
      this.#owner.onCall(
        from, call.service, call.payload, deadlineMs,
        (payload) => answer('answered', payload), (reason) => answer('refused', utf8Encode(reason)),
      );
    }
  }

  #answer(id: number, status: AnswerStatus, payload: Uint8Array, deadlineMs: number): void {
    if (this.#isEnded) return;
    const sizeBytes = answerSizeBytes(id, payload);
    if (sizeBytes + FRAME_OVERHEAD_BYTES_MAX > this.#context.limits.messageBytesMax) {
      return this.#answer(id, 'lost', utf8Encode('answer too large'), deadlineMs);
    }
    if (!this.#answers.offer({id, status, payload, deadlineMs, sizeBytes})) {
      // The peer asks and does not read. Its calls become Unknown there, which is what they are.
      return this.close();
    }
    if (!this.#isPaused && this.#answers.queuedBytes > this.#context.limits.answerBytesMax) {
      this.#isPaused = true;
      this.#stream.pause();
    }
  }

  #onWritten(): void {
    this.#silentPeriodCount = 0;
    if (!this.#isPaused || this.#isEnded || this.#answers.queuedBytes > this.#context.limits.answerBytesMax) return;
    this.#isPaused = false;
    this.#stream.resume();
  }

  #onPosts(from: NodeId, posts: readonly Uint8Array[]): void {
    if (this.purpose !== 'raft') return this.#closeCorrupt('posts on the requests stream');
    for (const post of posts) this.#owner.onPost(from, post);
  }

  #closeCorrupt(reason: string): void {
    this.#context.emit({
      event: 'fabric/frame-corrupt', level: 'warn', direction: 'incoming', node: this.#peer?.node, purpose: this.purpose, reason,
    });
    this.close();
  }
}
