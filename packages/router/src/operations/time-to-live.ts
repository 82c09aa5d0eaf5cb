import {parseDescribeTable, parseUpdateTimeToLive} from '@murmuration/model';
import type {Exchange} from '../exchange.js';
import type {OperationServices} from '../services.js';
import {callControl, findDescribed, jsonReply, tableOf} from '../table-replies.js';

export function updateTimeToLive(exchange: Exchange, services: OperationServices): void {
  const {tableName: name, attributeName, isEnabled} = parseUpdateTimeToLive(exchange.body);
  callControl(exchange, services, {kind: 'update-time-to-live', name, attributeName, isEnabled}, (response) => {
    tableOf(response);
    exchange.succeed(jsonReply({TimeToLiveSpecification: {Enabled: isEnabled, AttributeName: attributeName}}));
  });
}

/** On its way as long as a partition does not follow the change. */
export function describeTimeToLive(exchange: Exchange, services: OperationServices): void {
  const {tableName} = parseDescribeTable(exchange.body);
  findDescribed(exchange, services, tableName, ({table, isDeriving = false}) => {
    const {timeToLive} = table.extra;
    const isOn = timeToLive?.isEnabled === true;
    const TimeToLiveStatus = timeToLive === undefined || (!isOn && !isDeriving) ? 'DISABLED' : isOn ? (isDeriving ? 'ENABLING' : 'ENABLED') : 'DISABLING';
    const AttributeName = TimeToLiveStatus === 'DISABLED' ? undefined : timeToLive?.attributeName;
    exchange.succeed(jsonReply({TimeToLiveDescription: {TimeToLiveStatus, ...(AttributeName === undefined ? {} : {AttributeName})}}));
  });
}
