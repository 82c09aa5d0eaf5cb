import type {ControlFailure} from '@murmuration/control-client';
import type {TableDescriptor, TimeToLive} from '@murmuration/model';

/** A table's time to live is changed at most once in so long. */
export const TIME_TO_LIVE_CHANGE_MS_MIN = 60 * 60 * 1000;

/** What is wanted of a table's time to live. */
export interface TimeToLiveChange {
  readonly attributeName: string;
  readonly isEnabled: boolean;
  readonly nowMs: number;
}

/** Holds a change against what the table has: one attribute at a time, and not too often. */
export function changeTimeToLive(table: TableDescriptor, {attributeName, isEnabled, nowMs}: TimeToLiveChange): {readonly table: TableDescriptor} | {readonly failure: ControlFailure} {
  if (table.status === 'CREATING' || table.status === 'DELETING') return {failure: {code: 'TableBusy', name: table.name, status: table.status}};
  const reason = refusalOf(table.extra.timeToLive, {attributeName, isEnabled, nowMs});
  if (reason !== undefined) return {failure: {code: 'Refused', reason}};
  return {table: {...table, extra: {...table.extra, timeToLive: {attributeName, isEnabled, changedAtMs: nowMs}}}};
}

function refusalOf(current: TimeToLive | undefined, wanted: TimeToLiveChange): string | undefined {
  const isActive = current?.isEnabled === true;
  if (isActive && current.attributeName !== wanted.attributeName) return `TimeToLive is active on a different AttributeName: current AttributeName is ${current.attributeName}`;
  if (isActive === wanted.isEnabled) return `TimeToLive is already ${isActive ? 'enabled' : 'disabled'}`;
  const isTooSoon = current !== undefined && wanted.nowMs - current.changedAtMs < TIME_TO_LIVE_CHANGE_MS_MIN;
  return isTooSoon ? 'Time to live has been modified multiple times within a fixed interval' : undefined;
}
