import type {Random} from '@murmuration/base';
import type {VirtualNode} from './virtual-nodes.js';

/** One way between two processes of one AZ, and of two. */
const SAME_AZ_MS = 0.15;
const OTHER_AZ_MS = 0.5;
/** Mean of the exponential part of each way. */
const JITTER_MS = 0.08;
/** Work of a node: for a read, a write, what a follower does for a write, a refusal, and each 4 KB. */
const READ_MS = 0.02;
const WRITE_MS = 0.05;
const APPEND_MS = 0.02;
const REFUSE_MS = 0.004;
const BLOCK_MS = 0.004;
const BLOCK_SIZE_BYTES = 4_096;
/** A sync of the log: a floor and an exponential part. */
const SYNC_MS = 0.4;
const SYNC_JITTER_MS = 0.25;

/**
 * How long requests take. These are stated costs and no measurements: nodes serve in turn, a write is done when the
 * leader and the faster of its followers have synced it, ways have a constant and an exponential part. Decisions about
 * admission do not depend on any of it.
 */
export class LatencyModel {
  readonly #random: Random;
  constructor(random: Random) {
    this.#random = random;
  }
  /** @param routerAz where the client's router is @returns milliseconds */
  read(node: VirtualNode, routerAz: number, sizeBytes: number, atMs: number): number {
    return 2 * this.#way(routerAz, node.az) + this.#serve(node, READ_MS + (sizeBytes / BLOCK_SIZE_BYTES) * BLOCK_MS, atMs);
  }
  write(leader: VirtualNode, replicas: readonly VirtualNode[], routerAz: number, sizeBytes: number, atMs: number): number {
    const blocksMs = (sizeBytes / BLOCK_SIZE_BYTES) * BLOCK_MS;
    let fastestMs = Number.POSITIVE_INFINITY;
    for (const node of replicas) {
      if (node === leader || !node.isUp) continue;
      const followerMs = 2 * this.#way(leader.az, node.az) + this.#serve(node, APPEND_MS + blocksMs, atMs) + this.#sync(node);
      if (followerMs < fastestMs) fastestMs = followerMs;
    }
    return 2 * this.#way(routerAz, leader.az) + this.#serve(leader, WRITE_MS + blocksMs, atMs) + Math.max(this.#sync(leader), fastestMs);
  }
  /** Work of a refusal: it takes time of the node, though nobody counts its latency. */
  refuse(node: VirtualNode, atMs: number): void {
    this.#serve(node, REFUSE_MS, atMs);
  }

  #serve(node: VirtualNode, costMs: number, atMs: number): number {
    const startMs = node.freeAtMs > atMs ? node.freeAtMs : atMs;
    node.freeAtMs = startMs + costMs * node.slowFactor;
    return node.freeAtMs - atMs;
  }
  #way(az: number, otherAz: number): number {
    return (az === otherAz ? SAME_AZ_MS : OTHER_AZ_MS) + this.#exponential(JITTER_MS);
  }
  #sync(node: VirtualNode): number {
    return (SYNC_MS + this.#exponential(SYNC_JITTER_MS)) * node.slowFactor;
  }
  #exponential(meanMs: number): number {
    return -meanMs * Math.log((this.#random.uint32() + 1) / 0x1_0000_0001);
  }
}
