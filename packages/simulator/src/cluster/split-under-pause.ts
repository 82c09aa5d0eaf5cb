import {BASE_INDEX_ID, toGroupId} from '@murmuration/base';
import {fedGlobalIndexes} from '@murmuration/model';
import type {Chance} from '../world/chance.js';
import type {ClusterWatch} from './cluster-watch.js';
import {statusesOf} from './inspect.js';
import type {SimOperator} from './operators.js';
import type {SimCluster} from './sim-cluster.js';

/** Times of an election until somebody else leads, and until an order that was lost is repeated. */
const ELECTIONS_TO_LEAD = 2;
const ORDERS = 3;
/** What the halves do before the old leader wakes up. */
const AFTERWARDS_MS_MAX = 2_500;
const PAUSE_MS_MAX = 15_000;

/**
 * A leader stands still while its partition, whose table has global indexes, is cut in two by those who go on: when it wakes up it takes
 * itself for the leader of the whole for a moment, and tells what it had not told yet.
 * @returns takes the fault back; undefined when nobody leads such a partition
 */
export function splitUnderPause(cluster: SimCluster, watch: ClusterWatch, operator: SimOperator, chance: Chance): (() => void) | undefined {
  const map = watch.newestMap;
  const fed = new Set(map?.tables.filter((table) => fedGlobalIndexes(table).length > 0).map(({tableId}) => tableId));
  const led = (map?.partitions ?? []).flatMap((entry) => {
    if (entry.index !== BASE_INDEX_ID || !fed.has(entry.table)) return [];
    const leader = cluster.liveNodes.find((node) => statusesOf(node).get(entry.group)?.isLeader === true);
    return leader === undefined ? [] : [{group: toGroupId(entry.group), leader}];
  });
  if (led.length === 0) return undefined;
  const {group, leader} = chance.pick(led);
  const {process} = leader.machine;
  if (process === undefined) return undefined;
  cluster.world.probes.hit('cluster/split-under-pause');
  process.pause();
  const resume = (): void => {
    if (!process.isDead && process.isPaused) process.resume();
  };
  for (let i = 1; i <= ORDERS; i += 1) cluster.world.afterMs(i * ELECTIONS_TO_LEAD * cluster.electionMs, () => operator.act({kind: 'split-partition', group, atHex: undefined}));
  const afterwardsMs = chance.below(AFTERWARDS_MS_MAX);
  const wait = (): void => {
    watch.onNext(['partition/split'], (_node, record) => {
      if (record['group'] === group) cluster.world.afterMs(afterwardsMs, resume);
      else wait();
    });
  };
  wait();
  cluster.world.afterMs(PAUSE_MS_MAX, resume);
  // The pause outlasts the time that was drawn for it: it ends with the split.
  return () => undefined;
}
