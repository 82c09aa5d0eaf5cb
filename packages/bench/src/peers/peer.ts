/** A server under measurement, running. */
export interface RunningPeer {
  readonly endpoint: URL;
  /** Processes whose CPU time and memory count. */
  readonly pids: readonly number[];
  /** From the command to the first answer. */
  readonly startMs: number;
  stop(): Promise<void>;
}

/** Which requests a peer understands. */
export type PeerProtocol = 'dynamodb' | 'etcd';

/** Something that can be measured beside others. */
export interface Peer {
  /** As in the result file. */
  readonly name: string;
  /** One line for readers: what runs, and what it promises of a write that it acknowledged. */
  readonly shape: string;
  readonly version: string;
  readonly protocol: PeerProtocol;
  /** Workloads it has no operation for. */
  readonly lacks?: readonly string[];
  start(): Promise<RunningPeer>;
}

/** A peer that cannot be measured here, and why. */
export interface MissingPeer {
  readonly name: string;
  readonly reason: string;
}
