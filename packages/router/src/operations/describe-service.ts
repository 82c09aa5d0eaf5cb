import type {Exchange} from '../exchange.js';
import {jsonReply} from '../table-replies.js';

/** The documented defaults of an account; nothing here enforces them. */
const LIMITS_REPLY = jsonReply({
  AccountMaxReadCapacityUnits: 80_000, AccountMaxWriteCapacityUnits: 80_000,
  TableMaxReadCapacityUnits: 40_000, TableMaxWriteCapacityUnits: 40_000,
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
