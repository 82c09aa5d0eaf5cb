import type {Mutant} from './mutant.js';

/**
 * Faults of the code that only whole clusters can show. Each is an edit of one source file; its text must stand there exactly
 * once. Seeds of the cluster profile have to find every one of them.
 */
export const CLUSTER_MUTANTS: readonly Mutant[] = [
  {
    name: 'overlay-answered-early', profile: 'cluster', isSafety: true,
    breaks: 'a refused condition is answered before the proposal it was judged on has committed (R8)',
    file: 'packages/storage-node/src/write-pipeline.ts',
    find: '        this.#dependents.push({sequence: dependsOn, call, response});\n',
    replace: '        call.answer(response);\n',
  },
  {
    name: 'answer-before-commit', profile: 'cluster', isSafety: true,
    breaks: 'a write is answered when it is proposed (R6)',
    file: 'packages/storage-node/src/write-pipeline.ts',
    find: '    call.isProposed = true;\n',
    replace: '    call.isProposed = true;\n    call.answer(response);\n',
  },
  {
    // A large proposal is turned away a moment after a small one behind it, which was judged on it, was taken.
    name: 'effect-sequence-not-checked', profile: 'cluster', isSafety: true,
    breaks: 'an effect that was judged on a proposal which fell away is applied all the same',
    file: 'packages/partition/src/partition-machine.ts',
    find: 'if (effect.sequence !== this.#record.sequence + 1) return {kind: \'written\', effect, isRefused: true};',
    replace: 'if (effect.sequence <= this.#record.sequence) return {kind: \'written\', effect, isRefused: true};',
  },
  {
    name: 'proposals-kept-over-leadership', profile: 'cluster', isSafety: true,
    breaks: 'values of proposals that never commit stay the base of later writes',
    file: 'packages/partition/src/overlay.ts',
    find: '    for (const text of this.#pendingTexts) {\n',
    replace: '    for (const text of [] as string[]) {\n',
  },
  {
    name: 'unknown-write-retried', profile: 'cluster', isSafety: true,
    breaks: 'the router sends a write again that may have been done',
    file: 'packages/partition-client/src/partition-client.ts',
    find: 'if (!isRepeatable(this.#request)) this.#finish({kind: \'unknown\', reason});\n    else {\n',
    replace: '{\n',
  },
  {
    // A second line of defence since leaderships are handed over with nothing under way.
    name: 'stopping-fails-proposed', profile: 'cluster', isSafety: false,
    breaks: 'a process on its way out says of proposed writes that nothing was done',
    file: 'packages/storage-node/src/call.ts',
    find: 'for (const call of calls) if (!call.isProposed) call.fail(failure);',
    replace: 'for (const call of calls) call.fail(failure);',
  },
  {
    name: 'outcome-unknown-as-not-leader', profile: 'cluster', isSafety: true,
    breaks: 'a proposal whose fate is open is reported as not made',
    file: 'packages/storage-node/src/partition-context.ts',
    find: 'return {code: \'OutcomeUnknown\', reason: \'leadership was lost after the write was proposed\'};',
    replace: 'return {code: \'NotLeader\', leaderHint: 0 as ReplicaId};',
  },
  {
    // A read begins under a lease, so its rows were current when it was asked for; only the answer of a refused condition by a
    // leader that was deposed unawares can show it, in the moment before it hears of that: users who only ask for refusals find it.
    name: 'lease-not-looked-at-again', profile: 'cluster', isSafety: true,
    breaks: 'a strong answer is given though leadership may have ended while the rows were read',
    file: 'packages/storage-node/src/partition-context.ts',
    find: '  if (host.hasLease(context.group)) {\n',
    replace: '  if (host.hasLease(context.group) || context.group > 0) {\n',
  },
  {
    name: 'eventual-read-without-proof', profile: 'cluster', isSafety: true,
    breaks: 'an eventual read is answered however old the state is (R2)',
    file: 'packages/storage-node/src/partition-reads.ts',
    find: 'if (node.host.staleness(group) <= node.tuning.eventualStalenessMsMax && !admission.sendsToLeader()) return true;',
    replace: 'if (node.host.staleness(group) <= Number.POSITIVE_INFINITY && !admission.sendsToLeader()) return true;',
  },
  {
    name: 'applied-index-in-a-batch-of-its-own', profile: 'cluster', isSafety: true,
    breaks: 'a crash between rows and applied index applies entries twice, or never',
    file: 'packages/raft-host/src/apply-queue.ts',
    find: '      batch.put(appliedKey(group.id), encodeAppliedRecord(record));\n',
    replace: '      const alone = new WriteBatch();\n      alone.put(appliedKey(group.id), encodeAppliedRecord(record));\n      void this.#store.write(alone).catch(() => undefined);\n',
  },
  {
    name: 'range-not-checked', profile: 'cluster', isSafety: true,
    breaks: 'a partition serves keys that a split gave away',
    file: 'packages/partition/src/partition-machine.ts',
    find: 'return compareBytes(key, this.#record.from) >= 0 && compareBytes(key, this.#record.until) < 0;',
    replace: 'return compareBytes(key, this.#birth.from) >= 0 && compareBytes(key, this.#birth.until) < 0;',
  },
  {
    name: 'split-counts-nothing', profile: 'cluster', isSafety: true,
    breaks: 'the counters of the halves of a split do not fit their rows',
    file: 'packages/partition/src/partition-machine.ts',
    find: 'sequence, timestampHlc, itemCount: record.itemCount - childItemCount, sizeBytes: record.sizeBytes - childSizeBytes,',
    replace: 'sequence, timestampHlc, itemCount: record.itemCount, sizeBytes: record.sizeBytes,',
  },
  {
    // A birth row that comes back after a crash makes the replica anew: processes die as they remove replicas of partitions just cut in two.
    name: 'tombstone-forgotten', profile: 'cluster', isSafety: true,
    breaks: 'a replica that was removed comes back under its old id',
    file: 'packages/raft-host/src/group-lifecycle.ts',
    find: '  await bury(id, group?.replica, context.ports);\n',
    replace: '',
  },
  {
    name: 'joiner-founds', profile: 'cluster', isSafety: true,
    breaks: 'a replica that joins takes itself for a founder and votes among strangers',
    file: 'packages/storage-node/src/replica-lifecycle.ts',
    find: 'const founders = foundersOf(entry);',
    replace: 'const founders = placement.role === \'log\' ? foundersOf(entry) : entry.replicas.map(({replica}) => replica);',
  },
  {
    // The map itself asserts that a change fits: a process that meets a gap ends, and that is what is seen.
    name: 'map-gap-ignored', profile: 'cluster', isSafety: true,
    breaks: 'a change of the map is put upon another version than it was made for',
    file: 'packages/control-client/src/control-client.ts',
    find: 'if (!delta.isFull && delta.fromVersion !== this.#map.version) return;',
    replace: '',
  },
  {
    // It takes a registration whose answer was lost, on replicas that came by the node in different ways: streams to the control plane break.
    name: 'registration-compared-by-order', profile: 'cluster', isSafety: true,
    breaks: 'replicas of the control plane disagree whether a registration is news, and count versions apart',
    file: 'packages/control-plane/src/node-registry.ts',
    find: 'return canonicalJson(known) === canonicalJson(node) ?',
    replace: 'return JSON.stringify(known) === JSON.stringify(node) ?',
  },
  {
    name: 'start-gate-open', profile: 'cluster', isSafety: true,
    breaks: 'a process on a lost or an older disk takes part under its old replica ids',
    file: 'packages/server/src/start-gate/gate-keeper.ts',
    find: 'if (known !== undefined && !mayFollow(known, claim, isReplacement)) {',
    replace: 'if (known !== undefined && !mayFollow(known, claim, true) && claim.incarnation < 0) {',
  },
  {
    // The next write of the row mends a reader's cache: it takes rows that are written a few times only, and read while that happens.
    name: 'stale-row-kept-in-cache', profile: 'cluster', isSafety: true,
    breaks: 'a row that was being read while it changed is cached as it was before',
    file: 'packages/storage-node/src/hosted-partition.ts',
    find: '      loader.applied(text, value);\n',
    replace: '',
  },
  {
    name: 'local-entry-left-behind', profile: 'cluster', isSafety: true,
    breaks: 'an item whose index key changes stays in the index under the old one as well (R9)',
    file: 'packages/partition/src/local-entries.ts',
    find: '    rows.push({key: before.key, value: undefined});\n',
    replace: '',
  },
  {
    name: 'local-entries-not-in-snapshots', profile: 'cluster', isSafety: true,
    breaks: 'a replica that gets a snapshot has the items without the entries of their local indexes (R9)',
    file: 'packages/storage-node/src/hosted-partition.ts',
    find: '    return [{from, until}, ...derived, {from: meta, until: metaEnd}];',
    replace: '    return [{from, until}, ...derived.slice(0, 0), {from: meta, until: metaEnd}];',
  },
];
