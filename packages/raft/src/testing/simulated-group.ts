import {assert, concatBytes, nullEvents, utf8Encode} from '@murmuration/base';
import type {LogEntry, Random, ReplicaId} from '@murmuration/base';

import {decodeConfChange, LEAVE_JOINT} from '../conf-change-codec.js';
import {markIndex, markTerm} from '../marks.js';
import {decodeMessage, encodeMessage} from '../message-codec.js';
import {isLocalThread} from '../message.js';
import {RawNode} from '../raw-node.js';
import type {ConfChange, ConfChangeSingle, ConfState, Message, RaftOptions, Snapshot} from '../types.js';
import {MemoryRaftStorage} from './memory-raft-storage.js';

/** What a node keeps over a crash. */
interface Disk {
  readonly storage: MemoryRaftStorage;
  /** The state machine, durable with each applied entry: its snapshot is its state. */
  state: Snapshot;
}

interface SimulatedNode {
  readonly id: ReplicaId;
  readonly disk: Disk;
  raft: RawNode | undefined;
  /** Local work handed out and not yet done; lost in a crash. */
  appendWork: Message[];
  applyWork: Message[];
  commitSeen: number;
}

const MESSAGES_MAX = 200;

/**
 * A group under a seeded scheduler that loses, repeats and reorders messages, crashes and restarts nodes at any point
 * of a Ready, compacts logs, and changes the membership. After each step it checks what Raft promises:
 * one leader a term, leaders that have every committed entry, equal entries applied at equal indexes, commit indexes
 * that never go back within a life, and reads that see everything committed before they were asked.
 */
export class SimulatedGroup {
  readonly #random: Random;
  readonly #options: Omit<RaftOptions, 'id' | 'applied'>;
  readonly #nodes: SimulatedNode[] = [];
  #network: Uint8Array[] = [];
  #isFaulty = true;

  readonly #leaders = new Map<number, ReplicaId>();
  readonly #committed = new Map<number, {readonly term: number; readonly data: string}>();
  #committedMax = 0;
  readonly #reads = new Map<string, number>();
  #proposals = 0;
  readsAnswered = 0;

  constructor(random: Random, nodeCount: number, options: Omit<RaftOptions, 'id' | 'applied'>) {
    this.#random = random;
    this.#options = options;
    const ids = Array.from({length: nodeCount}, (_, i) => (i + 1) as ReplicaId);
    // One node is a spare: it starts empty and can be added.
    const confState: ConfState = {voters: ids.slice(0, -1), learners: [], votersOutgoing: [], learnersNext: [], autoLeave: false};
    for (const id of ids) {
      const isMember = confState.voters.includes(id);
      const state: Snapshot = {
        meta: {index: markIndex(isMember ? 5 : 0), term: markTerm(isMember ? 1 : 0), confState: isMember ? confState : {...confState, voters: []}},
        data: new Uint8Array(0),
      };
      const disk: Disk = {storage: new MemoryRaftStorage(() => disk.state), state};
      if (isMember) disk.storage.applySnapshot(state);
      const node: SimulatedNode = {id, disk, raft: undefined, appendWork: [], applyWork: [], commitSeen: 0};
      this.#nodes.push(node);
      this.#start(node);
    }
    this.#committedMax = 5;
  }

  get committedCount(): number {
    return this.#committed.size;
  }
  get leaderCount(): number {
    return this.#leaders.size;
  }

  /** One random thing happens. */
  step(): void {
    const node = this.#nodes[this.#random.below(this.#nodes.length)] as SimulatedNode;
    const dice = this.#random.below(1000);
    if (node.raft === undefined) {
      if (dice < 300) this.#start(node);
      return;
    }
    if (dice < 220) node.raft.tick();
    else if (dice < 480) this.#deliver();
    else if (dice < 780) this.#work(node);
    else if (dice < 860) this.#propose(node.raft);
    else if (dice < 890) this.#read(node.raft);
    else if (dice < 900) this.#changeMembers(node.raft);
    else if (dice < 905) node.raft.transferLeader((this.#random.below(this.#nodes.length) + 1) as ReplicaId);
    else if (dice < 915) node.disk.storage.compact(node.disk.state.meta.index);
    else if (dice < 920) node.raft.forgetLeader();
    else if (dice < 923 && this.#isFaulty) this.#crash(node);
    this.#check(node);
  }

  /** Faults stop, and everything still alive gets its turn until all members agree. @returns whether they did */
  converge(rounds: number): boolean {
    this.#isFaulty = false;
    for (const node of this.#nodes) if (node.raft === undefined) this.#start(node);
    for (let round = 0; round < rounds; round += 1) {
      for (const node of this.#nodes) {
        (node.raft as RawNode).tick();
        for (let i = 0; i < 40; i += 1) this.#work(node);
        this.#check(node);
      }
      for (let count = this.#network.length; count > 0; count -= 1) this.#deliver();
      const leader = this.#nodes.find((node) => node.raft?.isLeader === true)?.raft;
      if (leader !== undefined && round % 10 === 0) {
        this.#propose(leader);
        // A joint configuration entered explicitly is left only when someone asks for it.
        if (leader.status().confState.votersOutgoing.length > 0) leader.proposeConfChange(LEAVE_JOINT);
      }
      if (round > 50 && this.#isConverged()) return true;
    }
    return false;
  }

  #isConverged(): boolean {
    const leader = this.#nodes.find((node) => node.raft?.isLeader === true && node.raft.hasCommittedInTerm);
    if (leader === undefined) return false;
    const {confState} = leader.disk.state.meta;
    if (confState.votersOutgoing.length > 0) return false;
    return [...confState.voters, ...confState.learners].every((id) => {
      const {state} = (this.#nodes[id - 1] as SimulatedNode).disk;
      return state.meta.index === this.#committedMax && state.data.length === leader.disk.state.data.length;
    });
  }

  /** For the message of a failed run. */
  describe(): string {
    return this.#nodes.map((node) => {
      const status = node.raft?.status();
      return `${node.id}: applied ${node.disk.state.meta.index} of ${this.#committedMax}, ${JSON.stringify({...status, progress: status?.progress.map((each) => `${each.id} ${each.state} ${each.match} ${each.next} ${each.isPaused}`)})}`;
    }).join('\n');
  }

  #start(node: SimulatedNode): void {
    const {storage, state} = node.disk;
    storage.setConfState(state.meta.confState);
    // The log may say less than what was applied, when the write of a commit index was not synced.
    const {hardState} = storage.initialState();
    if (hardState.commit < state.meta.index) storage.setHardState({...hardState, commit: state.meta.index});
    node.raft = new RawNode({...this.#options, id: node.id, applied: state.meta.index}, {storage, random: this.#random.fork(`${node.id}.${this.#random.uint32()}`), events: nullEvents});
    node.commitSeen = 0;
  }

  #crash(node: SimulatedNode): void {
    node.raft = undefined;
    node.appendWork = [];
    node.applyWork = [];
  }

  /** A piece of the host's work: a Ready, or something handed out before. */
  #work(node: SimulatedNode): void {
    const raft = node.raft;
    if (raft === undefined) return;
    const dice = this.#random.below(3);
    if (this.#options.asyncStorageWrites && dice === 0 && node.appendWork.length > 0) {
      const work = node.appendWork.shift() as Message;
      this.#persist(node, work.term === 0 ? undefined : {term: work.term, vote: work.vote, commit: work.commit}, work.entries, work.snapshot);
      this.#sendAll(node, work.responses);
      return;
    }
    if (this.#options.asyncStorageWrites && dice === 1 && node.applyWork.length > 0) {
      const work = node.applyWork.shift() as Message;
      this.#apply(node, work.entries);
      this.#sendAll(node, work.responses);
      return;
    }
    if (!raft.hasReady()) return;
    const ready = raft.ready();
    for (const read of ready.readStates) {
      const needed = this.#reads.get(String.fromCharCode(...read.context));
      assert(needed !== undefined && read.index >= needed, 'a read sees everything committed before it was asked', {needed, index: read.index});
      this.readsAnswered += 1;
    }
    if (this.#options.asyncStorageWrites) {
      this.#sendAll(node, ready.messages);
      return;
    }
    if (this.#crashes(node)) return;
    // A commit index alone needs no sync, so a crash may undo its write.
    const isHardStateKept = ready.mustSync || ready.snapshot !== undefined || this.#random.below(2) === 0;
    this.#persist(node, isHardStateKept ? ready.hardState : undefined, ready.entries, ready.snapshot);
    if (this.#crashes(node)) return;
    this.#sendAll(node, ready.messages);
    this.#apply(node, ready.committedEntries);
    if (this.#crashes(node)) return;
    raft.advance();
  }

  #crashes(node: SimulatedNode): boolean {
    if (!this.#isFaulty || this.#random.below(200) !== 0) return false;
    this.#crash(node);
    return true;
  }

  #persist(node: SimulatedNode, hardState: {readonly term: number; readonly vote: number; readonly commit: number} | undefined,
    entries: readonly LogEntry[], snapshot: Snapshot | undefined): void {
    const {storage} = node.disk;
    if (hardState !== undefined) {
      storage.setHardState({term: markTerm(hardState.term), vote: hardState.vote as ReplicaId, commit: markIndex(hardState.commit)});
    }
    if (snapshot !== undefined) {
      storage.applySnapshot(snapshot);
      node.disk.state = snapshot;
    }
    storage.append(entries);
  }

  #apply(node: SimulatedNode, entries: readonly LogEntry[]): void {
    for (const entry of entries) {
      const {state} = node.disk;
      // Handed out again after a restart that had not heard of it being applied.
      if (entry.index <= state.meta.index) continue;
      assert(entry.index === state.meta.index + 1, 'entries are applied without a hole', {index: entry.index, state: state.meta.index});
      const text = `${entry.kind}:${String.fromCharCode(...entry.data)}`;
      const known = this.#committed.get(entry.index);
      assert(known === undefined || (known.term === entry.term && known.data === text), 'nodes apply equal entries', {index: entry.index});
      this.#committed.set(entry.index, {term: entry.term, data: text});
      this.#committedMax = Math.max(this.#committedMax, entry.index);
      let confState = state.meta.confState;
      if (entry.kind !== 0) confState = (node.raft as RawNode).applyConfChange(decodeConfChange(entry.kind, entry.data));
      node.disk.state = {
        meta: {index: entry.index, term: entry.term, confState},
        data: concatBytes([state.data, entry.data.subarray(0, 1)]),
      };
    }
  }

  #sendAll(node: SimulatedNode, messages: readonly Message[]): void {
    for (const message of messages) {
      if (message.type === 'StorageAppend') node.appendWork.push(message);
      else if (message.type === 'StorageApply') node.applyWork.push(message);
      else if (message.to === node.id || isLocalThread(message.from)) node.raft?.step(message);
      else if (this.#network.length < MESSAGES_MAX) this.#network.push(encodeMessage(message));
      else if (message.type === 'Snap') node.raft?.reportSnapshot(message.to, true);
    }
  }

  #deliver(): void {
    if (this.#network.length === 0) return;
    const at = this.#isFaulty ? this.#random.below(Math.min(this.#network.length, 6)) : 0;
    const bytes = this.#network[at] as Uint8Array;
    const fate = this.#isFaulty ? this.#random.below(100) : 99;
    if (fate >= 5) this.#network.splice(at, 1);
    const message = decodeMessage(bytes);
    const target = this.#nodes[message.to - 1] as SimulatedNode;
    const isLost = fate >= 5 && fate < 13;
    if (message.type === 'Snap') this.#nodes[message.from - 1]?.raft?.reportSnapshot(message.to, isLost || target.raft === undefined);
    if (isLost) return;
    target.raft?.step(message);
    this.#check(target);
  }

  #propose(raft: RawNode): void {
    this.#proposals += 1;
    raft.propose(utf8Encode(`p${this.#proposals}`));
  }

  #read(raft: RawNode): void {
    const name = `r${this.#reads.size}`;
    this.#reads.set(name, this.#commitMaxOfAll());
    raft.readIndex(utf8Encode(name));
  }

  /** What any node knows to be committed, whether it is applied anywhere or not. */
  #commitMaxOfAll(): number {
    let max = this.#committedMax;
    for (const node of this.#nodes) if (node.raft !== undefined) max = Math.max(max, node.raft.committed);
    return max;
  }

  #changeMembers(raft: RawNode): void {
    if (!raft.isLeader) return;
    const {confState} = raft.status();
    if (confState.votersOutgoing.length > 0) {
      raft.proposeConfChange(LEAVE_JOINT);
      return;
    }
    const types = ['AddNode', 'AddNode', 'RemoveNode', 'AddLearnerNode'] as const;
    const changes: ConfChangeSingle[] = [];
    for (let i = this.#random.below(2) + 1; i > 0; i -= 1) {
      const type = types[this.#random.below(types.length)] as ConfChangeSingle['type'];
      changes.push({type, replica: (this.#random.below(this.#nodes.length) + 1) as ReplicaId});
    }
    const touched = new Set(changes.map((change) => change.replica));
    if (confState.voters.filter((id) => !touched.has(id)).length < 2) return;
    const transition = this.#random.below(3) === 0 ? 'explicit' : changes.length > 1 ? 'implicit' : 'auto';
    const change: ConfChange = {transition, changes, context: new Uint8Array(0)};
    raft.proposeConfChange(change, changes.length === 1 && transition === 'auto' && this.#random.below(2) === 0 ? 1 : 2);
  }

  #check(node: SimulatedNode): void {
    const raft = node.raft;
    if (raft === undefined) return;
    assert(raft.committed >= node.commitSeen, 'the commit index never goes back', {id: node.id});
    node.commitSeen = raft.committed;
    if (!raft.isLeader) return;
    const known = this.#leaders.get(raft.term);
    assert(known === undefined || known === node.id, 'one leader a term', {term: raft.term, known, id: node.id});
    if (known !== undefined) return;
    this.#leaders.set(raft.term, node.id);
    assert(raft.status().lastIndex > this.#committedMax, 'a new leader has every committed entry', {term: raft.term, id: node.id});
  }

  /** Entries of equal index and term are equal in every two stored logs, and so is all before them. */
  checkLogs(): void {
    for (const a of this.#nodes) {
      for (const b of this.#nodes) {
        if (a.id >= b.id) continue;
        const last = Math.min(a.disk.storage.lastIndex(), b.disk.storage.lastIndex());
        const first = Math.max(a.disk.storage.firstIndex(), b.disk.storage.firstIndex());
        let isMatching = false;
        for (let index = last; index >= first; index -= 1) {
          const [x] = read(a.disk.storage, index);
          const [y] = read(b.disk.storage, index);
          assert(x !== undefined && y !== undefined, 'stored entries can be read', {index});
          isMatching ||= x.term === y.term;
          if (isMatching) {
            assert(x.term === y.term && String(x.data) === String(y.data) && x.kind === y.kind, 'logs match below a match', {index, a: a.id, b: b.id});
          }
        }
      }
    }
  }
}

function read(storage: MemoryRaftStorage, index: number): readonly LogEntry[] {
  const entries = storage.entries(markIndex(index), markIndex(index + 1), Number.MAX_SAFE_INTEGER);
  return typeof entries === 'string' ? [] : entries;
}
