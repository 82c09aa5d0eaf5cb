import type {AttributeValue, Item} from './attribute-value.js';
import {decodeBase64} from './base64.js';
import {invalidParameters} from './errors.js';
import {
  checkAttributeName, checkDepth, noType, parseAttributeValue, parseBinarySet, parseItem, parseNumberSet, parseStringSet, severalTypes, valueText,
} from './item-json.js';
import {numberSizeBytes, utf8SizeBytes, valueSizeBytes} from './item-size.js';
import type {JsonObject} from './json-shape.js';
import {ATTRIBUTE_MAP_CLASS, ATTRIBUTE_VALUE_CLASS, toBlobText, toBooleanMember, toListMember, toMapMember, toStringMember, toStructureMember} from './json-shape.js';
import {parseNumber} from './number.js';
import {RequestItem} from './request-item.js';
import type {CheckedReader} from './request-item.js';

/** JSON that was checked is read again by the plain parser, one attribute at a time. */
const READER: CheckedReader = {value: parseAttributeValue, all: (json) => parseItem(json)};

/**
 * Reads an attribute map of a request with every rule of parseItem and in its order, but makes no values: one pass checks,
 * measures and writes the canonical text. parseItem is the plain version of the same, and its judge in the tests.
 * @throws ModelError as parseItem does
 */
export function readItem(json: unknown): Item {
  const map = toMapMember(json, ATTRIBUTE_MAP_CLASS);
  const scan = new ItemScan();
  const text = scan.entries(map, 0);
  // Two names may have become one: the plain parser knows which of them stays.
  return scan.isPlainNeeded ? parseItem(map) : new RequestItem(map, {text, sizeBytes: scan.sizeBytes, attributeCount: scan.attributeCount}, READER);
}

/** One pass over one map. What it counts is the top map's when it is over. */
class ItemScan {
  sizeBytes = 0;
  /** Of the map that was finished last. */
  attributeCount = 0;
  isPlainNeeded = false;

  /** @param depth how many lists and maps enclose the values of this map @returns its canonical text */
  entries(json: JsonObject, depth: number): string {
    let text = '{';
    let count = 0;
    for (const name of Object.keys(json)) {
      const value = json[name];
      if (value === null) continue;
      if (checkAttributeName(name) !== name) this.isPlainNeeded = true;
      this.sizeBytes += utf8SizeBytes(name);
      text += `${count === 0 ? '' : ','}${JSON.stringify(name)}:${this.#value(value, depth)}`;
      count += 1;
    }
    this.attributeCount = count;
    return `${text}}`;
  }

  #value(json: unknown, depth: number): string {
    const object = toStructureMember(json, ATTRIBUTE_VALUE_CLASS);
    let text: string | undefined;
    let typeCount = 0;
    for (const type of Object.keys(object)) {
      const member = object[type];
      if (member === null) continue;
      const found = this.#member(type, member, depth);
      if (found === undefined) continue;
      text = found;
      typeCount += 1;
    }
    if (text === undefined) throw noType();
    if (typeCount > 1) throw severalTypes();
    return text;
  }

  /** @returns undefined for a member that is no type */
  #member(type: string, member: unknown, depth: number): string | undefined {
    switch (type) {
      case 'S': {
        const value = toStringMember(member);
        this.sizeBytes += utf8SizeBytes(value);
        return `{"S":${JSON.stringify(value)}}`;
      }
      case 'N': {
        const value = parseNumber(toStringMember(member)).text;
        this.sizeBytes += numberSizeBytes(value);
        return `{"N":"${value}"}`;
      }
      case 'B': {
        // Strict base64 has one text for each sequence of bytes: the given one.
        const value = toBlobText(member);
        this.sizeBytes += decodeBase64(value).length;
        return `{"B":"${value}"}`;
      }
      case 'BOOL':
        this.sizeBytes += 1;
        return toBooleanMember(member) ? '{"BOOL":true}' : '{"BOOL":false}';
      case 'NULL':
        this.sizeBytes += 1;
        if (!toBooleanMember(member)) throw invalidParameters('Null attribute value types must have the value of true');
        return '{"NULL":true}';
      case 'SS': return this.#set({kind: 'SS', values: parseStringSet(toListMember(member))});
      case 'NS': return this.#set({kind: 'NS', values: parseNumberSet(toListMember(member))});
      case 'BS': return this.#set({kind: 'BS', values: parseBinarySet(toListMember(member))});
      case 'L': {
        checkDepth(depth);
        const list = toListMember(member);
        this.sizeBytes += 3 + list.length;
        let text = '{"L":[';
        for (let i = 0; i < list.length; i += 1) text += (i === 0 ? '' : ',') + this.#value(list[i] ?? {}, depth + 1);
        return `${text}]}`;
      }
      case 'M': {
        checkDepth(depth);
        const text = this.entries(toMapMember(member, ATTRIBUTE_MAP_CLASS), depth + 1);
        this.sizeBytes += 3 + this.attributeCount;
        return `{"M":${text}}`;
      }
      default: return undefined;
    }
  }

  #set(value: AttributeValue): string {
    this.sizeBytes += valueSizeBytes(value);
    return valueText(value);
  }
}
