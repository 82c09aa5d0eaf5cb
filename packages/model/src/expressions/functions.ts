/** What each function takes and where it may stand. */
export interface FunctionRule {
  readonly use: 'condition' | 'operand' | 'set';
  readonly operandCount: number;
}

/** By exact name: function names are case-sensitive. */
export const FUNCTIONS: ReadonlyMap<string, FunctionRule> = new Map<string, FunctionRule>([
  ['attribute_exists', {use: 'condition', operandCount: 1}],
  ['attribute_not_exists', {use: 'condition', operandCount: 1}],
  ['attribute_type', {use: 'condition', operandCount: 2}],
  ['begins_with', {use: 'condition', operandCount: 2}],
  ['contains', {use: 'condition', operandCount: 2}],
  ['size', {use: 'operand', operandCount: 1}],
  ['if_not_exists', {use: 'set', operandCount: 2}],
  ['list_append', {use: 'set', operandCount: 2}],
]);

export function misuseMessage(name: string): string {
  return `The function is not allowed to be used this way in an expression; function: ${name}`;
}
export function operandCountMessage(name: string, count: number): string {
  return `Incorrect number of operands for operator or function; operator or function: ${name}, number of operands: ${count}`;
}
export function operandTypeMessage(name: string, type: string): string {
  return `Incorrect operand type for operator or function; operator or function: ${name}, operand type: ${type}`;
}
export function documentPathMessage(name: string): string {
  return `Operator or function requires a document path; operator or function: ${name}`;
}
