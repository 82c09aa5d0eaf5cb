// Goal: whatever happens on the way, a global index shows in the end what the items say, no more and no less. Method:
// random writes, splits of the table and of the index, leaders that are deposed and do not know it, messages that come
// late, twice, after a split, or whose answers are lost, an index that comes when items are there already; then everything
// settles, what is still on its way arrives, and the index is held against the items.
import fc from 'fast-check';
import {IndexWorld} from '../testing/index-world.js';

const PK_MAX = 6;
const G_MAX = 4;
type Step = (world: IndexWorld) => void;

const pk = fc.integer({min: 1, max: PK_MAX});
const nat = fc.nat({max: 1_000});
const partitionOf = (world: IndexWorld, at: number): IndexWorld['table'][number] => world.table[at % world.table.length] as IndexWorld['table'][number];
const write: fc.Arbitrary<Step> = fc.tuple(pk, fc.option(fc.integer({min: 0, max: G_MAX}), {nil: undefined}), fc.integer({min: 0, max: 2})).map(([key, g, n]) => (world) => world.write(key, g, n));
const remove: fc.Arbitrary<Step> = pk.map((key) => (world) => world.remove(key));
const steps: fc.Arbitrary<readonly Step[]> = fc.array(fc.oneof(
  {weight: 8, arbitrary: write},
  {weight: 2, arbitrary: remove},
  {weight: 4, arbitrary: nat.map((at): Step => (world) => world.pump(partitionOf(world, at)))},
  {weight: 4, arbitrary: fc.tuple(nat, fc.boolean(), fc.boolean()).map(([at, isKept, isHeard]): Step => (world) => world.deliver(at, isKept, isHeard))},
  {weight: 1, arbitrary: nat.map((at): Step => (world) => world.giveUp(at))},
  {weight: 2, arbitrary: nat.map((at): Step => (world) => world.trim(partitionOf(world, at)))},
  {weight: 2, arbitrary: nat.map((at): Step => (world) => void world.fill(partitionOf(world, at)))},
  {weight: 1, arbitrary: nat.map((at): Step => (world) => world.lead(partitionOf(world, at)))},
  {weight: 1, arbitrary: nat.map((at): Step => (world) => world.deposed[at % Math.max(1, world.deposed.length)]?.propagator.pump())},
  {weight: 1, arbitrary: fc.integer({min: 1, max: PK_MAX}).map((key): Step => (world) => world.splitTable(key))},
  {weight: 1, arbitrary: fc.integer({min: 1, max: PK_MAX}).map((key): Step => (world) => world.splitTableBehind(key))},
  {weight: 1, arbitrary: fc.integer({min: 0, max: G_MAX}).map((g): Step => (world) => world.splitIndex(g))},
  {weight: 1, arbitrary: fc.constant<Step>((world) => world.refreshMap())},
), {minLength: 10, maxLength: 80});

test('an index ends as what the items say, over splits, replays and leaders that do not know they are deposed', () => {
  fc.assert(fc.property(fc.array(write, {maxLength: 5}), steps, (before, after) => {
    const world = new IndexWorld();
    for (const step of before) step(world);
    world.begin();
    for (const step of after) step(world);
    world.settle();
    const {shown, wanted} = world.compare();
    expect(shown).toEqual(wanted);
  }), {numRuns: 300});
});
