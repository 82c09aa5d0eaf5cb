import {EMPTY_BYTES, utf8Encode} from '@murmuration/base';
import type {ReplicaId} from '@murmuration/base';

import {markIndex, markTerm} from '../marks.js';
import {makeMessage} from '../message.js';
import {setRandomizedElectionTimeout} from '../testing.js';
import type {ConfChangeTransition, RaftOptions, Snapshot} from '../types.js';
import {describeEntries, describeMessage, describeProgress, parseChanges} from './describe.js';
import {CommandError, REFUSALS, TranscriptGroup} from './group.js';
import type {TranscriptNode} from './group.js';
import {parseCommand} from './transcript.js';
import type {TranscriptArgument, TranscriptBlock, TranscriptHandler} from './transcript.js';

type Args = readonly TranscriptArgument[];
type Mutable<T> = {-readonly [K in keyof T]: T[K]};

const LEVELS = ['debug', 'info', 'warn', 'error', 'fatal', 'none'];

/** Commands on a group of nodes. Under `log-level none` they answer nothing but errors. */
export function interactionHandler(): TranscriptHandler {
  const group = new TranscriptGroup();
  let isQuiet = false;

  const setLevel = (level: string | undefined): void => {
    if (level === undefined || !LEVELS.includes(level.toLowerCase())) throw new CommandError(`log levels must be one of ${LEVELS.join(', ')}`);
    isQuiet = level.toLowerCase() === 'none';
  };
  const run = (command: string, args: Args): void => {
    if (command === 'log-level') {
      setLevel(args[0]?.key);
    } else if (command === 'stabilize') {
      const level = value(args, 'log-level');
      const before = isQuiet;
      if (level !== undefined) setLevel(level);
      const nodes = nodesOf(group, args);
      group.stabilize(nodes.length > 0 ? nodes : group.nodes);
      if (isQuiet) group.output.take();
      isQuiet = before;
    } else {
      runCommand(group, command, args);
    }
    if (isQuiet) group.output.take();
  };
  const guarded = (work: () => void): void => {
    try {
      work();
    } catch (error) {
      // Errors are told at any level; broken invariants are not answers, and end the run.
      if (!(error instanceof CommandError)) throw error;
      if (isQuiet) group.output.take();
      group.output.write(error.message);
    }
  };
  return (block) => {
    if (block.command === 'propose-conf-change') {
      guarded(() => { proposeConfChange(group, block); });
    } else {
      guarded(() => { run(block.command, block.args); });
      // Further lines are further commands; their output is one.
      for (const line of block.input) {
        guarded(() => {
          const next = parseCommand(line, block.lineNumber);
          run(next.command, next.args);
        });
      }
    }
    return group.output.take();
  };
}

function runCommand(group: TranscriptGroup, command: string, args: Args): void {
  const {output} = group;
  switch (command) {
    case '_breakpoint':
      return;
    case 'add-nodes':
      addNodes(group, args);
      return;
    case 'campaign':
      nodeAt(group, args, 0).raft.campaign();
      return;
    case 'propose': {
      const refusal = nodeAt(group, args, 0).raft.propose(utf8Encode(args[1]?.key ?? ''));
      if (refusal !== undefined) throw new CommandError(REFUSALS[refusal]);
      return;
    }
    case 'forget-leader':
      nodeAt(group, args, 0).raft.forgetLeader();
      return;
    case 'transfer-leadership':
      group.node(number(args, 'from')).raft.transferLeader(number(args, 'to') as ReplicaId);
      return;
    case 'report-unreachable':
      nodeAt(group, args, 0).raft.reportUnreachable(nodeAt(group, args, 1).id);
      return;
    case 'report-snapshot':
      nodeAt(group, args, 0).raft.reportSnapshot(nodeAt(group, args, 1).id, value(args, 'failed') === 'true');
      return;
    case 'read-index': {
      const refusal = nodeAt(group, args, 0).raft.readIndex(utf8Encode(args[1]?.key ?? 'read'));
      if (refusal !== undefined) throw new CommandError(REFUSALS[refusal]);
      return;
    }
    case 'tick-election':
      tickTimes(nodeAt(group, args, 0), (options) => options.electionTicks);
      return;
    case 'tick-heartbeat':
      tickTimes(nodeAt(group, args, 0), (options) => options.heartbeatTicks);
      return;
    case 'set-randomized-election-timeout':
      setRandomizedElectionTimeout(nodeAt(group, args, 0).raft, number(args, 'timeout'));
      return;
    case 'process-ready':
      eachNode(group, args, 'handling Ready', (node) => { group.processReady(node); });
      return;
    case 'process-append-thread':
      eachNode(group, args, 'processing append thread', (node) => { group.processAppendWork(node); });
      return;
    case 'process-apply-thread':
      eachNode(group, args, 'processing apply thread', (node) => { group.processApplyWork(node); });
      return;
    case 'deliver-msgs':
      deliver(group, args);
      return;
    case 'raft-log':
      printLog(group, nodeAt(group, args, 0));
      return;
    case 'compact': {
      const node = nodeAt(group, args, 0);
      if (!node.storage.compact(integer(args[1]?.key))) throw new CommandError('requested index is unavailable due to compaction');
      printLog(group, node);
      return;
    }
    case 'raft-state':
      for (const node of group.nodes) output.line(describeState(node));
      return;
    case 'status':
      for (const progress of nodeAt(group, args, 0).raft.status().progress) output.line(describeProgress(progress));
      return;
    case 'send-snapshot':
      sendSnapshot(group, nodeAt(group, args, 0), nodeAt(group, args, 1));
      return;
    default:
      throw new CommandError('unknown command');
  }
}

/** No limits but those a command sets, election after 3 to 5 ticks, heartbeats with each. */
const OPTIONS: Omit<RaftOptions, 'id'> = {
  electionTicks: 3,
  heartbeatTicks: 1,
  asyncStorageWrites: false,
  applied: markIndex(0),
  messageSizeBytesMax: Number.MAX_SAFE_INTEGER,
  committedSizeBytesMax: Number.MAX_SAFE_INTEGER,
  uncommittedSizeBytesMax: Number.MAX_SAFE_INTEGER,
  inflightMessagesMax: 0x7fff_ffff,
  inflightBytesMax: 0,
  checkQuorum: false,
  preVote: false,
  readOnly: 'safe',
  disableProposalForwarding: false,
  disableConfChangeValidation: false,
  stepDownOnRemoval: false,
};

function addNodes(group: TranscriptGroup, args: Args): void {
  const options: Mutable<Omit<RaftOptions, 'id'>> = {...OPTIONS};
  let voters: readonly ReplicaId[] = [];
  let learners: readonly ReplicaId[] = [];
  let data: Uint8Array = EMPTY_BYTES;
  let index = 0;
  for (const {key, values} of args.slice(1)) {
    const first = values[0] ?? '';
    const flag = first === 'true';
    switch (key) {
      case 'voters': voters = values.map((id) => integer(id) as ReplicaId); break;
      case 'learners': learners = values.map((id) => integer(id) as ReplicaId); break;
      case 'index': index = integer(first); break;
      case 'content': data = utf8Encode(first); break;
      case 'inflight': options.inflightMessagesMax = integer(first); break;
      case 'inflight-bytes': options.inflightBytesMax = integer(first); break;
      case 'max-size-per-msg': options.messageSizeBytesMax = integer(first); break;
      case 'max-committed-size-per-ready': options.committedSizeBytesMax = integer(first); break;
      case 'max-uncommitted-size': options.uncommittedSizeBytesMax = integer(first); break;
      case 'async-storage-writes': options.asyncStorageWrites = flag; break;
      case 'prevote': options.preVote = flag; break;
      case 'checkquorum': options.checkQuorum = flag; break;
      case 'disable-proposal-forwarding': options.disableProposalForwarding = flag; break;
      case 'disable-conf-change-validation': options.disableConfChangeValidation = flag; break;
      case 'step-down-on-removal': options.stepDownOnRemoval = flag; break;
      case 'read-only':
        if (first !== 'safe' && first !== 'lease-based') throw new CommandError(`invalid read-only option "${first}"`);
        options.readOnly = first;
        break;
      default: throw new CommandError(`unknown option "${key}"`);
    }
  }
  options.applied = markIndex(index);
  const isBootstrap = voters.length > 0 || learners.length > 0 || index > 0 || data.length > 0;
  const confState = {voters, learners, votersOutgoing: [], learnersNext: [], autoLeave: false};
  const snapshot: Snapshot = {meta: {index: markIndex(index), term: markTerm(1), confState}, data};
  for (let i = integer(args[0]?.key); i > 0; i -= 1) group.addNode(options, isBootstrap ? snapshot : undefined);
}

function proposeConfChange(group: TranscriptGroup, block: TranscriptBlock): void {
  const node = nodeAt(group, block.args, 0);
  const transition = value(block.args, 'transition') ?? 'auto';
  const isSingle = value(block.args, 'v1') === 'true';
  if (!isTransition(transition)) throw new CommandError(`unknown transition ${transition}`);
  const changes = readChanges(block.input.join(' '));
  if (isSingle && (changes.length !== 1 || transition !== 'auto')) {
    throw new CommandError('v1 conf change can only have one operation and no transition');
  }
  const refusal = node.raft.proposeConfChange({transition, changes, context: EMPTY_BYTES}, isSingle ? 1 : 2);
  if (refusal !== undefined) throw new CommandError(REFUSALS[refusal]);
}

function readChanges(text: string): ReturnType<typeof parseChanges> {
  try {
    return parseChanges(text);
  } catch (cause) {
    throw new CommandError(cause instanceof Error ? cause.message : 'unknown input', {cause});
  }
}

function isTransition(text: string): text is ConfChangeTransition {
  return text === 'auto' || text === 'implicit' || text === 'explicit';
}

function deliver(group: TranscriptGroup, args: Args): void {
  const type = value(args, 'type');
  const recipients: {readonly id: number; readonly isDropped: boolean}[] = [];
  for (const {key, values} of args) {
    if (values.length === 0) {
      recipients.push({id: integer(key), isDropped: false});
    } else if (key === 'drop') {
      for (const id of values) {
        if (recipients.some((other) => other.id === integer(id))) throw new CommandError(`can't both deliver and drop msgs to ${id}`);
        recipients.push({id: integer(id), isDropped: true});
      }
    }
  }
  let count = 0;
  for (const {id, isDropped} of recipients) count += group.deliver(id, isDropped, type);
  if (count === 0) group.output.line('no messages');
}

function sendSnapshot(group: TranscriptGroup, from: TranscriptNode, to: TranscriptNode): void {
  const snapshot = from.history[from.history.length - 1];
  const message = makeMessage({type: 'Snap', to: to.id, snapshot}, from.id, from.raft.term);
  group.messages.push(message);
  group.output.write(describeMessage(message));
}

function printLog(group: TranscriptGroup, node: TranscriptNode): void {
  const first = node.storage.firstIndex();
  const last = node.storage.lastIndex();
  if (last < first) {
    group.output.write(`log is empty: first index=${first}, last index=${last}`);
    return;
  }
  const entries = node.storage.entries(first, markIndex(last + 1), Number.MAX_SAFE_INTEGER);
  if (typeof entries === 'string') throw new CommandError(entries);
  group.output.write(describeEntries(entries));
}

function describeState(node: TranscriptNode): string {
  const {id, state, term, lead, confState} = node.raft.status();
  const isVoter = confState.voters.includes(id) || confState.votersOutgoing.includes(id);
  return `${id}: State${state} ${isVoter ? '(Voter)' : '(Non-Voter)'} Term:${term} Lead:${lead}`;
}

function tickTimes(node: TranscriptNode, count: (options: RaftOptions) => number): void {
  for (let i = count(node.options); i > 0; i -= 1) node.raft.tick();
}

function eachNode(group: TranscriptGroup, args: Args, title: string, work: (node: TranscriptNode) => void): void {
  const nodes = nodesOf(group, args);
  for (const node of nodes) {
    if (nodes.length === 1) {
      work(node);
    } else {
      group.output.line(`> ${node.id} ${title}`);
      group.output.indented(() => { work(node); });
    }
  }
}

function nodesOf(group: TranscriptGroup, args: Args): TranscriptNode[] {
  return args.filter((arg) => arg.values.length === 0).map((arg) => group.node(integer(arg.key)));
}
function nodeAt(group: TranscriptGroup, args: Args, position: number): TranscriptNode {
  return group.node(integer(args[position]?.key));
}
function value(args: Args, key: string): string | undefined {
  return args.find((arg) => arg.key === key)?.values[0];
}
function number(args: Args, key: string): number {
  return integer(value(args, key));
}
function integer(text: string | undefined): number {
  if (text === undefined || !/^\d+$/.test(text)) throw new CommandError(`not a number: ${text ?? 'nothing'}`);
  return Number(text);
}
