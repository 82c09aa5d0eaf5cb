import type {ItemJson} from './attribute-value.js';
import type {Call, Outcome} from './history.js';
import type {Change, Condition, Operation} from './operations.js';

const TEXT_LENGTH_MAX = 240;
function shortened(text: string): string {
  return text.length <= TEXT_LENGTH_MAX ? text : `${text.slice(0, TEXT_LENGTH_MAX)}…`;
}

/** An item on one line; `none` where there is none. */
export function describeItem(item: ItemJson | undefined): string {
  return item === undefined ? 'none' : shortened(JSON.stringify(item));
}
function describeCondition(condition: Condition | undefined): string {
  if (condition === undefined) return '';
  const part = (one: Condition): string => {
    switch (one.kind) {
      case 'all': return one.of.map(part).join(' and ');
      case 'exists': return `${one.attribute} exists`;
      case 'not-exists': return `${one.attribute} is missing`;
      case 'equals': return `${one.attribute} = ${JSON.stringify(one.value)}`;
      case 'differs': return `${one.attribute} <> ${JSON.stringify(one.value)}`;
      case 'less': return `${one.attribute} < ${JSON.stringify(one.value)}`;
      case 'at-least': return `${one.attribute} >= ${JSON.stringify(one.value)}`;
    }
  };
  return ` if ${part(condition)}`;
}
function describeChange(change: Change): string {
  switch (change.kind) {
    case 'set': return `${change.attribute} = ${JSON.stringify(change.value)}`;
    case 'set-if-missing': return `${change.attribute} ?= ${JSON.stringify(change.value)}`;
    case 'increment': case 'add': return `${change.attribute} += ${change.by}`;
    case 'add-to-set': return `${change.attribute} joins ${change.members.join(' ')}`;
    case 'append': return `${change.attribute} append ${JSON.stringify(change.values)}`;
    case 'remove': return `remove ${change.attribute}`;
  }
}
/** An operation on one line. */
export function describeOperation(operation: Operation): string {
  switch (operation.kind) {
    case 'put': return shortened(`put ${JSON.stringify(operation.item)}${describeCondition(operation.condition)}`);
    case 'update': return shortened(`update ${operation.changes.map(describeChange).join(', ')}${describeCondition(operation.condition)}`);
    case 'delete': return `delete${describeCondition(operation.condition)}`;
    case 'get': return operation.isStrong ? 'get' : 'eventual get';
    case 'transact-write': return shortened(`transact-write of ${operation.parts.map((part) => `${part.kind} ${JSON.stringify(part.key)}`).join(', ')}`);
    case 'transact-get': return shortened(`transact-get of ${operation.keys.map((key) => JSON.stringify(key)).join(', ')}`);
    case 'scan': return `${operation.isStrong ? 'strong' : 'eventual'} scan${operation.index === undefined ? '' : ` of ${operation.index}`}`;
    case 'list-append':
      return shortened(operation.parts.map((part) => {
        const list = Object.values(part.key).map((value) => Object.values(value).join('')).join('/');
        switch (part.kind) {
          case 'read': return `read ${list}`;
          case 'append': return `append ${list} ${part.value}${part.expected === undefined ? '' : ` to [${part.expected.join(' ')}]`}`;
          case 'check': return `check ${list} is [${part.expected.join(' ')}]`;
        }
      }).join(', '));
  }
}
/** An outcome on one line. */
export function describeOutcome(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'condition-failed': return outcome.hasImage ? `refused, saw ${describeItem(outcome.item)}` : 'refused';
    case 'no-effect': return `no effect (${outcome.error})`;
    case 'unknown': return `unknown (${outcome.error})`;
    case 'ok':
      switch (outcome.answer.kind) {
        case 'written': return 'ok';
        case 'image': return describeItem(outcome.answer.item);
        case 'images': return shortened(outcome.answer.items.map(describeItem).join(', '));
        case 'lists': return outcome.answer.lists.every((list) => list === undefined) ? 'ok'
          : shortened(outcome.answer.lists.map((list) => (list === undefined ? '-' : `[${list.join(' ')}]`)).join(', '));
        case 'rows': return `${outcome.answer.items.length} rows`;
      }
  }
}
/** A call on one line: when, who, where, what, and what came of it. */
export function describeCall(call: Call): string {
  const end = call.completedMs === Infinity ? '…' : call.completedMs.toFixed(3);
  return `[${call.invokedMs.toFixed(3)} .. ${end}] process ${call.process} at ${call.node}: ${describeOperation(call.operation)} -> ${describeOutcome(call.outcome)}`;
}
