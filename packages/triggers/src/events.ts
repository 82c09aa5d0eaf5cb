export type TriggerEvent =
  | {readonly event: 'trigger/running'; readonly level: 'info'; readonly trigger: string; readonly epoch: number}
  | {readonly event: 'trigger/given-up'; readonly level: 'info'; readonly trigger: string; readonly reason: string}
  | {readonly event: 'trigger/invocation-failed'; readonly level: 'warn'; readonly trigger: string; readonly shard: string; readonly attempt: number; readonly recordCount: number; readonly reason: string}
  | {readonly event: 'trigger/records-dropped'; readonly level: 'error'; readonly trigger: string; readonly shard: string; readonly recordCount: number; readonly condition: string}
  | {readonly event: 'trigger/records-trimmed'; readonly level: 'error'; readonly trigger: string; readonly shard: string}
  | {readonly event: 'trigger/failed'; readonly level: 'warn'; readonly trigger: string; readonly reason: string};
