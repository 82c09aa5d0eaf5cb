import type {Clock, EventSink, MetricRegistry, NodeId, Random, Timers} from '@murmuration/base';
import type {FabricLimits} from './config.js';
import type {FabricEvent} from './events.js';
import type {FrameTransport} from './frame-stream.js';
import type {Hello} from './hello.js';
import type {FabricMetrics} from './metrics.js';

/** What a network is given by the process around it. */
export interface FabricPorts {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly events: EventSink;
  readonly metrics: MetricRegistry;
}

/** Who we are, as told to every peer, and the bounds. */
export interface NetworkOptions {
  readonly self: NodeId;
  readonly clusterId: string;
  /** Must rise with every start of this node; two live processes with one value would take turns at being connected. */
  readonly incarnation: number;
  /** Of the settings that must agree on all nodes; peers with another one are refused. */
  readonly settingsFingerprint: string;
  /** Version of the partition map we have, told when connecting. */
  readonly mapEpoch?: () => number;
  /** Whether a node that dials us may stay. Anyone who knows the cluster id, when absent: routers are many and not announced. */
  readonly isPeerAdmitted?: (node: NodeId) => boolean;
  /** Zone of a peer, for the label of the round-trip metric. */
  readonly azOf?: (node: NodeId) => string;
  readonly limits?: Partial<FabricLimits>;
}

/** What all parts of one network share. */
export interface FabricContext {
  readonly ownHello: () => Hello;
  readonly limits: FabricLimits;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly metrics: FabricMetrics;
  readonly transport: () => FrameTransport;
  readonly azOf: (node: NodeId) => string;
  readonly emit: (event: FabricEvent) => void;
}
