import type {AttributeValue} from '../attribute-value.js';
import {invalidParameters, validationError} from '../errors.js';
import {utf8SizeBytes} from '../item-size.js';
import type {KeySchema} from '../key-schema.js';
import type {ConditionNode, ExpressionKind, OperandNode} from './ast.js';
import {bindCondition} from './bind-condition.js';
import {bindProjection, bindUpdate} from './bind-update.js';
import {Binder, Placeholders} from './binder.js';
import type {CompiledCondition, CompiledKeyCondition, CompiledProjection, CompiledUpdate} from './bound.js';
import {parseCondition} from './condition-parser.js';
import {ExpressionCache} from './expression-cache.js';
import type {Finding} from './findings.js';
import {Findings, expressionError} from './findings.js';
import {toKeyCondition} from './key-condition.js';
import {checkKeyPaths} from './key-paths.js';
import {isTranslatedText} from './translation.js';
import {parseProjection, parseUpdate} from './update-parser.js';

/** The expressions of one request as given, with what stands for their placeholders. */
export interface ExpressionInput {
  readonly condition?: string | undefined;
  readonly update?: string | undefined;
  readonly projection?: string | undefined;
  readonly filter?: string | undefined;
  readonly keyCondition?: string | undefined;
  readonly names?: ReadonlyMap<string, string> | undefined;
  readonly values?: ReadonlyMap<string, AttributeValue> | undefined;
  /** Whether texts may be translations of legacy parameters: true behind the checks of a request, never for a caller's own text. */
  readonly isTranslated?: boolean;
}

/** The same expressions, checked and ready to evaluate. Immutable; may be kept and shared. */
export interface CompiledExpressions {
  readonly condition: CompiledCondition | undefined;
  readonly update: CompiledUpdate | undefined;
  readonly projection: CompiledProjection | undefined;
  readonly filter: CompiledCondition | undefined;
  readonly keyCondition: CompiledKeyCondition | undefined;
}

const EXPRESSION_SIZE_BYTES_MAX = 4096;
/** At 4 KB of text at most, the cache stays below some tens of megabytes even when it is fed on purpose. */
const CACHED_EXPRESSION_COUNT_MAX = 1000;
const sharedCache = new ExpressionCache(CACHED_EXPRESSION_COUNT_MAX);

const NOTHING: CompiledExpressions = {
  condition: undefined, update: undefined, projection: undefined, filter: undefined, keyCondition: undefined,
};

/**
 * Parses and checks all expressions of a request in the service's order: update, condition, key condition,
 * filter, projection, each wholly before the next; then unused names, then unused values. With a schema also
 * the rules that an update leaves the key alone and that no path leads into it.
 * @param cache of parsed texts; results do not depend on it
 * @throws ModelError `ValidationException`
 */
export function compileExpressions(
  input: ExpressionInput, schema?: KeySchema, cache: ExpressionCache = sharedCache,
): CompiledExpressions {
  if (input.names === undefined && input.values === undefined && isWithoutExpressions(input)) return NOTHING;
  const placeholders = new Placeholders(input.names, input.values);
  const context: Context = {placeholders, cache, mayBeTranslated: input.isTranslated === true};
  const update = compileUpdate(input.update, context);
  const condition = compileCondition('ConditionExpression', input.condition, context);
  const keyCondition = compileCondition('KeyConditionExpression', input.keyCondition, context);
  const filter = compileCondition('FilterExpression', input.filter, context);
  const projection = compileProjection(input.projection, context);
  checkUnused('ExpressionAttributeNames', placeholders.unusedNames());
  checkUnused('ExpressionAttributeValues', placeholders.unusedValues());
  const compiled: CompiledExpressions = {
    update, condition, filter, projection,
    // Whether a condition is one on keys is asked last of all.
    keyCondition: keyCondition === undefined ? undefined : toKeyCondition(keyCondition.condition),
  };
  if (schema !== undefined) {
    if (update !== undefined) checkUpdateKeys(update, schema);
    checkKeyPaths(compiled, schema);
  }
  return compiled;
}

function isWithoutExpressions(input: ExpressionInput): boolean {
  return input.condition === undefined && input.update === undefined && input.projection === undefined
    && input.filter === undefined && input.keyCondition === undefined;
}

/** An update may name no key attribute. @throws ModelError `ValidationException` */
export function checkUpdateKeys(update: CompiledUpdate, schema: KeySchema): void {
  for (const {path} of update.actions) {
    if (path[0] === schema.hash.name || path[0] === schema.range?.name) {
      throw invalidParameters(`Cannot update attribute ${path[0]}. This attribute is part of the key`);
    }
  }
}

/** What the expressions of one request share. */
interface Context {
  readonly placeholders: Placeholders;
  readonly cache: ExpressionCache;
  readonly mayBeTranslated: boolean;
}

function compileUpdate(text: string | undefined, context: Context): CompiledUpdate | undefined {
  if (text === undefined) return undefined;
  const isLegacy = checkText('UpdateExpression', text, context);
  const {node, finding} = parsed('UpdateExpression', text, isLegacy, context, parseUpdate);
  return bind('UpdateExpression', context, finding, (binder) => bindUpdate(node, binder, isLegacy));
}

function compileProjection(text: string | undefined, context: Context): CompiledProjection | undefined {
  if (text === undefined) return undefined;
  const isLegacy = checkText('ProjectionExpression', text, context);
  const {node, finding} = parsed('ProjectionExpression', text, isLegacy, context, parseProjection);
  return bind('ProjectionExpression', context, finding, (binder) => bindProjection(node, binder));
}

function compileCondition(
  expression: ExpressionKind, text: string | undefined, context: Context,
): CompiledCondition | undefined {
  if (text === undefined) return undefined;
  const isLegacy = checkText(expression, text, context);
  const {node, finding} = parsed(expression, text, isLegacy, context,
    (body, isTranslated) => parseCondition(expression, body, isTranslated));
  return bind(expression, context, finding, (binder) => ({
    condition: bindCondition(node, binder),
    topLevelNames: expression === 'FilterExpression' ? topLevelNames(node, binder) : [],
    isLegacy,
  }));
}

/** Parses a text, or remembers it. Only translations are ever too long to be kept. */
function parsed<Parsed extends object>(
  expression: ExpressionKind, text: string, isLegacy: boolean, {cache}: Context,
  parse: (body: string, isTranslated: boolean) => Parsed,
): Parsed {
  const run = (): Parsed => (isLegacy ? parse(text.slice(1), true) : parse(text, false));
  return text.length > EXPRESSION_SIZE_BYTES_MAX ? run() : cache.get(expression, text, run);
}

function bind<Bound>(
  expression: ExpressionKind, {placeholders}: Context, finding: Finding | undefined, run: (binder: Binder) => Bound,
): Bound {
  const findings = new Findings(expression, finding);
  const bound = run(new Binder(placeholders, findings));
  findings.throwFirst();
  return bound;
}

/** @returns whether the text is a translation of legacy parameters, which has no limits */
function checkText(expression: ExpressionKind, text: string, {mayBeTranslated}: Context): boolean {
  if (text === '') throw expressionError(expression, 'The expression can not be empty;');
  if (mayBeTranslated && isTranslatedText(text)) return true;
  if (text.length * 3 <= EXPRESSION_SIZE_BYTES_MAX) return false;
  const sizeBytes = utf8SizeBytes(text);
  if (sizeBytes > EXPRESSION_SIZE_BYTES_MAX) {
    throw expressionError(expression,
      `Expression size has exceeded the maximum allowed size; expression size: ${sizeBytes}`);
  }
  return false;
}

function checkUnused(parameter: string, unused: readonly string[]): void {
  if (unused.length > 0) {
    throw validationError(`Value provided in ${parameter} unused in expressions: keys: {${unused.join(', ')}}`);
  }
}

function topLevelNames(node: ConditionNode, binder: Binder): readonly string[] {
  switch (node.kind) {
    case 'and': case 'or': return node.conditions.flatMap((child) => topLevelNames(child, binder));
    case 'not': return topLevelNames(node.condition, binder);
    case 'compare': return [node.left, node.right].flatMap((operand) => operandNames(operand, binder));
    case 'between': return [node.operand, node.lower, node.upper].flatMap((operand) => operandNames(operand, binder));
    case 'in': return [node.operand, ...node.candidates].flatMap((operand) => operandNames(operand, binder));
    case 'call': return operandNames(node, binder);
  }
}

function operandNames(node: OperandNode, binder: Binder): readonly string[] {
  switch (node.kind) {
    case 'path': {
      const [name] = binder.path(node);
      return typeof name === 'string' ? [name] : [];
    }
    case 'value': return [];
    case 'call': return node.operands.flatMap((operand) => operandNames(operand, binder));
    case 'arithmetic': return [node.left, node.right].flatMap((operand) => operandNames(operand, binder));
  }
}
