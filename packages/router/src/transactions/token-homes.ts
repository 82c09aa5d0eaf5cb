import {utf8Encode} from '@murmuration/base';
import type {TableDescriptor} from '@murmuration/model';
import {tokenHomeIn} from '@murmuration/partition';
import {tokenOf} from '@murmuration/placement';
import type {ClusterMap} from '@murmuration/placement';

/** A note lives for ten minutes; a table that is older has been asked all that time. The rest is for clocks that differ. */
const YOUNG_MS = 12 * 60 * 1000;
/** Many tables made within minutes: so many of them are asked at most. One table in a great many is the best for a token. */
const HOMES_MAX = 8;

/**
 * Where a client token is noted, whatever the request that it comes with: in the table that suits it best, at a place that follows from
 * the token alone. All tables take part, so that no partition of one table notes for everybody. A table that was made
 * lately may suit better than the one that was the best when the note was made, so those behind it are asked as well.
 * @returns stored keys: first where a note is made, then where an older one may be. None when there are no tables
 */
export function tokenHomesOf(map: Pick<ClusterMap, 'tables'>, token: string, wallMs: number): readonly Uint8Array[] {
  const hash = tokenOf(utf8Encode(token));
  let settled: Suited | undefined;
  const young: Suited[] = [];
  for (const table of map.tables()) {
    if (table.status === 'CREATING' || table.status === 'DELETING') continue;
    const suited = {table, weight: weightOf(hash, table.tableId)};
    if (table.createdAtMs > wallMs - YOUNG_MS) young.push(suited);
    else if (settled === undefined || isBetter(suited, settled)) settled = suited;
  }
  const best = settled;
  const homes = [...young.filter((each) => best === undefined || isBetter(each, best)), ...(best === undefined ? [] : [best])];
  if (homes.length > 1) homes.sort((a, b) => (isBetter(a, b) ? -1 : 1));
  return homes.slice(0, HOMES_MAX).map(({table}) => tokenHomeIn(table.tableId, token));
}

interface Suited {
  readonly table: TableDescriptor;
  readonly weight: number;
}
function isBetter(a: Suited, b: Suited): boolean {
  return a.weight === b.weight ? a.table.tableId < b.table.tableId : a.weight > b.weight;
}
/** Spreads pairs of a token and a table over 32 bits: each step can be undone, so that nothing of either is lost on the way. */
function weightOf(hash: number, tableId: number): number {
  let bits = hash ^ Math.imul(tableId, 0x9e37_79b1);
  bits = Math.imul(bits ^ (bits >>> 15), 0x2c1b_3c6d);
  bits = Math.imul(bits ^ (bits >>> 12), 0x297a_2d39);
  return (bits ^ (bits >>> 15)) >>> 0;
}
