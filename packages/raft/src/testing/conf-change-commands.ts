import {ConfChanger} from '../conf-change.js';
import {RaftError} from '../errors.js';
import {markIndex} from '../marks.js';
import {ProgressTracker} from '../tracker.js';
import type {Membership} from '../tracker.js';
import type {ConfChangeSingle} from '../types.js';
import {describeConfState, describeProgress, parseChanges} from './describe.js';
import type {TranscriptBlock, TranscriptHandler} from './transcript.js';

/** Commands on the configuration changer. The log grows by one entry a command. */
export function confChangeHandler(): TranscriptHandler {
  const tracker = new ProgressTracker(10, 0);
  let lastIndex = 0;
  return (block) => {
    try {
      tracker.switchTo(change(new ConfChanger(tracker, markIndex(lastIndex)), block));
      return describeTracker(tracker);
    } catch (error) {
      if (error instanceof RaftError || error instanceof SyntaxError) return `${error.message}\n`;
      throw error;
    } finally {
      lastIndex += 1;
    }
  };
}

function change(changer: ConfChanger, block: TranscriptBlock): Membership {
  const changes = readChanges(block.input.join(' '));
  switch (block.command) {
    case 'simple':
      return changer.simple(changes);
    case 'enter-joint':
      return changer.enterJoint(block.args.some((arg) => arg.key === 'autoleave' && arg.values[0] === 'true'), changes);
    case 'leave-joint':
      if (changes.length > 0) throw new SyntaxError('this command takes no input');
      return changer.leaveJoint();
    default:
      throw new SyntaxError('unknown command');
  }
}

function readChanges(text: string): ConfChangeSingle[] {
  try {
    return parseChanges(text);
  } catch (cause) {
    throw new SyntaxError(cause instanceof Error ? cause.message : 'unknown input', {cause});
  }
}

function describeTracker(tracker: ProgressTracker): string {
  const peers = tracker.peers.map((peer) => describeProgress({
    id: peer.id, state: peer.state, match: peer.match, next: peer.next, isLearner: peer.isLearner, isPaused: peer.isPaused,
    isRecentlyActive: peer.isRecentlyActive, pendingSnapshot: peer.pendingSnapshot,
    inflightCount: peer.inflights.count, isInflightFull: peer.inflights.isFull,
  }));
  return `${[describeConfState(tracker.conf), ...peers].join('\n')}\n`;
}
