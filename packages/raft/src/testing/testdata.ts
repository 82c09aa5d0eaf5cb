import {confChangeHandler} from './conf-change-commands.js';
import {interactionHandler} from './interaction-commands.js';
import {quorumHandler} from './quorum-commands.js';
import {parseTranscript, runTranscript} from './transcript.js';
import type {TranscriptHandler, TranscriptMismatch} from './transcript.js';

const QUORUM_COMMANDS = ['committed', 'vote'];
const CONF_CHANGE_COMMANDS = ['simple', 'enter-joint', 'leave-joint'];

/** Runs a transcript of any kind, told apart by the commands in it, in a world of its own. */
export function runTestdata(text: string): {readonly mismatch: TranscriptMismatch | undefined; readonly rewritten: string} {
  return runTranscript(text, handlerFor(text));
}

function handlerFor(text: string): TranscriptHandler {
  for (const part of parseTranscript(text)) {
    if (!('command' in part)) continue;
    if (QUORUM_COMMANDS.includes(part.command)) return quorumHandler();
    if (CONF_CHANGE_COMMANDS.includes(part.command)) return confChangeHandler();
  }
  return interactionHandler();
}
