import {ModelError, describeTable, namedTableNotFound, validationError} from '@murmuration/model';
import type {FailureCode, TableDescriptor} from '@murmuration/model';
import type {ControlFailure, ControlRequest, ControlResponse} from '@murmuration/control-client';
import {utf8Encode} from '@murmuration/base';
import {RouterError} from './errors.js';
import type {Exchange} from './exchange.js';
import {withGlobalIndexCounts} from './global-index-counts.js';
import {withLocalIndexCounts} from './local-index-counts.js';
import type {OperationServices} from './services.js';

export type TableAnswer = Extract<ControlResponse, {readonly kind: 'table'}>;

/** One table operation at the control plane; its failures become the exchange's answer. */
export function callControl(exchange: Exchange, services: OperationServices, request: ControlRequest, done: (response: ControlResponse) => void): void {
  const leftMs = exchange.deadlineMs - services.ports.clock.monotonicMs();
  services.control.call(request, Math.max(1, Math.min(leftMs, services.settings.controlTimeoutMs)), exchange.step(done));
}

/** @throws RouterError or ModelError unless the answer is a table */
export function tableOf(response: ControlResponse): TableAnswer {
  if (response.kind === 'table') return response;
  if (response.kind === 'failed') throw controlError(response.failure);
  throw new RouterError({code: 'OutcomeUnknown', reason: `unexpected answer ${response.kind}`});
}

/** @returns the control plane's failure as the error the client gets */
export function controlError(failure: ControlFailure): Error {
  switch (failure.code) {
    case 'NotLeader':
      return new RouterError({code: 'Unavailable', reason: 'the control plane has no leader'});
    case 'Unavailable':
    case 'OutcomeUnknown':
      return new RouterError({code: failure.code, reason: failure.reason});
    case 'NotEnoughZones':
      return new RouterError({code: 'Unavailable', reason: `${failure.zoneCount} of ${failure.zoneCountNeeded} zones have storage nodes`});
    case 'TableExists':
      return refused('ResourceInUseException', `Table already exists: ${failure.name}`);
    case 'TableNotFound':
      return namedTableNotFound(failure.name);
    case 'TableBusy':
      return refused('ResourceInUseException', `Attempt to change a resource which is still in use: Table is being ${busyWord(failure.status)}: ${failure.name}`);
    case 'TableProtected':
      return validationError('Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.');
    case 'LimitExceeded':
      return refused('LimitExceededException', failure.message);
    case 'BadRequest':
    case 'Refused':
      return validationError(failure.reason);
    case 'NotFound':
      return refused('ResourceNotFoundException', failure.what);
  }
}

function refused(code: FailureCode, message: string): ModelError {
  return new ModelError({code, message});
}

function busyWord(status: TableDescriptor['status']): string {
  switch (status) {
    case 'CREATING': return 'created';
    case 'DELETING': return 'deleted';
    case 'UPDATING': case 'ACTIVE': return 'updated';
  }
}

export function arnPrefix(services: OperationServices): string {
  return `arn:aws:dynamodb:${services.settings.region}:000000000000`;
}

/**
 * Finds a table for an operation that describes something of it; namedTableNotFound when there is none.
 * With the control plane away the cached map still knows the table; only the counts are missing.
 */
export function findDescribed(exchange: Exchange, services: OperationServices, name: string, found: (answer: Omit<TableAnswer, 'kind' | 'version'>) => void): void {
  callControl(exchange, services, {kind: 'describe-table', name}, (response) => {
    const cached = response.kind === 'failed' && isUnreachable(response.failure.code) ? services.map.current().tableByName(name) : undefined;
    found(cached === undefined ? tableOf(response) : {table: cached, itemCount: 0, sizeBytes: 0});
  });
}

function isUnreachable(code: string): boolean {
  return code === 'Unavailable' || code === 'NotLeader' || code === 'OutcomeUnknown';
}

/** A TableDescription under the name its operation gives it. */
export function describedReply(services: OperationServices, member: 'Table' | 'TableDescription', {table, itemCount, sizeBytes, localIndexes, globalIndexes}: Omit<TableAnswer, 'kind' | 'version'>): Uint8Array {
  const described = withLocalIndexCounts(describeTable(table, {itemCount, sizeBytes, wallMs: services.ports.clock.wallMs()}, arnPrefix(services)), localIndexes ?? []);
  return jsonReply({[member]: withGlobalIndexCounts(described, table, globalIndexes ?? [])});
}

export function jsonReply(value: unknown): Uint8Array {
  return utf8Encode(JSON.stringify(value));
}
