import type {Mutant} from './mutant.js';

const partition = (file: string): {readonly profile: 'transactions'; readonly file: string; readonly isSafety: true} => ({profile: 'transactions', file: `packages/partition/src/${file}`, isSafety: true});
const storage = (file: string): {readonly profile: 'transactions'; readonly file: string; readonly isSafety: true} => ({profile: 'transactions', file: `packages/storage-node/src/${file}`, isSafety: true});

/**
 * Faults of transactions, of times to live, and of what is derived from writes. Seeds of the profile of transactions have to find
 * them, but for those of global indexes, whose items change most in the cluster profile, and of shards, for partitions are cut there most.
 */
export const DERIVED_MUTANTS: readonly Mutant[] = [
  // What a transaction holds
  {
    ...partition('partition-machine.ts'), name: 'held-item-written', breaks: 'an ordinary write of an item that a transaction holds is lost, or undone',
    find: 'if (held?.lock !== undefined) return {...conflict(), dependsOn: held.dependsOn};', replace: '',
  },
  {
    ...partition('transactions/judge-step.ts'), name: 'read-of-held-items', breaks: 'a read transaction shows half of a write transaction',
    find: 'const isHeld = locks.newest(text).lock !== undefined;', replace: 'const isHeld = locks.count < 0;',
  },
  {
    name: 'read-in-one-pass', profile: 'transactions', isSafety: true, file: 'packages/router/src/transactions/coordinator.ts', breaks: 'a read transaction over several partitions shows different moments',
    find: 'else if (groupCount === 1) this.#done', replace: 'else if (groupCount >= 1) this.#done',
  },
  // Decisions and recovery
  {
    ...partition('transactions/judge-step.ts'), name: 'decided-though-given-up', breaks: 'a transaction is half carried out',
    find: 'if (holdsAnchor && held.length === keys.length) {', replace: 'if (holdsAnchor || held.length <= keys.length) {',
  },
  {
    ...storage('transactions/transaction-duties.ts'), name: 'recovery-cancels-what-was-decided', breaks: 'a transaction whose coordinator died is half carried out',
    find: 'this.#settle(waiting, \'commit\');', replace: 'this.#settle(waiting, \'cancel\');',
  },
  {
    ...storage('transactions/transaction-duties.ts'), name: 'held-items-never-asked-after', breaks: 'items stay held for ever when a coordinator dies',
    find: 'if (this.#machine.locks.count > 0 || this.#waiting.size > 0) this.#followHeld(nowMs);', replace: 'if (this.#machine.locks.count < 0) this.#followHeld(nowMs);',
  },
  {
    ...partition('transactions/judge-step.ts'), name: 'undecided-taken-for-committed', breaks: 'whoever asks after a transaction that is not decided carries out its part of it',
    find: 'if (decision?.kind === \'committed\' && decision.transaction === name.transaction) return nothing({kind: \'committed\'});', replace: 'if (decision?.kind !== \'fence\') return nothing({kind: \'committed\'});',
  },
  // Tokens and times
  {
    ...partition('transactions/judge-step.ts'), name: 'token-forgotten', breaks: 'a transaction that is sent again is carried out again',
    find: 'if (decision === undefined || (decision.expiresAtMs', replace: 'if (decision?.kind !== \'fence\' || (decision.expiresAtMs',
  },
  {
    ...partition('transactions/judge-step.ts'), name: 'token-taken-for-another-request', breaks: 'another request with the token of an earlier one is answered as if it were carried out',
    find: 'return decision.requestHash === name.requestHash ?', replace: 'return decision.requestHash.length > 0 ?',
  },
  {
    ...partition('transactions/decision-row.ts'), name: 'token-remembered-for-a-second', breaks: 'a transaction that is sent again after a while is carried out again',
    find: 'export const TOKEN_LIFETIME_MS = 10 * 60 * 1000;', replace: 'export const TOKEN_LIFETIME_MS = 1000;',
  },
  // Streams and global indexes
  {
    ...partition('streams/stream-shards.ts'), profile: 'cluster', name: 'shard-open-after-a-split', breaks: 'a stream has two open shards after a split',
    find: 'own: [rowOf({...closed(open, stamp), splitChild: child}), rowOf(', replace: 'own: [rowOf({...open, splitChild: child}), rowOf(',
  },
  {
    ...partition('streams/stream-deriver.ts'), name: 'stream-record-before-the-change', breaks: 'a stream shows an item as it was before the write',
    find: 'newImage: hasNew ? storedBody(after) : undefined,', replace: 'newImage: hasNew ? storedBody(before ?? after) : undefined,',
  },
  {
    ...partition('global-indexes/global-index-deriver.ts'), profile: 'cluster', name: 'global-entry-left-behind', breaks: 'an item whose index key changes stays in a global index under the old one as well',
    find: 'const rows = [...(before === undefined ? [] : [{key: before.key, value: undefined}]), ...put];', replace: 'const rows = [...put];',
  },
  {
    ...storage('global-indexes/index-duties.ts'), profile: 'cluster', name: 'outbox-left-to-the-last-leader', breaks: 'what a leader had not told to global indexes is never told',
    find: 'reign.outbox.loaded(rows.filter(({key}) => this.#isHere(key)), node', replace: 'reign.outbox.loaded(rows.slice(0, 0), node',
  },
  {
    ...partition('global-indexes/index-write.ts'), profile: 'cluster', name: 'index-mark-not-looked-at', breaks: 'a global index goes back to what it was told before',
    find: 'const fresh = writes.filter(({sequence}) => sequence > mark);', replace: 'const fresh = writes.filter(({sequence}) => sequence > Math.min(0, mark));',
  },
  {
    ...partition('global-indexes/index-write.ts'), profile: 'cluster', name: 'index-listens-to-the-time-before-a-split', breaks: 'a partition that was cut in two tells a global index old news of what it gave away',
    find: 'if (source.epoch < fence) return {kind: \'fenced\'};', replace: 'if (source.epoch < 0) return {kind: \'fenced\'};',
  },
  // Times to live
  {
    ...storage('time-to-live/expiry-judgement.ts'), name: 'expiry-not-judged-again', breaks: 'an item whose time was moved just now is removed',
    find: `    if (expirySecondOf(item, attribute) !== this.#second) {
      this.verdict = 'unlisted';
      const effect = this.#machine.evaluateInternal([{key: this.#row, value: undefined}], wallMs);
      return {response: DONE, effect, sequence: 0, dependsOn: 0};
    }
    if (!isExpired(item, attribute, wallMs)) return NOTHING;
`,
    replace: '    if (item === undefined || this.#second * 1000 >= wallMs) return NOTHING;\n',
  },
  {
    ...partition('time-to-live/expiry-deriver.ts'), name: 'moved-time-not-listed', breaks: 'an item whose time is moved never goes',
    find: '...(after === undefined ? []', replace: '...(after === undefined || before !== undefined ? []',
  },
  {
    ...storage('time-to-live/expiry-judgement.ts'), name: 'expiry-told-as-a-users-delete', breaks: 'a stream does not show that the service removed an item',
    find: 'collection, \'time-to-live\');', replace: 'collection, \'client\');',
  },
];
