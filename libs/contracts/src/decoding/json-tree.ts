/** Deepest nesting that is accepted; the message's object is 1. */
export const MAX_DEPTH = 100;

/** A number as written: binary fractions would lose what it says. */
export class JsonNumber {
  constructor(readonly text: string) {}
}
export type JsonTree = null | boolean | string | JsonNumber | readonly JsonTree[] | JsonObject;
/** A map, so that no key (`__proto__`, `constructor`) can mean anything else. */
export type JsonObject = ReadonlyMap<string, JsonTree>;

export type JsonRefusal = {
  readonly reason: 'not_json' | 'too_deep' | 'duplicate_key';
  readonly detail: string;
};

/**
 * Reads JSON text strictly: JSON.parse decides whether it is JSON; keys that occur twice in an object and
 * nesting beyond `MAX_DEPTH` are refused. O(length).
 */
export function readJsonTree(text: string): { readonly value: JsonTree } | JsonRefusal {
  try {
    JSON.parse(text);
  } catch (error) {
    return { reason: 'not_json', detail: error instanceof Error ? error.message.slice(0, 200) : 'not JSON' };
  }
  try {
    return { value: new Reader(text).read() };
  } catch (error) {
    if (error instanceof Refused) return { reason: error.reason, detail: error.message };
    throw error;
  }
}

class Refused extends Error {
  constructor(
    readonly reason: 'too_deep' | 'duplicate_key',
    message: string,
  ) {
    super(message);
  }
}

/** Walks text that is known to be JSON. */
class Reader {
  #at = 0;
  #depth = 0;
  readonly #number = /-?[0-9.eE+-]+/y;

  constructor(private readonly text: string) {}

  read(): JsonTree {
    this.#skipSpace();
    return this.#value();
  }

  #value(): JsonTree {
    switch (this.text[this.#at]) {
      case '{':
        return this.#object();
      case '[':
        return this.#array();
      case '"':
        return this.#string();
      case 't':
        this.#at += 4;
        return true;
      case 'f':
        this.#at += 5;
        return false;
      case 'n':
        this.#at += 4;
        return null;
      default: {
        this.#number.lastIndex = this.#at;
        const number = this.#number.exec(this.text)?.[0] ?? '';
        this.#at += number.length;
        return new JsonNumber(number);
      }
    }
  }

  #object(): JsonObject {
    this.#enter();
    const object = new Map<string, JsonTree>();
    while (this.text[this.#at] !== '}') {
      if (object.size > 0) this.#step();
      const key = this.#string();
      if (object.has(key)) throw new Refused('duplicate_key', `key ${quote(key)} occurs twice in an object`);
      this.#skipSpace();
      this.#step();
      object.set(key, this.#value());
      this.#skipSpace();
    }
    this.#leave();
    return object;
  }

  #array(): readonly JsonTree[] {
    this.#enter();
    const items: JsonTree[] = [];
    while (this.text[this.#at] !== ']') {
      if (items.length > 0) this.#step();
      items.push(this.#value());
      this.#skipSpace();
    }
    this.#leave();
    return items;
  }

  #string(): string {
    const start = this.#at + 1;
    let end = this.text.indexOf('"', start);
    const text = this.text.slice(start, end);
    if (!text.includes('\\')) {
      this.#at = end + 1;
      return text;
    }
    for (end = start; this.text[end] !== '"'; end++) if (this.text[end] === '\\') end++;
    this.#at = end + 1;
    return JSON.parse(this.text.slice(start - 1, end + 1)) as string;
  }

  #enter(): void {
    if (++this.#depth > MAX_DEPTH) throw new Refused('too_deep', `nested deeper than ${MAX_DEPTH}`);
    this.#step();
  }

  #leave(): void {
    this.#depth--;
    this.#at++;
  }

  /** Past one character (a brace, comma or colon) and the white space after it. */
  #step(): void {
    this.#at++;
    this.#skipSpace();
  }

  #skipSpace(): void {
    let c = this.text.charCodeAt(this.#at);
    while (c === 32 || c === 10 || c === 13 || c === 9) c = this.text.charCodeAt(++this.#at);
  }
}

/** Text in quotes for a message, shortened. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}
