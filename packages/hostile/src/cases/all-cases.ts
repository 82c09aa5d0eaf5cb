import type {HostileCase} from '../hostile-case.js';
import {AUTHORIZATION_CASES} from './authorization.js';
import {BODY_CASES} from './body.js';
import {EXPRESSION_CASES} from './expressions.js';
import {FRAMING_CASES} from './framing.js';
import {NAME_CASES} from './names.js';
import {SOCKET_CASES} from './sockets.js';

/** Every hand-written case, row by row. */
export const ALL_CASES: readonly HostileCase[] = [...SOCKET_CASES, ...FRAMING_CASES, ...BODY_CASES, ...NAME_CASES, ...EXPRESSION_CASES, ...AUTHORIZATION_CASES];
