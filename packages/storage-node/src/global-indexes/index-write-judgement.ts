import {itemWriteHalfUnits} from '@murmuration/capacity';
import {readStoredItemSizeBytes} from '@murmuration/model';
import {entryKeysOf, judgeIndexWrite, keyText} from '@murmuration/partition';
import type {Evaluation, IndexWriteRequest, LatestValue, PartitionMachine, PartitionResponse} from '@murmuration/partition';
import type {LeaderAdmission} from '../admission.js';
import type {PartitionHeat} from '../heat/partition-heat.js';
import type {Judgement} from '../write-pipeline.js';
import type {GlobalIndexMetrics} from './index-metrics.js';

const DONE: PartitionResponse = {kind: 'written', attributes: undefined, oldSizeBytes: 0, newSizeBytes: 0};
const FENCED: PartitionResponse = {kind: 'failed', failure: {code: 'Rejected', error: 'StaleIndexSource', message: 'the source has spoken in a newer epoch'}};

/** The partition is at its ceiling: the same comes again in a moment. */
const HELD_UP: Evaluation = {response: {kind: 'failed', failure: {code: 'Overloaded', retryAfterMs: 100}}, effect: undefined, sequence: 0, dependsOn: 0};

/** Something that a partition of the table tells this partition of an index: judged on the entries it names, and on what was heard of it. */
export class IndexWriteJudgement implements Judgement {
  readonly keys: readonly Uint8Array[];
  readonly texts: readonly string[];
  readonly homes: readonly Uint8Array[];
  readonly isReclaiming = true;
  /** Of the very arrays of the request: making a text costs more than finding it. */
  readonly #textOf = new Map<Uint8Array, string>();
  readonly #machine: PartitionMachine;
  readonly #request: IndexWriteRequest;
  readonly #heat: Pick<PartitionHeat, 'written'>;
  readonly #admission: Pick<LeaderAdmission, 'admitIndexWrite'>;
  readonly #metrics: Pick<GlobalIndexMetrics, 'heard'>;
  constructor(
    machine: PartitionMachine, request: IndexWriteRequest, heat: Pick<PartitionHeat, 'written'>, admission: Pick<LeaderAdmission, 'admitIndexWrite'>,
    metrics: Pick<GlobalIndexMetrics, 'heard'>,
  ) {
    this.#metrics = metrics;
    this.#admission = admission;
    this.#machine = machine;
    this.#heat = heat;
    this.#request = request;
    const byText = new Map<string, Uint8Array>();
    for (const key of entryKeysOf(request)) {
      const text = keyText(key);
      this.#textOf.set(key, text);
      byText.set(text, key);
    }
    this.texts = [...byText.keys()];
    this.keys = [...byText.values()];
    this.homes = this.keys;
  }
  judge(newest: readonly LatestValue[], wallMs: number): Evaluation {
    const machine = this.#machine;
    const rows = new Map(this.texts.map((text, i) => [text, newest[i]]));
    const judged = judgeIndexWrite(this.#request, machine.sources, machine.overlay, (key) => this.#textOf.get(key) ?? keyText(key), (text) => rows.get(text));
    // What is known may be known from a proposal: the answer waits for all of them.
    const proposed = machine.proposedCount === 0 ? 0 : machine.record.sequence + machine.proposedCount;
    if (judged.kind !== 'new') {
      this.#metrics.heard(judged.kind);
      return {response: judged.kind === 'known' ? DONE : FENCED, effect: undefined, sequence: 0, dependsOn: proposed};
    }
    const costs = judged.deltas.map(({sizeBytes}, i) => {
      // Entries stand first among the changes, in the order of their deltas.
      const value = judged.changes[i]?.value;
      const newSizeBytes = value === undefined ? 0 : readStoredItemSizeBytes(value);
      return itemWriteHalfUnits(newSizeBytes - sizeBytes, newSizeBytes);
    });
    // A hot key of the index lets what waits for it grow, until writes of the table are refused.
    if (!this.#admission.admitIndexWrite(costs.reduce((sum, cost) => sum + cost, 0))) {
      this.#metrics.heard('held-up');
      return HELD_UP;
    }
    this.#metrics.heard('new');
    const {effect, sequence} = machine.evaluateRows(() => judged, wallMs);
    judged.deltas.forEach(({key}, i) => this.#heat.written(key, costs[i] ?? 0));
    return {response: DONE, effect, sequence, dependsOn: 0};
  }
}
