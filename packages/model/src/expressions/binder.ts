import type {AttributeType, AttributeValue} from '../attribute-value.js';
import type {CallNode, OperandNode, PathNode, ValueNode} from './ast.js';
import type {BoundOperand, BoundPath} from './bound.js';
import type {Findings} from './findings.js';
import {FUNCTIONS, documentPathMessage, operandCountMessage, operandTypeMessage} from './functions.js';

/** Names and values of one request, and which of them its expressions used. Shared by all its expressions. */
export class Placeholders {
  readonly #names: ReadonlyMap<string, string>;
  readonly #values: ReadonlyMap<string, AttributeValue>;
  readonly #usedNames = new Set<string>();
  readonly #usedValues = new Set<string>();
  constructor(names: ReadonlyMap<string, string> | undefined, values: ReadonlyMap<string, AttributeValue> | undefined) {
    this.#names = names ?? new Map();
    this.#values = values ?? new Map();
  }
  name(placeholder: string): string | undefined {
    this.#usedNames.add(placeholder);
    return this.#names.get(placeholder);
  }
  value(placeholder: string): AttributeValue | undefined {
    this.#usedValues.add(placeholder);
    return this.#values.get(placeholder);
  }
  unusedNames(): readonly string[] {
    return [...this.#names.keys()].filter((name) => !this.#usedNames.has(name));
  }
  unusedValues(): readonly string[] {
    return [...this.#values.keys()].filter((name) => !this.#usedValues.has(name));
  }
}

/** Stands in for a value that is not defined, so that looking for other mistakes can go on. */
const UNDEFINED_VALUE: AttributeValue = {kind: 'NULL'};

/** Fills names and values into one expression's syntax, reporting every static mistake. */
export class Binder {
  readonly findings: Findings;
  readonly #placeholders: Placeholders;
  constructor(placeholders: Placeholders, findings: Findings) {
    this.#placeholders = placeholders;
    this.findings = findings;
  }

  path(node: PathNode): BoundPath {
    return node.elements.map((element) => {
      switch (element.kind) {
        case 'name': return element.name;
        case 'index': return element.index;
        case 'placeholder': {
          const name = this.#placeholders.name(element.name);
          if (name !== undefined) return name;
          this.findings.report('name',
            `An expression attribute name used in the document path is not defined; attribute name: ${element.name}`);
          return element.name;
        }
      }
    });
  }

  /** @returns the value, and whether it is one of the request's: an undefined one is never judged further */
  #value(node: ValueNode): AttributeValue {
    const value = this.#placeholders.value(node.name);
    if (value !== undefined) return value;
    this.findings.report('value',
      `An expression attribute value used in expression is not defined; attribute value: ${node.name}`);
    return UNDEFINED_VALUE;
  }

  operand(node: OperandNode): BoundOperand {
    switch (node.kind) {
      case 'path': return {kind: 'path', path: this.path(node)};
      case 'value': return {kind: 'literal', value: this.#value(node)};
      case 'call': return this.#call(node);
      case 'arithmetic': {
        const left = this.operand(node.left);
        const right = this.operand(node.right);
        this.requireType(node.op, left, ['N']);
        this.requireType(node.op, right, ['N']);
        return {kind: 'arithmetic', op: node.op, left, right};
      }
    }
  }

  #call(node: CallNode): BoundOperand {
    const operands = node.operands.map((operand) => this.operand(operand));
    const [first, second] = operands;
    const rest: BoundOperand = {kind: 'literal', value: UNDEFINED_VALUE};
    if (!this.checkOperandCount(node) || first === undefined) return rest;
    switch (node.name) {
      case 'size':
        this.refuseType('size', first, ['N', 'BOOL', 'NULL']);
        return {kind: 'size', operand: first};
      case 'if_not_exists':
        if (first.kind !== 'path' || second === undefined) {
          this.findings.report('operand-type', documentPathMessage(node.name));
          return rest;
        }
        return {kind: 'if_not_exists', path: first.path, fallback: second};
      case 'list_append':
        if (second === undefined) return rest;
        this.requireType(node.name, first, ['L']);
        this.requireType(node.name, second, ['L']);
        return {kind: 'list_append', left: first, right: second};
      default:
        // A function that cannot be an operand was reported by the parser already.
        return rest;
    }
  }

  /** Reports a wrong count. @returns whether the function exists and has its operands */
  checkOperandCount(node: CallNode): boolean {
    const rule = FUNCTIONS.get(node.name);
    if (rule === undefined) return false;
    if (node.operands.length === rule.operandCount) return true;
    this.findings.report('operand-count', operandCountMessage(node.name, node.operands.length));
    return false;
  }

  /** Reports an operand whose type is known beforehand and not one of `types`. */
  requireType(operator: string, operand: BoundOperand, types: readonly AttributeType[]): void {
    const type = knownType(operand);
    if (type !== undefined && !types.includes(type)) {
      this.findings.report('operand-type', operandTypeMessage(operator, type));
    }
  }

  /** Reports an operand whose type is known beforehand and one of `types`. */
  refuseType(operator: string, operand: BoundOperand, types: readonly AttributeType[]): void {
    const type = knownType(operand);
    if (type !== undefined && types.includes(type)) {
      this.findings.report('operand-type', operandTypeMessage(operator, type));
    }
  }
}

/** The type an operand has whatever the item holds; undefined when the item decides. */
export function knownType(operand: BoundOperand): AttributeType | undefined {
  switch (operand.kind) {
    case 'literal': return operand.value.kind;
    case 'size': case 'arithmetic': return 'N';
    case 'list_append': return 'L';
    case 'path': case 'if_not_exists': return undefined;
  }
}
