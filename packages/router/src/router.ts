import type {HttpHandler} from '@murmuration/base';
import {CAPACITY_SETTING_DEFAULTS} from '@murmuration/model';
import {ThrottleJournal} from './admission/throttle-journal.js';
import type {ThrottleFilter, ThrottledRequest} from './admission/throttle-journal.js';
import {TokenLeases} from './admission/token-leases.js';
import {HttpServer} from './http-server.js';
import {MapRefresher} from '@murmuration/partition-client';
import {RouterMetrics} from './metrics.js';
import {completeOptions} from './options.js';
import type {RouterOptions, RouterPorts} from './options.js';
import {PartitionClient} from '@murmuration/partition-client';
import type {RouterServices} from './services.js';
import {TableLookup} from './table-lookup.js';

export interface RouterHealth {
  readonly inFlightCount: number;
  readonly inFlightBytes: number;
  /** Whether the map came from the control plane in this life of the process. */
  readonly isMapConfirmed: boolean;
}

/**
 * The DynamoDB API of one process. Keeps no state but what may be lost: requests in work, who was last seen
 * leading what, and counters.
 */
export class Router {
  readonly #server: HttpServer;
  readonly #services: RouterServices;
  readonly #journal: ThrottleJournal;
  readonly #leases: TokenLeases;
  /** Given to the HTTP listener as it is. */
  readonly handle: HttpHandler;

  constructor(options: RouterOptions, ports: RouterPorts, services: RouterServices) {
    const settings = completeOptions(options);
    const refresher = new MapRefresher(services.map, ports.clock, ports.timers, settings.mapRefreshPeriodMsMin);
    const partitions = new PartitionClient(settings, ports, services.map, refresher, services.localPartitions);
    this.#services = services;
    const metrics = new RouterMetrics(ports.metrics, settings.tableLabelsMax, () => this.#server.inFlightCount);
    this.#journal = new ThrottleJournal(settings.throttleRecordsMax);
    this.#leases = new TokenLeases(settings.node, settings.capacityDefaults ?? CAPACITY_SETTING_DEFAULTS, ports, services.map, services.control);
    this.#server = new HttpServer({
      settings, ports, metrics, partitions,
      map: services.map, control: services.control, tables: new TableLookup(services.map, refresher),
    }, {partitions, map: services.map, clock: ports.clock, leases: this.#leases, journal: this.#journal, metrics});
    this.handle = (request, respond) => this.#server.handle(request, respond);
  }

  /** Throttles that this router told of, newest first; the oldest ones are gone. */
  throttles(filter: ThrottleFilter): readonly ThrottledRequest[] {
    return this.#journal.list(filter);
  }
  /** The why of one throttle; undefined when it was told elsewhere, or long ago. */
  throttleOf(requestId: string): ThrottledRequest | undefined {
    return this.#journal.list({requestId, limit: 1})[0];
  }
  /** Asks for no more tokens. */
  stop(): void {
    this.#leases.stop();
  }
  health(): RouterHealth {
    return {inFlightCount: this.#server.inFlightCount, inFlightBytes: this.#server.inFlightBytes, isMapConfirmed: this.#services.map.isConfirmed()};
  }
}
