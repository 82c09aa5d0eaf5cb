import {EMPTY_BYTES} from '@murmuration/base';
import type {ControlRequest} from '@murmuration/control-client';
import {ModelError, parseGetResourcePolicy, parseListTagsOfResource, parseTagResource, parseUntagResource} from '@murmuration/model';
import type {ResourceReference, TableDescriptor} from '@murmuration/model';
import type {Exchange} from '../exchange.js';
import type {OperationServices} from '../services.js';
import {callControl, jsonReply, tableOf} from '../table-replies.js';

export function tagResource(exchange: Exchange, services: OperationServices): void {
  const request = parseTagResource(exchange.body);
  const {tableName: name, tags: set} = request;
  withResource(exchange, services, request, {kind: 'tag-table', name, set, remove: []}, () => exchange.succeed(EMPTY_BYTES));
}

export function untagResource(exchange: Exchange, services: OperationServices): void {
  const request = parseUntagResource(exchange.body);
  const {tableName: name, tagKeys: remove} = request;
  withResource(exchange, services, request, {kind: 'tag-table', name, set: [], remove}, () => exchange.succeed(EMPTY_BYTES));
}

export function listTagsOfResource(exchange: Exchange, services: OperationServices): void {
  const request = parseListTagsOfResource(exchange.body);
  withResource(exchange, services, request, {kind: 'describe-table', name: request.tableName}, ({extra}) => exchange.succeed(jsonReply({Tags: extra.tags ?? []})));
}

/** No policy is kept for any table. */
export function getResourcePolicy(exchange: Exchange, services: OperationServices): void {
  const request = parseGetResourcePolicy(exchange.body);
  withResource(exchange, services, request, {kind: 'describe-table', name: request.tableName}, () => {
    throw new ModelError({code: 'PolicyNotFoundException', message: `Resource-based policy not found for the provided ResourceArn: ${request.resourceArn}`});
  });
}

function withResource(
  exchange: Exchange, services: OperationServices, {resourceArn}: ResourceReference, request: ControlRequest, found: (table: TableDescriptor) => void,
): void {
  callControl(exchange, services, request, (response) => {
    if (response.kind === 'failed' && response.failure.code === 'TableNotFound') {
      // The missing letter is the service's own.
      throw new ModelError({code: 'ResourceNotFoundException', message: `Requested resource not found: ResourcArn: ${resourceArn} not found`});
    }
    found(tableOf(response).table);
  });
}
