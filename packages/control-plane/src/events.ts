import type {EventRecord} from '@murmuration/base';

export type ControlPlaneEvent = EventRecord &
  (
    | {readonly event: 'control-plane/leading'; readonly level: 'info'; readonly term: number}
    | {readonly event: 'control-plane/following'; readonly level: 'info'}
    | {readonly event: 'control-plane/node-registered'; readonly level: 'info'; readonly node: string; readonly az: string; readonly incarnation: number}
    | {readonly event: 'control-plane/node-state-changed'; readonly level: 'warn' | 'info'; readonly node: string; readonly state: string}
    | {readonly event: 'control-plane/table-created'; readonly level: 'info'; readonly table: string; readonly partitionCount: number}
    | {readonly event: 'control-plane/table-active'; readonly level: 'info'; readonly table: string; readonly tookMs: number}
    | {readonly event: 'control-plane/table-change-limited'; readonly level: 'info'; readonly table: string; readonly reason: string}
    | {readonly event: 'control-plane/settings-changed'; readonly level: 'info'; /** '' for all tables. */ readonly table: string; readonly set: string; readonly reset: string}
    /** Auto scaling; `failure` says why it was refused, and is '' when it was not. */
    | {
        readonly event: 'control-plane/throughput-scaled'; readonly level: 'info' | 'warn'; readonly table: string; readonly resource: string; readonly dimension: string;
        readonly direction: 'in' | 'out'; readonly fromUnits: number; readonly units: number; readonly failure: string;
      }
    | {readonly event: 'control-plane/scaling-changed'; readonly level: 'info'; readonly order: string; readonly resource: string; readonly dimension: string}
    | {readonly event: 'control-plane/table-deleted'; readonly level: 'info'; readonly table: string}
    | {readonly event: 'control-plane/index-active' | 'control-plane/index-deleted'; readonly level: 'info'; readonly table: string; readonly index: string}
    | {readonly event: 'control-plane/disk-lost'; readonly level: 'warn'; readonly node: string; readonly replicaCount: number}
    | {readonly event: 'control-plane/ordered'; readonly level: 'info'; readonly action: string; readonly steps: readonly string[]}
    | {readonly event: 'control-plane/node-removed'; readonly level: 'info'; readonly node: string}
    | {
        readonly event: 'control-plane/job-step'; readonly level: 'info'; readonly job: number; readonly kind: string; readonly group: number; readonly cause: string;
        readonly step: string; readonly toNode: string;
      }
    | {
        readonly event: 'control-plane/job-done'; readonly level: 'info'; readonly job: number; readonly kind: string; readonly group: number; readonly cause: string;
        readonly step: string; readonly tookMs: number;
      }
    | {
        readonly event: 'control-plane/job-ended'; readonly level: 'warn'; readonly job: number; readonly kind: string; readonly group: number; readonly cause: string;
        readonly step: string; readonly state: string; readonly reason: string;
      }
    | {readonly event: 'control-plane/step-refused'; readonly level: 'warn'; readonly group: number; readonly reason: string}
    | {readonly event: 'control-plane/split-finished'; readonly level: 'info'; readonly group: number; readonly child: number}
    /** A leadership left a node because it was much hotter than others. */
    | {readonly event: 'control-plane/heat-balanced'; readonly level: 'info'; readonly group: number; readonly from: string; readonly to: string}
    | {readonly event: 'control-plane/request-refused'; readonly level: 'warn'; readonly reason: string}
  );
