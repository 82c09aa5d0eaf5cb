import {parseDescribeTable} from '@murmuration/model';
import type {Exchange} from '../exchange.js';
import type {OperationServices} from '../services.js';
import {describedReply, findDescribed} from '../table-replies.js';

export function describeTableOperation(exchange: Exchange, services: OperationServices): void {
  const {tableName} = parseDescribeTable(exchange.body);
  findDescribed(exchange, services, tableName, (answer) => exchange.succeed(describedReply(services, 'Table', answer)));
}
