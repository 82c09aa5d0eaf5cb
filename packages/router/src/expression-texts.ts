import {itemText} from '@murmuration/model';
import type {ExpressionInput} from '@murmuration/model';
import type {ExpressionTexts} from '@murmuration/partition';

/** The expressions of a write as its partition's leader takes them; undefined when there are none. */
export function writeExpressions(input: ExpressionInput): ExpressionTexts | undefined {
  const {condition, update} = input;
  if (condition === undefined && update === undefined) return undefined;
  return {condition, update, filter: undefined, projection: undefined, ...placeholders(input, () => true)};
}

/**
 * Filter and projection of a range read. Placeholders of the key condition stay behind: a partition refuses names
 * and values that nothing uses, as the service does.
 */
export function rangeExpressions(input: ExpressionInput): ExpressionTexts | undefined {
  const {filter, projection} = input;
  if (filter === undefined && projection === undefined) return undefined;
  const used = new Set([...placeholdersIn(filter), ...placeholdersIn(projection)]);
  return {condition: undefined, update: undefined, filter, projection, ...placeholders(input, (placeholder) => used.has(placeholder))};
}

/** Expressions hold no quoted texts, so a placeholder is wherever its sign is. */
function placeholdersIn(text: string | undefined): readonly string[] {
  return text?.match(/[#:][A-Za-z0-9_]+/g) ?? [];
}

function placeholders(input: ExpressionInput, isUsed: (placeholder: string) => boolean): Pick<ExpressionTexts, 'namesJson' | 'valuesJson'> {
  const names = [...(input.names ?? [])].filter(([placeholder]) => isUsed(placeholder));
  const values = [...(input.values ?? [])].filter(([placeholder]) => isUsed(placeholder));
  return {
    namesJson: names.length === 0 ? '' : `{${names.map(([placeholder, name]) => `${JSON.stringify(placeholder)}:${JSON.stringify(name)}`).join(',')}}`,
    valuesJson: values.length === 0 ? '' : itemText(new Map(values)),
  };
}
