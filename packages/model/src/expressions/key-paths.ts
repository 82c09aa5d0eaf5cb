import {validationError} from '../errors.js';
import type {KeySchema} from '../key-schema.js';
import type {AttributeDefinition} from '../table-descriptor.js';
import type {BoundCondition, BoundOperand, BoundPath} from './bound.js';
import type {CompiledExpressions} from './compile.js';

/**
 * No path may lead into a key attribute, whose value is never a list or a map.
 * @param definitions the table's: attributes that are defined are keys of the table or of an index
 * @throws ModelError `ValidationException`
 */
export function checkKeyPaths(compiled: CompiledExpressions, schema: KeySchema, definitions: readonly AttributeDefinition[] = []): void {
  const check = (path: BoundPath): void => {
    if (path.length > 1) checkKeyPath(path, schema, definitions);
  };
  if (compiled.update !== undefined) {
    for (const action of compiled.update.actions) {
      check(action.path);
      if (action.kind === 'set') visitOperand(action.value, check);
    }
  }
  if (compiled.condition !== undefined) visitCondition(compiled.condition.condition, check);
  if (compiled.filter !== undefined) visitCondition(compiled.filter.condition, check);
  if (compiled.projection !== undefined) compiled.projection.paths.forEach(check);
}

function checkKeyPath(path: BoundPath, schema: KeySchema, definitions: readonly AttributeDefinition[]): void {
  const name = path[0] as string;
  if (isKeyOf(schema, name)) throw nestedKey(`Key: ${name}`);
  if (definitions.some(({AttributeName}) => AttributeName === name)) throw nestedKey(`IndexKey: ${name}`);
}

function isKeyOf(schema: KeySchema, name: string): boolean {
  return schema.hash.name === name || schema.range?.name === name;
}

function nestedKey(key: string): Error {
  return validationError(`Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: ${key}`);
}

function visitCondition(condition: BoundCondition, visit: (path: BoundPath) => void): void {
  switch (condition.kind) {
    case 'and': case 'or': for (const child of condition.conditions) visitCondition(child, visit); break;
    case 'not': visitCondition(condition.condition, visit); break;
    case 'compare': visitOperand(condition.left, visit); visitOperand(condition.right, visit); break;
    case 'between':
      for (const operand of [condition.operand, condition.lower, condition.upper]) visitOperand(operand, visit);
      break;
    case 'in':
      visitOperand(condition.operand, visit);
      for (const operand of condition.candidates) visitOperand(operand, visit);
      break;
    case 'exists': visit(condition.path); break;
    case 'attribute_type': visitOperand(condition.operand, visit); break;
    case 'begins_with': case 'contains': visitOperand(condition.operand, visit); visitOperand(condition.sought, visit); break;
  }
}

function visitOperand(operand: BoundOperand, visit: (path: BoundPath) => void): void {
  switch (operand.kind) {
    case 'path': visit(operand.path); break;
    case 'literal': break;
    case 'size': visitOperand(operand.operand, visit); break;
    case 'if_not_exists': visit(operand.path); visitOperand(operand.fallback, visit); break;
    case 'list_append': case 'arithmetic': visitOperand(operand.left, visit); visitOperand(operand.right, visit); break;
  }
}
