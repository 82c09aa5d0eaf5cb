import {NO_BUDGET} from '@murmuration/capacity';
import type {BudgetState, PartitionAdmission} from '@murmuration/capacity';
import {HeatWatch} from './heat-watch.js';
import type {IndexOutbox} from './index-outbox.js';
import type {KeyBorder} from './key-space.js';
import {chooseLeader} from './virtual-nodes.js';
import type {VirtualNode} from './virtual-nodes.js';

/** How a partition is begun. */
export interface PartitionBirth {
  readonly name: string;
  readonly number: number;
  readonly from: KeyBorder;
  readonly until: KeyBorder;
  readonly replicas: readonly VirtualNode[];
  readonly sizeBytes: number;
  readonly firstSecond: number;
  readonly outboxes: readonly IndexOutbox[];
}

/** One partition: where it lies, who leads it, what it may still use. Plain state: whoever owns the resource decides. */
export class VirtualPartition {
  readonly name: string;
  readonly from: KeyBorder;
  until: KeyBorder;
  replicas: readonly VirtualNode[];
  leader: VirtualNode | undefined;
  admission: PartitionAdmission;
  readonly watch: HeatWatch;
  /** What waits for each global index. */
  readonly outboxes: readonly IndexOutbox[];
  sizeBytes: number;
  readonly firstSecond: number;
  /** Nobody answers for it before: its leader was lost. */
  unavailableUntilMs = 0;
  unavailableMs = 0;
  /** Writes wait until then: it is cut. */
  pausedUntilMs = 0;
  isSplitting = false;
  coolUntilMs = 0;
  /** What its leader told last about what is left. */
  budget: BudgetState = NO_BUDGET;
  /** Half units a second that adaptive sharing takes it to need. */
  askedReadHalfUnits = 0;
  askedWriteHalfUnits = 0;
  readHalfUnits = 0;
  writeHalfUnits = 0;
  readonly readUnitsBySecond: number[] = [];
  readonly writeUnitsBySecond: number[] = [];
  /** Why it was not cut the last time it was hot. */
  noSplitReason: string | undefined;

  constructor(birth: PartitionBirth, admission: PartitionAdmission) {
    this.name = birth.name;
    this.from = birth.from;
    this.until = birth.until;
    this.replicas = birth.replicas;
    this.sizeBytes = birth.sizeBytes;
    this.firstSecond = birth.firstSecond;
    this.outboxes = birth.outboxes;
    this.admission = admission;
    this.watch = new HeatWatch(birth.number * 7_919);
    this.lead(chooseLeader(birth.replicas));
  }
  lead(node: VirtualNode | undefined): void {
    if (this.leader !== undefined) this.leader.leaderCount -= 1;
    this.leader = node;
    if (node !== undefined) node.leaderCount += 1;
  }
  get liveCount(): number {
    let count = 0;
    for (const {isUp} of this.replicas) if (isUp) count += 1;
    return count;
  }
  /** Whether a leader answers for it. */
  isServing(nowMs: number): boolean {
    return this.leader !== undefined && nowMs >= this.unavailableUntilMs;
  }
  closeSecond(): void {
    this.readUnitsBySecond.push(this.readHalfUnits / 2);
    this.writeUnitsBySecond.push(this.writeHalfUnits / 2);
    this.readHalfUnits = 0;
    this.writeHalfUnits = 0;
  }
}
