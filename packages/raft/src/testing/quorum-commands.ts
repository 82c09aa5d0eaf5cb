import type {ReplicaId} from '@murmuration/base';

import {
  EMPTY_QUORUM_INDEX, jointCommittedIndex, jointVoteResult, majorityCommittedIndex, majorityVoteResult,
} from '../quorum.js';
import type {AcknowledgedIndexes} from '../quorum.js';
import type {TranscriptBlock, TranscriptHandler} from './transcript.js';

/**
 * Commands on quorum arithmetic. Each case is also worked out in ways that must not matter: by brute force, joined
 * with the empty configuration or with itself, and with the halves exchanged. A difference is printed.
 */
export function quorumHandler(): TranscriptHandler {
  return (block) => {
    const incoming = ids(block, 'cfg');
    const joint = values(block, 'cfgj');
    const outgoing = joint?.length === 1 && joint[0] === 'zero' ? [] : ids(block, 'cfgj');
    const voters = [...new Set([...incoming, ...outgoing])];
    const key = block.command === 'vote' ? 'votes' : 'idx';
    const inputs = values(block, key) ?? [];
    if (block.command !== 'vote' && block.command !== 'committed') return 'unknown command\n';
    if (inputs.length !== voters.length) {
      const sorted = [...voters].sort((a, b) => a - b);
      return `error: mismatched input (explicit or _) for voters [${sorted.join(' ')}]: [${inputs.join(' ')}]\n`;
    }
    const known = voters.map((id, i) => [id, inputs[i] as string] as const).filter(([, text]) => text !== '_');
    return block.command === 'vote'
      ? vote(incoming, outgoing, joint !== undefined, new Map(known.map(([id, text]) => [id, text === 'y'])))
      : committed(incoming, outgoing, joint !== undefined, new Map(known.map(([id, text]) => [id, Number(text)])));
  };
}

function committed(incoming: ReplicaId[], outgoing: ReplicaId[], isJoint: boolean, known: ReadonlyMap<ReplicaId, number>): string {
  const acks: AcknowledgedIndexes = {acknowledgedIndex: (id) => known.get(id)};
  const result = isJoint ? jointCommittedIndex(incoming, outgoing, acks) : majorityCommittedIndex(incoming, acks);
  let text = chart([...new Set([...incoming, ...outgoing])].sort((a, b) => a - b), known);
  const check = (how: string, other: number): void => {
    if (other !== result) text += `${indexText(other)} <-- via ${how}\n`;
  };
  if (isJoint) {
    check('symmetry', jointCommittedIndex(outgoing, incoming, acks));
    check('brute force', Math.min(slowCommitted(incoming, known), slowCommitted(outgoing, known)));
  } else {
    check('brute force', slowCommitted(incoming, known));
    check('zero-joint quorum', jointCommittedIndex(incoming, [], acks));
    check('zero-joint quorum, exchanged', jointCommittedIndex([], incoming, acks));
    check('self-joint quorum', jointCommittedIndex(incoming, incoming, acks));
    // A voter's index counts by being below or above the result only: pushing it further out changes nothing.
    for (const id of incoming) {
      const own = known.get(id) ?? 0;
      if (own === result) continue;
      const moved = new Map(known).set(id, own > result ? own + 1000 : 0);
      check(`moved index of ${id}`, majorityCommittedIndex(incoming, {acknowledgedIndex: (other) => moved.get(other)}));
    }
  }
  return `${text}${indexText(result)}\n`;
}

/** The plain definition: the highest known index that more than half have reached. */
export function slowCommitted(voters: readonly ReplicaId[], known: ReadonlyMap<ReplicaId, number>): number {
  if (voters.length === 0) return EMPTY_QUORUM_INDEX;
  const reached = (index: number): number => voters.filter((id) => (known.get(id) ?? 0) >= index).length;
  return Math.max(0, ...[...known.values()].filter((index) => reached(index) * 2 > voters.length));
}

function vote(incoming: ReplicaId[], outgoing: ReplicaId[], isJoint: boolean, votes: ReadonlyMap<ReplicaId, boolean>): string {
  const result = isJoint ? jointVoteResult(incoming, outgoing, votes) : majorityVoteResult(incoming, votes);
  let text = '';
  const check = (how: string, other: string): void => {
    if (other !== result) text += `${other} <-- via ${how}\n`;
  };
  if (isJoint) {
    check('symmetry', jointVoteResult(outgoing, incoming, votes));
  } else {
    check('zero-joint quorum', jointVoteResult(incoming, [], votes));
    check('zero-joint quorum, exchanged', jointVoteResult([], incoming, votes));
    check('self-joint quorum', jointVoteResult(incoming, incoming, votes));
  }
  return `${text}${result}\n`;
}

/** One bar a voter, with an `x` for each voter below it. */
function chart(voters: readonly ReplicaId[], known: ReadonlyMap<ReplicaId, number>): string {
  if (voters.length === 0) return '<empty majority quorum>';
  const indexOf = (id: ReplicaId): number => known.get(id) ?? 0;
  const width = voters.length;
  let text = `${' '.repeat(width)}    idx\n`;
  for (const id of voters) {
    const bar = voters.filter((other) => indexOf(other) < indexOf(id)).length;
    text += known.has(id) ? `${'x'.repeat(bar)}>${' '.repeat(width - bar)}` : `?${' '.repeat(width)}`;
    text += ` ${String(indexOf(id)).padStart(5)}    (id=${id})\n`;
  }
  return text;
}

function indexText(index: number): string {
  return index === EMPTY_QUORUM_INDEX ? '∞' : String(index);
}
function values(block: TranscriptBlock, key: string): readonly string[] | undefined {
  return block.args.find((arg) => arg.key === key)?.values;
}
function ids(block: TranscriptBlock, key: string): ReplicaId[] {
  return [...new Set((values(block, key) ?? []).filter((text) => text !== 'zero').map((text) => Number(text) as ReplicaId))];
}
