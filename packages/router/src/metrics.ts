import {LATENCY_BUCKETS_SECONDS} from '@murmuration/base';
import type {Counter, Family, Histogram, MetricRegistry} from '@murmuration/base';

export type RequestResult = 'ok' | 'client_error' | 'server_error';

/** Counts requests; every child is made once and kept, so that counting a request looks up maps and no label sets. */
export class RouterMetrics {
  readonly #requests: Family<Counter>;
  readonly #errors: Family<Counter>;
  readonly #durations: Family<Histogram>;
  readonly #readUnits: Family<Counter>;
  readonly #writeUnits: Family<Counter>;
  readonly #statements: Family<Counter>;
  readonly #transactions: Family<Counter>;
  readonly #throttles: Family<Counter>;
  readonly #returnedItems: Counter;
  readonly #requestBytes: Counter;
  readonly #responseBytes: Counter;
  readonly #tableLabelsMax: number;
  readonly #operations = new Map<string, OperationMetrics>();
  readonly #tables = new Map<string, TableMetrics>();
  readonly #names = new Set<string>();

  constructor(registry: MetricRegistry, tableLabelsMax: number, inFlightCount: () => number) {
    this.#tableLabelsMax = tableLabelsMax;
    this.#requests = registry.counterFamily({name: 'requests_total', help: 'API requests by operation, table and result; table is empty where none was found.', labels: ['operation', 'table', 'result']});
    this.#errors = registry.counterFamily({name: 'errors_total', help: 'API requests answered with an exception, by its name.', labels: ['operation', 'type']});
    this.#durations = registry.histogramFamily({name: 'request_duration_seconds', help: 'From the head of an API request to its answer.', labels: ['operation'], buckets: LATENCY_BUCKETS_SECONDS});
    this.#readUnits = registry.counterFamily({name: 'consumed_read_units_total', help: 'Read units of answered requests.', labels: ['table']});
    this.#writeUnits = registry.counterFamily({name: 'consumed_write_units_total', help: 'Write units of answered requests.', labels: ['table']});
    this.#statements = registry.counterFamily({name: 'partiql_statements_total', help: 'PartiQL statements that were planned, by kind and by how they reach their items.', labels: ['statement', 'access']});
    this.#transactions = registry.counterFamily({name: 'transactions_total', help: 'Transactions coordinated here that came to an answer, by kind and result.', labels: ['kind', 'result']});
    this.#throttles = registry.counterFamily({name: 'throttled_requests_total', help: 'Requests to partitions of a table that were refused for throughput, by table, global index (empty for the table itself) and reason.', labels: ['table', 'index', 'reason']});
    this.#returnedItems = registry.counter({name: 'returned_items_total', help: 'Items in answers.'});
    this.#requestBytes = registry.counter({name: 'request_bytes_total', help: 'Bytes of API request bodies, content coding removed.'});
    this.#responseBytes = registry.counter({name: 'response_bytes_total', help: 'Bytes of API answers before content coding.'});
    const inFlight = registry.gauge({name: 'requests_in_flight', help: 'API requests taken and not answered.'});
    registry.onCollect(() => inFlight.set(inFlightCount()));
  }

  /** @param operation of the closed set of served operations, or `Unknown` */
  answered(operation: string, table: string, result: RequestResult, durationMs: number, requestBytes: number, responseBytes: number): void {
    const metrics = this.#operation(operation);
    metrics.request(this.#bounded(table), result).add(1);
    metrics.duration.observe(Math.max(0, durationMs) / 1000);
    this.#requestBytes.add(requestBytes);
    this.#responseBytes.add(responseBytes);
  }
  failed(operation: string, type: string): void {
    this.#operation(operation).error(type).add(1);
  }
  /** @param halfUnits as packages/capacity counts */
  read(table: string, halfUnits: number, itemCount: number): void {
    this.#table(table).readUnits.add(halfUnits / 2);
    if (itemCount > 0) this.#returnedItems.add(itemCount);
  }
  /** @param access a read of one partition key or several, of everything, or of one item by its key */
  planned(statement: 'select' | 'insert' | 'update' | 'delete' | 'exists', access: 'query' | 'scan' | 'item'): void {
    this.#statements.with({statement, access}).add(1);
  }
  transacted(kind: 'read' | 'write', result: string): void {
    this.#transactions.with({kind, result}).add(1);
  }
  /** A request, or a part of a batch, was refused for throughput. */
  throttled(table: string, index: string, reason: string): void {
    const named = this.#bounded(table);
    // Indexes of tables without a name of their own have none either.
    this.#throttles.with({table: named, index: named === '' ? '' : index, reason}).add(1);
  }
  wrote(table: string, halfUnits: number): void {
    this.#table(table).writeUnits.add(halfUnits / 2);
  }

  #operation(operation: string): OperationMetrics {
    let metrics = this.#operations.get(operation);
    if (metrics === undefined) {
      metrics = new OperationMetrics(operation, this.#requests, this.#errors, this.#durations.with({operation}));
      this.#operations.set(operation, metrics);
    }
    return metrics;
  }
  #table(name: string): TableMetrics {
    const table = this.#bounded(name);
    let metrics = this.#tables.get(table);
    if (metrics === undefined) {
      metrics = {readUnits: this.#readUnits.with({table}), writeUnits: this.#writeUnits.with({table})};
      this.#tables.set(table, metrics);
    }
    return metrics;
  }
  /** Tables come and go for as long as the process lives: past the bound they share the empty name. */
  #bounded(table: string): string {
    if (table === '' || this.#names.has(table)) return table;
    if (this.#names.size >= this.#tableLabelsMax) return '';
    this.#names.add(table);
    return table;
  }
}

interface TableMetrics {
  readonly readUnits: Counter;
  readonly writeUnits: Counter;
}

class OperationMetrics {
  readonly duration: Histogram;
  readonly #operation: string;
  readonly #requestFamily: Family<Counter>;
  readonly #errorFamily: Family<Counter>;
  readonly #requests = new Map<string, Map<RequestResult, Counter>>();
  readonly #errors = new Map<string, Counter>();

  constructor(operation: string, requests: Family<Counter>, errors: Family<Counter>, duration: Histogram) {
    this.#operation = operation;
    this.#requestFamily = requests;
    this.#errorFamily = errors;
    this.duration = duration;
  }
  request(table: string, result: RequestResult): Counter {
    let byResult = this.#requests.get(table);
    if (byResult === undefined) {
      byResult = new Map();
      this.#requests.set(table, byResult);
    }
    let counter = byResult.get(result);
    if (counter === undefined) {
      counter = this.#requestFamily.with({operation: this.#operation, table, result});
      byResult.set(result, counter);
    }
    return counter;
  }
  error(type: string): Counter {
    let counter = this.#errors.get(type);
    if (counter === undefined) {
      counter = this.#errorFamily.with({operation: this.#operation, type});
      this.#errors.set(type, counter);
    }
    return counter;
  }
}
