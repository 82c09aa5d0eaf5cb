import type {AttributeValue} from '../attribute-value.js';
import {ModelError, validationError} from '../errors.js';
import type {CompiledExpressions, ExpressionInput} from '../expressions/compile.js';
import {compileExpressions} from '../expressions/compile.js';
import {documentPathMessage, operandCountMessage, operandTypeMessage} from '../expressions/functions.js';
import {toTranslatedText} from '../expressions/translation.js';
import type {RequestExpressions} from '../operations/parameters.js';
import type {CallOperand, Condition, Operand, PathOperand, StatementPath, UpdateClause} from './statement-ast.js';
import {errorAt} from './statement-errors.js';

/** The operand before IN is not counted. */
const IN_CANDIDATE_COUNT_MAX = 100;
const TYPE_NAMES = ['N', 'BS', 'L', 'B', 'NULL', 'M', 'S', 'SS', 'NS', 'BOOL'] as const;
/** How many operands the functions of a condition take. */
const CONDITION_FUNCTIONS: ReadonlyMap<string, number> = new Map([
  ['attribute_exists', 1], ['attribute_not_exists', 1], ['attribute_type', 2], ['begins_with', 2], ['contains', 2],
]);

/** Expressions of the item operations, as texts with their placeholders. */
export interface WrittenExpressions {
  readonly condition?: string | undefined;
  readonly update?: string | undefined;
  readonly filter?: string | undefined;
  readonly projection?: string | undefined;
}

/**
 * Writes the parts of a statement as expressions of the item operations, so that one parser, one evaluator and one form
 * on the wire serve both. Names and values become numbered placeholders: statements of one form share one parsed tree.
 */
export class ExpressionWriter {
  readonly #statement: string;
  readonly #names = new Map<string, string>();
  readonly #placeholders = new Map<string, string>();
  readonly #values = new Map<string, AttributeValue>();

  /** @param statement its text, for messages that point into it */
  constructor(statement: string) {
    this.#statement = statement;
  }

  /** @throws ModelError `ValidationException` */
  condition(condition: Condition): string {
    switch (condition.kind) {
      case 'and': return condition.conditions.map((member) => (member.kind === 'or' ? `(${this.condition(member)})` : this.condition(member))).join(' AND ');
      case 'or': return condition.conditions.map((member) => this.condition(member)).join(' OR ');
      case 'not': {
        const inner = this.condition(condition.condition);
        return condition.condition.kind === 'and' || condition.condition.kind === 'or' ? `NOT (${inner})` : `NOT ${inner}`;
      }
      case 'compare': return `${this.#operand(condition.left)} ${condition.op} ${this.#operand(condition.right)}`;
      case 'between': return `${this.#operand(condition.operand)} BETWEEN ${this.#operand(condition.lower)} AND ${this.#operand(condition.upper)}`;
      case 'in': {
        const {candidates} = condition;
        if (candidates.length === 0) throw validationError('IN expression must have at least one value');
        if (candidates.length > IN_CANDIDATE_COUNT_MAX) {
          throw validationError(`The IN operator is provided with too many operands; number of operands: ${candidates.length + 1}`);
        }
        return `${this.#operand(condition.operand)} IN (${candidates.map((candidate) => this.#operand(candidate)).join(', ')})`;
      }
      case 'missing': return `attribute_not_exists(${this.#operand(condition.operand)})`;
      case 'type': {
        const tests = condition.types.map((type) => `attribute_type(${this.#operand(condition.operand)}, ${this.value({kind: 'S', value: type})})`);
        return tests.length === 1 ? tests.join('') : `(${tests.join(' OR ')})`;
      }
      case 'call': return this.#conditionCall(condition);
    }
  }

  /** @throws ModelError `ValidationException` */
  update(clauses: readonly UpdateClause[]): string {
    const sections: Record<'SET' | 'REMOVE' | 'ADD' | 'DELETE', string[]> = {SET: [], REMOVE: [], ADD: [], DELETE: []};
    for (const clause of clauses) {
      const target = this.path(clause.target.path);
      if (clause.kind === 'remove') {
        sections.REMOVE.push(target);
      } else if (clause.value.kind === 'call' && (clause.value.name === 'set_add' || clause.value.name === 'set_delete')) {
        sections[clause.value.name === 'set_add' ? 'ADD' : 'DELETE'].push(`${target} ${this.value(this.#setOperand(clause.target, clause.value))}`);
      } else {
        sections.SET.push(`${target} = ${this.#assigned(clause.value)}`);
      }
    }
    return Object.entries(sections).filter(([, actions]) => actions.length > 0).map(([section, actions]) => `${section} ${actions.join(', ')}`).join(' ');
  }

  /** Attributes as a whole. */
  attributes(names: readonly string[]): string {
    return names.map((name) => this.#name(name)).join(', ');
  }

  path(path: StatementPath): string {
    let text = '';
    for (const element of path) text += typeof element === 'number' ? `[${element}]` : `${text === '' ? '' : '.'}${this.#name(element)}`;
    return text;
  }

  value(value: AttributeValue): string {
    const placeholder = `:v${this.#values.size}`;
    this.#values.set(placeholder, value);
    return placeholder;
  }

  /** What was written, for a request on the API's own surface, with its limits. */
  input(written: WrittenExpressions): ExpressionInput {
    return {...written, names: this.#names.size === 0 ? undefined : this.#names, values: this.#values.size === 0 ? undefined : this.#values};
  }

  /**
   * The same checked. Conditions are measured as part of the statement, so the limits of expression texts do not count.
   * @throws ModelError `ValidationException`
   */
  compile({condition, update, filter, projection}: WrittenExpressions): RequestExpressions {
    const input: ExpressionInput = {
      ...this.input({
        condition: condition === undefined ? undefined : toTranslatedText(condition), update,
        filter: filter === undefined ? undefined : toTranslatedText(filter), projection: projection === undefined ? undefined : toTranslatedText(projection),
      }),
      isTranslated: true,
    };
    return {input, compiled: compileUnnamed(input)};
  }

  #name(name: string): string {
    const known = this.#placeholders.get(name);
    if (known !== undefined) return known;
    const placeholder = `#n${this.#names.size}`;
    this.#names.set(placeholder, name);
    this.#placeholders.set(name, placeholder);
    return placeholder;
  }

  #operand(operand: Operand): string {
    switch (operand.kind) {
      case 'path': return this.path(operand.path);
      case 'value': return this.value(operand.value);
      case 'arithmetic': throw errorAt('Unsupported operation in where clause', this.#statement, operand.at);
      case 'call':
        if (operand.name !== 'size') throw this.#misused(operand);
        this.#checkOperandCount(operand, 1);
        return `size(${operand.operands.map((inner) => this.#operand(inner)).join(', ')})`;
    }
  }

  #conditionCall(call: CallOperand): string {
    const count = CONDITION_FUNCTIONS.get(call.name);
    if (count === undefined) throw this.#misused(call);
    this.#checkOperandCount(call, count);
    const [first, second] = call.operands;
    if (count === 1 && first?.kind !== 'path') throw validationError(documentPathMessage(call.name));
    if (call.name === 'attribute_type' && second?.kind === 'value') checkTypeName(second.value);
    return `${call.name}(${call.operands.map((operand) => this.#operand(operand)).join(', ')})`;
  }

  /** The right side of SET: a term, or a sum or difference of two. */
  #assigned(operand: Operand): string {
    if (operand.kind !== 'arithmetic') return this.#term(operand);
    if (operand.left.kind === 'arithmetic' || operand.right.kind === 'arithmetic') {
      throw errorAt('Only one arithmetic operation is supported in an assignment', this.#statement, operand.at);
    }
    return `${this.#term(operand.left)} ${operand.op} ${this.#term(operand.right)}`;
  }

  #term(operand: Operand): string {
    switch (operand.kind) {
      case 'path': return this.path(operand.path);
      case 'value': return this.value(operand.value);
      case 'arithmetic': throw errorAt('Unsupported operation inside of a function', this.#statement, operand.at);
      case 'call':
        if (operand.name !== 'list_append' && operand.name !== 'if_not_exists') throw this.#misused(operand);
        this.#checkOperandCount(operand, 2);
        return `${operand.name}(${operand.operands.map((inner) => this.#term(inner)).join(', ')})`;
    }
  }

  /** Set functions change their own first argument. @returns the members to add or delete */
  #setOperand(target: PathOperand, call: CallOperand): AttributeValue {
    const name = call.name.toUpperCase();
    const [first, second] = call.operands;
    if (call.operands.length !== 2 || first === undefined || second === undefined) throw errorAt(`${name} must have exactly two arguments`, this.#statement, call.at);
    if (first.kind !== 'path' || !isSamePath(first.path, target.path)) {
      throw errorAt(`The first argument to ${name} must equal the assignment value`, this.#statement, call.at);
    }
    const value = second.kind === 'value' ? second.value : undefined;
    if (value === undefined || (value.kind !== 'SS' && value.kind !== 'NS' && value.kind !== 'BS')) {
      throw errorAt(`The second argument to ${name} must be a value with type SET`, this.#statement, first.at);
    }
    return value;
  }

  #checkOperandCount(call: CallOperand, count: number): void {
    if (call.operands.length !== count) throw validationError(operandCountMessage(call.name, call.operands.length));
  }
  /** A function where it has no meaning is no function to the service. */
  #misused(call: CallOperand): Error {
    return errorAt(`Unrecognized function: ${call.name}`, this.#statement, call.at);
  }
}

function checkTypeName(value: AttributeValue): void {
  if (value.kind !== 'S') throw validationError(operandTypeMessage('attribute_type', value.kind));
  if (!TYPE_NAMES.some((name) => name === value.value)) {
    throw validationError(`Invalid attribute type name found; type: ${value.value}, valid types: {${TYPE_NAMES.join(',')}}`);
  }
}

export function isSamePath(a: StatementPath, b: StatementPath): boolean {
  return a.length === b.length && a.every((element, i) => element === b[i]);
}

/** A caller that wrote no expression is not told which one is wrong. */
const EXPRESSION_PREFIX = /^Invalid (?:Update|Condition|Filter|Projection)Expression: /;

function compileUnnamed(input: ExpressionInput): CompiledExpressions {
  try {
    return compileExpressions(input);
  } catch (cause) {
    if (!(cause instanceof ModelError)) throw cause;
    throw new ModelError({...cause.failure, message: cause.failure.message?.replace(EXPRESSION_PREFIX, '')}, {cause});
  }
}
