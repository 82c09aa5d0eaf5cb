export {assert, AssertionError, unreachable} from './assert.js';
export type {Brand, NodeId, AzId, GroupId, ReplicaId, LogIndex, Term, TableId, IndexId} from './ids.js';
export {
  toNodeId, isNodeIdText, toAzId, toGroupId, toReplicaId, toLogIndex, toTerm, toTableId, toIndexId,
  CONTROL_GROUP_ID, PARTITION_GROUP_ID_MIN, NO_REPLICA, BASE_INDEX_ID,
} from './ids.js';
export {EMPTY_BYTES, compareBytes, equalBytes, concatBytes, prefixEnd, utf8Encode, utf8Decode, toHex, fromHex} from './bytes.js';
export {ByteReader, ByteWriter, DecodeError} from './byte-codec.js';
export {crc32c} from './crc32c.js';
export type {
  Clock, Timers, TimerHandle, Random, EventLevel, EventRecord, EventSink, Counter, Gauge, Histogram, Family,
  LabelValues, MetricOptions, HistogramOptions, MetricRegistry,
} from './ports.js';
export {LATENCY_BUCKETS_SECONDS} from './ports.js';
export type {LogPort, LogEntry, LogEntryKind, LogHardState, LogWrite, LogGroupState, LogFailure, RoomPurpose, UnusableGroup} from './log-port.js';
export {LOG_RECORD_OVERHEAD_BYTES, LogError} from './log-port.js';
export type {StorePort, StoreSnapshot, StoreIterator, StoreRow, StoreOperation, ScanRange, StoreFailure} from './store-port.js';
export {WriteBatch, StoreError} from './store-port.js';
export type {NetworkPort, PeerAddress, CallHandler, CallResult, CallFailure, ServiceId} from './network-port.js';
export {SERVICE_PARTITION, SERVICE_CONTROL, SERVICE_SNAPSHOT, SERVICE_START, SERVICE_HEAT} from './network-port.js';
export type {HttpRequest, HttpReply, HttpHandler, HttpListener} from './http-port.js';
export type {DestinationTarget, FunctionPort, FunctionTarget} from './function-port.js';
export {SeededRandom} from './random.js';
export {nullEvents, nullMetrics} from './null-telemetry.js';
export {
  KEY_KIND_APPLIED, KEY_KIND_SNAPSHOT_STAGING, KEY_KIND_CATALOG, KEY_KIND_PARTITION_META, KEY_KIND_BIRTH, KEY_KIND_ITEM,
} from './key-kinds.js';
export {isoTimeText} from './iso-time.js';
export {RefusedWrites} from './refused-writes.js';
