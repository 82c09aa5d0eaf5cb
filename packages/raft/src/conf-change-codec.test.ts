import {DecodeError, EMPTY_BYTES, utf8Encode} from '@murmuration/base';
import type {ReplicaId} from '@murmuration/base';

import {decodeConfChange, encodeConfChange, LEAVE_JOINT} from './conf-change-codec.js';
import type {ConfChange} from './types.js';

const CHANGE: ConfChange = {
  transition: 'implicit',
  changes: [{type: 'AddNode', replica: 4 as ReplicaId}, {type: 'RemoveNode', replica: 300 as ReplicaId}, {type: 'UpdateNode', replica: 1 as ReplicaId}],
  context: utf8Encode('why'),
};

test('a change comes back as it was', () => {
  const {kind, data} = encodeConfChange(CHANGE, 2);
  expect(decodeConfChange(kind, data)).toEqual(CHANGE);
  const single: ConfChange = {transition: 'auto', changes: [{type: 'AddLearnerNode', replica: 7 as ReplicaId}], context: EMPTY_BYTES};
  expect(decodeConfChange(1, encodeConfChange(single, 1).data)).toEqual(single);
});

test('leaving a joint configuration takes no bytes', () => {
  expect(encodeConfChange(LEAVE_JOINT, 2).data.length).toBe(0);
  expect(decodeConfChange(2, EMPTY_BYTES)).toEqual(LEAVE_JOINT);
});

test('an entry of kind 1 holds exactly one change', () => {
  expect(() => encodeConfChange(CHANGE, 1)).toThrow('one change');
});

test('refuses bytes that are no change', () => {
  for (const bytes of [[9], [0], [0, 255, 1], [0, 1, 9, 1, 0], [0, 0, 0, 0]]) {
    expect(() => decodeConfChange(2, new Uint8Array(bytes))).toThrow(DecodeError);
  }
  expect(() => decodeConfChange(0, EMPTY_BYTES)).toThrow(DecodeError);
});
