import {listTablesPage, parseListTables} from '@murmuration/model';
import {RouterError} from '../errors.js';
import type {Exchange} from '../exchange.js';
import type {OperationServices} from '../services.js';
import {callControl, controlError, jsonReply} from '../table-replies.js';

export function listTables(exchange: Exchange, services: OperationServices): void {
  const request = parseListTables(exchange.body);
  const {exclusiveStartTableName, limit} = request;
  callControl(exchange, services, {kind: 'list-tables', exclusiveStartName: exclusiveStartTableName, limit}, (response) => {
    if (response.kind === 'tables') {
      exchange.succeed(jsonReply({TableNames: response.names, ...(response.lastName === undefined ? {} : {LastEvaluatedTableName: response.lastName})}));
      return;
    }
    if (response.kind !== 'failed') throw new RouterError({code: 'Unavailable', reason: `unexpected answer ${response.kind}`});
    // The cached map answers for a control plane that is away; a map never confirmed may be of another life.
    if ((response.failure.code !== 'Unavailable' && response.failure.code !== 'NotLeader') || !services.map.isConfirmed()) throw controlError(response.failure);
    exchange.succeed(jsonReply(listTablesPage(request, [...services.map.current().tables()].map(({name}) => name))));
  });
}
