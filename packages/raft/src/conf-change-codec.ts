import {ByteReader, ByteWriter, DecodeError, EMPTY_BYTES, assert, toReplicaId} from '@murmuration/base';
import type {LogEntryKind} from '@murmuration/base';

import type {Proposal} from './roles.js';
import type {ConfChange, ConfChangeSingle, ConfChangeTransition, ConfChangeType} from './types.js';

// A code is the position in its list: lists only grow at the end.
const TYPES: readonly ConfChangeType[] = ['AddNode', 'RemoveNode', 'UpdateNode', 'AddLearnerNode'];
const TRANSITIONS: readonly ConfChangeTransition[] = ['auto', 'implicit', 'explicit'];

/** Changes in one entry at most. A larger count is corrupt, not large. */
export const CONF_CHANGES_MAX = 64;

/** The change that leaves a joint configuration. */
export const LEAVE_JOINT: ConfChange = {transition: 'auto', changes: [], context: EMPTY_BYTES};

/**
 * The entry that carries a change. Kind 1 holds exactly one change, kind 2 any number and how to enter a joint
 * configuration. The change that leaves one has no data, so that it weighs nothing and is never refused for its size.
 *
 * Kind 1: type u8, replica varint, context. Kind 2: transition u8, count varint, (type u8, replica varint)*, context.
 */
export function encodeConfChange(change: ConfChange, kind: 1 | 2): Proposal {
  const {transition, changes, context} = change;
  assert(changes.length <= CONF_CHANGES_MAX, 'too many changes in one entry', {count: changes.length});
  if (kind === 2 && transition === 'auto' && changes.length === 0 && context.length === 0) return {kind, data: EMPTY_BYTES};
  const writer = new ByteWriter(16 + changes.length * 9 + context.length);
  if (kind === 1) {
    assert(changes.length === 1, 'an entry of kind 1 holds one change', {count: changes.length});
  } else {
    writer.u8(TRANSITIONS.indexOf(transition));
    writer.varint(changes.length);
  }
  for (const {type, replica} of changes) {
    writer.u8(TYPES.indexOf(type));
    writer.varint(replica);
  }
  writer.bytes(context);
  return {kind, data: writer.finish()};
}

/** @throws DecodeError when the bytes are no change of that kind */
export function decodeConfChange(kind: LogEntryKind, data: Uint8Array): ConfChange {
  if (kind === 0) throw new DecodeError('a normal entry is no configuration change');
  if (kind === 2 && data.length === 0) return LEAVE_JOINT;
  const reader = new ByteReader(data);
  let transition: ConfChangeTransition = 'auto';
  let count = 1;
  if (kind === 2) {
    const named = TRANSITIONS[reader.u8()];
    if (named === undefined) throw new DecodeError('unknown transition of a configuration change');
    transition = named;
    count = reader.varint();
    if (count > CONF_CHANGES_MAX) throw new DecodeError('too many changes in one entry');
  }
  const changes: ConfChangeSingle[] = [];
  for (let i = 0; i < count; i += 1) {
    const type = TYPES[reader.u8()];
    if (type === undefined) throw new DecodeError('unknown type of configuration change');
    changes.push({type, replica: toReplicaId(reader.varint())});
  }
  const context = reader.bytes();
  reader.end();
  return {transition, changes, context};
}
