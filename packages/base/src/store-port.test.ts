import {WriteBatch} from './store-port.js';

const key = (at: number): Uint8Array => Uint8Array.of(at);
const shown = (batch: WriteBatch): readonly string[] => batch.operations.map((operation) => {
  if (operation.kind === 'put') return `put ${operation.key[0] ?? ''}=${operation.value[0] ?? ''}`;
  return operation.kind === 'delete' ? `delete ${operation.key[0] ?? ''}` : `delete ${operation.from[0] ?? ''}-${operation.until[0] ?? ''}`;
});

describe('a write batch', () => {
  it('makes and holds only the last value of a row that is put last, behind the others', () => {
    const batch = new WriteBatch();
    const row = key(1);
    const made: number[] = [];
    const put = (value: number): void => batch.putLast(row, () => {
      made.push(value);
      return key(value);
    });
    put(7);
    batch.put(key(2), key(3));
    put(8);
    expect(batch.isEmpty).toBe(false);
    expect(shown(batch)).toEqual(['put 2=3', 'put 1=8']);
    expect(shown(batch)).toEqual(['put 2=3', 'put 1=8']);
    expect(made).toEqual([8]);
    expect(batch.sizeBytes).toBe(4);
  });

  it('a removal comes behind what was put before it, also of a row that is put last', () => {
    const batch = new WriteBatch();
    const row = key(1);
    batch.putLast(row, () => key(7));
    batch.deleteRange(key(0), key(5));
    batch.putLast(row, () => key(8));
    batch.delete(key(9));
    batch.putLast(row, () => key(9));
    expect(shown(batch)).toEqual(['put 1=7', 'delete 0-5', 'put 1=8', 'delete 9', 'put 1=9']);
  });

  it('is not empty with nothing but a row that is put last, whose size counts before it is made', () => {
    const batch = new WriteBatch();
    expect(batch.isEmpty).toBe(true);
    batch.putLast(key(1), () => key(2));
    expect(batch.isEmpty).toBe(false);
    expect(batch.sizeBytes).toBeGreaterThan(1);
    expect(shown(batch)).toEqual(['put 1=2']);
  });
});
