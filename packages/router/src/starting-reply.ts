import type {HttpReply} from '@murmuration/base';
import {modelWireError} from './wire-errors.js';

/** What every request gets while the process cannot serve yet: SDKs take it for a reason to try again, or elsewhere. */
export function startingReply(): HttpReply {
  const {status, body} = modelWireError({code: 'ServiceUnavailable', message: 'The process is starting. Nothing was changed. Try again.'});
  return {status, headers: {'Content-Type': 'application/x-amz-json-1.0'}, body, closeConnection: true, addCrc32: true};
}
