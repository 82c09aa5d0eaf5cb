import {assert} from '@murmuration/base';

/** Bounds and periods of one network. Every default has its reason beside it. */
export interface FabricLimits {
  /** Bytes waiting for one peer on one stream; more gives NotSent, or false from `post`. */
  readonly queueBytesMax: number;
  /** Bytes of answers waiting for one caller, above which we read no more calls from it. At twice this the stream is closed. */
  readonly answerBytesMax: number;
  /** One message on the wire, both directions. Above every legal payload (16 MiB requests and answers) with room to spare. */
  readonly messageBytesMax: number;
  /** A turn with more than this for one peer is cut in several messages, so that one message never blocks a loop for long. */
  readonly messageBytesTarget: number;
  /** Calls from others that our handlers have not answered; more are refused. */
  readonly inflightCallsMax: number;
  /** Streams that others opened to us, handshake done or not. */
  readonly incomingStreamsMax: number;
  /** First and greatest wait before dialling again. Short, because a failover waits for it. */
  readonly redialMsMin: number;
  readonly redialMsMax: number;
  /** Wait after a refusal: a wrong cluster does not become right within a second. */
  readonly refusedRedialMs: number;
  readonly handshakeTimeoutMs: number;
  readonly pingPeriodMs: number;
  /** A connection with this many pings unanswered is given up. Counted, not timed, so a stalled loop of ours loses nobody. */
  readonly unansweredPingsMax: number;
  /** Deadlines are noticed up to this late: one timer serves all calls to a peer. */
  readonly deadlineGranularityMs: number;
  /** How long `close` waits for streams to end by themselves. */
  readonly closeGraceMs: number;
}

const MIB = 1024 * 1024;

export const DEFAULT_LIMITS: FabricLimits = {
  queueBytesMax: 64 * MIB,
  answerBytesMax: 64 * MIB,
  messageBytesMax: 20 * MIB,
  messageBytesTarget: 1 * MIB,
  inflightCallsMax: 16_384,
  incomingStreamsMax: 4_096,
  redialMsMin: 50,
  redialMsMax: 1_000,
  refusedRedialMs: 5_000,
  handshakeTimeoutMs: 2_000,
  pingPeriodMs: 1_000,
  unansweredPingsMax: 3,
  deadlineGranularityMs: 10,
  closeGraceMs: 500,
};

/** Fills in the defaults and checks the relations between limits. */
export function toFabricLimits(given: Partial<FabricLimits> | undefined): FabricLimits {
  const limits = {...DEFAULT_LIMITS, ...given};
  for (const [name, value] of Object.entries(limits)) assert(Number.isSafeInteger(value) && value >= 1, 'limit must be a positive integer', {name, value});
  assert(limits.redialMsMin <= limits.redialMsMax, 'redialMsMin is above redialMsMax');
  assert(limits.messageBytesTarget <= limits.messageBytesMax, 'messageBytesTarget is above messageBytesMax');
  return limits;
}
