import {tableNotFound} from '@murmuration/model';
import type {TableDescriptor} from '@murmuration/model';
import type {ClusterMapSource} from '@murmuration/control-client';
import {RouterError} from './errors.js';
import type {Exchange} from './exchange.js';
import type {MapRefresher} from '@murmuration/partition-client';

/** Finds tables by name in the cached map, and asks for a newer map before it says that one is not there. */
export class TableLookup {
  readonly #map: ClusterMapSource;
  readonly #refresher: MapRefresher;
  constructor(map: ClusterMapSource, refresher: MapRefresher) {
    this.#map = map;
    this.#refresher = refresher;
  }

  /** Goes on at once with the usable table, or after one refresh; else the exchange is answered ResourceNotFoundException. */
  find(exchange: Exchange, name: string, found: (table: TableDescriptor) => void): void {
    const table = this.#usable(name);
    if (table !== undefined) {
      exchange.tableName = table.name;
      found(table);
      return;
    }
    this.#refresher.refresh(() => exchange.run(() => {
      const fresh = this.#require(name);
      exchange.tableName = fresh.name;
      found(fresh);
    }));
  }

  /** All of them, in the order of `names`, with one refresh at most. */
  findAll(exchange: Exchange, names: readonly string[], found: (tables: readonly TableDescriptor[]) => void): void {
    const tables = names.map((name) => this.#usable(name));
    if (tables.every((table) => table !== undefined)) {
      found(tables);
      return;
    }
    this.#refresher.refresh(() => exchange.run(() => found(names.map((name) => this.#require(name)))));
  }

  #usable(name: string): TableDescriptor | undefined {
    const table = this.#map.current().tableByName(name);
    return table !== undefined && (table.status === 'ACTIVE' || table.status === 'UPDATING') ? table : undefined;
  }
  #require(name: string): TableDescriptor {
    const table = this.#usable(name);
    if (table !== undefined) return table;
    // Without any word of the control plane there is no telling which tables exist.
    if (!this.#map.isConfirmed()) throw new RouterError({code: 'Unavailable', reason: 'the table is not known, and the control plane was never reached'});
    throw tableNotFound();
  }
}
