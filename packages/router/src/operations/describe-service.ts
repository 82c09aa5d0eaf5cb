import {TABLE_CAPACITY_UNITS_MAX} from '@murmuration/model';
import type {Exchange} from '../exchange.js';
import {jsonReply} from '../table-replies.js';

/** The documented defaults; those of a table are enforced where tables are made, those of an account nowhere. */
const LIMITS_REPLY = jsonReply({
  AccountMaxReadCapacityUnits: 80_000, AccountMaxWriteCapacityUnits: 80_000,
  TableMaxReadCapacityUnits: TABLE_CAPACITY_UNITS_MAX, TableMaxWriteCapacityUnits: TABLE_CAPACITY_UNITS_MAX,
});
/** A day, as the service says. */
const CACHE_PERIOD_MINUTES = 1440;

export function describeLimits(exchange: Exchange): void {
  exchange.succeed(LIMITS_REPLY);
}

/** The address the client already reached is as good as any. */
export function describeEndpoints(exchange: Exchange): void {
  exchange.succeed(jsonReply({Endpoints: [{Address: exchange.host, CachePeriodInMinutes: CACHE_PERIOD_MINUTES}]}));
}
