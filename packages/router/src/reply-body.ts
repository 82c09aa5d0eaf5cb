import {utf8Encode} from '@murmuration/base';

/**
 * A JSON body put together from texts and from bytes that are JSON already: stored items go into a reply as they
 * are. Texts are gathered and encoded once between two pieces of bytes.
 */
export class ReplyBody {
  readonly #parts: Uint8Array[] = [];
  #sizeBytes = 0;
  #text = '';

  text(text: string): this {
    this.#text += text;
    return this;
  }
  /** @param json taken over, not copied, until finish */
  bytes(json: Uint8Array): this {
    this.#flush();
    this.#add(json);
    return this;
  }
  /** A JSON array of items that are bytes. */
  list(items: readonly Uint8Array[]): this {
    this.text('[');
    items.forEach((item, i) => {
      if (i > 0) this.text(',');
      this.bytes(item);
    });
    return this.text(']');
  }
  /** @returns fresh bytes owned by the caller */
  finish(): Uint8Array {
    if (this.#parts.length === 0) return utf8Encode(this.#text);
    this.#flush();
    const out = new Uint8Array(this.#sizeBytes);
    let at = 0;
    for (const part of this.#parts) {
      out.set(part, at);
      at += part.length;
    }
    return out;
  }
  #flush(): void {
    if (this.#text === '') return;
    this.#add(this.#text === ',' ? COMMA : utf8Encode(this.#text));
    this.#text = '';
  }
  #add(part: Uint8Array): void {
    this.#parts.push(part);
    this.#sizeBytes += part.length;
  }
}

/** What stands between the items of a list: not worth an encoding each time. */
const COMMA = utf8Encode(',');
