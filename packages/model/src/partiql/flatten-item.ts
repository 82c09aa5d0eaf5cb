import type {AttributeValue, Item} from '../attribute-value.js';
import type {StatementPath} from './statement-ast.js';

/** The name under which a path comes back: its last name, with the list indexes behind it. */
export function columnName(path: StatementPath): string {
  let from = path.length - 1;
  while (from > 0 && typeof path[from] === 'number') from -= 1;
  return path.slice(from).map((element) => (typeof element === 'number' ? `[${element}]` : element)).join('');
}

/**
 * The row a SELECT of document paths gives: what each path leads to, side by side, where it leads to anything.
 * Of two paths with one name the later one is kept.
 */
export function flattenItem(paths: readonly StatementPath[], item: Item): Item {
  const row = new Map<string, AttributeValue>();
  for (const path of paths) {
    const value = valueAt(item, path);
    if (value !== undefined) row.set(columnName(path), value);
  }
  return row;
}

function valueAt(item: Item, [name, ...rest]: StatementPath): AttributeValue | undefined {
  let value = typeof name === 'string' ? item.get(name) : undefined;
  for (const element of rest) {
    if (typeof element === 'number') value = value?.kind === 'L' ? value.values[element] : undefined;
    else value = value?.kind === 'M' ? value.entries.get(element) : undefined;
  }
  return value;
}
