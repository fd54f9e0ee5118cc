import { isRequired, type ObjectShape, type ShapeNode } from './message-shape.js';
import { type ContractField } from '../contract.js';
import { ScannerState, skipSpace, skipValue, stringEnd } from './scanner-runtime.js';
import { asciiText } from './scanner-text.js';

/**
 * How the messages of a producer look: what stands between the values, which is nearly always the same to the byte,
 * for it is the same program that writes them. What is neither a key nor a value that a contract reads belongs to it too.
 */
export interface Layout {
  /** Bytes before each value, and after the last: one more than values. */
  readonly between: readonly Uint8Array[];
  readonly values: readonly LayoutValue[];
}

interface LayoutValue {
  /** Undefined for a value that is not of the contract. */
  readonly node: ShapeNode | undefined;
  /** That of the object which has it. */
  readonly depth: number;
  /** Its bytes, where the contract does not read them. */
  readonly other: Uint8Array | undefined;
}

/** The layout of a message, bytes [from, to); undefined when it is not written as the scanner would recognise it. */
export function layoutOf(
  b: Uint8Array,
  from: number,
  to: number,
  root: ObjectShape,
  fields: readonly ContractField[],
): Layout | undefined {
  const last = to - 1;
  if (b[from] !== 123 || b[last] !== 125) return undefined;
  const state = new ScannerState();
  const between: Uint8Array[] = [];
  const values: LayoutValue[] = [];
  let done = from;
  /** Past the object at `start`; -1 when not recognised. */
  const walk = (start: number, shape: ObjectShape, depth: number): number => {
    let p = skipSpace(b, start + 1);
    while (b[p] !== 125) {
      const keyEnd = b[p] === 34 ? stringEnd(b, p + 1, last) : -1;
      if (keyEnd < 0) return -1;
      const node = shape.children.get(asciiText(b, p + 1, keyEnd));
      p = skipSpace(b, skipSpace(b, keyEnd + 1) + 1);
      if (node?.kind === 'object' && isRequired(node, fields, false)) p = walk(p, node, depth + 1);
      else {
        const valueEnd = skipValue(state, b, p, last, depth);
        between.push(b.slice(done, p));
        values.push({ node, depth, other: node === undefined ? b.slice(p, valueEnd) : undefined });
        done = p = valueEnd;
      }
      if (p < 0 || p > last) return -1;
      p = skipSpace(b, p);
      if (b[p] === 44) p = skipSpace(b, p + 1);
    }
    return p + 1;
  };
  if (walk(from, root, 1) !== to) return undefined;
  between.push(b.slice(done, to));
  return { between, values };
}

/**
 * What two layouts have in common; undefined when more than values differs. A value that the contract does not read and
 * that is the same in both is no value of the result but belongs to what stands between.
 */
export function commonLayout(a: Layout, b: Layout): Layout | undefined {
  const sameValues =
    a.values.length === b.values.length &&
    a.values.every(
      ({ node, depth }, index) => node === b.values[index]!.node && depth === b.values[index]!.depth,
    );
  if (!sameValues || !a.between.every((bytes, index) => Buffer.compare(bytes, b.between[index]!) === 0))
    return undefined;
  return {
    between: a.between,
    values: a.values.map((value, index) => ({
      ...value,
      other: sameBytes(value.other, b.values[index]!.other),
    })),
  };
}

/** The bytes that both are; undefined when they differ or one is unknown. */
function sameBytes(a: Uint8Array | undefined, b: Uint8Array | undefined): Uint8Array | undefined {
  return a !== undefined && b !== undefined && Buffer.compare(a, b) === 0 ? a : undefined;
}
