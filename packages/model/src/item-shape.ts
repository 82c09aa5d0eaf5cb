import type {JsonObject} from './json-shape.js';
import {
  ATTRIBUTE_MAP_CLASS, ATTRIBUTE_VALUE_CLASS, toBlobText, toBooleanMember, toListMember, toMapMember, toStringMember,
  toStructureMember,
} from './json-shape.js';
import {decodeBase64} from './base64.js';

/**
 * Checks only the JSON types of a value, all of it, however deep: what the service does before it looks at any
 * content. Needed on the failing path alone, to know whether a wrong type further on is reported first.
 * @throws ModelError `SerializationException`
 */
export function checkAttributeValueShape(json: unknown): void {
  // Values wait on a list and not on the call stack: the text of a request may nest far deeper than that.
  const waiting: unknown[] = [json];
  while (waiting.length > 0) {
    const object = toStructureMember(waiting.pop(), ATTRIBUTE_VALUE_CLASS);
    for (const type of Object.keys(object)) {
      const member = object[type];
      if (member !== null) checkMember(type, member, waiting);
    }
  }
}

function checkMember(type: string, member: unknown, waiting: unknown[]): void {
  switch (type) {
    case 'S': case 'N': toStringMember(member); break;
    case 'B': decodeBase64(toBlobText(member)); break;
    case 'BOOL': case 'NULL': toBooleanMember(member); break;
    case 'SS': case 'NS': present(toListMember(member)).forEach(toStringMember); break;
    case 'BS': present(toListMember(member)).forEach((element) => decodeBase64(toBlobText(element))); break;
    case 'L': for (const element of present(toListMember(member))) waiting.push(element); break;
    case 'M': pushEntries(toMapMember(member, ATTRIBUTE_MAP_CLASS), waiting); break;
    default: break;
  }
}

function pushEntries(map: JsonObject, waiting: unknown[]): void {
  for (const name of Object.keys(map)) if (map[name] !== null) waiting.push(map[name]);
}

function present(list: readonly unknown[]): readonly unknown[] {
  return list.filter((element) => element !== null);
}
