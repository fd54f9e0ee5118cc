import type { Dictionary } from '@freshet/contracts';

/**
 * Numbers the values of one dimension for one chunk. Ids of the decoder's dictionary go through a cache,
 * so that a string is looked up once a dictionary value, not once an event.
 */
export class FieldKeys {
  private readonly keys = new Map<string, number>();
  readonly values: string[] = [];
  private dictionary: Dictionary | undefined;
  private cache = new Int32Array(0);
  private readonly raw = new Map<string, number>();

  /** @param derive makes the dimension's value of the field's; absent: it is the field's */
  constructor(private readonly derive?: (text: string) => string) {}

  /** Cache from dictionary id to key, -1 where not asked yet (then ask `learn`); valid until the next call. */
  cacheFor(dictionary: Dictionary): Int32Array {
    if (dictionary !== this.dictionary) {
      this.dictionary = dictionary;
      this.cache = new Int32Array(0);
    }
    if (this.cache.length < dictionary.values.length) {
      const cache = new Int32Array(Math.max(16, dictionary.values.length * 2)).fill(-1);
      cache.set(this.cache);
      this.cache = cache;
    }
    return this.cache;
  }

  learn(id: number): number {
    return (this.cache[id] = this.key(this.dictionary!.values[id]!));
  }

  /** Key of a text. */
  key(text: string): number {
    if (this.derive === undefined) return this.number(text);
    let key = this.raw.get(text);
    if (key === undefined) this.raw.set(text, (key = this.number(this.derive(text))));
    return key;
  }

  private number(value: string): number {
    const known = this.keys.get(value);
    if (known !== undefined) return known;
    this.keys.set(value, this.values.length);
    this.values.push(value);
    return this.values.length - 1;
  }
}

/** Remembers what a test said of each id of a dictionary: 0 not asked yet, 1 no, 2 yes. */
export class DictionaryTest {
  private dictionary: Dictionary | undefined;
  private cache = new Uint8Array(0);

  constructor(private readonly test: (value: string) => boolean) {}

  cacheFor(dictionary: Dictionary): Uint8Array {
    if (dictionary !== this.dictionary) {
      this.dictionary = dictionary;
      this.cache = new Uint8Array(0);
    }
    if (this.cache.length < dictionary.values.length) {
      const cache = new Uint8Array(Math.max(16, dictionary.values.length * 2));
      cache.set(this.cache);
      this.cache = cache;
    }
    return this.cache;
  }

  learn(id: number): number {
    return (this.cache[id] = this.test(this.dictionary!.values[id]!) ? 2 : 1);
  }
}

/** Starts of panes of one length, numbered in first-seen order; neighbours in time are found without a look-up. */
export class Panes {
  private readonly numbers = new Map<number, number>();
  readonly starts: number[] = [];
  private lastStart = NaN;
  private lastNumber = -1;

  constructor(private readonly paneMs: number) {}

  of(timeMs: number): number {
    const start = Math.floor(timeMs / this.paneMs) * this.paneMs;
    if (start === this.lastStart) return this.lastNumber;
    let number = this.numbers.get(start);
    if (number === undefined) {
      number = this.starts.length;
      this.starts.push(start);
      this.numbers.set(start, number);
    }
    this.lastStart = start;
    return (this.lastNumber = number);
  }
}
