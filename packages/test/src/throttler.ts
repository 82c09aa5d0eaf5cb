import {utf8Encode} from '@murmuration/base';
import type {HttpReply, HttpRequest} from '@murmuration/base';

const TARGET = 'DynamoDB_20120810.';
const DATA_OPERATIONS: ReadonlySet<string> = new Set([
  'GetItem', 'PutItem', 'UpdateItem', 'DeleteItem', 'Query', 'Scan', 'BatchGetItem', 'BatchWriteItem',
]);
const BODY = utf8Encode(
  '{"__type":"com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException","message":"The level of configured provisioned throughput for the table was exceeded. Consider increasing your provisioning level with the UpdateTable API."}',
);

/** Answers the next data requests as a table without capacity would, so that a test sees its application's retries. */
export class Throttler {
  #left = 0;
  throttleNext(count: number): void {
    this.#left = count;
  }
  /** @returns the answer when this request is one of them */
  refuse(request: HttpRequest): HttpReply | undefined {
    if (this.#left === 0) return undefined;
    const target = request.headers.get('x-amz-target') ?? '';
    if (!target.startsWith(TARGET) || !DATA_OPERATIONS.has(target.slice(TARGET.length))) return undefined;
    this.#left -= 1;
    return {status: 400, headers: {'content-type': 'application/x-amz-json-1.0'}, body: BODY, addCrc32: true};
  }
}
