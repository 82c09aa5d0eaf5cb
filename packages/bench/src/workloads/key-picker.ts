import type {Random} from '@murmuration/base';
import {unitDraw, wholeDraw, mixKey} from './chance.js';
import type {KeyChoice} from './workload-spec.js';
import {Zipf} from './zipf.js';

/** Chooses keys; the chosen ones are read from the fields, so that a request allocates nothing. */
export class KeyPicker {
  keyNumber = 0;
  sortNumber = 0;
  /** Value of the global index's key; the same for every request of one item. */
  indexNumber = 0;
  readonly #choice: Exclude<KeyChoice, {kind: 'replay'}>;
  readonly #random: Random;
  readonly #zipf: Zipf | undefined;
  #drawn = 0;
  constructor(choice: Exclude<KeyChoice, {kind: 'replay'}>, random: Random) {
    this.#choice = choice;
    this.#random = random;
    this.#zipf = choice.kind === 'zipf' ? new Zipf(choice.keyCount, choice.theta) : undefined;
  }
  pick(atMs: number): void {
    const choice = this.#choice;
    this.sortNumber = 0;
    switch (choice.kind) {
      case 'uniform':
        this.keyNumber = choice.firstKey + wholeDraw(this.#random, choice.keyCount);
        break;
      case 'zipf':
        this.keyNumber = choice.firstKey + (this.#zipf?.draw(this.#random) ?? 1) - 1;
        break;
      case 'single-hot-key':
        this.keyNumber = choice.firstKey + this.#hotOr(choice.hotShare, 0, choice.keyCount);
        break;
      case 'moving-hot-spot': {
        const period = Math.floor(atMs / (choice.periodSeconds * 1000));
        this.keyNumber = choice.firstKey + this.#hotOr(choice.hotShare, mixKey(period, choice.keyCount) % choice.keyCount, choice.keyCount);
        break;
      }
      case 'hot-collection': {
        this.keyNumber = choice.firstKey + this.#hotOr(choice.hotShare, 0, choice.keyCount);
        if (this.keyNumber === choice.firstKey) this.sortNumber = choice.firstSortKey + wholeDraw(this.#random, choice.sortKeyCount);
        break;
      }
      case 'monotonic':
        this.keyNumber = choice.firstKey + (this.#drawn % choice.collectionCount);
        this.sortNumber = Math.floor(this.#drawn / choice.collectionCount);
        this.#drawn += 1;
        break;
      case 'gsi-skew':
        this.keyNumber = choice.firstKey + wholeDraw(this.#random, choice.keyCount);
        break;
    }
    this.indexNumber = indexNumberOf(choice, this.keyNumber);
  }
  /** The hot key with its share, or else one of the others, evenly. */
  #hotOr(hotShare: number, hot: number, keyCount: number): number {
    if (keyCount === 1 || unitDraw(this.#random) < hotShare) return hot;
    const other = wholeDraw(this.#random, keyCount - 1);
    return other < hot ? other : other + 1;
  }
}

/** Which value of the global index's key the item of this key has. */
export function indexNumberOf(choice: KeyChoice, keyNumber: number): number {
  return choice.kind === 'gsi-skew' ? mixKey(keyNumber, 0x6773) % choice.indexKeyCount : keyNumber;
}
