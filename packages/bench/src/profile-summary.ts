import type {HeapProfiler, Profiler} from 'node:inspector';

/** What one function did by itself. */
export interface FunctionShare {
  readonly name: string;
  /** Package and file, or where else it lives. */
  readonly place: string;
  readonly amount: number;
}

/** Self time of every function, in microseconds, largest first. Idle time is left out. */
export function selfTimes(profile: Profiler.Profile): readonly FunctionShare[] {
  const byNode = new Map(profile.nodes.map((node) => [node.id, node.callFrame]));
  const shares = new Map<string, {name: string; place: string; amount: number}>();
  profile.samples?.forEach((id, i) => {
    const frame = byNode.get(id);
    if (frame === undefined || frame.functionName === '(idle)') return;
    add(shares, frame.functionName, frame.url, profile.timeDeltas?.[i] ?? 0);
  });
  return sorted(shares);
}

/** Bytes allocated by every function itself, largest first. */
export function selfAllocations(profile: HeapProfiler.SamplingHeapProfile): readonly FunctionShare[] {
  const shares = new Map<string, {name: string; place: string; amount: number}>();
  const visit = (node: HeapProfiler.SamplingHeapProfileNode): void => {
    if (node.selfSize > 0) add(shares, node.callFrame.functionName, node.callFrame.url, node.selfSize);
    node.children.forEach(visit);
  };
  visit(profile.head);
  return sorted(shares);
}

function add(shares: Map<string, {name: string; place: string; amount: number}>, name: string, url: string, amount: number): void {
  const place = placeOf(url);
  const key = `${name} ${place}`;
  const share = shares.get(key);
  if (share === undefined) shares.set(key, {name: name === '' ? '(anonymous)' : name, place, amount});
  else share.amount += amount;
}
function sorted(shares: ReadonlyMap<string, FunctionShare>): readonly FunctionShare[] {
  return [...shares.values()].sort((a, b) => b.amount - a.amount);
}

/** `file:///…/packages/model/dist/item-scan.js` is `model/item-scan`; a path of this machine is never shown. */
export function placeOf(url: string): string {
  const own = /(?:packages|@murmuration)\/([^/]+)\/(?:dist|src)\/(.+)\.[jt]s$/.exec(url);
  if (own !== null) return `${own[1] ?? ''}/${own[2] ?? ''}`;
  if (url.startsWith('node:')) return url;
  const other = /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url);
  return other?.[1] ?? 'engine';
}

/** The package of a place, for sums. */
export function packageOf(place: string): string {
  return place.startsWith('node:') ? 'node' : place.split('/')[0] ?? place;
}
