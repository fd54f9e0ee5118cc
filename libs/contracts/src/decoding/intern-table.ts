import { type Dictionary } from '../block.js';

const FNV_OFFSET = 0x811c9dc5 | 0;
const FNV_PRIME = 0x01000193;

/** FNV-1a of bytes [from, to), as a signed 32-bit number. The scanner works it out while it reads. */
export function hashBytes(bytes: Uint8Array, from: number, to: number): number {
  let hash = FNV_OFFSET;
  for (let i = from; i < to; i++) hash = Math.imul(hash ^ (bytes[i] as number), FNV_PRIME);
  return hash;
}

const QUOTE = 34;
/** Texts that can be guessed at a time. */
const GUESS_BITS = 6;
const GUESSES = 2 ** GUESS_BITS;
/** Bytes that a guess looks at. */
const GUESS_BYTES = 16;

/**
 * Ids for texts, found by their UTF-8 bytes without making a string. Id 0 is the empty text.
 *
 * A text that came before is mostly found by a guess: some of its bytes lead to the one that had them last, and four
 * bytes at a time are compared with that one, a quote behind it. What may be guessed is remembered by the scanner.
 */
export class InternTable implements Dictionary {
  static readonly MAX_VALUES = 65_536;
  static readonly MAX_BYTES = 8 * 1024 * 1024;

  readonly values: string[] = [''];
  #slots = new Int32Array(512);
  #hashes = new Int32Array(256);
  /** Where each text begins in the arena; a quote follows each. */
  #starts = new Int32Array(257);
  #arena: Buffer = Buffer.allocUnsafeSlow(4096);
  #arenaView = viewOf(this.#arena);
  readonly #guesses = new Int32Array(GUESSES);
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  readonly #allowed: ReadonlySet<string> | undefined;

  /** With `allowed`, no other text gets an id. */
  constructor(allowed: readonly string[]) {
    this.#starts[1] = 1;
    this.#allowed = allowed.length === 0 ? undefined : new Set(allowed);
  }

  /** Past its bound: to be replaced by a new table before the next block. */
  get isFull(): boolean {
    return (
      this.values.length >= InternTable.MAX_VALUES ||
      (this.#starts[this.values.length] as number) >= InternTable.MAX_BYTES
    );
  }

  internText(text: string): number {
    const bytes = Buffer.from(text, 'utf8');
    return this.intern(bytes, 0, bytes.length, hashBytes(bytes, 0, bytes.length));
  }

  /** Id of the text of bytes [from, to), whose `hashBytes` is `hash`; -1 when it is not allowed or not UTF-8. */
  intern(bytes: Uint8Array, from: number, to: number, hash: number): number {
    const length = to - from;
    if (length === 0) return this.#allowed === undefined || this.#allowed.has('') ? 0 : -1;
    const mask = this.#slots.length - 1;
    let slot = (hash ^ (hash >>> 15)) & mask;
    for (;;) {
      const id = this.#slots[slot] as number;
      if (id === 0) return this.#add(bytes, from, to, hash, slot);
      if ((this.#hashes[id] as number) === hash) {
        const start = this.#starts[id] as number;
        if (this.lengthOf(id) === length) {
          const arena = this.#arena;
          let i = 0;
          while (i < length && arena[start + i] === bytes[from + i]) i++;
          if (i === length) return id;
        }
      }
      slot = (slot + 1) & mask;
    }
  }

  /** Bytes of a text. */
  lengthOf(id: number): number {
    return (this.#starts[id + 1] as number) - (this.#starts[id] as number) - 1;
  }

  /** Id of the text of a message's bytes from `from` to a quote, if that is remembered; else 0. `last` is the message's. */
  guess(view: DataView, from: number, last: number): number {
    if (from + GUESS_BYTES > last) return 0;
    const id = this.#guesses[guessAt(view, from)] as number;
    if (id === 0) return 0;
    const start = this.#starts[id] as number;
    const size = (this.#starts[id + 1] as number) - start;
    if (from + size > last) return 0;
    const arena = this.#arenaView;
    let i = 0;
    for (; i + 4 <= size; i += 4)
      if (view.getInt32(from + i, true) !== arena.getInt32(start + i, true)) return 0;
    for (; i < size; i++) if (view.getUint8(from + i) !== arena.getUint8(start + i)) return 0;
    return id;
  }

  /** Lets the text at `from` be guessed; only such as have no quote, no escape and nothing else that JSON forbids. */
  remember(view: DataView, from: number, last: number, id: number): void {
    if (from + GUESS_BYTES <= last) this.#guesses[guessAt(view, from)] = id;
  }

  #add(bytes: Uint8Array, from: number, to: number, hash: number, slot: number): number {
    let text: string;
    try {
      text = this.#decoder.decode(bytes.subarray(from, to));
    } catch {
      return -1;
    }
    if (this.#allowed !== undefined && !this.#allowed.has(text)) return -1;
    const id = this.values.length;
    const start = this.#starts[id] as number;
    const end = start + (to - from) + 1;
    if (end > this.#arena.length) {
      this.#arena = grown(this.#arena, end);
      this.#arenaView = viewOf(this.#arena);
    }
    for (let i = from; i < to; i++) this.#arena[start + i - from] = bytes[i] as number;
    this.#arena[end - 1] = QUOTE;
    this.#slots[slot] = id;
    this.#hashes[id] = hash;
    this.#starts[id + 1] = end;
    this.values.push(text);
    if (id + 1 >= this.#hashes.length) this.#widen();
    return id;
  }

  #widen(): void {
    const size = this.#hashes.length * 2;
    const hashes = new Int32Array(size);
    hashes.set(this.#hashes);
    this.#hashes = hashes;
    const starts = new Int32Array(size + 1);
    starts.set(this.#starts);
    this.#starts = starts;
    const slots = new Int32Array(size * 2);
    const mask = slots.length - 1;
    for (let id = 1; id < this.values.length; id++) {
      const hash = hashes[id] as number;
      let slot = (hash ^ (hash >>> 15)) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = id;
    }
    this.#slots = slots;
  }
}

function grown(arena: Buffer, needed: number): Buffer {
  const larger = Buffer.allocUnsafeSlow(Math.max(needed, arena.length * 2));
  arena.copy(larger);
  return larger;
}

function viewOf({ buffer, byteOffset, byteLength }: Buffer): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}

/** Texts often begin alike, so that bytes further on count as well; behind a short text they are what follows it. */
function guessAt(view: DataView, from: number): number {
  const words =
    view.getInt32(from, true) ^
    Math.imul(view.getInt32(from + 8, true), 0x9e3779b1) ^
    Math.imul(view.getInt32(from + 12, true), 0x85ebca6b);
  return Math.imul(words, 0x01000193) >>> (32 - GUESS_BITS);
}
