import {describeDeletedTable, parseDeleteTable} from '@murmuration/model';
import type {Exchange} from '../exchange.js';
import type {OperationServices} from '../services.js';
import {arnPrefix, callControl, jsonReply, tableOf} from '../table-replies.js';

export function deleteTable(exchange: Exchange, services: OperationServices): void {
  const {tableName} = parseDeleteTable(exchange.body);
  callControl(exchange, services, {kind: 'delete-table', name: tableName}, (response) => {
    const {table, itemCount, sizeBytes} = tableOf(response);
    exchange.succeed(jsonReply({TableDescription: describeDeletedTable(table, {itemCount, sizeBytes, wallMs: services.ports.clock.wallMs()}, arnPrefix(services))}));
  });
}
