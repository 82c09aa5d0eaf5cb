import type {HttpHandler} from '@murmuration/base';
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
  /** Given to the HTTP listener as it is. */
  readonly handle: HttpHandler;

  constructor(options: RouterOptions, ports: RouterPorts, services: RouterServices) {
    const settings = completeOptions(options);
    const refresher = new MapRefresher(services.map, ports.clock, ports.timers, settings.mapRefreshPeriodMsMin);
    const partitions = new PartitionClient(settings, ports, services.map, refresher, services.localPartitions);
    this.#services = services;
    const metrics = new RouterMetrics(ports.metrics, settings.tableLabelsMax, () => this.#server.inFlightCount);
    this.#server = new HttpServer({
      settings, ports, metrics, partitions,
      map: services.map, control: services.control, tables: new TableLookup(services.map, refresher),
    });
    this.handle = (request, respond) => this.#server.handle(request, respond);
  }

  health(): RouterHealth {
    return {inFlightCount: this.#server.inFlightCount, inFlightBytes: this.#server.inFlightBytes, isMapConfirmed: this.#services.map.isConfirmed()};
  }
}
