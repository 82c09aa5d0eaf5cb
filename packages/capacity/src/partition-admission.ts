import {CeilingWindow} from './ceiling-window.js';
import {BURST_SECONDS_DEFAULT, ShareBucket} from './share-bucket.js';
import type {ShareLevels} from './share-bucket.js';
import {ADMITTED, ThrottleLog, throttlingReason} from './throttle.js';
import type {AdmissionDecision, BucketName, CapacityAccess, CapacityResource, ThrottlingCause} from './throttle.js';
import type {TokenBucket} from './token-bucket.js';
import type {MilliRate} from './token-rate.js';

/** What one partition can do a second, whatever its table may: 3,000 read units and 1,000 write units. */
export const PARTITION_READ_HALF_UNITS_MAX = 6_000;
export const PARTITION_WRITE_HALF_UNITS_MAX = 2_000;

/** The share of a partition and what running over it is called; undefined where only the ceiling holds. */
export interface AccessShare {
  readonly rate: MilliRate;
  /** What comes in of it; all when absent. */
  readonly gainRate?: MilliRate | undefined;
  readonly cause: ThrottlingCause;
}
export interface PartitionShares {
  readonly read: AccessShare | undefined;
  readonly write: AccessShare | undefined;
}

export interface PartitionAdmissionOptions {
  readonly resource: CapacityResource;
  readonly readCeilingHalfUnits?: number;
  readonly writeCeilingHalfUnits?: number;
  /** 0 switches burst off. */
  readonly burstSeconds?: number;
  /** Buckets of the process behind all its partitions: burst needs their tokens too. */
  readonly nodeRead?: TokenBucket | undefined;
  readonly nodeWrite?: TokenBucket | undefined;
  /** Throttles kept for "why". */
  readonly recordsMax?: number;
}

/** What an operator may change while it runs. */
export interface PartitionLimits {
  readonly burstSeconds: number;
  readonly readCeilingHalfUnits: number;
  readonly writeCeilingHalfUnits: number;
}

/** What is left of both shares: see budget-state.ts. */
export interface PartitionLevels {
  readonly read: ShareLevels;
  readonly write: ShareLevels;
}

/**
 * Admission at one partition's leader: ceiling, share of the table with its burst, and the node's bucket behind burst.
 * A request is taken from all of them or from none. Nothing waits here, and nothing is allocated for what passes.
 */
export class PartitionAdmission {
  readonly log: ThrottleLog;
  readonly #read: AccessAdmission;
  readonly #write: AccessAdmission;

  /** @param levels of a leader before this one; absent for a partition that never had one */
  constructor(options: PartitionAdmissionOptions, shares: PartitionShares, nowMs: number, levels?: PartitionLevels) {
    const {resource, burstSeconds = BURST_SECONDS_DEFAULT} = options;
    this.log = new ThrottleLog(options.recordsMax);
    this.#read = new AccessAdmission({
      resource, access: 'Read', burstSeconds, log: this.log, node: options.nodeRead, ceilingHalfUnits: options.readCeilingHalfUnits ?? PARTITION_READ_HALF_UNITS_MAX,
    }, shares.read, nowMs, levels?.read);
    this.#write = new AccessAdmission({
      resource, access: 'Write', burstSeconds, log: this.log, node: options.nodeWrite, ceilingHalfUnits: options.writeCeilingHalfUnits ?? PARTITION_WRITE_HALF_UNITS_MAX,
    }, shares.write, nowMs, levels?.write);
  }

  /** A read whose cost is known: takes it, or says why not. */
  admitRead(halfUnits: number, nowMs: number): AdmissionDecision {
    return this.#read.admit(halfUnits, nowMs);
  }
  admitWrite(halfUnits: number, nowMs: number): AdmissionDecision {
    return this.#write.admit(halfUnits, nowMs);
  }
  /** A write that was paid for elsewhere: only the ceiling is asked. Not recorded as a throttle: who is refused comes again by itself. */
  admitPaidWrite(halfUnits: number, nowMs: number): boolean {
    return this.#write.admitPaid(halfUnits, nowMs);
  }
  /** Whether a page may begin whose cost is known at its end only: asks for the least it can cost and takes nothing. */
  canBeginPage(halfUnitsMin: number, nowMs: number): AdmissionDecision {
    return this.#read.ask(halfUnitsMin, nowMs);
  }
  /** Takes what a page has cost. What is missing is owed, and nothing passes until it is paid. */
  chargePage(halfUnits: number, nowMs: number): void {
    this.#read.charge(halfUnits, nowMs);
  }
  /** Other shares from now on: throughput was changed, the partition was split, or a boost came or went. */
  setShares(shares: PartitionShares, nowMs: number): void {
    this.#read.setShare(shares.read, nowMs);
    this.#write.setShare(shares.write, nowMs);
  }
  /** Other ceilings, or burst for another time, from now on. */
  configure({burstSeconds, readCeilingHalfUnits, writeCeilingHalfUnits}: PartitionLimits, shares: PartitionShares, nowMs: number): void {
    this.#read.configure(readCeilingHalfUnits, burstSeconds);
    this.#write.configure(writeCeilingHalfUnits, burstSeconds);
    this.setShares(shares, nowMs);
  }
  /** What passed and what was asked for and throttled since the last call, and nothing any more: the load that adaptive sharing looks at. */
  drainLoad(): {readonly readHalfUnits: number; readonly writeHalfUnits: number} {
    return {readHalfUnits: this.#read.drainAsked(), writeHalfUnits: this.#write.drainAsked()};
  }
  /** What burst can hold. */
  get burstSizes(): {readonly readHalfUnits: number; readonly writeHalfUnits: number} {
    return {readHalfUnits: this.#read.burstSizeHalfUnits, writeHalfUnits: this.#write.burstSizeHalfUnits};
  }
  levels(nowMs: number): PartitionLevels {
    return {read: this.#read.levels(nowMs), write: this.#write.levels(nowMs)};
  }
}

interface AccessOptions {
  readonly resource: CapacityResource;
  readonly access: CapacityAccess;
  readonly ceilingHalfUnits: number;
  readonly burstSeconds: number;
  readonly node: TokenBucket | undefined;
  readonly log: ThrottleLog;
}

const NO_LEVELS: ShareLevels = {allocatedHalfUnits: 0, burstHalfUnits: 0, debtHalfUnits: 0};

/** Reads or writes: they are metered apart. */
class AccessAdmission {
  readonly #options: AccessOptions;
  readonly #ceiling: CeilingWindow;
  #share: ShareBucket | undefined;
  #cause: ThrottlingCause = 'ProvisionedThroughputExceeded';
  #askedHalfUnits = 0;
  #burstSeconds: number;
  #isBurstChanged = false;

  constructor(options: AccessOptions, share: AccessShare | undefined, nowMs: number, levels: ShareLevels | undefined) {
    this.#options = options;
    this.#ceiling = new CeilingWindow(options.ceilingHalfUnits, nowMs);
    this.#burstSeconds = options.burstSeconds;
    if (share === undefined) return;
    this.#cause = share.cause;
    this.#share = new ShareBucket(this.#cut(share.rate), options.burstSeconds, nowMs, levels, this.#cut(share.gainRate ?? share.rate));
  }
  admit(halfUnits: number, nowMs: number): AdmissionDecision {
    this.#askedHalfUnits += halfUnits;
    if (!this.#ceiling.hasRoom(halfUnits, nowMs)) return this.#refuse('ceiling', halfUnits, nowMs);
    const share = this.#share;
    if (share !== undefined) {
      if (!share.holds(halfUnits, nowMs)) return this.#refuse('share', halfUnits, nowMs);
      const {node} = this.#options;
      if (node !== undefined) {
        const burst = share.burstPartHalfUnits(halfUnits);
        if (burst > 0 && !node.tryTake(burst, nowMs)) return this.#refuse('node', halfUnits, nowMs);
      }
      share.take(halfUnits);
    }
    this.#ceiling.pass(halfUnits);
    return ADMITTED;
  }
  admitPaid(halfUnits: number, nowMs: number): boolean {
    if (!this.#ceiling.hasRoom(halfUnits, nowMs)) return false;
    this.#ceiling.pass(halfUnits);
    return true;
  }
  ask(halfUnits: number, nowMs: number): AdmissionDecision {
    if (!this.#ceiling.hasRoom(halfUnits, nowMs)) return this.#refuse('ceiling', halfUnits, nowMs);
    return this.#share === undefined || this.#share.holds(halfUnits, nowMs) ? ADMITTED : this.#refuse('share', halfUnits, nowMs);
  }
  charge(halfUnits: number, nowMs: number): void {
    this.#askedHalfUnits += halfUnits;
    this.#ceiling.charge(halfUnits, nowMs);
    const share = this.#share;
    if (share === undefined) return;
    share.availableHalfUnits(nowMs);
    const burst = share.burstPartHalfUnits(halfUnits);
    if (burst > 0) this.#options.node?.charge(burst, nowMs);
    share.charge(halfUnits, nowMs);
  }
  setShare(share: AccessShare | undefined, nowMs: number): void {
    if (share === undefined) {
      this.#share = undefined;
      return;
    }
    this.#cause = share.cause;
    const [rate, gainRate] = [this.#cut(share.rate), this.#cut(share.gainRate ?? share.rate)];
    // A share that comes later has left nothing unused: it starts empty, so that switching a limit off and on gives nothing.
    if (this.#share === undefined) this.#share = new ShareBucket(rate, this.#burstSeconds, nowMs, NO_LEVELS, gainRate);
    else if (this.#share.rate !== rate || this.#share.gainRate !== gainRate || this.#isBurstChanged) this.#share.setRate(rate, nowMs, this.#burstSeconds, gainRate);
    this.#isBurstChanged = false;
  }
  /** Takes effect with the share that follows. */
  configure(ceilingHalfUnits: number, burstSeconds: number): void {
    if (ceilingHalfUnits !== this.#ceiling.ceilingHalfUnits) this.#ceiling.setCeiling(ceilingHalfUnits);
    this.#isBurstChanged = burstSeconds !== this.#burstSeconds;
    this.#burstSeconds = burstSeconds;
  }
  get burstSizeHalfUnits(): number {
    return this.#share?.burstSizeHalfUnits ?? 0;
  }
  drainAsked(): number {
    const asked = this.#askedHalfUnits;
    this.#askedHalfUnits = 0;
    return asked;
  }
  levels(nowMs: number): ShareLevels {
    return this.#share?.levels(nowMs) ?? NO_LEVELS;
  }

  /** A share above the ceiling could not be used, and its burst would be a promise nobody keeps. */
  #cut(rate: MilliRate): MilliRate {
    return Math.min(rate, this.#ceiling.ceilingHalfUnits * 1000);
  }
  #refuse(bucket: BucketName, halfUnits: number, nowMs: number): AdmissionDecision {
    const {resource, access, node, log} = this.#options;
    const share = this.#share;
    const burst = share?.burstPartHalfUnits(halfUnits) ?? 0;
    const tokensThenHalfUnits = bucket === 'ceiling' ? Math.max(0, this.#ceiling.ceilingHalfUnits - this.#ceiling.passedHalfUnits(nowMs))
      : bucket === 'share' ? share?.availableHalfUnits(nowMs) ?? 0 : node?.availableHalfUnits(nowMs) ?? 0;
    const record = {
      reason: throttlingReason(resource, access, bucket === 'ceiling' ? 'KeyRangeThroughputExceeded' : this.#cause),
      bucket, tokensThenHalfUnits, tokensAskedHalfUnits: bucket === 'node' ? burst : halfUnits, atMs: nowMs,
      firstPossibleAtMs: Math.max(
        this.#ceiling.firstPossibleAtMs(halfUnits, nowMs),
        share?.firstPossibleAtMs(halfUnits, nowMs) ?? 0,
        // An upper bound: the allocated bucket fills meanwhile, so that less of the node is needed.
        bucket === 'node' && node !== undefined ? node.firstPossibleAtMs(burst, nowMs) : 0,
      ),
    };
    log.add(record);
    return {kind: 'throttled', record};
  }
}
