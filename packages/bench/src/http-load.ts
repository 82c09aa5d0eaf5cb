import {connect} from 'node:net';
import type {Socket} from 'node:net';
import {build} from 'hdr-histogram-js';
import type {Histogram} from 'hdr-histogram-js';

/** One closed-loop load: `connections` sockets, each with one request under way. */
export interface LoadOptions {
  readonly host: string;
  readonly port: number;
  readonly connections: number;
  readonly warmUpMs: number;
  readonly durationMs: number;
  /** The whole bytes of the next request. Called once a request, so it must be cheap. */
  readonly nextRequest: () => Buffer;
}

export interface LoadResult {
  readonly requests: number;
  readonly errors: number;
  readonly durationSeconds: number;
  readonly requestsPerSecond: number;
  readonly latencyMicros: {readonly p50: number; readonly p90: number; readonly p99: number; readonly max: number};
}

const HEADER_END = Buffer.from('\r\n\r\n');
const LAST_CHUNK = Buffer.from('0\r\n\r\n');
const ERROR_SAMPLES_MAX = 3;

/** Told where measuring begins and ends, so that CPU time can be read at the same moments. */
export interface LoadObserver {
  readonly onMeasureStart: () => void;
  readonly onMeasureEnd: () => void;
}

/**
 * Sends requests over raw sockets and reads just enough of each reply (status, Content-Length) to know its end: the
 * generator shares the machine with what it measures, so its own cost must be small.
 * @throws Error when a connection breaks or a reply is not HTTP with a length
 */
export function runLoad(options: LoadOptions, observer: LoadObserver): Promise<LoadResult> {
  return new Promise((resolve, reject) => {
    const latency: Histogram = build({lowestDiscernibleValue: 1, highestTrackableValue: 60_000_000, numberOfSignificantValueDigits: 3});
    const samples: string[] = [];
    let state: 'warm-up' | 'measuring' | 'over' = 'warm-up';
    let requests = 0;
    let errors = 0;
    let startedMs = 0;
    let open = options.connections;
    const sockets: Socket[] = [];

    const finish = (): void => {
      const durationSeconds = (performance.now() - startedMs) / 1000;
      observer.onMeasureEnd();
      state = 'over';
      if (errors > 0) process.stderr.write(`bench: ${errors} errors, such as ${samples.join(' | ')}\n`);
      const micros = (percentile: number): number => latency.getValueAtPercentile(percentile);
      resolve({
        requests, errors, durationSeconds, requestsPerSecond: requests / durationSeconds,
        latencyMicros: {p50: micros(50), p90: micros(90), p99: micros(99), max: latency.maxValue},
      });
    };
    setTimeout(() => {
      state = 'measuring';
      startedMs = performance.now();
      observer.onMeasureStart();
      setTimeout(finish, options.durationMs);
    }, options.warmUpMs);

    for (let i = 0; i < options.connections; i += 1) {
      const socket = connect({host: options.host, port: options.port, noDelay: true});
      sockets.push(socket);
      let sentMs = 0;
      let received: Buffer = Buffer.alloc(0);
      const send = (): void => {
        if (state === 'over') {
          socket.end();
          open -= 1;
          if (open === 0) for (const other of sockets) other.destroy();
          return;
        }
        sentMs = performance.now();
        socket.write(options.nextRequest());
      };
      socket.on('connect', send);
      socket.on('error', (error) => {
        if (state !== 'over') reject(error);
      });
      socket.on('data', (chunk: Buffer) => {
        received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
        const headEnd = received.indexOf(HEADER_END);
        if (headEnd < 0) return;
        const head = received.toString('latin1', 0, headEnd);
        const length = /content-length: (\d+)/i.exec(head)?.[1];
        const isChunked = length === undefined && /transfer-encoding: chunked/i.test(head);
        // Bodies here are JSON on one line: the last chunk cannot be mistaken.
        if (isChunked && !received.subarray(-LAST_CHUNK.length).equals(LAST_CHUNK)) return;
        if (length === undefined && !isChunked) {
          reject(new Error(`a reply without Content-Length: ${head.slice(0, 100)}`));
          return;
        }
        if (length !== undefined && received.length < headEnd + 4 + Number(length)) return;
        if (state === 'measuring') {
          requests += 1;
          latency.recordValue(Math.max(1, Math.round((performance.now() - sentMs) * 1000)));
          if (!head.startsWith('HTTP/1.1 200')) {
            errors += 1;
            if (samples.length < ERROR_SAMPLES_MAX) samples.push(received.toString('latin1', headEnd + 4, headEnd + 204));
          }
        }
        received = Buffer.alloc(0);
        send();
      });
    }
  });
}
