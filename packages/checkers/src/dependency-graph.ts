/** Why one transaction comes before another. */
export type EdgeKind =
  /** The later one overwrote (appended after) what the earlier one wrote. */
  | 'ww'
  /** The later one read what the earlier one wrote. */
  | 'wr'
  /** The earlier one read the state before the later one's write. */
  | 'rw'
  /** One logical process did them one after the other. */
  | 'process'
  /** One ended before the other began. */
  | 'realtime';

export interface Edge {
  readonly from: number;
  readonly to: number;
  readonly kind: EdgeKind;
  /** What tells it, for a reader. */
  readonly because: string;
}

/** A kind of forbidden cycle; the suffix says which order besides the data's own it needs to be a contradiction. */
export type CycleKind = 'G0' | 'G1c' | 'G-single' | 'G2';
export type CycleOrder = '' | '-process' | '-realtime';
export interface Cycle {
  readonly kind: `${CycleKind}${CycleOrder}`;
  /** Each edge starts where the one before ended; the last ends where the first began. */
  readonly edges: readonly Edge[];
}

/** Searches of one component are cut here: a broken history has cycles without end, and one is enough. */
const STARTS_MAX = 2_000;

/** Transactions and what orders them. Nodes are 0..nodeCount-1. */
export class DependencyGraph {
  readonly #out: Edge[][];
  #edgeCount = 0;
  constructor(nodeCount: number) {
    this.#out = Array.from({length: nodeCount}, () => []);
  }
  get edgeCount(): number {
    return this.#edgeCount;
  }
  /** A transaction is never before itself; such edges are left out. */
  add(edge: Edge): void {
    if (edge.from === edge.to) return;
    (this.#out[edge.from] as Edge[]).push(edge);
    this.#edgeCount += 1;
  }

  /** One cycle per strongly connected component: of the gravest kind it has, and of those a shortest. */
  cycles(): readonly Cycle[] {
    return this.#components().map((component) => this.#gravest(new Set(component)));
  }

  /** Tarjan's strongly connected components of more than one node, without recursion. */
  #components(): readonly (readonly number[])[] {
    const count = this.#out.length;
    const order = new Int32Array(count).fill(-1);
    const low = new Int32Array(count);
    const isOnStack = new Uint8Array(count);
    const edgeAt = new Int32Array(count);
    const stack: number[] = [];
    const out: number[][] = [];
    let counter = 0;
    for (let root = 0; root < count; root += 1) {
      if (order[root] !== -1) continue;
      const path = [root];
      while (path.length > 0) {
        const node = path[path.length - 1] as number;
        if (order[node] === -1) {
          order[node] = low[node] = counter;
          counter += 1;
          stack.push(node);
          isOnStack[node] = 1;
        }
        const edge = (this.#out[node] as Edge[])[edgeAt[node] as number];
        if (edge !== undefined) {
          edgeAt[node] = (edgeAt[node] as number) + 1;
          if (order[edge.to] === -1) path.push(edge.to);
          else if (isOnStack[edge.to] === 1) low[node] = Math.min(low[node] as number, order[edge.to] as number);
          continue;
        }
        path.pop();
        const parent = path[path.length - 1];
        if (parent !== undefined) low[parent] = Math.min(low[parent] as number, low[node] as number);
        if (low[node] !== order[node]) continue;
        const component: number[] = [];
        for (;;) {
          const member = stack.pop() as number;
          isOnStack[member] = 0;
          component.push(member);
          if (member === node) break;
        }
        if (component.length > 1) out.push(component);
      }
    }
    return out;
  }

  #gravest(component: ReadonlySet<number>): Cycle {
    const orders: readonly (readonly [CycleOrder, readonly EdgeKind[]])[] = [['', []], ['-process', ['process']], ['-realtime', ['process', 'realtime']]];
    for (const [suffix, more] of orders) {
      const kinds: readonly (readonly [CycleKind, readonly EdgeKind[], readonly EdgeKind[]])[] = [
        ['G0', ['ww'], ['ww', ...more]],
        ['G1c', ['wr'], ['ww', 'wr', ...more]],
        ['G-single', ['rw'], ['ww', 'wr', ...more]],
        ['G2', ['rw'], ['ww', 'wr', 'rw', ...more]],
      ];
      for (const [kind, first, rest] of kinds) {
        const edges = this.#shortest(component, new Set(first), new Set(rest));
        if (edges !== undefined) return {kind: `${kind}${suffix}`, edges};
      }
    }
    // The orders of time alone have no cycle, so every component holds one of the kinds above unless the search was cut short.
    const edges = this.#shortest(component, new Set<EdgeKind>(['ww', 'wr', 'rw', 'process', 'realtime']), new Set<EdgeKind>(['ww', 'wr', 'rw', 'process', 'realtime']));
    return {kind: 'G2-realtime', edges: edges ?? []};
  }

  /** The shortest cycle whose first edge is of one set of kinds and the others of another. */
  #shortest(component: ReadonlySet<number>, first: ReadonlySet<EdgeKind>, rest: ReadonlySet<EdgeKind>): readonly Edge[] | undefined {
    let best: readonly Edge[] | undefined;
    let starts = 0;
    for (const node of component) {
      for (const edge of this.#out[node] as Edge[]) {
        if (!first.has(edge.kind) || !component.has(edge.to)) continue;
        starts += 1;
        if (starts > STARTS_MAX) return best;
        const back = this.#path(component, edge.to, edge.from, rest);
        if (back !== undefined && (best === undefined || back.length + 1 < best.length)) best = [edge, ...back];
        if (best?.length === 2) return best;
      }
    }
    return best;
  }
  /** Breadth first, within the component. */
  #path(component: ReadonlySet<number>, from: number, to: number, kinds: ReadonlySet<EdgeKind>): readonly Edge[] | undefined {
    const cameBy = new Map<number, Edge | undefined>([[from, undefined]]);
    const queue = [from];
    for (let at = 0; at < queue.length; at += 1) {
      const node = queue[at] as number;
      if (node === to) {
        const path: Edge[] = [];
        for (let edge = cameBy.get(node); edge !== undefined; edge = cameBy.get(edge.from)) path.unshift(edge);
        return path;
      }
      for (const edge of this.#out[node] as Edge[]) {
        if (!kinds.has(edge.kind) || !component.has(edge.to) || cameBy.has(edge.to)) continue;
        cameBy.set(edge.to, edge);
        queue.push(edge.to);
      }
    }
    return undefined;
  }
}
