import {isoTimeText} from '@murmuration/base';
import {NO_DERIVATION, STREAM_VIEW_TYPES, fedGlobalIndexes} from '@murmuration/model';
import type {Derivation, StreamSettings, TableDescriptor} from '@murmuration/model';
import {canonicalJson} from './canonical-json.js';

/**
 * What a table's partitions are to derive from its writes, from what the table is described by. A new version when it is not
 * what it was.
 * @param table as changed, with the derivation it had before
 * @param nowMs names a stream that begins with the change
 * @returns undefined while there has never been anything to derive
 */
export function derivationOf(table: Pick<TableDescriptor, 'extra' | 'derivation' | 'attributeDefinitions' | 'globalIndexes'>, nowMs: number): Derivation | undefined {
  const before = table.derivation ?? NO_DERIVATION;
  const stream = streamOf(table, before.stream, nowMs);
  const {timeToLive} = table.extra;
  const wanted: Derivation = {
    version: before.version, globalIndexes: fedGlobalIndexes(table), ...(stream === undefined ? {} : {stream}),
    ...(timeToLive?.isEnabled === true ? {timeToLiveAttribute: timeToLive.attributeName} : {}),
  };
  if (canonicalJson(wanted) === canonicalJson(before)) return table.derivation;
  return {...wanted, version: before.version + 1};
}

function streamOf({extra}: Pick<TableDescriptor, 'extra'>, before: StreamSettings | undefined, nowMs: number): StreamSettings | undefined {
  const {StreamEnabled, StreamViewType} = extra.streamSpecification ?? {StreamEnabled: false};
  const viewType = STREAM_VIEW_TYPES.find((type) => type === StreamViewType);
  if (!StreamEnabled || viewType === undefined) return undefined;
  return before ?? {label: isoTimeText(nowMs), viewType};
}
