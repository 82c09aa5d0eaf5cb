import {itemText} from './attribute-value.js';
import type {ItemJson} from './attribute-value.js';
import type {AuditVerdict} from './derived-data.js';
import {describeCall} from './describe-call.js';
import {callsOf} from './history.js';
import type {HistoryRecord} from './history.js';
import {splitByItem} from './item-calls.js';
import type {ItemCall} from './item-calls.js';
import {applyToItem, stateOf, stateText} from './item-model.js';

/** A change record of a stream with both images. */
export interface StreamRecord {
  readonly key: ItemJson;
  readonly event: 'INSERT' | 'MODIFY' | 'REMOVE';
  readonly oldImage?: ItemJson;
  readonly newImage?: ItemJson;
  /** Decimal digits. */
  readonly sequenceNumber: string;
  /** Deleted by time to live: no client asked for it. */
  readonly isExpiry?: boolean;
}
export interface StreamAudit {
  readonly history: readonly HistoryRecord[];
  /** In the order read; records of one item come from one shard after another. */
  readonly records: readonly StreamRecord[];
  /** The items before the history, by `itemText` of their key. */
  readonly initial?: ReadonlyMap<string, ItemJson>;
  /** The items after it, by `itemText` of their key; left out when not known. */
  readonly final?: ReadonlyMap<string, ItemJson>;
}
/** More would not be read. */
const VIOLATIONS_MAX = 20;

/**
 * The records of an item are its acknowledged effects, in order, once each, with right images; every other record is an unknown
 * write that happened, or an expiry. Where several calls could have made a record any fitting assignment will do.
 */
export function auditStream({history, records, initial, final}: StreamAudit): AuditVerdict {
  const violations: string[] = [];
  const report = (text: string): void => {
    if (violations.length < VIOLATIONS_MAX) violations.push(text);
  };
  const byItem = new Map<string, StreamRecord[]>();
  for (const record of records) {
    const key = itemText(record.key);
    const ofItem = byItem.get(key) ?? [];
    ofItem.push(record);
    byItem.set(key, ofItem);
  }
  const items = splitByItem(callsOf(history));
  const callsByItem = new Map(items.map((item) => [item.keyText, item.calls]));
  for (const key of new Set([...byItem.keys(), ...callsByItem.keys()])) {
    const own = byItem.get(key) ?? [];
    auditChain(key, own, initial?.get(key), final === undefined ? undefined : {image: final.get(key)}, report);
    auditOrigins(key, own, callsByItem.get(key) ?? [], initial?.get(key), report);
  }
  return {kind: violations.length === 0 ? 'ok' : 'violation', checkedCount: records.length, violations};
}

type Report = (text: string) => void;
function imageText(image: ItemJson | undefined): string {
  return image === undefined ? '' : itemText(image);
}

/** Sequence numbers rise, each record starts from where the one before ended, and the name of its event fits its images. */
function auditChain(key: string, records: readonly StreamRecord[], first: ItemJson | undefined, last: {readonly image: ItemJson | undefined} | undefined, report: Report): void {
  let before = imageText(first);
  let sequenceNumber = -1n;
  for (const record of records) {
    const {oldImage, newImage, event} = record;
    const number = BigInt(record.sequenceNumber);
    if (number === sequenceNumber) report(`${key}: record ${number} comes twice`);
    else if (number < sequenceNumber) report(`${key}: record ${number} comes after ${sequenceNumber}`);
    sequenceNumber = number;
    const fitting = oldImage === undefined ? 'INSERT' : newImage === undefined ? 'REMOVE' : 'MODIFY';
    if (event !== fitting) report(`${key}: record ${number} is called ${event}, its images say ${fitting}`);
    if (imageText(oldImage) === imageText(newImage)) report(`${key}: record ${number} changes nothing`);
    if (imageText(oldImage) !== before) report(`${key}: record ${number} starts from ${imageText(oldImage) || 'no item'}, the record before ended with ${before || 'no item'}`);
    before = imageText(newImage);
  }
  if (last !== undefined && imageText(last.image) !== before) report(`${key}: the records end with ${before || 'no item'}, the item is ${imageText(last.image) || 'missing'}`);
}

/** Whether a call, as it ended, can have turned one image into the other. */
function canMake({operation, outcome}: ItemCall, oldImage: ItemJson | undefined, newImage: ItemJson | undefined): boolean {
  if (outcome.kind === 'refused' || operation.kind === 'get' || operation.kind === 'check') return false;
  const step = applyToItem(operation, stateOf(oldImage));
  if (step.kind !== 'done' || stateText(step.next) !== imageText(newImage)) return false;
  return outcome.kind === 'open' || !outcome.bringsImage || imageText(step.image) === imageText(outcome.image);
}

function auditOrigins(key: string, records: readonly StreamRecord[], calls: readonly ItemCall[], first: ItemJson | undefined, report: Report): void {
  const writes = calls.filter(({operation, outcome}) => operation.kind !== 'get' && operation.kind !== 'check' && outcome.kind !== 'refused');
  // Records each write could have made, and the other way round.
  const byWrite = writes.map((write) => records.flatMap((record, i) => (record.isExpiry !== true && canMake(write, record.oldImage, record.newImage) ? [i] : [])));
  const byRecord: number[][] = records.map(() => []);
  for (const [write, fitting] of byWrite.entries()) for (const record of fitting) (byRecord[record] as number[]).push(write);

  // A matching that covers every record and one that covers every acknowledged effect together give one that covers both
  // (Mendelsohn and Dulmage), so the two are looked for apart.
  const unmade = unmatched(byRecord, writes.length, (record) => records[record]?.isExpiry !== true);
  for (const record of unmade) report(`${key}: no call made record ${records[record]?.sequenceNumber}, or one call made several: ${imageText(records[record]?.oldImage) || 'no item'} to ${imageText(records[record]?.newImage) || 'no item'}`);
  const states = [first, ...records.map((record) => record.newImage)];
  const changesNothing = (write: ItemCall): boolean => states.some((image) => canMake(write, image, image));
  const unrecorded = unmatched(byWrite, records.length, (write) => writes[write]?.outcome.kind === 'ok' && !changesNothing(writes[write]));
  for (const write of unrecorded) report(`${key}: an acknowledged write has no record of its own\n  ${describeCall((writes[write] as ItemCall).call)}`);

  // Writes that can only have made one record must have made them in the order of real time.
  const certain = byWrite.flatMap((fitting, write) => (fitting.length === 1 && writes[write]?.outcome.kind === 'ok' && byRecord[fitting[0] as number]?.length === 1
    ? [{call: writes[write], record: fitting[0] as number}] : [])).sort((a, b) => a.record - b.record);
  let latest: (typeof certain)[number] | undefined;
  for (const entry of certain) {
    if (latest !== undefined && entry.call.completedAt < latest.call.invokedAt) {
      report(`${key}: the record of a write that had ended comes after that of one begun later\n  ${describeCall(entry.call.call)}\n  ${describeCall(latest.call.call)}`);
    }
    if (latest === undefined || entry.call.invokedAt > latest.call.invokedAt) latest = entry;
  }
}

/** Matches left nodes to right ones along augmenting paths. @returns the left nodes of those wanted that find no partner */
function unmatched(edges: readonly (readonly number[])[], rightCount: number, isWanted: (left: number) => boolean): readonly number[] {
  const partner = new Int32Array(rightCount).fill(-1);
  const out: number[] = [];
  for (let left = 0; left < edges.length; left += 1) {
    if (!isWanted(left)) continue;
    const seen = new Set<number>();
    const cameFrom = new Map<number, number>();
    const queue = [left];
    let free = -1;
    for (let at = 0; at < queue.length && free < 0; at += 1) {
      const node = queue[at] as number;
      for (const right of edges[node] as readonly number[]) {
        if (seen.has(right)) continue;
        seen.add(right);
        cameFrom.set(right, node);
        if (partner[right] === -1) {
          free = right;
          break;
        }
        queue.push(partner[right] as number);
      }
    }
    if (free < 0) {
      out.push(left);
      continue;
    }
    for (let right = free; ;) {
      const node = cameFrom.get(right) as number;
      const previous = partner.indexOf(node);
      partner[right] = node;
      if (node === left || previous < 0) break;
      partner[previous] = -1;
      right = previous;
    }
  }
  return out;
}
