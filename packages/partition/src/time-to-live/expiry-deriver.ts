import type {GroupId} from '@murmuration/base';
import type {DerivedFrom, Deriver} from '../derivers.js';
import type {EffectChange} from '../effect.js';
import {expirySecondOf} from './expiry.js';
import {EXPIRY_VALUE, expiryKey} from './expiry-row.js';

/** Lists each item by the second at which it is over, in the effect that writes the item. */
export class ExpiryDeriver implements Deriver {
  readonly #group: GroupId;
  readonly #attribute: string;
  constructor(group: GroupId, attribute: string) {
    this.#group = group;
    this.#attribute = attribute;
  }

  derive({key, oldItem, newItem}: DerivedFrom): readonly EffectChange[] {
    const before = expirySecondOf(oldItem, this.#attribute);
    const after = expirySecondOf(newItem, this.#attribute);
    if (before === after) return [];
    return [
      ...(before === undefined ? [] : [{key: expiryKey(this.#group, before, key), value: undefined}]),
      ...(after === undefined ? [] : [{key: expiryKey(this.#group, after, key), value: EXPIRY_VALUE}]),
    ];
  }
}
