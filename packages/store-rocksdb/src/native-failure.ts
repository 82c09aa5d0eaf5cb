import type {StoreFailure} from '@murmuration/base';

/**
 * What the binding's error means to users of the store. RocksDB's own status is lost on the way: nearly all
 * carry the code EIO, so its texts have to tell corruption from a failing disk. Nothing behind this compares texts.
 */
export function toStoreFailure(error: unknown, directory: string): StoreFailure {
  const texts: string[] = [];
  const codes: string[] = [];
  collect(error, texts, codes, 4);
  const text = texts.join(': ').trim();
  const reason = `${directory}: ${text === '' ? 'unknown failure' : text}`;
  if (codes.includes('ENOSPC') || codes.includes('EDQUOT') || /no space left|quota exceeded/i.test(text)) return {code: 'DiskFull', reason};
  if (CORRUPTION.test(text)) return {code: 'Corrupt', reason};
  return {code: 'Unusable', reason};
}

const CORRUPTION = new RegExp([
  'corrupt', 'checksum mismatch', 'size mismatch', 'bad table magic', 'bad block', 'truncated', 'unexpected eof',
  'MANIFEST', 'CURRENT file', 'existing log file', 'no such file or directory: .*sst', 'while open a file for random read: .*no such file',
].join('|'), 'i');

function collect(error: unknown, texts: string[], codes: string[], depth: number): void {
  if (!(error instanceof Error) && !isErrorLike(error)) return;
  if (error.message !== 'Batch was not applied') texts.push(error.message);
  if ('code' in error && typeof error.code === 'string') codes.push(error.code);
  if (depth === 0) return;
  if ('errors' in error && Array.isArray(error.errors)) for (const one of error.errors.slice(0, 1)) collect(one, texts, codes, depth - 1);
  if (error.cause !== undefined) collect(error.cause, texts, codes, depth - 1);
}

// Errors made by native code may come from another realm, where instanceof does not hold.
function isErrorLike(error: unknown): error is Error {
  return typeof error === 'object' && error !== null && 'message' in error && typeof error.message === 'string';
}
