import {describeStoreModel} from '@murmuration/base/contracts';
import {MemoryStore} from './memory-store.js';

describeStoreModel(
  'memory',
  async () => {
    let last: MemoryStore | undefined;
    return {
      open: async () => (last = last?.reopen() ?? new MemoryStore({isCrashable: true})),
      dispose: async () => undefined,
    };
  },
  150,
);
