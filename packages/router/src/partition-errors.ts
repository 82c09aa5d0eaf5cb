import {ModelError, conditionFailed, tableNotFound} from '@murmuration/model';
import type {FailureCode, TableDescriptor} from '@murmuration/model';
import type {PartitionFailure} from '@murmuration/partition';
import {RouterError} from './errors.js';
import type {OperationServices} from './services.js';

/** @returns the refusal as the error the client gets */
export function refusal(failure: Extract<PartitionFailure, {readonly code: 'ConditionFailed' | 'Rejected'}>): ModelError {
  if (failure.code === 'ConditionFailed') return conditionFailed(failure.item);
  // The partition names its refusals by the exceptions of the model.
  return new ModelError({code: failure.error as FailureCode, message: failure.message});
}

/** A key of the table has no partition in the current map: the table is gone, or the map is broken. */
export function withoutPartition(services: OperationServices, table: TableDescriptor): Error {
  return services.map.current().tableById(table.tableId) === undefined
    ? tableNotFound() : new RouterError({code: 'Unavailable', reason: 'the table has no partition'});
}
