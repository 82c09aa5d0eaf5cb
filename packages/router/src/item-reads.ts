import type {GroupId} from '@murmuration/base';
import type {Consistency} from '@murmuration/partition';
import type {PartitionEntry} from '@murmuration/placement';
import type {PartitionOutcome} from '@murmuration/partition-client';
import type {Throttle} from './partition-errors.js';
import type {OperationServices} from './services.js';

/** What became of one key: its item with its size, nothing there, or no answer. */
export type ReadItem =
  | {readonly kind: 'item'; readonly json: Uint8Array; readonly sizeBytes: number; readonly group: GroupId}
  | {readonly kind: 'missing'}
  /** With a throttle nothing is wrong but the rate. */
  | {readonly kind: 'failed'; readonly reason: string; readonly throttle?: Throttle};

interface KeyGroup {
  readonly entry: PartitionEntry;
  readonly positions: number[];
  readonly keys: Uint8Array[];
}

/**
 * Reads items by key, one request a partition, all sent in one turn; keys whose partition moved are sent again.
 * @param keys stored keys, at least one
 * @param done called once, perhaps before this returns, with one result a key by position
 */
export function readItems(
  services: OperationServices, keys: readonly Uint8Array[], consistency: Consistency, deadlineMs: number,
  done: (items: readonly ReadItem[]) => void,
): void {
  const items: ReadItem[] = keys.map(() => ({kind: 'failed', reason: 'not asked'}));
  let openCount = 1;
  const close = (): void => {
    openCount -= 1;
    if (openCount === 0) done(items);
  };
  const send = (positions: readonly number[]): void => {
    for (const group of groupKeys(services, keys, positions, items)) {
      openCount += 1;
      const request = {kind: 'get', group: group.entry.group, epoch: group.entry.epoch, consistency, keys: group.keys} as const;
      services.partitions.call(group.entry, request, deadlineMs, (outcome) => {
        if (outcome.kind === 'moved') send(group.positions);
        else if (isTooMuch(outcome) && group.positions.length > 1) {
          // What is there may do for some of the keys.
          const half = group.positions.length >> 1;
          send(group.positions.slice(0, half));
          send(group.positions.slice(half));
        }
        else take(group, outcome, items);
        close();
      });
    }
  };
  send(keys.map((_key, i) => i));
  close();
}

function groupKeys(services: OperationServices, keys: readonly Uint8Array[], positions: readonly number[], items: ReadItem[]): Iterable<KeyGroup> {
  const map = services.map.current();
  const groups = new Map<GroupId, KeyGroup>();
  for (const position of positions) {
    const key = keys[position] as Uint8Array;
    const entry = map.partitionOfKey(key);
    if (entry === undefined) {
      items[position] = {kind: 'failed', reason: 'no partition'};
      continue;
    }
    const group = groups.get(entry.group);
    if (group === undefined) groups.set(entry.group, {entry, positions: [position], keys: [key]});
    else {
      group.positions.push(position);
      group.keys.push(key);
    }
  }
  return groups.values();
}

function isTooMuch(outcome: PartitionOutcome): boolean {
  return outcome.kind === 'refused' && outcome.failure.code === 'Throttled';
}

function take(group: KeyGroup, outcome: PartitionOutcome, items: ReadItem[]): void {
  group.positions.forEach((position, i) => {
    if (outcome.kind === 'refused' && outcome.failure.code === 'Throttled') {
      items[position] = {kind: 'failed', reason: 'throttled', throttle: outcome.failure};
      return;
    }
    if (outcome.kind !== 'got') {
      items[position] = {kind: 'failed', reason: outcome.kind === 'unavailable' || outcome.kind === 'unknown' ? outcome.reason : 'the partition answered another question'};
      return;
    }
    const json = outcome.items[i];
    items[position] = json === undefined ? {kind: 'missing'} : {kind: 'item', json, sizeBytes: outcome.sizesBytes[i] ?? 0, group: group.entry.group};
  });
}
