import {unreachable} from '@murmuration/base';
import type {LogEntry, ReplicaId} from '@murmuration/base';

import {decodeConfChange} from '../conf-change-codec.js';
import {isEmptyHardState} from '../message.js';
import type {ProgressStatus} from '../status.js';
import {APPEND_THREAD, APPLY_THREAD} from '../types.js';
import type {ConfChangeSingle, ConfChangeType, ConfState, Message, ReadState, Ready, Snapshot} from '../types.js';

/** The printed forms of the transcripts. */
export function describeReady(ready: Ready): string {
  let text = '';
  if (ready.softState !== undefined) text += `Lead:${ready.softState.lead} State:State${ready.softState.state}\n`;
  if (ready.hardState !== undefined && !isEmptyHardState(ready.hardState)) {
    const {term, vote, commit} = ready.hardState;
    text += `HardState Term:${term}${vote === 0 ? '' : ` Vote:${vote}`} Commit:${commit}\n`;
  }
  if (ready.readStates.length > 0) text += `ReadStates [${ready.readStates.map(describeReadState).join(' ')}]\n`;
  if (ready.entries.length > 0) text += `Entries:\n${describeEntries(ready.entries)}`;
  if (ready.snapshot !== undefined) text += `Snapshot ${describeSnapshot(ready.snapshot)}\n`;
  if (ready.committedEntries.length > 0) text += `CommittedEntries:\n${describeEntries(ready.committedEntries)}`;
  if (ready.messages.length > 0) text += `Messages:\n${ready.messages.map((message) => `${describeMessage(message)}\n`).join('')}`;
  return text === '' ? '<empty Ready>' : `Ready MustSync=${ready.mustSync}:\n${text}`;
}

export function describeEntries(entries: readonly LogEntry[]): string {
  return entries.map((entry) => `${describeEntry(entry)}\n`).join('');
}

function describeEntry(entry: LogEntry): string {
  const place = `${entry.term}/${entry.index}`;
  switch (entry.kind) {
    case 0: return `${place} EntryNormal ${quote(entry.data)}`;
    case 1: return `${place} EntryConfChange${describeChanges(entry)}`;
    case 2: return `${place} EntryConfChangeV2${describeChanges(entry)}`;
    default: return unreachable(entry.kind);
  }
}

function describeChanges(entry: LogEntry): string {
  const {changes} = decodeConfChange(entry.kind, entry.data);
  return changes.map((change) => ` ${LETTERS[change.type]}${change.replica}`).join('');
}

const LETTERS: Readonly<Record<ConfChangeType, string>> = {AddNode: 'v', AddLearnerNode: 'l', RemoveNode: 'r', UpdateNode: 'u'};

/** Reads `v1 l2 r3 u4`: voter, learner, removal, update. */
export function parseChanges(text: string): ConfChangeSingle[] {
  return text.split(/\s+/).filter((token) => token !== '').map((token) => {
    const type = (Object.keys(LETTERS) as ConfChangeType[]).find((name) => LETTERS[name] === token[0]);
    if (type === undefined || !/^.\d+$/.test(token)) throw new Error(`unknown input: ${token}`);
    return {type, replica: Number(token.slice(1)) as ReplicaId};
  });
}

export function describeMessage(message: Message, indent = ''): string {
  let text = `${indent}${describeTarget(message.from)}->${describeTarget(message.to)} Msg${message.type}` +
    ` Term:${message.term} Log:${message.logTerm}/${message.index}`;
  if (message.reject) text += ` Rejected (Hint: ${message.rejectHint})`;
  if (message.commit !== 0) text += ` Commit:${message.commit}`;
  if (message.vote !== 0) text += ` Vote:${message.vote}`;
  const [first] = message.entries;
  if (message.entries.length === 1 && first !== undefined) {
    text += ` Entries:[${describeEntry(first)}]`;
  } else if (message.entries.length > 1) {
    text += ` Entries:[${message.entries.map((entry) => `\n${indent}  ${describeEntry(entry)}`).join('')}\n${indent}]`;
  }
  if (message.snapshot !== undefined) text += `\n${indent}  Snapshot: ${describeSnapshot(message.snapshot)}`;
  if (message.responses.length > 0) {
    text += ` Responses:[${message.responses.map((each) => `\n${describeMessage(each, `${indent}  `)}`).join('')}\n${indent}]`;
  }
  return text;
}

function describeTarget(id: ReplicaId): string {
  if (id === APPEND_THREAD) return 'AppendThread';
  if (id === APPLY_THREAD) return 'ApplyThread';
  return String(id);
}

function describeSnapshot(snapshot: Snapshot): string {
  const {index, term, confState} = snapshot.meta;
  const ids = (list: readonly ReplicaId[]): string => `[${list.join(' ')}]`;
  return `Index:${index} Term:${term} ConfState:Voters:${ids(confState.voters)} VotersOutgoing:${ids(confState.votersOutgoing)}` +
    ` Learners:${ids(confState.learners)} LearnersNext:${ids(confState.learnersNext)} AutoLeave:${confState.autoLeave}`;
}

function describeReadState(state: ReadState): string {
  return `{${state.index} [${[...state.context].join(' ')}]}`;
}

/** `voters=(1 2)&&(1) learners=(3) learners_next=(4) autoleave`, the later parts only when they are there. */
export function describeConfState(conf: ConfState): string {
  const ids = (list: readonly ReplicaId[]): string => `(${list.join(' ')})`;
  let text = `voters=${ids(conf.voters)}`;
  if (conf.votersOutgoing.length > 0) text += `&&${ids(conf.votersOutgoing)}`;
  if (conf.learners.length > 0) text += ` learners=${ids(conf.learners)}`;
  if (conf.learnersNext.length > 0) text += ` learners_next=${ids(conf.learnersNext)}`;
  if (conf.autoLeave) text += ' autoleave';
  return text;
}

export function describeProgress(progress: ProgressStatus): string {
  let text = `${progress.id}: ${progress.state} match=${progress.match} next=${progress.next}`;
  if (progress.isLearner) text += ' learner';
  if (progress.isPaused) text += ' paused';
  if (progress.pendingSnapshot > 0) text += ` pendingSnap=${progress.pendingSnapshot}`;
  if (!progress.isRecentlyActive) text += ' inactive';
  if (progress.inflightCount > 0) text += ` inflight=${progress.inflightCount}${progress.isInflightFull ? '[full]' : ''}`;
  return text;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\u0007': '\\a', '\b': '\\b', '\f': '\\f', '\n': '\\n', '\r': '\\r', '\t': '\\t', '\v': '\\v', '\\': '\\\\', '"': '\\"',
};

/** Text in double quotes with escapes; bytes that are no text as `\xNN`. */
function quote(data: Uint8Array): string {
  let text: string;
  try {
    text = new TextDecoder('utf-8', {fatal: true, ignoreBOM: true}).decode(data);
  } catch {
    text = '';
    for (const byte of data) text += byte < 0x80 ? escapeCharacter(String.fromCharCode(byte)) : hexEscape(byte);
    return `"${text}"`;
  }
  let out = '';
  for (const character of text) out += escapeCharacter(character);
  return `"${out}"`;
}

function escapeCharacter(character: string): string {
  const escape = ESCAPES[character];
  if (escape !== undefined) return escape;
  const code = character.codePointAt(0) as number;
  return code < 0x20 || code === 0x7f ? hexEscape(code) : character;
}

function hexEscape(code: number): string {
  return `\\x${code.toString(16).padStart(2, '0')}`;
}
