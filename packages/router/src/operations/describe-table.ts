import {parseDescribeTable} from '@murmuration/model';
import type {Exchange} from '../exchange.js';
import type {OperationServices} from '../services.js';
import {callControl, describedReply, tableOf} from '../table-replies.js';

export function describeTableOperation(exchange: Exchange, services: OperationServices): void {
  const {tableName} = parseDescribeTable(exchange.body);
  callControl(exchange, services, {kind: 'describe-table', name: tableName}, (response) => {
    // With the control plane away the cached map still knows the table; only the counts are missing.
    const cached = response.kind === 'failed' && isUnreachable(response.failure.code) ? services.map.current().tableByName(tableName) : undefined;
    exchange.succeed(describedReply(services, 'Table', cached === undefined ? tableOf(response) : {table: cached, itemCount: 0, sizeBytes: 0}));
  });
}

function isUnreachable(code: string): boolean {
  return code === 'Unavailable' || code === 'NotLeader' || code === 'OutcomeUnknown';
}
