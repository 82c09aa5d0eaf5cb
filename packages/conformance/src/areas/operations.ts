import {API_OPERATIONS, STREAMS_OPERATIONS} from '../api-operations.js';
import type {Area} from '../conformance-case.js';
import {fails, http, proves} from '../conformance-case.js';

/** An operation that is built leaves this area by its line in `api-operations.ts`. */
export const OPERATIONS: Area = {
  name: 'operations',
  title: 'Operations that are not served',
  cases: [
    ...API_OPERATIONS.filter(({state}) => state === 'unknown').map(({name}) => proves('1 Dispatch', `${name} is unknown`, fails(name, {}, 'UnknownOperationException', undefined))),
    ...STREAMS_OPERATIONS.map((name) => proves('1 Dispatch', `${name} of the Streams API is unknown under the other target`, fails(name, {}, 'UnknownOperationException', undefined))),
    proves('1 Dispatch', 'ListTables is unknown under the target of the Streams API', http(
      {method: 'POST', headers: {'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'DynamoDBStreams_20120810.ListTables'}, body: '{}'},
      {status: 400, type: 'UnknownOperationException'})),
  ],
};
