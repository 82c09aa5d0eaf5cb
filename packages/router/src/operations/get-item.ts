import {readHalfUnits} from '@murmuration/capacity';
import {checkKeyPaths, parseGetItem, validateKeyObject} from '@murmuration/model';
import {consumedCapacityMember} from '../consumed-capacity.js';
import {RouterError} from '../errors.js';
import type {Exchange} from '../exchange.js';
import {readItems} from '../item-reads.js';
import {refusal} from '../partition-errors.js';
import {projectJson} from '../project-json.js';
import {ReplyBody} from '../reply-body.js';
import type {OperationServices} from '../services.js';
import {storedItemKey} from '../stored-item-key.js';
import {arnPrefix} from '../table-replies.js';

export function getItem(exchange: Exchange, services: OperationServices): void {
  const request = parseGetItem(exchange.body);
  services.tables.find(exchange, request.tableName, (table) => {
    const key = storedItemKey(table, validateKeyObject(table.keySchema, request.key));
    checkKeyPaths(request.expressions.compiled, table.keySchema, table.attributeDefinitions);
    const consistency = request.consistentRead ? 'strong' : 'eventual';
    readItems(services, [key], consistency, exchange.deadlineMs, exchange.step(([item]) => {
      if (item?.kind === 'failed' && item.throttle !== undefined) throw refusal(item.throttle, arnPrefix(services));
      if (item === undefined || item.kind === 'failed') throw new RouterError({code: 'Unavailable', reason: item?.reason ?? 'no answer'});
      const isFound = item.kind === 'item';
      const halfUnits = readHalfUnits(isFound ? item.sizeBytes : 0, request.consistentRead);
      services.metrics.read(table.name, halfUnits, isFound ? 1 : 0);
      const capacity = consumedCapacityMember(request.returnConsumedCapacity, request.tableNameGiven, halfUnits);
      const reply = new ReplyBody();
      if (isFound) reply.text('{"Item":').bytes(projectJson(item.json, request.expressions.compiled.projection)).text(`${capacity}}`);
      else reply.text(`{${capacity.slice(1)}}`);
      exchange.succeed(reply.finish());
    }));
  });
}
