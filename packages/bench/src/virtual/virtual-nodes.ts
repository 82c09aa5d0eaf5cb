import {assert} from '@murmuration/base';
import type {NodeSeries} from '../run-record.js';
import {AZ_COUNT} from './virtual-settings.js';

/** One process of the virtual cluster. */
export interface VirtualNode {
  readonly name: string;
  readonly az: number;
  isUp: boolean;
  /** What it does takes so many times as long. */
  slowFactor: number;
  /** When it has done all that was asked of it: requests are served in turn. */
  freeAtMs: number;
  replicaCount: number;
  leaderCount: number;
  /** Of the second that runs, at all its replicas. */
  halfUnits: number;
  /** Of the last second that was over. */
  recentHalfUnits: number;
  readonly unitsBySecond: number[];
}

const AZ_LETTERS = 'abcdef';

/** The nodes of the cluster: three AZs of the same size. */
export class VirtualNodes {
  readonly all: readonly VirtualNode[];
  constructor(nodesPerAz: number) {
    this.all = Array.from({length: AZ_COUNT * nodesPerAz}, (_none, i) => {
      const az = i % AZ_COUNT;
      return {
        name: `${AZ_LETTERS[az] ?? 'x'}${Math.floor(i / AZ_COUNT) + 1}`, az, isUp: true, slowFactor: 1, freeAtMs: 0, replicaCount: 0, leaderCount: 0, halfUnits: 0, recentHalfUnits: 0,
        unitsBySecond: [],
      };
    });
  }
  /** One node of each AZ for a new partition: the one with the least load, then with the fewest replicas. The first is to lead. */
  place(): readonly VirtualNode[] {
    const chosen: VirtualNode[] = [];
    for (let az = 0; az < AZ_COUNT; az += 1) {
      const inAz = this.all.filter((node) => node.az === az);
      const up = inAz.filter(({isUp}) => isUp);
      chosen.push(least(up.length > 0 ? up : inAz, (node) => node.recentHalfUnits * 1e-6 + node.replicaCount));
    }
    for (const node of chosen) node.replicaCount += 1;
    return chosen;
  }
  closeSecond(): void {
    for (const node of this.all) {
      node.unitsBySecond.push(node.halfUnits / 2);
      node.recentHalfUnits = node.halfUnits;
      node.halfUnits = 0;
    }
  }
  series(): readonly NodeSeries[] {
    return this.all.map(({name, az, unitsBySecond}) => ({node: name, az: `az-${AZ_LETTERS[az] ?? 'x'}`, units: unitsBySecond}));
  }
}

/** The one of the living that is to lead: fewest leaderships, then in order. */
export function chooseLeader(replicas: readonly VirtualNode[], not?: VirtualNode): VirtualNode | undefined {
  const candidates = replicas.filter((node) => node.isUp && node !== not);
  return candidates.length === 0 ? undefined : least(candidates, (node) => node.leaderCount * node.slowFactor);
}
function least(nodes: readonly VirtualNode[], value: (node: VirtualNode) => number): VirtualNode {
  const first = nodes[0];
  assert(first !== undefined, 'there is a node');
  return nodes.reduce((best, node) => (value(node) < value(best) ? node : best), first);
}
