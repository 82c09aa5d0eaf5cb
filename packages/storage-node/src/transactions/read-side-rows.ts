import {BASE_INDEX_ID} from '@murmuration/base';
import type {StorePort, StoreRow} from '@murmuration/base';
import {indexIdOf, shiftIndex} from '@murmuration/model';

const ROWS_PER_READ = 256;

/**
 * Rows at the side of the items of a range, in chunks.
 * @param range in the keys of the items @param take returns false to end
 * @throws StoreError
 */
export async function eachSideRow(
  store: StorePort, range: {readonly from: Uint8Array; readonly until: Uint8Array}, indexId: number, take: (rows: readonly StoreRow[]) => boolean | Promise<boolean>,
): Promise<void> {
  // Entries of a global index have nothing at their side.
  if (indexIdOf(range.from) !== BASE_INDEX_ID) return;
  const iterator = store.iterate({from: shiftIndex(range.from, indexId), until: shiftIndex(range.until, indexId)});
  try {
    for (;;) {
      const rows = await iterator.next(ROWS_PER_READ);
      if (rows.length > 0 && !(await take(rows))) return;
      if (rows.length < ROWS_PER_READ) return;
    }
  } finally {
    await iterator.close();
  }
}

/** All of them. @throws StoreError */
export async function readSideRows(store: StorePort, range: {readonly from: Uint8Array; readonly until: Uint8Array}, indexId: number): Promise<readonly StoreRow[]> {
  const all: StoreRow[] = [];
  await eachSideRow(store, range, indexId, (rows) => {
    all.push(...rows);
    return true;
  });
  return all;
}
