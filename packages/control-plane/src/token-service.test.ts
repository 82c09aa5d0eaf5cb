import {ACCOUNT_TOKENS} from '@murmuration/control-client';
import {NO_CAPACITY_OVERRIDES} from '@murmuration/model';
import type {TableDescriptor} from '@murmuration/model';
import {TOKEN_LEASE_MS, TokenService} from './token-service.js';
import type {TokenSource} from './token-service.js';

const source = (table: Partial<TableDescriptor> | undefined): TokenSource => ({
  settings: NO_CAPACITY_OVERRIDES,
  table: () => (table === undefined ? undefined : ({tableId: 1, billingMode: 'PROVISIONED', provisionedThroughput: {ReadCapacityUnits: 10, WriteCapacityUnits: 5}, createdAtMs: 2_000, ...table} as TableDescriptor)),
});
const ask = (router: string, wantedHalfUnits: number, heldLease = 0) =>
  ({kind: 'lease-tokens', router, asks: [{table: 1, access: 'write', heldLease, heldShareRate: 0, wantedHalfUnits, returnedHalfUnits: 0}]}) as const;

describe('leases of tokens', () => {
  it('of a new table are there at once, and never more than the table has', () => {
    const service = new TokenService(0);
    service.reset(1_000);
    const [first] = service.lease(ask('a', 8), source({}), 0, 3_000);
    expect(first).toEqual({table: 1, access: 'write', lease: 1, halfUnits: 8, shareRate: 10_000, leaseMs: TOKEN_LEASE_MS, isQuiet: false});
    const [second] = service.lease(ask('b', 8), source({}), 0, 3_000);
    expect(second).toMatchObject({halfUnits: 1, shareRate: 0});
  });
  it('of a table that was there before this leader begin after a lease', () => {
    const service = new TokenService(0);
    service.reset(3_000);
    expect(service.lease(ask('a', 8), source({}), 0, 3_000)[0]).toMatchObject({halfUnits: 0, isQuiet: true});
    expect(service.lease(ask('a', 8, 1), source({}), TOKEN_LEASE_MS + 1_000, 7_000)[0]).toMatchObject({isQuiet: false});
  });
  it('follow a change of throughput, and end with the table', () => {
    const service = new TokenService(0);
    service.reset(1_000);
    service.lease(ask('a', 8), source({}), 0, 3_000);
    expect(service.lease(ask('a', 800, 1), source({provisionedThroughput: {ReadCapacityUnits: 10, WriteCapacityUnits: 500}}), 1_000, 4_000)[0]?.shareRate).toBe(1_000_000);
    expect(service.lease(ask('a', 8, 2), source({billingMode: 'PAY_PER_REQUEST'}), 1_000, 4_000)).toEqual([]);
    expect(service.lease(ask('a', 8, 2), source(undefined), 1_000, 4_000)).toEqual([]);
  });
  it('of all on-demand tables together are those of the account, as long as it has a limit', () => {
    const service = new TokenService(300);
    service.reset(1_000);
    const limited = (units: number): TokenSource => ({...source(undefined), settings: {cluster: {accountOnDemandWriteUnitsMax: units}, tables: {}}});
    const askAccount = (router: string, heldLease: number) => ({kind: 'lease-tokens', router, asks: [{...ask(router, 40, heldLease).asks[0], table: ACCOUNT_TOKENS}]}) as const;
    expect(service.lease(askAccount('a', 0), source(undefined), 0, 3_000)).toEqual([]);
    expect(service.lease(askAccount('a', 0), limited(10), 0, 3_000)).toMatchObject([{table: ACCOUNT_TOKENS, halfUnits: 0, isQuiet: true}]);
    let handedOut = 0;
    let lastLease = 0;
    for (let nowMs = 0; nowMs <= 10_000; nowMs += 1_000) {
      const [lease] = service.lease(askAccount('b', nowMs === 0 ? 0 : lastLease), limited(10), 10_000 + nowMs, 13_000 + nowMs);
      lastLease = lease?.lease ?? 0;
      handedOut += lease?.halfUnits ?? 0;
    }
    // A second that is in the bucket and ten that came in: nothing is kept for longer.
    expect(handedOut).toBeLessThanOrEqual(220);
    expect(handedOut).toBeGreaterThan(100);
    expect(service.lease(askAccount('b', lastLease), limited(0), 21_000, 24_000)).toEqual([]);
  });
  it('of a table that nobody knows, under any number, are none', () => {
    const service = new TokenService(0);
    expect(service.lease({kind: 'lease-tokens', router: 'a', asks: [{...ask('a', 4).asks[0], table: 2 ** 40}]}, source(undefined), 0, 3_000)).toEqual([]);
  });
});
