/** Calls and their answers, or one-way posts: one stream each, so that bulk on one does not queue before the other. */
export type Purpose = 'requests' | 'raft';

/** What a stream tells its owner. Never called before the call that made the stream returned, never after `onClosed`. */
export interface FrameStreamHandler {
  /** One message as sent. The bytes are the receiver's; they are not reused. */
  onFrame(message: Uint8Array): void;
  /** After `write` gave false: more may be written. */
  onWritable(): void;
  /** At most once, and not after our own `close`. */
  onClosed(reason: string): void;
}

/** An ordered stream of messages in both directions. */
export interface FrameStream {
  /**
   * Takes the message over, always.
   * @param onWritten called when its memory is free again; never when the stream closes first
   * @returns false when the owner should wait for `onWritable`
   */
  write(message: Uint8Array, onWritten: () => void): boolean;
  /** Stops and resumes `onFrame`. */
  pause(): void;
  resume(): void;
  /** Sends what was written, then ends. The handler hears nothing more. */
  close(): void;
}

/** One connection that we opened, carrying one stream a purpose. */
export interface FrameConnection {
  open(purpose: Purpose, handler: FrameStreamHandler): FrameStream;
  /** Frees it when its closed streams have sent what they had, and after a short grace in any case. */
  close(): void;
}

/** The part of the fabric that really moves bytes: gRPC, or queues inside one process. */
export interface FrameTransport {
  /** Where others reach us. */
  readonly address: string;
  dial(address: string): FrameConnection;
  close(): Promise<void>;
}

/** Called by a transport for each stream that a peer opened. */
export type AcceptStream = (purpose: Purpose, stream: FrameStream) => FrameStreamHandler;
