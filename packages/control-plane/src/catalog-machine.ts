import type {LogIndex, ScanRange, StorePort, Term, WriteBatch} from '@murmuration/base';
import type {CommittedCommand, GroupStateMachine} from '@murmuration/raft-host';
import {Catalog} from './catalog.js';
import type {CatalogResult} from './catalog.js';
import {decodeCatalogCommand} from './catalog-commands.js';
import {catalogRange, readCatalog, writeCatalogChange} from './catalog-rows.js';

export interface CatalogListener {
  onCatalogChanged(): void;
  onLeadership(isLeader: boolean, term: Term): void;
}

/** The catalog as the Raft host drives it. */
export class CatalogMachine implements GroupStateMachine {
  readonly catalog = new Catalog();
  readonly #store: StorePort;
  readonly #listener: CatalogListener;
  constructor(store: StorePort, listener: CatalogListener) {
    this.#store = store;
    this.#listener = listener;
  }
  apply(command: CommittedCommand, batch: WriteBatch): CatalogResult {
    const {result, change} = this.catalog.apply(decodeCatalogCommand(command.data));
    if (change !== undefined) {
      writeCatalogChange(this.catalog, change, batch);
      this.#listener.onCatalogChanged();
    }
    return result;
  }
  onStored(): void {
    // Memory holds the whole catalog: nothing is kept back until it is stored.
  }
  onLeadership(isLeader: boolean, term: Term): void {
    this.#listener.onLeadership(isLeader, term);
  }
  stateRanges(): readonly ScanRange[] {
    return [catalogRange()];
  }
  async reload(_appliedIndex: LogIndex): Promise<void> {
    await readCatalog(this.#store, this.catalog);
    this.#listener.onCatalogChanged();
  }
  onConfiguration(): void {
    // The members of the control group are fixed by the configuration of its processes.
  }
  stop(): void {
    this.#listener.onLeadership(false, 0 as Term);
  }
}
