import type {Counter, MetricRegistry} from '@murmuration/base';

/** What became of a request to a partition of an index. */
export type IndexWriteResult = 'new' | 'known' | 'fenced' | 'held-up';
/** What became of a step of filling an index: `unsettled` and `cut` are tried again, `overtaken` was done by somebody else. */
export type FillStepResult = 'taken' | 'unsettled' | 'cut' | 'overtaken' | 'failed';

export interface GlobalIndexMetrics {
  /** One request to a partition of an index ended. @param result 'ok' or how it failed */
  told(result: string, entryCount: number): void;
  /** Items that were there before an index, put into the outbox for it. */
  filled(itemCount: number): void;
  /** A partition of an index, here, was told something. */
  heard(result: IndexWriteResult): void;
  fillStep(result: FillStepResult): void;
  /** An entry is not told, since its index is gone. */
  forgotten(): void;
  /** A write was refused because too much waits. */
  refused(): void;
  collect(state: GlobalIndexState): void;
}
/** Of all partitions that are led here. */
export interface GlobalIndexState {
  readonly rowCount: number;
  readonly sizeBytes: number;
  /** Of the partition that is furthest behind. */
  readonly lagMs: number;
}

export function createGlobalIndexMetrics(registry: MetricRegistry): GlobalIndexMetrics {
  const requests = registry.counterFamily({name: 'global_index_requests_total', help: 'Requests by which leaders here told global indexes of writes, by result.', labels: ['result']});
  const entries = registry.counter({name: 'global_index_entries_told_total', help: 'Entries of global indexes that were set or removed on behalf of leaders here.'});
  const filled = registry.counter({name: 'global_index_items_filled_total', help: 'Items that were there before a global index and were put into the outbox for it.'});
  const refusals = registry.counter({name: 'global_index_writes_refused_total', help: 'Writes refused because too many before them wait to be told to global indexes.'});
  const heard = registry.counterFamily({name: 'global_index_requests_heard_total', help: 'Requests to partitions of global indexes led here, by whether they brought something new.', labels: ['result']});
  const steps = registry.counterFamily({name: 'global_index_fill_steps_total', help: 'Steps of filling new global indexes, by result.', labels: ['result']});
  const forgotten = registry.counter({name: 'global_index_entries_forgotten_total', help: 'Entries that were not told because their global index was gone.'});
  const rows = registry.gauge({name: 'global_index_outbox_rows', help: 'Effects of writes that wait to be told to global indexes.'});
  const bytes = registry.gauge({name: 'global_index_outbox_bytes', help: 'Bytes of what waits to be told to global indexes.'});
  const lag = registry.gauge({name: 'global_index_lag_seconds', help: 'For how long the oldest write waits to be told to a global index, of the partition that is furthest behind.'});
  const results = new Map<string, Counter>();
  return {
    told(result, entryCount) {
      const counter = results.get(result) ?? requests.with({result});
      results.set(result, counter);
      counter.add(1);
      if (result === 'ok') entries.add(entryCount);
    },
    heard: (result) => heard.with({result}).add(1),
    fillStep: (result) => steps.with({result}).add(1),
    forgotten: () => forgotten.add(1),
    refused: () => refusals.add(1),
    filled: (itemCount) => filled.add(itemCount),
    collect({rowCount, sizeBytes, lagMs}) {
      rows.set(rowCount);
      bytes.set(sizeBytes);
      lag.set(lagMs / 1000);
    },
  };
}
