import {
  changeInsights, checkInsightsIndex, describeInsights, insightsOf, listInsights, namedTableNotFound, parseDescribeContributorInsights, parseListContributorInsights,
  parseUpdateContributorInsights,
} from '@murmuration/model';
import type {Exchange} from '../exchange.js';
import type {OperationServices} from '../services.js';
import {callControl, findDescribed, jsonReply, tableOf} from '../table-replies.js';

/** Switched at once; the answer tells of a state on the way, as clients expect it. */
export function updateContributorInsights(exchange: Exchange, services: OperationServices): void {
  const request = parseUpdateContributorInsights(exchange.body);
  const {tableName: name, indexName, isEnabled, mode} = request;
  findDescribed(exchange, services, name, ({table}) => {
    checkInsightsIndex(table, indexName);
    const isChange = changeInsights(table, request, 0) !== table;
    callControl(exchange, services, {kind: 'update-contributor-insights', name, indexName, isEnabled, mode}, (response) => {
      const changed = insightsOf(tableOf(response).table, indexName);
      const ContributorInsightsStatus = isEnabled ? 'ENABLING' : isChange ? 'DISABLING' : 'DISABLED';
      exchange.succeed(jsonReply({
        TableName: name, ...(indexName === undefined ? {} : {IndexName: indexName}), ContributorInsightsStatus, ...(isEnabled && changed !== undefined ? {ContributorInsightsMode: changed.mode} : {}),
      }));
    });
  });
}

export function describeContributorInsights(exchange: Exchange, services: OperationServices): void {
  const {tableName, indexName} = parseDescribeContributorInsights(exchange.body);
  findDescribed(exchange, services, tableName, ({table}) => {
    checkInsightsIndex(table, indexName);
    exchange.succeed(jsonReply(describeInsights(table, indexName)));
  });
}

/** From the newest map: what was just switched is listed. */
export function listContributorInsights(exchange: Exchange, services: OperationServices): void {
  const request = parseListContributorInsights(exchange.body);
  const answer = exchange.step(() => {
    const map = services.map.current();
    if (request.tableName !== undefined && map.tableByName(request.tableName) === undefined) throw namedTableNotFound(request.tableName);
    exchange.succeed(jsonReply(listInsights(map.tables(), request)));
  });
  services.map.refresh(() => answer(undefined));
}
