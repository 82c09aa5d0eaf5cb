import {SeededRandom, assert} from '@murmuration/base';
import {indexEntryHalfUnits, itemWriteHalfUnits, pageHalfUnits, readHalfUnits, transactionalHalfUnits} from '@murmuration/capacity';
import type {ThrottlingReason} from '@murmuration/capacity';
import type {Random} from '@murmuration/base';
import type {RunEvent, RunEventKind} from '../run-record.js';
import type {RunRecorder} from '../run-recorder.js';
import type {ArrivalCursor} from '../workloads/arrivals.js';
import type {TableChange, WorkloadProjection, WorkloadSpec} from '../workloads/workload-spec.js';
import {EventQueue} from './event-queue.js';
import {TOKEN_UNTIL, borderOf, isBorderInside, placementSalt, tokenOfKey} from './key-space.js';
import type {KeyBorder} from './key-space.js';
import {LatencyModel} from './latency-model.js';
import {TokenLevels} from './series.js';
import {VirtualNodes, chooseLeader} from './virtual-nodes.js';
import type {VirtualNode} from './virtual-nodes.js';
import type {VirtualPartition} from './virtual-partition.js';
import {NodeBuckets, VirtualResource} from './virtual-resource.js';
import type {VirtualFault, VirtualSettings} from './virtual-settings.js';

const PAGE_SIZE_BYTES_MAX = 1 << 20;
/** Of an index entry with keys only. */
const KEYS_ONLY_SIZE_BYTES = 100;
/** Waiting index changes are tried again so often. */
const DRAIN_MS = 50;
/** What a planned change of leaders takes. */
const HAND_OVER_MS = 100;
/** Splits at once, as the control plane has it. */
const SPLITS_MAX = 2;
/** Cuts that are told one by one in the measures. */
const SPLITS_TOLD_MAX = 8;

/** A cut from its cause to its end. Times are of the run. */
interface SplitStory {
  readonly partition: string;
  readonly hotSinceMs: number;
  readonly advisedAtMs: number;
  doneAtMs: number;
  readonly belowRatio: number;
  heldCount: number;
}

/**
 * The cluster in virtual time: a table with its global indexes over the nodes of three AZs. Requests are judged one after
 * the other at the instant at which they are due; what happens between them stands in a queue. Decisions about capacity
 * are those of packages/capacity; what things cost in time is stated in LatencyModel.
 */
export class VirtualWorld {
  readonly nodes: VirtualNodes;
  readonly table: VirtualResource;
  readonly indexes: readonly VirtualResource[];
  readonly events: RunEvent[] = [];
  readonly tokens = new TokenLevels();
  readonly #spec: WorkloadSpec;
  readonly #settings: VirtualSettings;
  readonly #recorder: RunRecorder;
  readonly #queue = new EventQueue();
  readonly #latency: LatencyModel;
  readonly #random: Random;
  readonly #salt: number;
  readonly #splits: SplitStory[] = [];
  #splitsUnderWay = 0;
  readonly #noSplits = new Map<string, number>();
  /** Bytes of item collections, where they are limited. */
  readonly #collections = new Map<number, number>();
  /** Where each scan segment is, in tokens. */
  readonly #scanTokens: Float64Array;
  readonly #indexThrottles: (ThrottlingReason | undefined)[];
  #lagMsMax = 0;
  #drainFirst = 0;
  #outboxRowsMax = 0;
  #uncountedReads = 0;
  #allReplicatedAtMs = Number.NaN;

  constructor(spec: WorkloadSpec, settings: VirtualSettings, recorder: RunRecorder) {
    this.#spec = spec;
    this.#settings = settings;
    this.#recorder = recorder;
    const random = new SeededRandom(spec.seed).fork('world');
    this.#random = random.fork('routers');
    this.#latency = new LatencyModel(random.fork('latency'));
    this.#salt = placementSalt(spec.seed);
    this.#scanTokens = new Float64Array(1024);
    this.nodes = new VirtualNodes(settings.nodesPerAz);
    const buckets = new NodeBuckets(this.nodes, settings);
    const {billing, localIndexes, globalIndexes, partitionCount} = spec.table;
    this.table = new VirtualResource({
      kind: 'Table', index: null, billing, keepsCollections: localIndexes.length > 0, partitionCount: settings.initialPartitions > 0 ? settings.initialPartitions : partitionCount,
      outboxCount: globalIndexes.length,
    }, settings, this.nodes, buckets);
    this.indexes = globalIndexes.map(({name, throughput}) => new VirtualResource({
      kind: 'Index', index: name, billing: billing.mode === 'provisioned' ? {mode: 'provisioned', readUnits: throughput?.readUnits ?? billing.readUnits, writeUnits: throughput?.writeUnits ?? billing.writeUnits} : billing,
      // Entries of one value of the index's key stay together.
      keepsCollections: true, partitionCount: 0, outboxCount: 0,
    }, settings, this.nodes, buckets));
    this.#indexThrottles = this.indexes.map(() => undefined);
    for (const resource of this.#resources()) this.tokens.watch(resource);
    this.#queue.every(1000, 1000, (atMs) => this.#closeSecond(atMs));
    if (this.indexes.length > 0) this.#queue.every(DRAIN_MS, DRAIN_MS, (atMs) => this.#drainOutboxes(atMs));
    for (const change of spec.changes) this.#queue.at(change.atSecond * 1000, (atMs) => this.#change(change, atMs));
    for (const fault of settings.faults) this.#queue.at(fault.atSeconds * 1000, (atMs) => this.#fault(fault, atMs));
  }

  run(cursor: ArrivalCursor, untilMs: number): void {
    while (cursor.advance()) {
      const atMs = cursor.intendedMs;
      if (this.#queue.nextMs <= atMs) this.#queue.runUntil(atMs);
      this.#request(cursor, atMs);
    }
    this.#queue.runUntil(untilMs);
  }
  /** Numbers that no second tells. */
  measures(): Readonly<Record<string, number>> {
    const measures: Record<string, number> = {
      splits: this.#splits.filter(({doneAtMs}) => doneAtMs > 0).length, partitionsAtEnd: this.table.partitions.length, uncountedEventualReads: this.#uncountedReads,
      unavailableSecondsMax: Math.max(...this.table.everyPartition.map(({unavailableMs}) => unavailableMs / 1000)),
      partitionsUnavailable: this.table.everyPartition.filter(({unavailableMs}) => unavailableMs > 0).length,
    };
    for (const [reason, count] of this.#noSplits) measures[`noSplit.${reason}`] = count;
    if (this.indexes.length > 0) {
      measures['indexLagSecondsMax'] = this.#lagMsMax / 1000;
      measures['outboxRowsMax'] = this.#outboxRowsMax;
    }
    if (!Number.isNaN(this.#allReplicatedAtMs)) measures['allReplicatedAtSecond'] = this.#allReplicatedAtMs / 1000;
    this.#splits.filter(({doneAtMs}) => doneAtMs > 0).slice(0, SPLITS_TOLD_MAX).forEach((story, i) => {
      measures[`split${i + 1}.hotSinceSecond`] = story.hotSinceMs / 1000;
      measures[`split${i + 1}.advisedAtSecond`] = story.advisedAtMs / 1000;
      measures[`split${i + 1}.doneAtSecond`] = story.doneAtMs / 1000;
      measures[`split${i + 1}.belowRatio`] = Math.round(story.belowRatio * 10_000) / 10_000;
      measures[`split${i + 1}.heldRequests`] = story.heldCount;
    });
    return measures;
  }

  #resources(): readonly VirtualResource[] {
    return [this.table, ...this.indexes];
  }
  #request(arrival: ArrivalCursor, atMs: number): void {
    const second = Math.floor(atMs / 1000);
    this.#recorder.offered(second, arrival.stream);
    const router = this.#router();
    switch (arrival.operation) {
      case 'get':
        this.#get(arrival, router, second, atMs);
        return;
      case 'put':
      case 'update-counter':
      case 'delete':
        this.#write(arrival, router, second, atMs);
        return;
      case 'query':
      case 'scan':
        this.#page(arrival, router, second, atMs);
        return;
      case 'transact-get':
      case 'transact-write':
        this.#transact(arrival, router, second, atMs);
        return;
    }
  }
  /** Clients go round the routers that live. */
  #router(): number {
    const {all} = this.nodes;
    let at = this.#random.below(all.length);
    while (all[at]?.isUp === false) at = (at + 1) % all.length;
    return at;
  }

  #get({stream, keyNumber, sortNumber, sizeBytes, isStrong}: ArrivalCursor, router: number, second: number, atMs: number): void {
    const token = tokenOfKey(keyNumber, this.#salt);
    const partition = this.table.find(token, keyNumber, sortNumber);
    const routerAz = (this.nodes.all[router] as VirtualNode).az;
    if (!partition.isServing(atMs)) {
      this.#withoutLeader(partition, stream, isStrong, routerAz, sizeBytes, second, atMs);
      return;
    }
    const leader = partition.leader as VirtualNode;
    const halfUnits = readHalfUnits(sizeBytes, isStrong);
    const reason = this.table.read(partition, router, halfUnits, atMs);
    if (reason !== undefined) {
      this.#refused(leader, second, stream, reason, atMs);
      return;
    }
    partition.watch.read(halfUnits, token, keyNumber, sortNumber);
    partition.readHalfUnits += halfUnits;
    leader.halfUnits += halfUnits;
    this.#recorder.accepted(second, stream, this.#latency.read(leader, routerAz, sizeBytes, atMs), halfUnits, 0);
  }
  /** An eventual read is answered by any replica, uncounted; the rest fails until there is a leader. */
  #withoutLeader(partition: VirtualPartition, stream: number, isStrong: boolean, routerAz: number, sizeBytes: number, second: number, atMs: number): void {
    const replica = isStrong ? undefined : partition.replicas.find(({isUp}) => isUp);
    if (replica === undefined) {
      this.#recorder.failed(second, 'InternalServerError');
      return;
    }
    this.#uncountedReads += 1;
    this.#recorder.accepted(second, stream, this.#latency.read(replica, routerAz, sizeBytes, atMs), 0, 0);
  }
  #refused(leader: VirtualNode, second: number, stream: number, reason: ThrottlingReason, atMs: number): void {
    this.#latency.refuse(leader, atMs);
    this.#recorder.throttled(second, stream, reason);
  }

  #write({stream, keyNumber, sortNumber, indexNumber, sizeBytes, operation}: ArrivalCursor, router: number, second: number, atMs: number): void {
    const token = tokenOfKey(keyNumber, this.#salt);
    const partition = this.table.find(token, keyNumber, sortNumber);
    if (!partition.isServing(atMs)) {
      this.#recorder.failed(second, 'InternalServerError');
      return;
    }
    const leader = partition.leader as VirtualNode;
    const {localIndexes, globalIndexes} = this.#spec.table;
    let halfUnits = itemWriteHalfUnits(sizeBytes, sizeBytes);
    if (localIndexes.length > 0) {
      if (operation === 'put' && (this.#collections.get(keyNumber) ?? this.#settings.collectionSizeBytes) + sizeBytes > this.#settings.collectionSizeBytesMax) {
        this.#recorder.failed(second, 'ItemCollectionSizeLimitExceededException');
        return;
      }
      for (const {projection} of localIndexes) halfUnits += entryHalfUnits(operation, projection, sizeBytes);
    }
    for (let i = 0; i < globalIndexes.length; i += 1) {
      if (partition.outboxes[i]?.isFull !== true) continue;
      this.#refused(leader, second, stream, this.#indexThrottles[i] ?? 'IndexWriteProvisionedThroughputExceeded', atMs);
      return;
    }
    const reason = this.table.write(partition, router, halfUnits, atMs);
    if (reason !== undefined) {
      this.#refused(leader, second, stream, reason, atMs);
      return;
    }
    if (localIndexes.length > 0 && operation === 'put') this.#collections.set(keyNumber, (this.#collections.get(keyNumber) ?? this.#settings.collectionSizeBytes) + sizeBytes);
    for (let i = 0; i < globalIndexes.length; i += 1) {
      const entry = entryHalfUnits(operation, globalIndexes[i]?.projection ?? 'ALL', sizeBytes);
      if (entry > 0) this.#changeIndex(partition, i, router, indexNumber, keyNumber, entry, atMs);
    }
    partition.watch.written(halfUnits, token, keyNumber, sortNumber);
    partition.writeHalfUnits += halfUnits;
    leader.halfUnits += halfUnits;
    const routerAz = (this.nodes.all[router] as VirtualNode).az;
    const heldMs = Math.max(0, partition.pausedUntilMs - atMs);
    this.#recorder.accepted(second, stream, heldMs + this.#latency.write(leader, partition.replicas, routerAz, sizeBytes, atMs), 0, halfUnits);
    if (heldMs > 0) this.#held(partition);
  }
  #held(partition: VirtualPartition): void {
    const story = this.#splits.findLast(({partition: name}) => name === partition.name);
    if (story !== undefined) story.heldCount += 1;
  }
  /** Applied at once when nothing waits before it, else put behind. */
  #changeIndex(partition: VirtualPartition, index: number, router: number, indexNumber: number, keyNumber: number, halfUnits: number, atMs: number): void {
    const outbox = partition.outboxes[index];
    assert(outbox !== undefined, 'a partition has an outbox for each index');
    if (outbox.count === 0 && this.#applyToIndex(index, router, indexNumber, keyNumber, halfUnits, atMs)) return;
    outbox.push(indexNumber, keyNumber, halfUnits, atMs);
  }
  #applyToIndex(index: number, router: number, indexNumber: number, keyNumber: number, halfUnits: number, atMs: number): boolean {
    const resource = this.indexes[index] as VirtualResource;
    const token = tokenOfKey(indexNumber, this.#salt ^ (index + 1));
    const partition = resource.find(token, indexNumber, keyNumber);
    if (!partition.isServing(atMs)) return false;
    const reason = resource.write(partition, router, halfUnits, atMs);
    if (reason !== undefined) {
      this.#indexThrottles[index] = reason;
      return false;
    }
    partition.watch.written(halfUnits, token, indexNumber, keyNumber);
    partition.writeHalfUnits += halfUnits;
    (partition.leader as VirtualNode).halfUnits += halfUnits;
    return true;
  }
  /** Who comes after the last one that got something is the first next time, so that none starves where the index has few tokens. */
  #drainOutboxes(atMs: number): void {
    const {partitions} = this.table;
    const first = this.#drainFirst;
    for (let turn = 0; turn < partitions.length; turn += 1) {
      const place = (first + turn) % partitions.length;
      const partition = partitions[place] as VirtualPartition;
      for (let i = 0; i < partition.outboxes.length; i += 1) {
        const outbox = partition.outboxes[i];
        if (outbox === undefined || outbox.count === 0) continue;
        const before = outbox.count;
        this.#lagMsMax = Math.max(this.#lagMsMax, outbox.lagMs(atMs));
        this.#outboxRowsMax = Math.max(this.#outboxRowsMax, before);
        const router = this.#router();
        outbox.drain((indexNumber, keyNumber, halfUnits) => this.#applyToIndex(i, router, indexNumber, keyNumber, halfUnits, atMs));
        if (outbox.count < before) this.#drainFirst = place + 1;
      }
    }
  }

  #page({stream, keyNumber, sortNumber, sizeBytes, isStrong, operation, count, segment, segmentCount}: ArrivalCursor, router: number, second: number, atMs: number): void {
    const pageBytes = Math.min(PAGE_SIZE_BYTES_MAX, count === 0 ? PAGE_SIZE_BYTES_MAX : count * sizeBytes);
    const token = operation === 'query' ? tokenOfKey(keyNumber, this.#salt) : this.#nextScanToken(segment, segmentCount, pageBytes);
    const partition = operation === 'query' ? this.table.find(token, keyNumber, sortNumber) : this.table.find(token, 0, 0);
    const routerAz = (this.nodes.all[router] as VirtualNode).az;
    if (!partition.isServing(atMs)) {
      this.#withoutLeader(partition, stream, isStrong, routerAz, pageBytes, second, atMs);
      return;
    }
    const leader = partition.leader as VirtualNode;
    const halfUnits = pageHalfUnits([pageBytes], 0, isStrong ? 'strong' : 'eventual');
    const reason = this.table.page(partition, router, halfUnits, isStrong, atMs);
    if (reason !== undefined) {
      this.#refused(leader, second, stream, reason, atMs);
      return;
    }
    partition.watch.read(halfUnits, token, keyNumber, sortNumber);
    partition.readHalfUnits += halfUnits;
    leader.halfUnits += halfUnits;
    this.#recorder.accepted(second, stream, this.#latency.read(leader, routerAz, pageBytes, atMs), halfUnits, 0);
  }
  /** Each segment goes through its part of the tokens, page after page, and begins again at its end. */
  #nextScanToken(segment: number, segmentCount: number, pageBytes: number): number {
    const width = TOKEN_UNTIL / segmentCount;
    const tableBytes = this.table.partitions.reduce((sum, {sizeBytes}) => sum + sizeBytes, 0);
    const slot = segment % this.#scanTokens.length;
    const at = this.#scanTokens[slot] as number;
    this.#scanTokens[slot] = (at + (TOKEN_UNTIL * pageBytes) / Math.max(1, tableBytes)) % width;
    return Math.floor(segment * width + at);
  }

  /** All items or none; what was taken for the first ones stays taken when a later one is refused. */
  #transact({stream, keyNumber, sortNumber, sizeBytes, operation, count}: ArrivalCursor, router: number, second: number, atMs: number): void {
    const isWrite = operation === 'transact-write';
    const routerAz = (this.nodes.all[router] as VirtualNode).az;
    const halfUnits = transactionalHalfUnits(isWrite ? itemWriteHalfUnits(sizeBytes, sizeBytes) : readHalfUnits(sizeBytes, true));
    let latencyMs = 0;
    for (let i = 0; i < count; i += 1) {
      const token = tokenOfKey(keyNumber + i, this.#salt);
      const partition = this.table.find(token, keyNumber + i, sortNumber);
      if (!partition.isServing(atMs)) {
        this.#recorder.failed(second, 'InternalServerError');
        return;
      }
      const leader = partition.leader as VirtualNode;
      const reason = isWrite ? this.table.write(partition, router, halfUnits, atMs) : this.table.read(partition, router, halfUnits, atMs);
      if (reason !== undefined) {
        this.#refused(leader, second, stream, reason, atMs);
        return;
      }
      if (isWrite) {
        partition.watch.written(halfUnits, token, keyNumber + i, sortNumber);
        partition.writeHalfUnits += halfUnits;
      } else {
        partition.watch.read(halfUnits, token, keyNumber + i, sortNumber);
        partition.readHalfUnits += halfUnits;
      }
      leader.halfUnits += halfUnits;
      // Two rounds, to prepare and to commit.
      const onceMs = isWrite ? this.#latency.write(leader, partition.replicas, routerAz, sizeBytes, atMs) : this.#latency.read(leader, routerAz, sizeBytes, atMs);
      latencyMs = Math.max(latencyMs, 2 * onceMs);
    }
    this.#recorder.accepted(second, stream, latencyMs, isWrite ? 0 : halfUnits * count, isWrite ? halfUnits * count : 0);
  }

  #closeSecond(atMs: number): void {
    this.#recorder.closeBefore(Math.floor(atMs / 1000));
    this.tokens.closeSecond(atMs);
    for (const resource of this.#resources()) {
      for (const partition of resource.partitions) {
        partition.closeSecond();
        if (partition.leader === undefined) partition.unavailableMs += 1000;
      }
      resource.share(atMs);
      for (const partition of [...resource.partitions]) this.#watchHeat(resource, partition, atMs);
      if (!resource.isProvisioned) this.#growTo(resource, resource.partitionsNeeded(atMs), 'throughput', atMs);
    }
    this.nodes.closeSecond();
    if (atMs % 60_000 === 0) this.#scaleAll(atMs);
  }
  #watchHeat(resource: VirtualResource, partition: VirtualPartition, atMs: number): void {
    if (!partition.isServing(atMs)) return;
    const advice = partition.watch.second(resource.ceilings, {from: partition.from, until: partition.until, keepsCollections: resource.keepsCollections}, this.#settings, atMs);
    if (advice === undefined || partition.isSplitting || atMs < partition.coolUntilMs) return;
    if (advice.kind === 'none') {
      this.#noSplits.set(advice.reason, (this.#noSplits.get(advice.reason) ?? 0) + 1);
      if (partition.noSplitReason === advice.reason) return;
      partition.noSplitReason = advice.reason;
      this.#event(atMs, 'no-split', partition.name, null, advice.reason, `${partition.name} is hot and stays whole: ${advice.reason}`);
      return;
    }
    if (this.#splitsUnderWay >= SPLITS_MAX) return;
    const story = {partition: partition.name, hotSinceMs: advice.hotSinceMs, advisedAtMs: atMs, doneAtMs: 0, belowRatio: advice.belowRatio, heldCount: 0};
    this.#splits.push(story);
    this.#beginCut(resource, partition, borderOf(advice.at), 'heat', atMs, story);
  }
  #beginCut(resource: VirtualResource, partition: VirtualPartition, at: KeyBorder, cause: string, atMs: number, story?: SplitStory): void {
    if (!isBorderInside(at, partition.from, partition.until)) return;
    partition.isSplitting = true;
    this.#splitsUnderWay += 1;
    const {splitPauseMs, splitCoolDownSeconds} = this.#settings;
    const copiedAtMs = atMs + this.#copyMs(partition);
    this.#queue.at(copiedAtMs, (nowMs) => (partition.pausedUntilMs = nowMs + splitPauseMs));
    this.#queue.at(copiedAtMs + splitPauseMs, (nowMs) => {
      this.#splitsUnderWay -= 1;
      partition.isSplitting = false;
      partition.noSplitReason = undefined;
      const upper = resource.cut(partition, at, nowMs);
      for (const half of [partition, upper]) half.coolUntilMs = nowMs + splitCoolDownSeconds * 1000;
      if (story !== undefined) story.doneAtMs = nowMs;
      const ratio = story === undefined ? '' : ` with ${Math.round(story.belowRatio * 100)} % of the load below`;
      this.#event(nowMs, 'split', partition.name, upper.leader?.name ?? null, cause, `${partition.name} was cut${ratio}: ${upper.name} is new`);
    });
  }
  /** Half of a partition is copied. */
  #copyMs(partition: VirtualPartition): number {
    return Math.ceil((partition.sizeBytes / 2 / this.#settings.copyBytesPerSecond) * 1000);
  }
  /** Cuts all partitions that are wider than an even part in their middles, over and over. Nobody waits for these. */
  #growTo(resource: VirtualResource, count: number, cause: string, atMs: number): void {
    const before = resource.partitions.length;
    if (before >= count) return;
    for (;;) {
      const wide = resource.partitions.filter((partition) => !partition.isSplitting && widthOf(partition) * count > TOKEN_UNTIL + count);
      if (wide.length === 0) break;
      for (const partition of wide) resource.cut(partition, {token: Math.floor((partition.from.token + partition.until.token) / 2), key: -1, sort: -1}, atMs);
    }
    if (resource.partitions.length === before) return;
    this.#event(atMs, 'split', null, null, cause, `${before} partitions became ${resource.partitions.length} for what ${resource.index ?? 'the table'} may use`);
  }

  #scaleAll(atMs: number): void {
    for (const resource of this.#resources()) {
      const units = resource.scale(atMs);
      if (units === undefined) continue;
      this.#queue.at(atMs + this.#settings.scalingDelaySeconds * 1000, (nowMs) => this.#setThroughput(resource, units, 'auto scaling', nowMs));
    }
  }
  #setThroughput(resource: VirtualResource, units: {readonly readUnits: number; readonly writeUnits: number}, cause: string, atMs: number): void {
    resource.setThroughput(units, atMs);
    this.#growTo(resource, resource.partitionsNeeded(atMs), 'throughput', atMs);
    this.#event(atMs, 'throughput', null, null, cause, `${resource.index ?? 'the table'} has ${units.readUnits} read and ${units.writeUnits} write units`);
  }
  #change(change: TableChange, atMs: number): void {
    switch (change.kind) {
      case 'throughput': {
        const resource = this.#resources().find(({index}) => index === change.index);
        assert(resource !== undefined, 'a change names the table or one of its indexes', {index: change.index});
        this.#setThroughput(resource, change, 'operator', atMs);
        return;
      }
      case 'warm-throughput':
        this.table.setBilling({mode: 'on-demand', warm: {readUnits: change.readUnits, writeUnits: change.writeUnits}}, atMs);
        this.#growTo(this.table, this.table.partitionsNeeded(atMs), 'throughput', atMs);
        return;
      case 'billing':
        this.table.setBilling(change.billing, atMs);
        this.#event(atMs, 'throughput', null, null, 'operator', `the table is ${change.billing.mode} from now on`);
        return;
    }
  }

  #fault(fault: VirtualFault, atMs: number): void {
    switch (fault.kind) {
      case 'az-loss':
      case 'az-return':
        for (const node of this.nodes.all) if (node.az === fault.az) this.#setUp(node, fault.kind === 'az-return', atMs);
        return;
      case 'node-slow': {
        for (const node of this.#slowed(fault)) {
          node.slowFactor = fault.factor;
          this.#event(atMs, 'fault', null, node.name, fault.factor === 1 ? 'recovered' : 'slow', `${node.name} takes ${fault.factor} times as long`);
        }
        return;
      }
      case 'leader-move': {
        const hottest = this.#hottest();
        const next = chooseLeader(hottest.replicas, hottest.leader);
        if (next !== undefined) this.#lead(hottest, this.table, next, HAND_OVER_MS, 'operator', atMs);
        return;
      }
    }
  }
  #hottest(): VirtualPartition {
    return this.table.partitions.reduce((best, partition) => (loadOf(partition) > loadOf(best) ? partition : best));
  }
  #slowed({node, factor}: Extract<VirtualFault, {readonly kind: 'node-slow'}>): readonly VirtualNode[] {
    if (node === 'hottest-leader') return factor === 1 ? this.nodes.all.filter(({slowFactor}) => slowFactor !== 1) : [this.#hottest().leader].filter((leader) => leader !== undefined);
    const named = this.nodes.all[node];
    assert(named !== undefined, 'a fault names a node', {node});
    return [named];
  }
  #setUp(node: VirtualNode, isUp: boolean, atMs: number): void {
    node.isUp = isUp;
    node.freeAtMs = atMs;
    this.#event(atMs, isUp ? 'node-up' : 'node-down', null, node.name, 'fault', isUp ? `${node.name} is back` : `${node.name} is gone`);
    for (const resource of this.#resources()) {
      for (const partition of resource.partitions) {
        if (!partition.replicas.includes(node)) continue;
        if (isUp) this.#returned(resource, partition, atMs);
        else if (partition.leader === node) this.#failOver(resource, partition, atMs);
        else if (partition.liveCount < 2) partition.lead(undefined);
      }
    }
  }
  #failOver(resource: VirtualResource, partition: VirtualPartition, atMs: number): void {
    const next = partition.liveCount >= 2 ? chooseLeader(partition.replicas) : undefined;
    if (next === undefined) {
      partition.lead(undefined);
      return;
    }
    this.#lead(partition, resource, next, this.#settings.failoverMs, 'failover', atMs);
  }
  #lead(partition: VirtualPartition, resource: VirtualResource, next: VirtualNode, afterMs: number, cause: string, atMs: number): void {
    partition.lead(next);
    partition.unavailableUntilMs = atMs + afterMs;
    partition.unavailableMs += afterMs;
    this.#queue.at(atMs + afterMs, (nowMs) => {
      if (partition.leader !== next || !next.isUp) return;
      resource.takeOver(partition, next, nowMs);
      this.#event(nowMs, 'leader-change', partition.name, next.name, cause, `${next.name} leads ${partition.name}`);
    });
  }
  /** A replica is whole again when it has copied what it missed; a partition without a leader gets one at once. */
  #returned(resource: VirtualResource, partition: VirtualPartition, atMs: number): void {
    if (partition.leader === undefined && partition.liveCount >= 2) this.#failOver(resource, partition, atMs);
    const wholeAtMs = atMs + this.#copyMs(partition) * 2;
    this.#allReplicatedAtMs = Number.isNaN(this.#allReplicatedAtMs) ? wholeAtMs : Math.max(this.#allReplicatedAtMs, wholeAtMs);
  }
  #event(atMs: number, kind: RunEventKind, partition: string | null, node: string | null, cause: string, text: string): void {
    this.events.push({atMs, kind, partition, node, cause, text});
  }
}

/** What a write does to an index: a put changes the entry, a counter only where it is projected, a delete removes it. */
function entryHalfUnits(operation: string, projection: WorkloadProjection, sizeBytes: number): number {
  const entryBytes = projection === 'ALL' ? sizeBytes : KEYS_ONLY_SIZE_BYTES;
  if (operation === 'delete') return indexEntryHalfUnits({kind: 'removed', oldSizeBytes: entryBytes});
  if (operation === 'update-counter' && projection === 'KEYS_ONLY') return 0;
  return indexEntryHalfUnits({kind: 'replaced', oldSizeBytes: entryBytes, newSizeBytes: entryBytes});
}
function widthOf({from, until}: VirtualPartition): number {
  return until.token - from.token;
}
function loadOf({askedReadHalfUnits, askedWriteHalfUnits}: VirtualPartition): number {
  return askedReadHalfUnits + askedWriteHalfUnits * 3;
}
