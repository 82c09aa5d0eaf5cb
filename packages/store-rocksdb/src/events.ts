/** What happens to a store on disk. */
export type StoreEvent =
  | {readonly event: 'store/opened'; readonly level: 'info'; readonly directory: string; readonly sizeBytes: number}
  | {readonly event: 'store/flushed'; readonly level: 'debug'; readonly directory: string; readonly sizeBytes: number}
  | {readonly event: 'store/failed'; readonly level: 'error'; readonly directory: string; readonly code: string; readonly reason: string}
  | {readonly event: 'store/closed'; readonly level: 'info'; readonly directory: string};
