import { type Contract } from '../contract.js';
import { type ColumnBuffer, kindOf } from './column-buffer.js';
import { MAX_TIME_MS, MIN_TIME_MS, numberBounds } from './field-value.js';
import { type Lines } from './generated-code.js';
import { type LeafShape } from './message-shape.js';

/** Writes the code that reads one value of a field into its column: at `p` of bytes `b`, and `p` past it. */
export class ScalarWriter {
  readonly idFields: readonly number[];
  readonly #timeField: number;

  constructor(private readonly contract: Contract) {
    this.idFields = contract.eventId.map((name) => contract.fields.findIndex((field) => field.name === name));
    this.#timeField = contract.fields.findIndex((field) => field.name === contract.eventTime);
  }

  /** The event id is one text: its hash is that of the message's own bytes. */
  get hasSingleTextId(): boolean {
    return this.idFields.length === 1 && this.contract.fields[this.idFields[0] ?? 0]?.type === 'string';
  }

  kind(index: number): ColumnBuffer['kind'] {
    const field = this.contract.fields[index];
    return field === undefined ? 'text' : kindOf(field);
  }

  /** A field's own value, or null where it may be absent. */
  leaf(leaf: LeafShape, inItem: boolean): Lines {
    const lines = [...this.scalar(leaf, inItem), ...(inItem ? [] : this.present(leaf.index))];
    return inItem || leaf.field.required ? lines : orNull(lines);
  }

  /** The field has a value in this row. */
  present(index: number): Lines {
    return this.contract.fields[index]?.required ? [] : [`absent${index}[row] = 0;`];
  }

  /** The value alone, also as an item of a list. */
  scalar(leaf: LeafShape, inItem: boolean): Lines {
    const { field, index } = leaf;
    switch (field.type) {
      case 'string':
        return this.#text(leaf, inItem);
      case 'boolean':
        return [
          `if (b[p] === 116 && b[p + 1] === 114 && b[p + 2] === 117 && b[p + 3] === 101) {`,
          `p += 4;`,
          inItem ? `list${index}.push(1);` : `flags${index}[row] = 1;`,
          `} else if (b[p] === 102 && b[p + 1] === 97 && b[p + 2] === 108 && b[p + 3] === 115 && b[p + 4] === 101) {`,
          `p += 5;`,
          inItem ? `list${index}.push(0);` : `flags${index}[row] = 0;`,
          `} else return -1;`,
        ];
      case 'integer':
        return [...integer(numberBounds(field)), this.#keep(index, inItem)];
      case 'decimal': {
        const { minimum, maximum } = numberBounds(field);
        return [
          `const quoted = b[p] === 34;`,
          `if (quoted) p++;`,
          `const value = scaledNumber(state, b, p, ${field.scale ?? 0}, false);`,
          `if (!(value >= ${minimum} && value <= ${maximum})) return -1;`,
          `p = state.at;`,
          `if (quoted && b[p++] !== 34) return -1;`,
          this.#keep(index, inItem),
        ];
      }
      case 'timestamp':
        return this.#time(leaf, inItem);
    }
  }

  #keep(index: number, inItem: boolean): string {
    return inItem ? `list${index}.push(value);` : `numbers${index}[row] = value;`;
  }

  #time({ field, index }: LeafShape, inItem: boolean): Lines {
    const isEventTime = index === this.#timeField;
    const bounds = isEventTime
      ? { minimum: -1e15, maximum: 1e15 }
      : { minimum: MIN_TIME_MS, maximum: MAX_TIME_MS };
    const keep = [this.#keep(index, inItem), ...(isEventTime ? [`eventTimeMs = value;`] : [])];
    if (field.timeFormat === 'epoch-ms') return [...integer(bounds), ...keep];
    const read: Record<string, string> = {
      'epoch-s': `scaledNumber(state, b, p, 3, true)`,
      local: `localTime(${index}, b, p, last)`,
    };
    return [
      `const value = ${read[field.timeFormat ?? 'iso'] ?? 'isoTime(state, b, p, last)'};`,
      `if (!(value >= ${bounds.minimum} && value <= ${bounds.maximum})) return -1;`,
      `p = state.at;`,
      ...keep,
    ];
  }

  #text({ field, index }: LeafShape, inItem: boolean): Lines {
    const isId = this.idFields.includes(index);
    const [idFrom, idTo] = this.hasSingleTextId ? ['idFrom', 'idTo'] : [`from${index}`, `to${index}`];
    const table = `table${index}`;
    const interned = [
      `let value = ${table}.guess(view, from, last);`,
      `if (value > 0) p += ${table}.lengthOf(value);`,
      `else {`,
      `let hash = ${0x811c9dc5 | 0};`,
      `while (plain[c = b[p]] === 0) { hash = imul(hash ^ c, ${0x01000193}); p++; }`,
      `if (c === 34) { value = ${table}.intern(b, from, p, hash); if (value > 0) ${table}.remember(view, from, last, value); }`,
      `else { value = internOther(${table}, b, from, p, last); p = state.at; }`,
      `if (value < 0) return -1;`,
      `}`,
    ];
    const [texts, at] = inItem ? [`items${index}`, `items${index}.length`] : [`texts${index}`, 'row'];
    const copied = [
      `while (plain[b[p]] === 0) p++;`,
      `if (b[p] === 34) ${texts}.put(${at}, b, from, p);`,
      `else if ((p = putOther(${texts}, ${at}, b, from, p, last)) < 0) return -1;`,
    ];
    // Items are kept as bytes; only an enumeration has to be looked up.
    const isInterned = inItem ? field.values.length > 0 : field.lowCardinality;
    return [
      `if (b[p] !== 34) return -1;`,
      `const from = ++p;`,
      ...(isId ? [`state.isEscaped = false;`] : []),
      ...(isInterned ? interned : copied),
      // The hash is that of the text's bytes, so an escaped identity is left to the plain decoder.
      ...(isId ? [`if (p === from || state.isEscaped) return -1;`, `${idFrom} = from; ${idTo} = p;`] : []),
      ...(!isInterned
        ? []
        : inItem
          ? [`items${index}.putText(${at}, table${index}.values[value]);`]
          : [`ids${index}[row] = value;`]),
      `p++;`,
    ];
  }
}

/** Whole number at `p` into `value`. A fraction or an exponent is refused by whatever must follow. */
function integer({ minimum, maximum }: { readonly minimum: number; readonly maximum: number }): Lines {
  return [
    `const negative = b[p] === 45;`,
    `if (negative) p++;`,
    `let value = b[p] - 48;`,
    `if (value < 0 || value > 9) return -1;`,
    `p++;`,
    `if (value !== 0) while ((c = b[p] - 48) >= 0 && c <= 9) { value = value * 10 + c; p++; }`,
    `if (negative) value = 0 - value;`,
    `if (value < ${minimum} || value > ${maximum}) return -1;`,
  ];
}

/** The value that `lines` read, or null. */
export function orNull(lines: Lines): Lines {
  return [
    `if (b[p] === 110) {`,
    `if (b[p + 1] !== 117 || b[p + 2] !== 108 || b[p + 3] !== 108) return -1;`,
    `p += 4;`,
    `} else {`,
    ...lines,
    `}`,
  ];
}
