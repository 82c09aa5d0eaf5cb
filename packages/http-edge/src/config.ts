const KIB = 1024;
const MIB = 1024 * KIB;

/** Every bound of a listener. What happens when one is reached stands in README.md. */
export interface HttpEdgeLimits {
  /** Of a body as sent, and again after its content coding is removed. */
  readonly bodyBytesMax: number;
  /** Reads and chunks that one body may arrive in: each costs a call, whatever its size. */
  readonly bodyPieceCountMax: number;
  /** Of a body past `bodyBytesMax`, read and thrown away so that a client still sending can read the answer. */
  readonly discardBytesMax: number;
  /** Request line and header fields together. */
  readonly headBytesMax: number;
  readonly headerCountMax: number;
  readonly headTimeoutMs: number;
  /** From the first byte of a request to its last. */
  readonly requestTimeoutMs: number;
  /** What a client may take for a body or a reply before its speed counts. */
  readonly slowGraceMs: number;
  /** Of a body being sent and of a reply being read, over the whole of it, behind the grace. */
  readonly bytesPerSecondMin: number;
  /** Without a byte in either direction, with a request under way: a reader that has stopped reading. */
  readonly socketIdleTimeoutMs: number;
  /** Between two requests. */
  readonly keepAliveTimeoutMs: number;
  readonly requestsPerSocketMax: number;
  readonly connectionCountMax: number;
  readonly connectionsPerAddressMax: number;
  /** Requests of one connection that are not answered yet. */
  readonly pipelinedRequestsMax: number;
  readonly inFlightRequestsMax: number;
  /** Bodies of requests and of replies not yet handed to the system, all connections together. */
  readonly inFlightBytesMax: number;
  /** Replies above this are compressed when the client accepts it. */
  readonly compressAboveBytes: number;
}

export const HTTP_EDGE_LIMITS: HttpEdgeLimits = {
  bodyBytesMax: 16 * MIB,
  bodyPieceCountMax: 65_536,
  discardBytesMax: 32 * MIB,
  headBytesMax: 32 * KIB,
  headerCountMax: 100,
  headTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  slowGraceMs: 10_000,
  bytesPerSecondMin: 16 * KIB,
  socketIdleTimeoutMs: 60_000,
  keepAliveTimeoutMs: 65_000,
  requestsPerSocketMax: 1_000_000,
  connectionCountMax: 8_192,
  connectionsPerAddressMax: 4_096,
  pipelinedRequestsMax: 64,
  inFlightRequestsMax: 16_384,
  inFlightBytesMax: 256 * MIB,
  compressAboveBytes: 4 * KIB,
};
