import {EMPTY_BYTES} from '@murmuration/base';
import {decodeItem, storedBody} from '@murmuration/model';
import {expirySecondOf, isExpired, keyText, readExpiryKey} from '@murmuration/partition';
import type {Evaluation, LatestValue, PartitionMachine, PartitionResponse} from '@murmuration/partition';
import type {Judgement} from '../write-pipeline.js';

const DONE: PartitionResponse = {kind: 'written', attributes: undefined, oldSizeBytes: 0, newSizeBytes: 0};
const NOTHING: Evaluation = {response: DONE, effect: undefined, sequence: 0, dependsOn: 0};

/**
 * An item that is listed as over, judged on its newest value, proposals included: it goes only if that still says so. A row
 * that tells of another time than the item is removed in the same turn, so that no write can come between.
 */
export class ExpiryJudgement implements Judgement {
  readonly keys: readonly Uint8Array[];
  readonly texts: readonly string[];
  readonly homes: readonly Uint8Array[];
  readonly isReclaiming = true;
  /** What was proposed: the item's removal, or only that of the row. */
  verdict: 'none' | 'removed' | 'unlisted' = 'none';
  readonly #machine: PartitionMachine;
  readonly #row: Uint8Array;
  readonly #second: number;
  constructor(machine: PartitionMachine, row: Uint8Array) {
    const {second, itemKey} = readExpiryKey(row);
    const key = itemKey.slice();
    const collectionKey = machine.collectionKeyOf(key);
    this.#machine = machine;
    this.#row = row;
    this.#second = second;
    this.homes = [key];
    this.keys = collectionKey === undefined ? this.homes : [key, collectionKey];
    this.texts = this.keys.map(keyText);
  }

  judge([latest, collection]: readonly LatestValue[], wallMs: number): Evaluation {
    const attribute = this.#machine.derivation.timeToLiveAttribute;
    const [key, text] = [this.keys[0], this.texts[0]];
    if (attribute === undefined || latest === undefined || key === undefined || text === undefined) return NOTHING;
    const item = latest.bytes === undefined ? undefined : decodeItem(storedBody(latest.bytes));
    if (expirySecondOf(item, attribute) !== this.#second) {
      this.verdict = 'unlisted';
      const effect = this.#machine.evaluateInternal([{key: this.#row, value: undefined}], wallMs);
      return {response: DONE, effect, sequence: 0, dependsOn: 0};
    }
    if (!isExpired(item, attribute, wallMs)) return NOTHING;
    const command = {op: 'delete', key, item: EMPTY_BYTES, itemSizeBytes: 0, expressions: undefined, returnValues: 'NONE', returnItemOnConditionFailure: false} as const;
    const evaluation = this.#machine.evaluate(command, text, latest, wallMs, collection, 'time-to-live');
    // An item that a transaction holds is asked again later.
    if (evaluation.effect !== undefined) this.verdict = 'removed';
    return evaluation;
  }
}
