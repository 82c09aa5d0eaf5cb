import type {AttributeJson, Change, Condition, ItemJson, Operation, ReturnedImage} from '@murmuration/checkers';
import type {Chance} from '../world/chance.js';

/** Relative weights of what clients do. */
export interface WorkloadMix {
  readonly put: number;
  readonly update: number;
  readonly counter: number;
  readonly compareAndSet: number;
  readonly delete: number;
  readonly strongGet: number;
  readonly eventualGet: number;
  readonly query: number;
}
export interface WorkloadOptions {
  readonly mix: WorkloadMix;
  /** Items of one collection that are in use at the same time. */
  readonly liveItemCount: number;
  /** An item is left alone after so many operations: a longer history of it could not be judged. */
  readonly operationsPerItemMax: number;
  /** An item with so many open ends is left alone as well. */
  readonly unknownsPerItemMax: number;
  /** Filling of items, so that splits by size have something to split. */
  readonly paddingBytesMax: number;
}

interface LiveItem {
  readonly key: ItemJson;
  readonly sort: string;
  operationCount: number;
  unknownCount: number;
  /** What was seen last, as a guess for the next compare-and-set. */
  lastSeen: string | undefined;
}

export interface Planned {
  readonly operation: Operation;
  readonly item: LiveItem;
}

/**
 * A collection of items that a few clients share: at most five of them, so that its history can be judged. Values are
 * unique in the whole run.
 */
export class Team {
  readonly table: string;
  readonly hasSortKey: boolean;
  /** Its table has the local indexes of `tableRequest`. */
  readonly hasLocalIndexes: boolean;
  readonly name: string;
  readonly #options: WorkloadOptions;
  readonly #chance: Chance;
  readonly #live: LiveItem[] = [];
  readonly #allKeys: ItemJson[] = [];
  #valueNext = 0;

  constructor(table: {readonly name: string; readonly hasSortKey: boolean; readonly hasLocalIndexes: boolean}, name: string, options: WorkloadOptions, chance: Chance) {
    this.table = table.name;
    this.hasSortKey = table.hasSortKey;
    this.hasLocalIndexes = table.hasLocalIndexes;
    this.name = name;
    this.#options = options;
    this.#chance = chance;
    for (let i = 0; i < options.liveItemCount; i += 1) this.#addItem();
  }
  /** Every item that was ever touched. */
  get keys(): readonly ItemJson[] {
    return this.#allKeys;
  }
  /** Keys that a query of the whole collection would meet, with those retired. */
  get partitionKey(): string {
    return this.name;
  }

  plan(): Planned {
    const {mix} = this.#options;
    const item = this.#chance.pick(this.#live);
    const {key} = item;
    switch (draw(mix, this.#chance)) {
      case 'put': return {item, operation: {kind: 'put', key, item: {v: this.#value(), ...this.#padding()}, returns: this.#chance.isHeads() ? 'none' : 'all-old', ...this.#condition(item)}};
      case 'update': return {item, operation: {kind: 'update', key, changes: this.#changes(), returns: this.#image(), ...this.#condition(item)}};
      case 'counter': return {item, operation: {kind: 'update', key, changes: [this.#increment()], returns: this.#chance.pick(['none', 'updated-new', 'updated-old'] as const)}};
      case 'compareAndSet': {
        const condition: Condition = item.lastSeen === undefined ? {kind: 'not-exists', attribute: 'v'} : {kind: 'equals', attribute: 'v', value: {S: item.lastSeen}};
        return {item, operation: {kind: 'update', key, changes: [{kind: 'set', attribute: 'v', value: this.#value()}], condition, wantsRefusedImage: this.#chance.isHeads(), returns: 'all-new'}};
      }
      case 'delete': return {item, operation: {kind: 'delete', key, returns: this.#chance.isHeads() ? 'none' : 'all-old', ...this.#condition(item)}};
      case 'strongGet': return {item, operation: {kind: 'get', key, isStrong: true}};
      case 'eventualGet': return {item, operation: {kind: 'get', key, isStrong: false}};
      case 'query': return {item, operation: {kind: 'scan', isStrong: true, keyAttributes: this.hasSortKey ? ['pk', 'sk'] : ['pk']}};
    }
  }
  /** Refused wherever the item is: the refusal shows the item as its leader knows it, and proposes nothing that could be left open. */
  planRefusal(): Planned {
    const item = this.#chance.pick(this.#live);
    const condition: Condition = {kind: 'not-exists', attribute: 'pk'};
    return {item, operation: {kind: 'put', key: item.key, item: {v: this.#value()}, returns: 'none', condition, wantsRefusedImage: true}};
  }
  /** Told of each end of an operation of this team. */
  ended(item: LiveItem, isUnknown: boolean, seen: ItemJson | undefined): void {
    item.operationCount += 1;
    if (isUnknown) item.unknownCount += 1;
    const value = seen?.['v'];
    if (value !== undefined && 'S' in value) item.lastSeen = value.S;
    if (item.operationCount < this.#options.operationsPerItemMax && item.unknownCount < this.#options.unknownsPerItemMax) return;
    const at = this.#live.indexOf(item);
    if (at < 0) return;
    this.#live.splice(at, 1);
    this.#addItem();
  }

  #addItem(): void {
    const number = this.#allKeys.length;
    // Out of order, so that a split cuts between items in use.
    const sort = `${this.#chance.below(1000).toString().padStart(3, '0')}-${number}`;
    const key: ItemJson = this.hasSortKey ? {pk: {S: this.name}, sk: {S: sort}} : {pk: {S: `${this.name}-${sort}`}};
    this.#allKeys.push(key);
    this.#live.push({key, sort, operationCount: 0, unknownCount: 0, lastSeen: undefined});
  }
  #value(): AttributeJson {
    this.#valueNext += 1;
    return {S: `${this.name}:${this.#valueNext}`};
  }
  #padding(): ItemJson {
    const {paddingBytesMax} = this.#options;
    return paddingBytesMax === 0 || this.#chance.below(4) > 0 ? {} : {p: {S: 'x'.repeat(this.#chance.below(paddingBytesMax))}};
  }
  #changes(): readonly Change[] {
    const changes: Change[] = [{kind: 'set', attribute: 'v', value: this.#value()}];
    if (this.#chance.permille(250)) changes.push(this.#increment());
    if (this.#chance.permille(100)) changes.push({kind: 'remove', attribute: 'p'});
    if (this.#chance.permille(100)) changes.push({kind: 'set-if-missing', attribute: 'w', value: this.#value()});
    return changes;
  }
  #increment(): Change {
    const by = String(this.#chance.between(1, 9));
    return this.#chance.isHeads() ? {kind: 'add', attribute: 'n', by} : {kind: 'increment', attribute: 'n', by, start: '0'};
  }
  #image(): ReturnedImage {
    return this.#chance.pick(['none', 'all-old', 'updated-old', 'all-new', 'updated-new'] as const);
  }
  #condition(item: LiveItem): {readonly condition?: Condition; readonly wantsRefusedImage?: boolean} {
    if (this.#chance.below(4) > 0) return {};
    const condition = this.#chance.pick<Condition>([
      {kind: 'exists', attribute: 'pk'}, {kind: 'not-exists', attribute: 'pk'}, {kind: 'less', attribute: 'n', value: {N: '20'}},
      {kind: 'differs', attribute: 'v', value: {S: item.lastSeen ?? 'nothing'}},
    ]);
    return {condition, wantsRefusedImage: this.#chance.isHeads()};
  }
}

const KINDS = ['put', 'update', 'counter', 'compareAndSet', 'delete', 'strongGet', 'eventualGet', 'query'] as const satisfies readonly (keyof WorkloadMix)[];

function draw(mix: WorkloadMix, chance: Chance): keyof WorkloadMix {
  let left = chance.below(KINDS.reduce((sum, kind) => sum + mix[kind], 0));
  for (const kind of KINDS) {
    left -= mix[kind];
    if (left < 0) return kind;
  }
  return 'strongGet';
}
