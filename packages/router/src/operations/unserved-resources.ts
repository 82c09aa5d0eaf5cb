import {ModelError, checkEmptyList, parseDescribeTable, parseLookup} from '@murmuration/model';
import type {EmptyListOperation, FailureCode, LookupOperation} from '@murmuration/model';
import type {Exchange} from '../exchange.js';
import type {Operation, OperationServices} from '../services.js';
import {callControl, findDescribed, jsonReply, tableOf} from '../table-replies.js';

/** A list of things that this service makes none of. */
export function emptyList(operation: EmptyListOperation, member: string): Operation {
  const reply = jsonReply({[member]: []});
  return (exchange) => {
    checkEmptyList(operation, exchange.body);
    exchange.succeed(reply);
  };
}

/** A search for one of them. */
export function missing(operation: LookupOperation, code: FailureCode, messageOf: (wanted: string) => string): Operation {
  return (exchange) => {
    throw new ModelError({code, message: messageOf(parseLookup(operation, exchange.body))});
  };
}

/** The past of a table is not kept, and the answer says so of both kinds. */
export function describeContinuousBackups(exchange: Exchange, services: OperationServices): void {
  const {tableName} = parseDescribeTable(exchange.body);
  callControl(exchange, services, {kind: 'describe-table', name: tableName}, (response) => {
    if (response.kind === 'failed' && response.failure.code === 'TableNotFound') {
      throw new ModelError({code: 'TableNotFoundException', message: `Table not found: ${tableName}`});
    }
    tableOf(response);
    exchange.succeed(jsonReply({ContinuousBackupsDescription: {
      ContinuousBackupsStatus: 'DISABLED', PointInTimeRecoveryDescription: {PointInTimeRecoveryStatus: 'DISABLED'},
    }}));
  });
}

export function describeKinesisStreamingDestination(exchange: Exchange, services: OperationServices): void {
  const {tableName} = parseDescribeTable(exchange.body);
  findDescribed(exchange, services, tableName, ({table}) => exchange.succeed(jsonReply({TableName: table.name, KinesisDataStreamDestinations: []})));
}
