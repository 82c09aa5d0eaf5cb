import {decodeItem, encodeItem, project} from '@murmuration/model';
import type {CompiledExpressions} from '@murmuration/model';

/** The part of a stored item that a request wants to see; without a projection the very bytes. */
export function projectJson(json: Uint8Array, projection: CompiledExpressions['projection']): Uint8Array {
  return projection === undefined ? json : encodeItem(project(projection, decodeItem(json)));
}
