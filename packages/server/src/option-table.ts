/** One setting. Flag, environment name, type, help and bounds are all derived from this. */
export type OptionSpecification =
  | {readonly type: 'integer'; readonly default: number; readonly min: number; readonly max: number; readonly scope: OptionScope; readonly help: string}
  | {readonly type: 'text'; readonly default: string; readonly pattern?: RegExp; readonly scope: OptionScope; readonly help: string}
  | {readonly type: 'choice'; readonly default: string; readonly choices: readonly string[]; readonly scope: OptionScope; readonly help: string}
  | {readonly type: 'list'; readonly default: readonly string[]; readonly scope: OptionScope; readonly help: string};

/** `cluster` settings must agree on all processes: they are fingerprinted, and peers with another fingerprint are refused. */
export type OptionScope = 'cluster' | 'process';
export type OptionTable = Readonly<Record<string, OptionSpecification>>;

export type OptionValue<Specification extends OptionSpecification> = Specification extends {type: 'integer'}
  ? number
  : Specification extends {type: 'list'}
    ? readonly string[]
    : string;
export type OptionValues<Table extends OptionTable> = {readonly [Name in keyof Table]: OptionValue<Table[Name]>};

/** The settings of `murmur serve`, one process of a cluster. */
export const serveOptions = {
  nodeId: {type: 'text', default: 'a1', pattern: /^[a-z0-9-]{1,64}$/, scope: 'process', help: 'Name of this process, unique in the cluster and stable over restarts.'},
  az: {type: 'text', default: 'a', pattern: /^[a-z0-9-]{1,64}$/, scope: 'process', help: 'Availability zone of this process.'},
  roles: {type: 'list', default: ['router', 'storage', 'control'], scope: 'process', help: 'What this process does: router, storage, control.'},
  clusterId: {type: 'text', default: 'murmuration', pattern: /^[a-zA-Z0-9-]{1,64}$/, scope: 'cluster', help: 'Name of the cluster; processes of another one are refused.'},
  controlPeers: {type: 'list', default: [], scope: 'process', help: 'Processes with a control-plane replica as NODE=HOST:PORT of their fabric, the same list in the same order everywhere.'},
  controlReplaces: {type: 'text', default: '', pattern: /^[a-z0-9-]{0,64}$/, scope: 'process', help: 'Process of the control peers whose place in the control plane this one takes, once `murmur node replace` says so. It has the control role and is not in the list itself.'},
  dataDirectory: {type: 'text', default: '.murmuration/data', scope: 'process', help: 'Where this process keeps its log and its store.'},
  host: {type: 'text', default: '127.0.0.1', scope: 'process', help: 'Address to listen on.'},
  advertiseHost: {type: 'text', default: '', scope: 'process', help: 'Address that others reach this process by; the listening address when empty.'},
  apiPort: {type: 'integer', default: 8000, min: 0, max: 65_535, scope: 'process', help: 'Port of the DynamoDB API.'},
  adminPort: {type: 'integer', default: 8001, min: 0, max: 65_535, scope: 'process', help: 'Port of the admin API and metrics.'},
  fabricPort: {type: 'integer', default: 8002, min: 0, max: 65_535, scope: 'process', help: 'Port for the other processes of the cluster.'},
  fabricVia: {type: 'list', default: [], scope: 'process', help: 'Peers reached at another address than the one they tell, as NODE=HOST:PORT: through a tunnel, or through a proxy of a test.'},
  logLevel: {type: 'choice', default: 'info', choices: ['error', 'warn', 'info', 'debug'], scope: 'process', help: 'Least grave level of log lines.'},
  logFile: {type: 'text', default: '', scope: 'process', help: 'File for log lines; standard error when empty.'},
  replicationFactor: {type: 'integer', default: 3, min: 1, max: 7, scope: 'cluster', help: 'Replicas of a partition, each in another AZ.'},
  healAfterMs: {type: 'integer', default: 30_000, min: 1_000, max: 86_400_000, scope: 'process', help: 'Silence of a node, in milliseconds, after which its replicas are copied to others.'},
  splitSizeBytes: {type: 'integer', default: 10 * 1024 * 1024 * 1024, min: 1024 * 1024, max: 1024 * 1024 * 1024 * 1024, scope: 'process', help: 'Size above which a partition is cut in two.'},
  heatBalance: {type: 'choice', default: 'on', choices: ['off', 'on'], scope: 'process', help: 'Whether leaderships and replicas leave nodes that are much hotter than the others.'},
  itemCollectionSizeBytesMax: {type: 'integer', default: 10 * 1024 * 1024 * 1024, min: 1024, max: 10 * 1024 * 1024 * 1024, scope: 'cluster', help: 'Size of the items of one partition key with their index entries, on tables with local indexes, above which writes that let it grow are refused.'},
  jobsMax: {type: 'integer', default: 8, min: 1, max: 1_000, scope: 'process', help: 'Replicas copied from node to node at once, in the whole cluster.'},
  jobsPerNodeMax: {type: 'integer', default: 2, min: 1, max: 100, scope: 'process', help: 'Of these, those that one node sends or takes.'},
  tickMs: {type: 'integer', default: 100, min: 10, max: 10_000, scope: 'cluster', help: 'Heartbeat period of Raft leaders, in milliseconds.'},
  electionTicks: {type: 'integer', default: 10, min: 3, max: 100, scope: 'cluster', help: 'Heartbeat periods without a leader after which a replica campaigns.'},
  hibernateAfterMs: {type: 'integer', default: 10_000, min: 0, max: 86_400_000, scope: 'process', help: 'Idle time of a partition, in milliseconds, after which its replicas neither tick nor send heartbeats until something happens; 0 for never.'},
  logSegmentBytes: {type: 'integer', default: 64 * 1024 * 1024, min: 1024 * 1024, max: 1024 * 1024 * 1024, scope: 'process', help: 'Size of one log file.'},
  groupLogBytesMax: {type: 'integer', default: 16 * 1024 * 1024, min: 64 * 1024, max: 1024 * 1024 * 1024, scope: 'process', help: 'Log bytes of one partition above which its log is cut.'},
  snapshotRateBytes: {type: 'integer', default: 64 * 1024 * 1024, min: 0, max: 16 * 1024 * 1024 * 1024, scope: 'process', help: 'Bytes a second at most that go into copies of partitions for other processes; 0 is no limit.'},
  diskFreeBytesMin: {type: 'integer', default: 512 * 1024 * 1024, min: 0, max: Number.MAX_SAFE_INTEGER, scope: 'process', help: 'Free disk bytes below which writes are refused; below half of it, deletes too.'},
  diskReserveBytes: {type: 'integer', default: 64 * 1024 * 1024, min: 0, max: Number.MAX_SAFE_INTEGER, scope: 'process', help: 'Size of a file that holds disk room, given back when the disk runs low; 0 for none.'},
  drainDelayMs: {type: 'integer', default: 0, min: 0, max: 600_000, scope: 'process', help: 'How long an ending process goes on serving after it said that it is not ready: what balancers in front need to notice.'},
  throttling: {type: 'choice', default: 'off', choices: ['off', 'provisioned', 'on'], scope: 'process', help: 'Whose throughput is enforced: of no table, of tables with provisioned throughput, or of on-demand tables too.'},
  sharing: {type: 'choice', default: 'adaptive', choices: ['static', 'adaptive', 'global'], scope: 'process', help: 'How the provisioned throughput of a table is shared: by partitions evenly, by partitions by need, or by routers with tokens of the table.'},
  burstSeconds: {type: 'integer', default: 300, min: 0, max: 300, scope: 'process', help: 'How long unused provisioned throughput is kept for bursts; 0 for none.'},
  nodeReadUnitsMax: {type: 'integer', default: 0, min: 0, max: 1_000_000_000, scope: 'process', help: 'Read units a second that partitions led here may take together from burst; 0 for no limit.'},
  nodeWriteUnitsMax: {type: 'integer', default: 0, min: 0, max: 1_000_000_000, scope: 'process', help: 'The same of write units.'},
  indexLagMs: {type: 'integer', default: 0, min: 0, max: 600_000, scope: 'process', help: 'How long, in milliseconds, a write waits before global indexes are told: for trying out what a lag does.'},
  functionDirectory: {type: 'text', default: '', scope: 'process', help: 'Where modules and files of triggers lie; triggers have addresses only when empty.'},
  region: {type: 'text', default: 'us-east-1', pattern: /^[a-z0-9-]{1,32}$/, scope: 'cluster', help: 'Region named in ARNs.'},
} as const satisfies OptionTable;

export type ServeOptions = OptionValues<typeof serveOptions>;

/** `apiPort` → `--api-port`. */
export function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
/** `apiPort` → `MURMUR_API_PORT`. */
export function environmentNameOf(name: string): string {
  return `MURMUR_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}
