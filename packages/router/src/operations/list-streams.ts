import {parseListStreams, streamArn, streamsOf, tableArn} from '@murmuration/model';
import type {Exchange} from '../exchange.js';
import type {OperationServices} from '../services.js';
import {arnPrefix, jsonReply} from '../table-replies.js';

export function listStreams(exchange: Exchange, services: OperationServices): void {
  const {tableName, limit, exclusiveStart} = parseListStreams(exchange.body);
  // The newest map: a table made just now has its stream listed. Without a control plane the map here must do.
  services.partitions.refresher.refresh(() => exchange.run(() => {
    const nowMs = services.ports.clock.wallMs();
    const all = [...services.map.current().tables()]
      .filter((table) => table.status !== 'DELETING' && (tableName === undefined || table.name === tableName))
      .flatMap((table) => streamsOf(table, nowMs).map(({label}) => ({TableName: table.name, StreamLabel: label, StreamArn: streamArn(tableArn(table.name, arnPrefix(services)), label)})))
      .filter((stream) => exclusiveStart === undefined || isAfter(stream, exclusiveStart))
      .sort((a, b) => (isAfter(a, {tableName: b.TableName, label: b.StreamLabel}) ? 1 : -1));
    const page = all.slice(0, limit);
    const last = page.at(-1);
    exchange.succeed(jsonReply({Streams: page, ...(all.length > page.length && last !== undefined ? {LastEvaluatedStreamArn: last.StreamArn} : {})}));
  }));
}

/** Streams are listed by table, the oldest of a table first. */
function isAfter(a: {readonly TableName: string; readonly StreamLabel: string}, b: {readonly tableName: string; readonly label: string}): boolean {
  return a.TableName === b.tableName ? a.StreamLabel > b.label : a.TableName > b.tableName;
}
