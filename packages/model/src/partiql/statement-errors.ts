import type {ModelError} from '../errors.js';
import {validationError} from '../errors.js';
import type {Span} from './statement-ast.js';

/** @param detail empty where the service says no more: for what its lexer cannot read */
export function notWellFormed(detail: string): ModelError {
  return validationError(`Statement wasn't well formed, can't be processed: ${detail}`);
}

/** A place as the service writes it: line, column and length, lines and columns from 1. */
export function describeSpan(statement: string, {from, length}: Span): string {
  let line = 1;
  let lineFrom = 0;
  for (let at = statement.indexOf('\n'); at >= 0 && at < from; at = statement.indexOf('\n', at + 1)) {
    line += 1;
    lineFrom = at + 1;
  }
  return `${line}:${from - lineFrom + 1}:${length}`;
}

export function errorAt(message: string, statement: string, at: Span): ModelError {
  return validationError(`${message} at ${describeSpan(statement, at)}`);
}
