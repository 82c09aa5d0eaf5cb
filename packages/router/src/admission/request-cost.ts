import {
  failedConditionHalfUnits, itemWriteHalfUnits, pageHalfUnits, readHalfUnits, readModeHalfUnits, transactionalHalfUnits, writeHalfUnits,
} from '@murmuration/capacity';
import {keysOfStep} from '@murmuration/partition';
import type {PartitionRequest} from '@murmuration/partition';
import type {PartitionOutcome} from '@murmuration/partition-client';

export type Access = 'read' | 'write';

/** What a request to a partition reads or writes of the table's throughput; undefined for what costs nothing. */
export function accessOf(request: PartitionRequest): Access | undefined {
  switch (request.kind) {
    case 'write':
      return 'write';
    case 'get':
    case 'range':
      return 'read';
    case 'transact':
      // The whole price of a transaction is paid where it is judged; the steps after that cost nothing.
      if (request.step.kind === 'read') return request.step.isVersionOnly ? undefined : 'read';
      return request.step.kind === 'once' || request.step.kind === 'prepare' ? 'write' : undefined;
    case 'index-write':
    case 'stream-shards':
    case 'stream-records':
      return undefined;
  }
}

/** The least that it can cost: known before any work is done. */
export function leastHalfUnits(request: PartitionRequest): number {
  switch (request.kind) {
    case 'write':
      return writeHalfUnits(0);
    case 'get':
      return request.keys.length * readHalfUnits(0, request.consistency === 'strong');
    case 'range':
      return readHalfUnits(0, request.consistency === 'strong');
    case 'transact':
      return keysOfStep(request.step).length * (request.step.kind === 'read' ? readModeHalfUnits(0, 'transactional') : transactionalHalfUnits(writeHalfUnits(0)));
    case 'index-write':
    case 'stream-shards':
    case 'stream-records':
      return 0;
  }
}

/** What it did cost. What ended without an answer is taken to have cost the least; what was sent away costs nothing. */
export function halfUnitsOf(request: PartitionRequest, outcome: PartitionOutcome): number {
  switch (outcome.kind) {
    case 'written':
      return sum(outcome.derived?.indexHalfUnits ?? NONE, (halfUnits) => halfUnits) + itemWriteHalfUnits(outcome.oldSizeBytes, outcome.newSizeBytes);
    case 'got': {
      const isStrong = request.kind === 'get' && request.consistency === 'strong';
      return sum(outcome.sizesBytes, (sizeBytes) => readHalfUnits(sizeBytes, isStrong));
    }
    case 'ranged':
      return pageHalfUnits([outcome.scannedSizeBytes], outcome.fetchedBlockCount ?? 0, request.kind === 'range' ? request.consistency : 'strong');
    case 'transacted': {
      const {result} = outcome;
      if (result.kind === 'read') return sum(result.rows, ({sizeBytes}) => readModeHalfUnits(sizeBytes, 'transactional'));
      if (result.kind === 'accepted') return sum(result.costs, ({oldSizeBytes, newSizeBytes, indexHalfUnits}) => transactionalHalfUnits(itemWriteHalfUnits(oldSizeBytes, newSizeBytes) + sum(indexHalfUnits, (halfUnits) => halfUnits)));
      return result.kind === 'refused' ? sum(result.reasons, ({code, sizeBytes}) => (code === 'ConditionalCheckFailed' ? transactionalHalfUnits(failedConditionHalfUnits(sizeBytes)) : 0)) : 0;
    }
    case 'refused':
      return outcome.failure.code === 'ConditionFailed' ? failedConditionHalfUnits(outcome.failure.itemSizeBytes) : 0;
    case 'unknown':
      return leastHalfUnits(request);
    case 'moved':
    case 'unavailable':
    case 'stream-shards':
    case 'stream-records':
      return 0;
  }
}

/** What a write costs the global indexes of its table, which pay for themselves. */
export function globalIndexHalfUnits(outcome: PartitionOutcome): number {
  if (outcome.kind === 'written') return sum(outcome.globalIndexes ?? [], ({halfUnits}) => halfUnits);
  if (outcome.kind !== 'transacted' || outcome.result.kind !== 'accepted') return 0;
  return sum(outcome.result.costs, ({globalIndexes}) => transactionalHalfUnits(sum(globalIndexes, ({halfUnits}) => halfUnits)));
}

const NONE: readonly number[] = [];
function sum<Part>(parts: readonly Part[], halfUnits: (part: Part) => number): number {
  let total = 0;
  for (const part of parts) total += halfUnits(part);
  return total;
}
