import {ModelError, conditionFailed, tableArn, tableNotFound} from '@murmuration/model';
import type {FailureCode, TableDescriptor} from '@murmuration/model';
import type {PartitionFailure} from '@murmuration/partition';
import {RouterError} from './errors.js';
import type {OperationServices} from './services.js';

/** A partition's "not now". */
export type Throttle = Extract<PartitionFailure, {readonly code: 'Throttled'}>;

/** @param arnPrefix everything before `:table/`, for throttles @returns the refusal as the error the client gets */
export function refusal(failure: Extract<PartitionFailure, {readonly code: 'ConditionFailed' | 'Rejected' | 'Throttled'}>, arnPrefix?: string): ModelError {
  if (failure.code === 'ConditionFailed') return conditionFailed(failure.item);
  if (failure.code === 'Throttled') return throttled(failure, arnPrefix);
  // The partition names its refusals by the exceptions of the model.
  return new ModelError({code: failure.error as FailureCode, message: failure.message});
}

function throttled({reason, resource, isOnDemand}: Throttle, arnPrefix: string | undefined): ModelError {
  const throttlingReasons = [{reason, resource: tableArn(resource, arnPrefix)}];
  if (reason.endsWith('AccountLimitExceeded')) {
    return new ModelError({code: 'RequestLimitExceeded', message: 'Throughput exceeds the current throughput limit for your account.', throttlingReasons});
  }
  const isIndex = reason.startsWith('Index');
  if (!isOnDemand) return new ModelError({code: 'ProvisionedThroughputExceededException', message: isIndex ? INDEX_OVER_RATE : TABLE_OVER_RATE, throttlingReasons});
  return new ModelError({code: 'ThrottlingException', message: isIndex ? INDEX_STILL_SCALING : TABLE_STILL_SCALING, throttlingReasons});
}
const TABLE_OVER_RATE = 'The level of configured provisioned throughput for the table was exceeded. Consider increasing your provisioning level with the UpdateTable API.';
const INDEX_OVER_RATE = 'The level of configured provisioned throughput for one or more global secondary indexes of the table was exceeded. Consider increasing your provisioning level for the under-provisioned global secondary indexes with the UpdateTable API.';
const TABLE_STILL_SCALING = 'Throughput exceeds the current capacity of your table or index. DynamoDB is automatically scaling your table or index so please try again shortly. If exceptions persist, check if you have a hot key: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html';
const INDEX_STILL_SCALING = 'Throughput exceeds the current capacity for one or more global secondary indexes. DynamoDB is automatically scaling your index so please try again shortly.';

/** A key of the table has no partition in the current map: the table is gone, or the map is broken. */
export function withoutPartition(services: OperationServices, table: TableDescriptor): Error {
  return services.map.current().tableById(table.tableId) === undefined
    ? tableNotFound() : new RouterError({code: 'Unavailable', reason: 'the table has no partition'});
}
