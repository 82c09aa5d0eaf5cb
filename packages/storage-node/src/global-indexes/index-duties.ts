import {KEY_KIND_ITEM, StoreError, compareBytes} from '@murmuration/base';
import type {StoreRow, TableId} from '@murmuration/base';
import type {GroupReport} from '@murmuration/control-client';
import {OUTBOX_INDEX_ID, shiftIndex} from '@murmuration/model';
import type {KeySchema} from '@murmuration/model';
import {isOutboxKey, itemKeyOfOutbox} from '@murmuration/partition';
import type {EffectChange, PartitionFailure} from '@murmuration/partition';
import {emit} from '../partition-context.js';
import type {PartitionContext} from '../partition-context.js';
import type {WritePipeline} from '../write-pipeline.js';
import {IndexFill} from './index-fill.js';
import {IndexOutbox} from './index-outbox.js';
import {IndexPropagator} from './index-propagator.js';
import {readRows} from './read-rows.js';

/** Rows removed from the outbox by one effect, and how many wait for it at most while there is no other reason. */
const TRIM_ROWS_MAX = 512;
const TRIM_ROWS_EAGER = 128;

/** While a partition of a table leads: its outbox, who is told, and the indexes that are being filled. */
interface Reign {
  readonly outbox: IndexOutbox;
  readonly propagator: IndexPropagator;
  /** Told, and still in the store. */
  told: Uint8Array[];
  isTrimming: boolean;
}

/** What the leader of a partition of a table does for the global indexes of the table. */
export class IndexDuties {
  readonly #context: PartitionContext;
  readonly #writes: WritePipeline;
  readonly #fill: IndexFill;
  #reign: Reign | undefined;
  #isPumpDue = false;
  #reported = '';
  constructor(context: PartitionContext, writes: WritePipeline, schema: KeySchema) {
    this.#context = context;
    this.#writes = writes;
    this.#fill = new IndexFill(context, writes, schema);
  }

  /** Why no write may be added to what waits already; undefined when there is room. */
  refusal(table: TableId): PartitionFailure | undefined {
    if (!this.#isFull) return undefined;
    const {machine, node} = this.#context;
    const described = node.partitions.map.current().tableById(table);
    const index = machine.derivation.globalIndexes[0];
    node.metrics.globalIndexes.refused();
    return {
      code: 'Throttled', reason: 'IndexWriteKeyRangeThroughputExceeded', resource: `${described?.name ?? ''}/index/${index?.name ?? ''}`,
      isOnDemand: described?.billingMode === 'PAY_PER_REQUEST',
    };
  }
  get #isFull(): boolean {
    const outbox = this.#reign?.outbox;
    const {outboxRowsMax, outboxBytesMax} = this.#context.node.tuning;
    return outbox !== undefined && (outbox.rowCount >= outboxRowsMax || outbox.sizeBytes >= outboxBytesMax);
  }
  get rowCount(): number {
    return this.#reign?.outbox.rowCount ?? 0;
  }
  get sizeBytes(): number {
    return this.#reign?.outbox.sizeBytes ?? 0;
  }
  /** For how long the oldest row waits. */
  get lagMs(): number {
    const sinceMs = this.#reign?.outbox.oldestSinceMs;
    return sinceMs === undefined ? 0 : Math.max(0, this.#context.node.clock.monotonicMs() - sinceMs);
  }
  /** For the control plane; undefined where there is nothing to tell. */
  report(): Pick<GroupReport, 'indexFeeds' | 'outbox'> | undefined {
    const {machine} = this.#context;
    const reign = this.#reign;
    if (reign === undefined || machine.derivation.globalIndexes.length === 0) return undefined;
    return {
      indexFeeds: machine.derivation.globalIndexes.map(({indexId}) => {
        const {isDone, scannedCount, sequence} = machine.feeds.feedOf(indexId);
        return {indexId, isFilled: isDone && reign.outbox.isToldThrough(sequence), scannedCount};
      }),
      outbox: {rowCount: reign.outbox.rowCount, sizeBytes: reign.outbox.sizeBytes, lagMs: Math.round(this.lagMs)},
    };
  }

  leadership(isLeader: boolean): void {
    this.#reign?.propagator.stop();
    this.#reign = undefined;
    this.#reported = '';
    if (isLeader) this.#begin();
  }
  stop(): void {
    this.leadership(false);
  }
  /** Changes of an effect that was applied just now. */
  applied(changes: readonly EffectChange[]): void {
    const reign = this.#reign;
    if (reign === undefined) return;
    const nowMs = this.#context.node.clock.monotonicMs();
    let isNew = false;
    for (const change of changes) {
      if (change.key[0] !== KEY_KIND_ITEM || !isOutboxKey(change.key)) continue;
      reign.outbox.applied(change, nowMs);
      isNew ||= change.value !== undefined;
    }
    if (isNew) this.#pumpSoon();
  }
  /** The upper half went: what belongs to it is told by its own leader. */
  cut(): void {
    const reign = this.#reign;
    if (reign === undefined) return;
    reign.outbox.cut((key) => this.#isHere(key));
    reign.told = reign.told.filter((key) => this.#isHere(key));
  }
  /** Called every now and then: repeats what failed, removes what was told, fills what is empty. */
  follow(): void {
    const reign = this.#reign;
    if (reign === undefined) return;
    reign.propagator.pump();
    this.#trim(reign);
    this.#fillOn();
    const report = JSON.stringify(this.report()?.indexFeeds?.map(({indexId, isFilled}) => [indexId, isFilled]));
    if (report === this.#reported) return;
    this.#reported = report;
    this.#context.node.changed(this.#context.group);
  }

  #begin(): void {
    const {node, machine, group} = this.#context;
    const outbox = new IndexOutbox();
    const told: Uint8Array[] = [];
    const propagator = new IndexPropagator({
      outbox, partitions: node.partitions, lagMs: node.tuning.indexLagMs,
      source: () => ({group, epoch: machine.record.epoch, ancestors: machine.feeds.ancestors}),
      isFed: (indexId) => machine.derivation.globalIndexes.some((index) => index.indexId === indexId),
      nowMs: () => node.clock.monotonicMs(),
      after: (delayMs, run) => void node.partitions.ports.timers.after(delayMs, run),
      ended: (outcome, entryCount) => node.metrics.globalIndexes.told(outcome === 'written' ? 'ok' : outcome, entryCount),
      forgotten: () => node.metrics.globalIndexes.forgotten(),
      told: (row) => {
        this.#reign?.told.push(row.key);
        if ((this.#reign?.told.length ?? 0) >= TRIM_ROWS_EAGER) this.#pumpSoon();
      },
    });
    const reign: Reign = {outbox, propagator, told, isTrimming: false};
    this.#reign = reign;
    this.#load(reign);
  }
  #load(reign: Reign): void {
    const {node, machine, group} = this.#context;
    const {from, until} = machine.record;
    readRows(node, machine, shiftIndex(from, OUTBOX_INDEX_ID), shiftIndex(until, OUTBOX_INDEX_ID)).then(
      (rows: readonly StoreRow[]) => {
        if (this.#reign !== reign) return;
        reign.outbox.loaded(rows.filter(({key}) => this.#isHere(key)), node.clock.monotonicMs());
        this.#pumpSoon();
      },
      (error: unknown) => {
        const reason = error instanceof Error ? error.message : 'unknown error';
        emit(node.events, {event: 'partition/read-failed', level: 'error', group, reason});
        if (error instanceof StoreError && error.failure.code === 'Corrupt') this.#context.quarantine(reason);
      },
    );
  }
  #isHere(outboxKey: Uint8Array): boolean {
    const {from, until} = this.#context.machine.record;
    const key = itemKeyOfOutbox(outboxKey);
    return compareBytes(key, from) >= 0 && compareBytes(key, until) < 0;
  }

  #pumpSoon(): void {
    if (this.#isPumpDue) return;
    this.#isPumpDue = true;
    this.#context.node.partitions.ports.timers.nextTurn(() => {
      this.#isPumpDue = false;
      const reign = this.#reign;
      if (reign === undefined) return;
      reign.propagator.pump();
      if (reign.told.length >= TRIM_ROWS_EAGER) this.#trim(reign);
    });
  }
  #trim(reign: Reign): void {
    if (reign.isTrimming || reign.told.length === 0) return;
    const keys = reign.told.splice(0, TRIM_ROWS_MAX);
    const {machine, node} = this.#context;
    reign.isTrimming = true;
    this.#writes.propose(
      () => machine.evaluateInternal(keys.map((key) => ({key, value: undefined})), node.clock.wallMs()),
      (isApplied) => {
        reign.isTrimming = false;
        if (!isApplied) reign.told.unshift(...keys.filter((key) => this.#isHere(key)));
        else if (reign.told.length >= TRIM_ROWS_EAGER) this.#pumpSoon();
      },
    );
  }
  #fillOn(): void {
    const {machine, node} = this.#context;
    if (this.#fill.isBusy || this.#reign?.outbox.isLoaded !== true) return;
    // Half of the outbox is left to clients.
    if (this.rowCount * 2 >= node.tuning.outboxRowsMax || this.sizeBytes * 2 >= node.tuning.outboxBytesMax) return;
    const index = machine.derivation.globalIndexes.find(({indexId}) => !machine.feeds.feedOf(indexId).isDone);
    if (index === undefined) return;
    this.#fill.step(index, (seenCount, toldCount) => {
      node.metrics.globalIndexes.filled(toldCount);
      if (seenCount > 0) this.#fillOn();
    });
  }
}
