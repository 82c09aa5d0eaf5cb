import {DecodeError, KEY_KIND_BIRTH} from '@murmuration/base';
import type {GroupId, StorePort} from '@murmuration/base';
import {decodeDescriptor} from '@murmuration/raft-host';
import type {GroupDescriptor} from '@murmuration/raft-host';

const ROWS_PER_READ = 100;

/** Key of the birth row of a group that a split made. @see docs/formats/store-keys.md */
export function birthKey(group: GroupId): Uint8Array {
  const key = new Uint8Array(9);
  const view = new DataView(key.buffer);
  key[0] = KEY_KIND_BIRTH;
  view.setUint32(1, Math.floor(group / 0x1_0000_0000));
  view.setUint32(5, group % 0x1_0000_0000);
  return key;
}

/** Replicas that splits gave this process and that may not be in the log yet. @throws StoreError, DecodeError */
export async function readBirths(store: StorePort): Promise<readonly GroupDescriptor[]> {
  const iterator = store.iterate({from: Uint8Array.of(KEY_KIND_BIRTH), until: Uint8Array.of(KEY_KIND_BIRTH + 1)});
  const births: GroupDescriptor[] = [];
  try {
    for (;;) {
      const rows = await iterator.next(ROWS_PER_READ);
      for (const {key, value} of rows) {
        const descriptor = decodeDescriptor(value);
        if (key.length !== 9) throw new DecodeError('a birth row under another key');
        births.push(descriptor);
      }
      if (rows.length < ROWS_PER_READ) return births;
    }
  } finally {
    await iterator.close();
  }
}
