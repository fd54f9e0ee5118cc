import { type IgnoredReason, type InvalidReason } from '../block.js';
import { formatFieldPath } from '../catalogue/field-path.js';
import { type Contract, type ContractField } from '../contract.js';
import { type ColumnBuffer, type FieldValue } from './column-buffer.js';
import { EventIdHasher } from './event-id.js';
import { type Checked, show, type ValueReader, valueReader } from './field-value.js';
import { type JsonObject, type JsonTree, readJsonTree } from './json-tree.js';

/** Earliest event time that is believed: 2000-01-01T00:00:00Z. */
export const MIN_EVENT_TIME_MS = 946_684_800_000;
/** How far an event's time may be past its record's log time. */
export const MAX_AHEAD_MS = 86_400_000;

export type Verdict =
  | { readonly outcome: 'ok' }
  | { readonly outcome: 'invalid'; readonly reason: InvalidReason; readonly detail: string }
  | { readonly outcome: 'ignored'; readonly reason: IgnoredReason };

interface FieldReader {
  readonly field: ContractField;
  readonly label: string;
  readonly isId: boolean;
  readonly isTime: boolean;
  readonly read: ValueReader;
}

const OK: Verdict = { outcome: 'ok' };

/**
 * Decodes one message by reading all of it as JSON: it gives every verdict and every detail, and says what
 * the scanner has to agree with. Writes to the columns only what is `ok`.
 */
export class PlainDecoder {
  readonly #fields: readonly FieldReader[];
  readonly #typePath: readonly string[] | undefined;
  readonly #types: ReadonlySet<string>;
  readonly #utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  readonly #idFields: readonly number[];
  readonly #idHasher: EventIdHasher;
  readonly #hasTime: boolean;

  constructor(
    contract: Contract,
    private readonly columns: readonly ColumnBuffer[],
    private readonly maxBytes: number,
  ) {
    this.#fields = contract.fields.map((field) => ({
      field,
      label: formatFieldPath(field),
      isId: contract.eventId.includes(field.name),
      isTime: contract.eventTime === field.name,
      read: valueReader(field, contract.eventTime !== field.name),
    }));
    this.#types = new Set(contract.types);
    this.#hasTime = contract.eventTime !== undefined;
    const typeField = contract.fields.find(({ name }) => name === contract.typeField);
    this.#typePath = contract.types.length === 0 ? undefined : typeField?.path;
    this.#idFields = contract.eventId.map((name) =>
      contract.fields.findIndex((field) => field.name === name),
    );
    this.#idHasher = new EventIdHasher(contract.eventId.length === 1);
  }

  /** Decodes `bytes` into `row` of the columns, of `idHash` and of `eventTimesMs`. */
  decode(
    bytes: Uint8Array,
    logTimeMs: number,
    row: number,
    idHash: Uint32Array,
    eventTimesMs: Float64Array,
  ): Verdict {
    const message = this.#readMessage(bytes);
    if (!('object' in message)) return message;
    if (this.#typePath !== undefined) {
      const type = follow(message.object, this.#typePath);
      if (typeof type.value === 'string' && !this.#types.has(type.value)) {
        return { outcome: 'ignored', reason: 'unknown_type' };
      }
    }
    const values: (FieldValue | undefined)[] = [];
    let eventTimeMs = this.#hasTime ? 0 : logTimeMs;
    for (const reader of this.#fields) {
      const checked = readField(message.object, reader);
      if ('reason' in checked) {
        return { outcome: 'invalid', reason: checked.reason, detail: `${reader.label}: ${checked.detail}` };
      }
      if (reader.isTime) {
        eventTimeMs = checked.value as number;
        const insane = insaneTime(eventTimeMs, logTimeMs);
        if (insane !== undefined) {
          return { outcome: 'invalid', reason: 'insane_time', detail: `${reader.label}: ${insane}` };
        }
      }
      values.push(checked.value);
    }
    this.#write(values, row, idHash);
    eventTimesMs[row] = eventTimeMs;
    return OK;
  }

  #readMessage(bytes: Uint8Array): { readonly object: JsonObject } | Verdict {
    if (bytes.length === 0) return invalid('empty', 'the message has no bytes');
    if (bytes.length > this.maxBytes) {
      return invalid('too_large', `${bytes.length} bytes, at most ${this.maxBytes} are accepted`);
    }
    let text: string;
    try {
      text = this.#utf8.decode(bytes);
    } catch {
      return invalid('not_utf8', 'the bytes are not UTF-8');
    }
    const tree = readJsonTree(text);
    if ('reason' in tree) return invalid(tree.reason, tree.detail);
    if (tree.value instanceof Map) return { object: tree.value };
    return invalid('not_an_object', `expected an object, found ${show(tree.value)}`);
  }

  #write(values: readonly (FieldValue | undefined)[], row: number, idHash: Uint32Array): void {
    for (const [index, column] of this.columns.entries()) {
      const value = values[index];
      if (value === undefined) column.clear(row);
      else column.write(row, value);
    }
    this.#idHasher.reset();
    for (const index of this.#idFields) {
      const value = values[index];
      if (typeof value === 'string') this.#idHasher.addText(value);
      else this.#idHasher.addNumber(Number(value));
    }
    this.#idHasher.writeTo(idHash, row * 4);
  }
}

/** Why an event's time cannot be believed, in words; undefined when it can. */
function insaneTime(eventTimeMs: number, logTimeMs: number): string | undefined {
  if (eventTimeMs < MIN_EVENT_TIME_MS) return 'before the year 2000';
  if (eventTimeMs > logTimeMs + MAX_AHEAD_MS) return 'more than a day after the log received it';
  return undefined;
}

function invalid(reason: InvalidReason, detail: string): Verdict {
  return { outcome: 'invalid', reason, detail };
}

function readField(root: JsonObject, reader: FieldReader): Checked<FieldValue | undefined> {
  const { field, isId } = reader;
  const found = follow(root, field.path);
  if ('blockedBy' in found) return { reason: 'wrong_type', detail: `expected an object, ${found.blockedBy}` };
  const value = found.value;
  if (value === undefined || value === null) {
    if (!field.required) return { value: undefined };
    return {
      reason: isId ? 'missing_id' : 'missing_field',
      detail: value === null ? 'is null' : 'is missing',
    };
  }
  if (field.each !== undefined) return readList(value, field.each, reader);
  if (isId && value === '') return { reason: 'missing_id', detail: 'is empty' };
  return reader.read(value);
}

function readList(
  list: JsonTree,
  each: readonly string[],
  reader: FieldReader,
): Checked<readonly (string | number | boolean)[]> {
  if (!Array.isArray(list)) return { reason: 'wrong_type', detail: `expected an array, found ${show(list)}` };
  const values: (string | number | boolean)[] = [];
  for (const [index, item] of (list as readonly JsonTree[]).entries()) {
    const found = each.length === 0 ? { value: item } : followItem(item, each);
    if ('blockedBy' in found) {
      return { reason: 'wrong_type', detail: `item ${index}: expected an object, ${found.blockedBy}` };
    }
    if (found.value === undefined || found.value === null) {
      return {
        reason: 'missing_field',
        detail: `item ${index}: is ${found.value === null ? 'null' : 'missing'}`,
      };
    }
    const checked = reader.read(found.value);
    if ('reason' in checked) return { reason: checked.reason, detail: `item ${index}: ${checked.detail}` };
    values.push(checked.value);
  }
  return { value: values };
}

type Followed =
  { readonly value: JsonTree | undefined } | { readonly value: undefined; readonly blockedBy: string };

function followItem(item: JsonTree, each: readonly string[]): Followed {
  if (item instanceof Map) return follow(item, each);
  return { value: undefined, blockedBy: `found ${show(item)}` };
}

/** Value at `path`: undefined when a key is absent or an object on the way is null. */
function follow(root: JsonObject, path: readonly string[]): Followed {
  let value: JsonTree | undefined = root;
  for (const [index, key] of path.entries()) {
    if (value === undefined || value === null) return { value: undefined };
    if (!(value instanceof Map)) {
      return { value: undefined, blockedBy: `found ${show(value)} at ${path.slice(0, index).join('.')}` };
    }
    value = (value as JsonObject).get(key);
  }
  return { value };
}
