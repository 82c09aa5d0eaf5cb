// Goal: where routers hold the tokens of a table they and the leaders behind them never let through more than the table has, nor a
// partition more than its ceiling in any second. Method: random schedules of load by router and partition, asks and answers that are
// lost, silences of the control plane and changes of its leader; a clock that stands gives to the half unit what is held.
import {PartitionAdmission, RouterShare, unitsToMilliRate} from '@murmuration/capacity';
import type {TokenLeaseOfTable} from '@murmuration/control-client';
import {NO_CAPACITY_OVERRIDES} from '@murmuration/model';
import type {TableDescriptor} from '@murmuration/model';
import fc from 'fast-check';
import {TOKEN_FALLBACK_MS_MAX, TOKEN_LEASE_MS, TokenService} from './token-service.js';
import type {TokenSource} from './token-service.js';

const ROUTERS = 3;
const UNITS = 60;
const RATE_HALF_UNITS = UNITS * 2;
const CEILING_HALF_UNITS = 70;
const STEP_MS = 50;
const CREATED_AT_MS = 1;

const source: TokenSource = {
  settings: NO_CAPACITY_OVERRIDES,
  table: () => ({tableId: 1, billingMode: 'PROVISIONED', provisionedThroughput: {ReadCapacityUnits: UNITS, WriteCapacityUnits: UNITS}, createdAtMs: CREATED_AT_MS}) as TableDescriptor,
};

class Router {
  readonly tokens: RouterShare;
  readonly #name: string;
  constructor(i: number) {
    this.#name = `r${i}`;
    this.tokens = new RouterShare({
      router: this.#name, leaseMs: TOKEN_LEASE_MS, fallbackMsMax: TOKEN_FALLBACK_MS_MAX, askMs: 1_000, firstWantHalfUnits: RATE_HALF_UNITS / ROUTERS, firstRate: Math.floor(unitsToMilliRate(UNITS) / ROUTERS),
    });
  }
  /** @param fate of this ask, if one is due */
  look(control: TokenService | undefined, fate: 'ok' | 'ask-lost' | 'answer-lost', nowMs: number): void {
    if (!this.tokens.isAskDue(nowMs)) return;
    const {router, ...ask} = this.tokens.ask(nowMs);
    if (control === undefined || fate === 'ask-lost') return;
    const [lease] = control.lease({kind: 'lease-tokens', router, asks: [{table: 1, access: 'write', ...ask}]}, source, nowMs, CREATED_AT_MS + nowMs) as readonly [TokenLeaseOfTable | undefined];
    if (lease !== undefined && !lease.isQuiet && fate === 'ok') this.tokens.granted(lease, nowMs, nowMs);
  }
}

/** A leader that looks after the ceiling only. */
class Leader {
  readonly #admission = new PartitionAdmission({resource: 'Table', writeCeilingHalfUnits: CEILING_HALF_UNITS}, {read: undefined, write: undefined}, 0);
  #passed: (readonly [atMs: number, halfUnits: number])[] = [];
  put(halfUnits: number, nowMs: number): boolean {
    if (this.#admission.admitWrite(halfUnits, nowMs).kind !== 'ok') return false;
    this.#passed = [...this.#passed.filter(([atMs]) => atMs > nowMs - 1_000), [nowMs, halfUnits]];
    const second = this.#passed.reduce((sum, [, each]) => sum + each, 0);
    if (second > CEILING_HALF_UNITS) throw new Error(`${second} half units in one second`);
    return true;
  }
}

const phase = fc.record({
  lastsMs: fc.integer({min: 100, max: 6_000}), loads: fc.array(fc.integer({min: 0, max: 5}), {minLength: ROUTERS, maxLength: ROUTERS}), partition: fc.integer({min: 0, max: 2}),
  control: fc.constantFrom('leads', 'leads', 'silent', 'new leader'), fate: fc.constantFrom('ok', 'ok', 'ok', 'ask-lost', 'answer-lost'), costHalfUnits: fc.constantFrom(2, 2, 2, 6),
});

test('global: routers give what the table has and partitions keep to their ceilings', () => {
  fc.assert(fc.property(fc.array(phase, {minLength: 1, maxLength: 8}), (phases) => {
    let control = new TokenService(0);
    control.reset(0);
    const routers = Array.from({length: ROUTERS}, (_none, i) => new Router(i));
    const leaders = [new Leader(), new Leader(), new Leader()];
    let nowMs = 0;
    let accepted = 0;
    for (const {lastsMs, loads, partition, control: state, fate, costHalfUnits} of phases) {
      if (state === 'new leader') {
        control = new TokenService(0);
        control.reset(CREATED_AT_MS + nowMs + 1);
      }
      for (const untilMs = nowMs + lastsMs; nowMs < untilMs; nowMs += STEP_MS) {
        routers.forEach(({tokens}, i) => {
          for (let n = 0; n < (loads[i] ?? 0); n += 1) {
            if (!tokens.take(2, nowMs)) continue;
            if (leaders[(partition + n) % 3]?.put(costHalfUnits, nowMs) === true) {
              accepted += costHalfUnits;
              if (costHalfUnits > 2) tokens.charge(costHalfUnits - 2, nowMs);
            } else tokens.giveBack(2, nowMs);
          }
          routers[i]?.look(state === 'silent' ? undefined : control, i === partition ? fate : 'ok', nowMs);
          if (tokens.tokensHalfUnits(nowMs) < 0) throw new Error('a router holds less than nothing');
        });
        const owed = routers.reduce((sum, {tokens}) => sum + tokens.owedHalfUnits, 0);
        // Before its first lease each router may use its part for so long as a lease, and owes it.
        const had = (RATE_HALF_UNITS * (1_000 + nowMs)) / 1_000 + ROUTERS + owed;
        if (accepted > had) throw new Error(`${accepted} half units of ${had} after ${nowMs} ms`);
      }
    }
  }), {numRuns: 30});
});

test('while the clock stands a router lets through what it holds, to the half unit', () => {
  fc.assert(fc.property(fc.integer({min: 1, max: 9}), fc.array(fc.integer({min: 1, max: 7}), {minLength: 60, maxLength: 120}), (startSecond, costs) => {
    const control = new TokenService(0);
    control.reset(0);
    const router = new Router(0);
    for (let nowMs = 0; nowMs <= startSecond * 1_000; nowMs += STEP_MS) {
      router.tokens.take(2, nowMs);
      router.look(control, 'ok', nowMs);
    }
    const nowMs = startSecond * 1_000;
    let left = router.tokens.tokensHalfUnits(nowMs);
    for (const cost of costs) {
      if (router.tokens.take(cost, nowMs) !== cost <= left) throw new Error(`${cost} half units of ${left}`);
      if (cost <= left) left -= cost;
      if (router.tokens.tokensHalfUnits(nowMs) !== left) throw new Error(`not ${left} half units are left`);
    }
  }), {numRuns: 30});
});
