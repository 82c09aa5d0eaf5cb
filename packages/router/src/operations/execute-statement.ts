import {utf8Encode} from '@murmuration/base';
import {encodeNextToken, itemText, parseExecuteStatement} from '@murmuration/model';
import type {Exchange} from '../exchange.js';
import type {OperationServices} from '../services.js';
import {runStatement} from '../statement-run.js';

export function executeStatement(exchange: Exchange, services: OperationServices): void {
  const request = parseExecuteStatement(exchange.body);
  const {text, parameters} = request;
  runStatement(exchange, services, {...request, isSingleItem: false}, (outcome) => {
    switch (outcome.kind) {
      case 'done': {
        const {items, capacity, position} = outcome;
        const members = [`"Items":${JSON.stringify(items)}`];
        if (position !== undefined) members.push(`"NextToken":${JSON.stringify(encodeNextToken(position, text, parameters))}`);
        if (position?.startKey !== undefined) members.push(`"LastEvaluatedKey":${itemText(position.startKey)}`);
        if (capacity !== undefined) members.push(`"ConsumedCapacity":${JSON.stringify(capacity)}`);
        exchange.succeed(utf8Encode(`{${members.join(',')}}`));
        return;
      }
      case 'refused':
        exchange.reject(outcome.failure);
        return;
      case 'broken':
        throw outcome.error;
    }
  });
}
