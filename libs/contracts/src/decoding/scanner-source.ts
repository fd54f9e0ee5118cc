import { type Contract } from '../contract.js';
import { type ColumnBuffer } from './column-buffer.js';
import { indent, type Lines } from './generated-code.js';
import { type Layout } from './layout.js';
import { literalTest } from './literal-test.js';
import {
  isRequired,
  type ListShape,
  messageShape,
  type ObjectShape,
  type ShapeNode,
} from './message-shape.js';
import { MAX_AHEAD_MS, MIN_EVENT_TIME_MS } from './plain-decoder.js';
import { orNull, ScalarWriter } from './scanner-scalars.js';

/** Bits of one `seen` variable. */
const BITS = 31;

/**
 * Source text of the scanner of a contract: the body of a function of `runtime` that returns `{ bind, scan }`.
 * One function an object of the message; each walks the object's keys in whatever order they come. Messages of
 * `layout` are read by a function of their own, which compares what stands between the values and walks no keys.
 * @param root shape of the contract's messages, which `layout` is of
 */
export function scannerSource(
  contract: Contract,
  root: ObjectShape = messageShape(contract),
  layout?: Layout,
): string {
  return indent(new ScannerWriter(contract, root, layout).write());
}

class ScannerWriter {
  readonly #functions: Lines = [];
  readonly #scalars: ScalarWriter;
  /** Names of the functions of objects. */
  readonly #names = new Map<ObjectShape, string>();

  constructor(
    private readonly contract: Contract,
    private readonly shape: ObjectShape,
    private readonly layout: Layout | undefined,
  ) {
    this.#scalars = new ScalarWriter(contract);
  }

  write(): Lines {
    const root = this.#object(this.shape, 1, false);
    if (this.layout !== undefined) this.#usual(this.layout);
    const optional = this.contract.fields.flatMap((field, index) =>
      field.required ? [] : this.#default(index),
    );
    return [
      `// Scanner of contract ${this.contract.name}, hash ${this.contract.hash}.`,
      `// Positions are byte indexes; -1 leaves the message to the plain decoder.`,
      `'use strict';`,
      `const { state, plain, skipSpace, skipValue, stringEnd, addKey, scaledNumber, isoTime, localTime, putOther, internOther, hashId, id } = runtime;`,
      `const imul = Math.imul;`,
      `let row = 0, last = 0, eventTimeMs = 0, others = 0, idHash, eventTimesMs, view;`,
      ...this.contract.fields.map(
        (field, index) => `let ${this.#variables(index).join(', ')}; // ${field.name}`,
      ),
      ...(this.#scalars.hasSingleTextId ? [`let idFrom = 0, idTo = 0;`] : []),
      ...(this.#scalars.hasSingleTextId
        ? []
        : this.#scalars.idFields.map((index) => `let from${index} = 0, to${index} = 0;`)),
      ``,
      ...this.#functions,
      `function bind(columns, hashes, times, bytes) {`,
      `idHash = hashes;`,
      `eventTimesMs = times;`,
      `view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);`,
      `others = 0;`,
      ...this.contract.fields.flatMap((_, index) => this.#bindings(index)),
      `}`,
      ``,
      `function clear() {`,
      `state.keys = 0;`,
      ...optional,
      `}`,
      ``,
      `function scan(b, start, end, atRow, logTimeMs) {`,
      `last = end - 1;`,
      `if (last <= start || b[start] !== 123 || b[last] !== 125) return false;`,
      `row = atRow;`,
      `clear();`,
      ...(this.layout === undefined
        ? [`if (${root}(b, start) !== end) return false;`, `others++;`]
        : [
            `if (usual(b, start) !== end) {`,
            `clear();`,
            `if (${root}(b, start) !== end) return false;`,
            `others++;`,
            `}`,
          ]),
      ...(this.contract.eventTime === undefined
        ? [`eventTimesMs[row] = logTimeMs;`]
        : [
            `if (!(eventTimeMs >= ${MIN_EVENT_TIME_MS} && eventTimeMs <= logTimeMs + ${MAX_AHEAD_MS})) return false;`,
            `eventTimesMs[row] = eventTimeMs;`,
          ]),
      ...this.#identity(),
      `return true;`,
      `}`,
      ``,
      `return { bind, scan, get others() { return others; } };`,
    ];
  }

  /** Names of the variables that hold a field's column. */
  #variables(index: number): string[] {
    const field = this.contract.fields[index];
    const names: Record<ColumnBuffer['kind'], string[]> = {
      dictionary: [`ids${index}`, `table${index}`],
      number: [`numbers${index}`],
      boolean: [`flags${index}`],
      text: [`texts${index}`],
      list: [`list${index}`, ...(field?.type === 'string' ? [`table${index}`, `items${index}`] : [])],
    };
    return [...names[this.#scalars.kind(index)], ...(field?.required ? [] : [`absent${index}`])];
  }

  #bindings(index: number): Lines {
    return this.#variables(index)
      .map((variable) => [variable, variable.replace(/\d+$/, '')] as const)
      .map(([variable, property]) => [variable, property === 'items' ? 'list.texts' : property] as const)
      .map(([variable, property]) => `${variable} = columns[${index}].${property};`);
  }

  #default(index: number): Lines {
    const empty: Record<ColumnBuffer['kind'], string> = {
      dictionary: `ids${index}[row] = 0;`,
      number: `numbers${index}[row] = 0;`,
      boolean: `flags${index}[row] = 0;`,
      text: `texts${index}.putEmpty(row);`,
      list: `list${index}.putEmpty(row);`,
    };
    return [`absent${index}[row] = 1; ${empty[this.#scalars.kind(index)]}`];
  }

  #identity(): Lines {
    if (this.#scalars.hasSingleTextId) return [`hashId(b, idFrom, idTo, idHash, row * 4);`];
    return [
      `id.reset();`,
      ...this.#scalars.idFields.map((index) => {
        if (this.contract.fields[index]?.type === 'string')
          return `id.addBytes(b, from${index}, to${index});`;
        return `id.addNumber(${this.#scalars.kind(index) === 'boolean' ? 'flags' : 'numbers'}${index}[row]);`;
      }),
      `id.writeTo(idHash, row * 4);`,
    ];
  }

  /** Writes the function of an object and returns its name. */
  #object(shape: ObjectShape, depth: number, inItem: boolean): string {
    const known = this.#names.get(shape);
    if (known !== undefined) return known;
    const name = `object${this.#names.size}`;
    this.#names.set(shape, name);
    const children = [...shape.children.entries()];
    const masks: Lines = [];
    const complete: string[] = [];
    for (let first = 0; first < children.length; first += BITS) {
      const group = children.slice(first, first + BITS);
      let required = 0;
      for (const [bit, [, child]] of group.entries()) {
        if (isRequired(child, this.contract.fields, inItem)) required |= 1 << bit;
      }
      masks.push(`let seen${first / BITS} = 0;`);
      if (required !== 0) complete.push(`(seen${first / BITS} & ${required}) !== ${required}`);
    }
    const close: Lines = [
      ...(complete.length === 0 ? [] : [`if (${complete.join(' || ')}) return -1;`]),
      `state.keys = base;`,
      `return p + 1;`,
    ];
    const values = children.flatMap(([key, child], index) => [
      `case ${index + 1}: { // ${key}`,
      `if (${seen(index)}) return -1;`,
      `seen${Math.floor(index / BITS)} |= ${1 << (index % BITS)};`,
      ...this.#value(child, depth, inItem),
      `break;`,
      `}`,
    ]);
    this.#functions.push(
      `// ${shape.label}`,
      `function ${name}(b, start) {`,
      `const base = state.keys;`,
      ...masks,
      `let p = start + 1, c = 0;`,
      `if (b[p] <= 32) p = skipSpace(b, p);`,
      `if (b[p] === 125) {`,
      ...close,
      `}`,
      `for (;;) {`,
      `if (b[p] !== 34) return -1;`,
      `p++;`,
      `let key = 0;`,
      ...keySwitch(children.map(([key]) => key)),
      `if (key === 0) { // not of this contract`,
      `const end = stringEnd(b, p, last);`,
      `if (end < 0 || !addKey(state, b, base, p, end)) return -1;`,
      `p = end + 1;`,
      `}`,
      `if (b[p] !== 58) p = skipSpace(b, p);`,
      `if (b[p] !== 58) return -1;`,
      `p++;`,
      `if (b[p] <= 32) p = skipSpace(b, p);`,
      `switch (key) {`,
      `case 0:`,
      `p = skipValue(state, b, p, last, ${depth});`,
      `if (p < 0) return -1;`,
      `break;`,
      ...values,
      `}`,
      `c = b[p];`,
      `if (c <= 32) { p = skipSpace(b, p); c = b[p]; }`,
      `if (c === 44) {`,
      `p++;`,
      `if (b[p] <= 32) p = skipSpace(b, p);`,
      `continue;`,
      `}`,
      `if (c !== 125) return -1;`,
      ...close,
      `}`,
      `}`,
      ``,
    );
    return name;
  }

  /** Writes the function of messages that have the layout. */
  #usual({ between, values }: Layout): void {
    const steps: Lines = [];
    let literal = between[0]!;
    for (const [index, { node, depth, other }] of values.entries()) {
      const after = between[index + 1]!;
      if (other !== undefined) {
        literal = Buffer.concat([literal, other, after]);
        continue;
      }
      steps.push(...literalTest(literal));
      if (node === undefined)
        steps.push(`p = skipValue(state, b, p, last, ${depth});`, `if (p < 0) return -1;`);
      else steps.push(`{ // ${node.label}`, ...this.#value(node, depth, false), `}`);
      literal = after;
    }
    steps.push(...literalTest(literal));
    this.#functions.push(
      `// messages as they usually are`,
      `function usual(b, start) {`,
      `let p = start, c = 0;`,
      ...steps,
      `return p;`,
      `}`,
      ``,
    );
  }

  /** Reads the value at `p` of a known key and moves `p` past it. */
  #value(node: ShapeNode, depth: number, inItem: boolean): Lines {
    if (node.kind === 'leaf') return this.#scalars.leaf(node, inItem);
    const lines: Lines =
      node.kind === 'list'
        ? this.#list(node, depth)
        : [
            `if (b[p] !== 123) return -1;`,
            `p = ${this.#object(node, depth + 1, inItem)}(b, p);`,
            `if (p < 0 || p > last) return -1;`,
          ];
    return isRequired(node, this.contract.fields, inItem) ? lines : orNull(lines);
  }

  #list(node: ListShape, depth: number): Lines {
    const item = node.item;
    if (item === undefined) return [`return -1;`];
    const readItem =
      item.kind === 'leaf'
        ? this.#scalars.scalar(item, true)
        : [
            `if (b[p] !== 123) return -1;`,
            `p = ${this.#object(item, depth + 2, true)}(b, p);`,
            `if (p < 0 || p > last) return -1;`,
          ];
    return [
      `if (b[p] !== 91) return -1;`,
      ...node.fields.map((index) => `list${index}.open(row);`),
      `p++;`,
      `if (b[p] <= 32) p = skipSpace(b, p);`,
      `if (b[p] === 93) p++;`,
      `else for (;;) {`,
      ...readItem,
      `if (b[p] <= 32) p = skipSpace(b, p);`,
      `c = b[p++];`,
      `if (c === 93) break;`,
      `if (c !== 44) return -1;`,
      `if (b[p] <= 32) p = skipSpace(b, p);`,
      `}`,
      ...node.fields.flatMap((index) => [`list${index}.close(row);`, ...this.#scalars.present(index)]),
    ];
  }
}

function seen(index: number): string {
  return `(seen${Math.floor(index / BITS)} & ${1 << (index % BITS)}) !== 0`;
}

/** Sets `key` to the position (from 1) of the key at `p`, and moves `p` past its closing quote. */
function keySwitch(keys: readonly string[]): Lines {
  const byFirst = new Map<number, string[]>();
  for (const [index, key] of keys.entries()) {
    const rest = [...Buffer.from(`${key}"`)].slice(1);
    const test = rest.map((byte, i) => `b[p + ${i + 1}] === ${byte}`).join(' && ');
    const first = key.charCodeAt(0);
    const branch = `if (${test}) { key = ${index + 1}; p += ${key.length + 1}; } // ${key}`;
    byFirst.set(first, [...(byFirst.get(first) ?? []), branch]);
  }
  const cases = [...byFirst].flatMap(([first, branches]) => [
    `case ${first}:`,
    ...branches.map((branch, index) => (index === 0 ? branch : `else ${branch}`)),
    `break;`,
  ]);
  return [`switch (b[p]) {`, ...cases, `}`];
}
