import {assert} from '@murmuration/base';
import type {Family, LabelValues} from '@murmuration/base';

/** Label value of the child that stands for every label set past the bound. */
export const OVERFLOW_LABEL = 'other';

/** Children by label set, made once and kept. Past `childrenMax` all new label sets share one child, so series cannot grow without end. */
export class BoundedFamily<Child> implements Family<Child> {
  readonly #names: readonly string[];
  readonly #childrenMax: number;
  readonly #make: (labels: LabelValues) => Child;
  readonly #children = new Map<string, Child>();
  #overflow: Child | undefined;

  constructor(names: readonly string[], childrenMax: number, make: (labels: LabelValues) => Child) {
    this.#names = names;
    this.#childrenMax = childrenMax;
    this.#make = make;
  }

  with(labels: LabelValues): Child {
    let key = '';
    for (const name of this.#names) {
      const value = labels[name];
      assert(value !== undefined, 'label without value', {name});
      key += `${value}\u0000`;
    }
    let child = this.#children.get(key);
    if (child !== undefined) return child;
    assert(Object.keys(labels).length === this.#names.length, 'label that the metric does not have', {labels: Object.keys(labels)});
    if (this.#children.size >= this.#childrenMax) {
      this.#overflow ??= this.#make(Object.fromEntries(this.#names.map((name) => [name, OVERFLOW_LABEL])));
      return this.#overflow;
    }
    child = this.#make({...labels});
    this.#children.set(key, child);
    return child;
  }
}
