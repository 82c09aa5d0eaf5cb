import type {Clock, Counter, EventSink, Family, HttpHandler, MetricRegistry} from '@murmuration/base';
import type {HttpEdgeLimits} from './config.js';
import type {HttpEdgeEvent, RefusalReason} from './events.js';

export interface HttpEdgePorts {
  readonly clock: Clock;
  readonly events: EventSink;
  readonly metrics: MetricRegistry;
}

/** What all connections of one listener share: limits, the handler, and what is in flight now. */
export class EdgeState {
  readonly limits: HttpEdgeLimits;
  readonly handler: HttpHandler;
  readonly clock: Clock;
  readonly #events: EventSink;
  readonly #refusals: Family<Counter>;
  #inFlightBytes = 0;
  #inFlightRequestCount = 0;
  #isClosing = false;

  constructor(limits: HttpEdgeLimits, handler: HttpHandler, ports: HttpEdgePorts) {
    this.limits = limits;
    this.handler = handler;
    this.clock = ports.clock;
    this.#events = ports.events;
    this.#refusals = ports.metrics.counterFamily({
      name: 'http_refusals_total', help: 'Requests and connections answered or closed by the edge itself', labels: ['reason'],
    });
  }

  get inFlightBytes(): number {
    return this.#inFlightBytes;
  }
  get inFlightRequestCount(): number {
    return this.#inFlightRequestCount;
  }
  /** Once true, each reply closes its connection. */
  get isClosing(): boolean {
    return this.#isClosing;
  }

  startClosing(): void {
    this.#isClosing = true;
  }

  requestStarted(): void {
    this.#inFlightRequestCount += 1;
  }
  requestEnded(): void {
    this.#inFlightRequestCount -= 1;
  }

  /** @returns whether the bytes fit under the bound; when true the caller gives them back with `giveBytes` */
  tryTakeBytes(sizeBytes: number): boolean {
    if (this.#inFlightBytes + sizeBytes > this.limits.inFlightBytesMax) return false;
    this.#inFlightBytes += sizeBytes;
    return true;
  }
  /** For replies: they exist already, so they are counted even past the bound, and hold back new requests. */
  takeBytes(sizeBytes: number): void {
    this.#inFlightBytes += sizeBytes;
  }
  giveBytes(sizeBytes: number): void {
    this.#inFlightBytes -= sizeBytes;
  }

  report(event: HttpEdgeEvent): void {
    this.#events.emit(event);
  }
  reportRefusal(reason: RefusalReason, remoteAddress: string): void {
    this.#refusals.with({reason}).add(1);
    if (this.#events.isEnabled('debug')) this.#events.emit({event: 'http-edge/refused', level: 'debug', reason, remoteAddress} satisfies HttpEdgeEvent);
  }
}
