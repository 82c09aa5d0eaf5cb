import {changeMaxima, changeWarmThroughput, checkOnDemand, checkStreamChange, checkThroughputChanges, parseUpdateTable, planIndexUpdates} from '@murmuration/model';
import type {IndexUpdatePlan, TableDescriptor, UpdateTableRequest} from '@murmuration/model';
import type {TableChange} from '@murmuration/control-client';
import type {Exchange} from '../exchange.js';
import type {OperationServices} from '../services.js';
import {callControl, describedReply, tableOf} from '../table-replies.js';

export function updateTable(exchange: Exchange, services: OperationServices): void {
  const request = parseUpdateTable(exchange.body);
  const name = request.tableName;
  callControl(exchange, services, {kind: 'describe-table', name}, (described) => {
    const {table} = tableOf(described);
    checkThroughputChanges(request, table);
    const plan = planIndexUpdates(request, table);
    checkStreamChange(request.extra.streamSpecification, table);
    callControl(exchange, services, {kind: 'update-table', name, change: toChange(request, table, plan)}, (response) => {
      exchange.succeed(describedReply(services, 'TableDescription', tableOf(response)));
    });
  });
}

function toChange({billingMode, provisionedThroughput, onDemandThroughput, warmThroughput, extra: given}: UpdateTableRequest, table: TableDescriptor, indexes: IndexUpdatePlan): TableChange {
  checkOnDemand(onDemandThroughput, billingMode ?? table.billingMode);
  const extra = {
    ...given,
    ...(indexes.definitions === undefined ? {} : {globalSecondaryIndexes: indexes.definitions}),
    // What is null goes.
    ...(onDemandThroughput === undefined ? {} : {onDemandThroughput: changeMaxima(table.extra.onDemandThroughput, onDemandThroughput) ?? null}),
    ...(warmThroughput === undefined ? {} : {warmThroughput: changeWarmThroughput(table, warmThroughput)}),
  };
  const throughput = billingMode === 'PAY_PER_REQUEST' ? {ReadCapacityUnits: 0, WriteCapacityUnits: 0} : provisionedThroughput;
  return {
    ...(billingMode === undefined ? {} : {billingMode}),
    ...(throughput === undefined ? {} : {provisionedThroughput: throughput}),
    ...(indexes.change === undefined ? {} : {index: indexes.change}),
    ...(Object.keys(extra).length === 0 ? {} : {extra}),
  };
}
