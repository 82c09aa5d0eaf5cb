import {CAPACITY_SETTING_DEFAULTS} from '@murmuration/model';
import type {Exchange} from '../exchange.js';
import type {OperationServices} from '../services.js';
import {jsonReply} from '../table-replies.js';

/** A day, as the service says. */
const CACHE_PERIOD_MINUTES = 1440;

/** The quotas as they are set for all tables: the control plane goes by the same. */
export function describeLimits(exchange: Exchange, {map}: OperationServices): void {
  const {accountReadUnitsMax, accountWriteUnitsMax, tableReadUnitsMax, tableWriteUnitsMax} = {...CAPACITY_SETTING_DEFAULTS, ...map.current().settings.cluster};
  exchange.succeed(jsonReply({
    AccountMaxReadCapacityUnits: accountReadUnitsMax, AccountMaxWriteCapacityUnits: accountWriteUnitsMax, TableMaxReadCapacityUnits: tableReadUnitsMax, TableMaxWriteCapacityUnits: tableWriteUnitsMax,
  }));
}

/** The address the client already reached is as good as any. */
export function describeEndpoints(exchange: Exchange): void {
  exchange.succeed(jsonReply({Endpoints: [{Address: exchange.host, CachePeriodInMinutes: CACHE_PERIOD_MINUTES}]}));
}
