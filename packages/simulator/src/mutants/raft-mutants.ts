import type {Mutant} from './mutant.js';

const raft = (file: string): {readonly profile: 'raft'; readonly file: string} => ({profile: 'raft', file: `packages/raft/src/${file}`});
const host = (file: string): {readonly profile: 'raft'; readonly file: string} => ({profile: 'raft', file: `packages/raft-host/src/${file}`});
const log = (file: string): {readonly profile: 'raft'; readonly file: string} => ({profile: 'raft', file: `packages/log-file/src/${file}`});

/** Faults of consensus, of the host of replicas, and of the log on disk. */
export const RAFT_MUTANTS: readonly Mutant[] = [
  // Elections
  {
    ...raft('roles.ts'), name: 'vote-cleared-on-same-term', breaks: 'two leaders in one term', isSafety: true,
    find: '  if (core.term !== term) {\n    core.term = term;\n    core.vote = NO_REPLICA;\n  }', replace: '  core.term = term;\n  core.vote = NO_REPLICA;',
  },
  {
    ...raft('campaigning.ts'), name: 'vote-granted-to-stale-log', breaks: 'acknowledged writes are lost with the next leader', isSafety: true, isQuick: true,
    find: 'if (canVote && core.log.isUpToDate(message.index, message.logTerm)) {', replace: 'if (canVote) {',
  },
  {
    ...raft('campaigning.ts'), name: 'vote-granted-twice', breaks: 'two leaders in one term', isSafety: true, isQuick: true,
    find: 'const canVote = core.vote === message.from ||', replace: 'const canVote = core.id > 0 ||',
  },
  {
    ...raft('campaigning.ts'), name: 'vote-request-heeded-within-lease', breaks: 'two leaders serve reads at one time', isSafety: true,
    find: "  return core.options.checkQuorum && core.lead !== NO_REPLICA && core.electionElapsedTicks < core.options.electionTicks;", replace: '  return core.id < 0;',
  },
  {
    ...raft('raft-core.ts'), name: 'vote-leaves-before-it-is-durable', isSafety: true, isQuick: true,
    breaks: 'two leaders in one term after a crash, when a request for a vote comes later than a restarted replica waits',
    find: "if (type === 'AppResp' || type === 'VoteResp' || type === 'PreVoteResp') {", replace: "if (type === 'AppResp' || (type === 'VoteResp' && message.to === this.id) || type === 'PreVoteResp') {",
  },
  {
    ...host('turn.ts'), name: 'term-and-vote-not-synced', breaks: 'two leaders in one term after a crash', isSafety: true,
    find: 'if (message.entries.length === 0 && !hasNewVote) {', replace: 'if (message.entries.length === 0 && hasNewVote !== undefined) {',
  },
  {
    ...host('host.ts'), name: 'restarted-follower-votes-at-once', breaks: 'two leaders serve reads at one time', isSafety: true,
    find: 'const votesFromMs = clock.monotonicMs() + promiseMs;', replace: 'const votesFromMs = promiseMs * 0;',
  },
  // Replication
  {
    ...raft('raft-log.ts'), name: 'older-term-committed-by-counting', breaks: 'a committed entry is replaced, in the order of events of figure 8 of the paper', isSafety: true, isQuick: true,
    find: 'if (term === 0 || index <= this.#committed || !this.matchesTerm(index, term)) return false;', replace: 'if (term === 0 || index <= this.#committed) return false;',
  },
  {
    ...raft('raft-log.ts'), name: 'append-answered-without-log-match', breaks: 'logs differ below a committed entry', isSafety: true,
    find: '    if (!this.matchesTerm(prevIndex, prevTerm)) return undefined;\n', replace: '    if (prevIndex > this.lastIndex()) return undefined;\n',
  },
  {
    // Not here: a commit up to the last entry instead of the last that matches. The search for the place where two logs part
    // never goes below it, as terms do not fall along a log, and a new leader has an entry of its own behind it: so the first
    // append that is taken cuts off all that differs, and the two marks are one.
    ...raft('raft-log.ts'), name: 'conflicting-entries-kept', breaks: 'a replica acknowledges entries and holds others', isSafety: true,
    find: '      if (!this.matchesTerm(entry.index, entry.term)) return at;\n', replace: "      if (this.term(entry.index) === 'unavailable') return at;\n",
  },
  {
    ...raft('sending.ts'), name: 'heartbeat-commits-beyond-match', breaks: 'a replica applies entries nobody committed', isSafety: true, isQuick: true,
    find: 'const commit = markIndex(Math.min(peer.match, core.log.committed));', replace: 'const commit = markIndex(Math.max(0, core.log.committed));',
  },
  {
    ...raft('unstable-log.ts'), name: 'overtaken-write-counts-as-stable', breaks: 'an entry that was never written counts as durable', isSafety: true,
    find: 'if (index < this.#offset || this.term(index) !== term) return;', replace: 'if (index < this.#offset || this.term(index) === undefined) return;',
  },
  {
    ...raft('roles.ts'), name: 'no-op-left-out', breaks: 'a new leader waits for a client before it knows what is committed', isSafety: false, isQuick: true,
    find: 'const isAppended = appendProposals(core, NO_OP);', replace: 'const isAppended = NO_OP.length > 0;',
  },
  {
    ...host('turn.ts'), name: 'append-answered-before-it-is-durable', breaks: 'acknowledged writes are lost with the power', isSafety: true, isQuick: true,
    find: "      ...(hardState === undefined ? undefined : {hardState}),\n    }, done);", replace: "      ...(hardState === undefined ? undefined : {hardState}),\n    });\n    done();",
  },
  {
    // Not here: an answer by index whatever the term. All proposals are failed when leadership is lost, before another leader's
    // entry can be applied, so the terms never differ; and without that, a proposal with a hole in its indexes stops the process.
    ...host('proposals.ts'), name: 'pending-proposals-fail-as-refused', breaks: 'a client is told that nothing was done, and it is done later', isSafety: true,
    find: "for (const proposal of pending) proposal.done({ok: false, failure: {code: 'OutcomeUnknown'}});", replace: 'for (const proposal of pending) proposal.done({ok: false, failure: queuedFailure});',
  },
  {
    ...raft('roles.ts'), name: 'new-leader-takes-its-log-for-committed', breaks: 'a committed entry is replaced', isSafety: true,
    find: "  assert(isAppended, 'an empty entry is never refused');", replace: '  if (isAppended) core.log.commitTo(core.pendingConfIndex);',
  },
  // Reads
  {
    ...raft('reading.ts'), name: 'read-index-before-own-term-commit', breaks: 'a new leader answers reads with old values', isSafety: true,
    find: '  if (!core.hasCommittedInTerm) {', replace: '  if (core.id < 0) {',
  },
  {
    ...raft('reading.ts'), name: 'read-confirmed-without-quorum', breaks: 'a deposed leader answers reads with old values', isSafety: true, isQuick: true,
    find: "if (acks === undefined || core.tracker.quorumResult(acks) !== 'VoteWon') return;", replace: 'if (acks === undefined) return;',
  },
  {
    ...host('lease.ts'), name: 'lease-kept-over-transfer', breaks: 'two leaders serve reads at one time', isSafety: true,
    find: 'this.#isRevoked = true;', replace: 'this.#isRevoked = this.#isRevoked || this.#self < 0;',
  },
  {
    ...host('receiver.ts'), name: 'lease-counts-from-the-answer', breaks: 'two leaders serve reads at one time', isSafety: true,
    find: 'group.lease.acknowledged(message.from, heartbeatSentAtMs);', replace: 'group.lease.acknowledged(message.from, nowMs);',
  },
  {
    ...host('options.ts'), name: 'lease-as-long-as-two-elections', breaks: 'two leaders serve reads at one time', isSafety: true,
    find: 'const promiseMs = (tuning.electionTicks - 1) * tuning.tickMs;', replace: 'const promiseMs = 2 * tuning.electionTicks * tuning.tickMs;',
  },
  {
    ...host('group.ts'), name: 'lease-read-before-own-term-is-applied', breaks: 'a new leader answers reads with old values', isSafety: true,
    find: 'this.appliedTerm === this.term && this.lease.isValid(nowMs, durationMs);', replace: 'this.lease.isValid(nowMs, durationMs);',
  },
  {
    ...host('group.ts'), name: 'lease-held-asleep', breaks: 'two leaders serve reads at one time, after a group slept', isSafety: true,
    find: '!this.isInstalling && !this.isAsleep && this.appliedTerm === this.term && this.lease.isValid(nowMs, durationMs);',
    replace: '!this.isInstalling && this.appliedTerm === this.term && (this.isAsleep || this.lease.isValid(nowMs, durationMs));',
  },
  // Membership
  {
    ...raft('proposing.ts'), name: 'two-changes-under-way', breaks: 'two majorities that share nobody', isSafety: true,
    find: '  if (core.pendingConfIndex > core.log.applied) return', replace: '  if (core.pendingConfIndex < 0) return',
  },
  {
    ...raft('tracker.ts'), name: 'joint-commit-by-one-half', breaks: 'a committed entry is lost with the old half', isSafety: true,
    find: 'jointCommittedIndex(this.#conf.voters, this.#conf.votersOutgoing, this)', replace: 'jointCommittedIndex(this.#conf.voters, [], this)',
  },
  {
    ...raft('campaigning.ts'), name: 'campaign-before-a-change-is-applied', breaks: 'a leader of a majority that is none any more', isSafety: true,
    find: '  if (hasUnappliedConfChange(core)) {', replace: '  if (core.id < 0 && hasUnappliedConfChange(core)) {',
  },
  // Snapshots and truncation
  {
    ...raft('membership.ts'), name: 'old-snapshot-taken', breaks: 'a replica goes back in time', isSafety: true,
    find: '  if (index <= core.log.committed) return false;\n', replace: '',
  },
  {
    ...host('snapshot-install.ts'), name: 'snapshot-keeps-the-old-log', breaks: 'entries from before a snapshot come back behind it', isSafety: true, isQuick: true,
    find: '      snapshot: {index: marker.applied.index, term: marker.applied.term},\n', replace: '',
  },
  {
    ...host('truncation.ts'), name: 'log-cut-before-the-store-is-flushed', breaks: 'a power cut leaves a replica without part of its history', isSafety: true, isQuick: true,
    find: 'let through = Math.min(group.flushedIndex, this.#sendingIndexMin(group));', replace: 'let through = Math.min(group.stored.index, this.#sendingIndexMin(group));',
  },
  {
    ...host('apply-queue.ts'), name: 'applied-index-written-apart', breaks: 'effects of commands are lost in a crash', isSafety: true, isQuick: true,
    find: '      batch.put(appliedKey(group.id), encodeAppliedRecord(record));',
    replace: '      const own = new WriteBatch();\n      own.put(appliedKey(group.id), encodeAppliedRecord(record));\n      this.#store.write(own).catch(this.#onFailure);',
  },
  {
    ...host('apply-queue.ts'), name: 'entries-applied-and-not-stored', breaks: 'effects of commands are lost in a crash', isSafety: true, isQuick: true,
    find: '    this.#batch = new WriteBatch();\n    this.#touched = new Set();', replace: '    if (batch.sizeBytes % 7 === 0) batch.operations.shift();\n    this.#batch = new WriteBatch();\n    this.#touched = new Set();',
  },
  {
    ...host('log-writes.ts'), name: 'vote-lost-when-writes-merge', breaks: 'a vote is given and forgotten: two leaders in one term', isSafety: true, isQuick: true,
    find: '  const hardState = later.hardState ?? earlier.hardState;', replace: '  const hardState = later.hardState ?? (later.entries === undefined ? earlier.hardState : undefined);',
  },
  // The log on disk
  {
    ...log('format.ts'), name: 'torn-record-believed', breaks: 'an entry that a power cut tore is taken for whole', isSafety: true,
    find: "  if (sum !== checksum(bytes.subarray(at + 4, at + sizeBytes))) return 'record checksum mismatch';\n", replace: '',
  },
  {
    ...log('file-log.ts'), name: 'log-acknowledges-without-sync', breaks: 'acknowledged writes are lost with the power', isSafety: true, isQuick: true,
    find: '      segment.file.datasync((syncError) => {', replace: '      ((done: (error: Error | undefined) => void) => this.#timers.nextTurn(() => done(undefined)))((syncError) => {',
  },
  {
    ...log('file-log.ts'), name: 'failed-sync-believed', breaks: 'acknowledged writes are lost with the power', isSafety: true,
    find: '        if (syncError !== undefined) return this.#failWith(batch, syncError);\n', replace: '        if (syncError !== undefined) this.#syncCount += 0;\n',
  },
  {
    ...log('open-file-log.ts'), name: 'found-records-not-synced', breaks: 'a killed process and a power cut lose acknowledged writes', isSafety: true,
    find: '  if (opened.length > 0) makeFoundDurable(active, fileSystem);\n', replace: '',
  },
  {
    // Not here: a torn tail left in place. A batch begins only after the one before is durable, so what is torn has no later
    // batch behind it, and numbers and chained checksums keep anything older from being taken for one.
    ...log('segment-pool.ts'), name: 'segment-name-not-synced', breaks: 'a whole file of acknowledged writes is lost with the power', isSafety: true,
    find: '        this.#fileSystem.syncDirectory((directoryError) => {', replace: '        ((done: (error: Error | undefined) => void) => this.#timers.nextTurn(() => done(undefined)))((directoryError) => {',
  },
];
