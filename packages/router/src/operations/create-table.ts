import {parseCreateTable} from '@murmuration/model';
import type {Exchange} from '../exchange.js';
import type {OperationServices} from '../services.js';
import {callControl, describedReply, tableOf} from '../table-replies.js';

export function createTable(exchange: Exchange, services: OperationServices): void {
  const {tableName, keySchema, attributeDefinitions, billingMode, provisionedThroughput, extra} = parseCreateTable(exchange.body);
  const table = {name: tableName, keySchema, attributeDefinitions, billingMode, provisionedThroughput, extra};
  callControl(exchange, services, {kind: 'create-table', table}, (response) => {
    exchange.succeed(describedReply(services, 'TableDescription', tableOf(response)));
  });
}
