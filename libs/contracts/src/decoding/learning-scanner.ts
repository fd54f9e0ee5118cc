import { OUTCOME_OK } from '../block.js';
import { type Contract } from '../contract.js';
import { type RecordValues } from '../record-values.js';
import { type ColumnBuffer } from './column-buffer.js';
import { commonLayout, layoutOf, type Layout } from './layout.js';
import { messageShape, type ObjectShape } from './message-shape.js';
import { compileScanner, type Scanner } from './scanner.js';

/** A layout is learned of at most so many messages, and of no less than half as many that agree. */
const EXAMPLES = 32;
/** Above this share of messages with another layout, it is learned anew. */
const OTHERS = 0.25;
/** Producers may take turns: then the last layout stays. */
const LESSONS = 8;
/** What is larger has no layout worth a function of its own. */
const MAX_BYTES = 8_192;

/** The scanner of a contract, which is made anew for the layout that messages turn out to have. */
export class LearningScanner {
  readonly #root: ObjectShape;
  #scanner: Scanner;
  #lessons = 0;

  constructor(private readonly contract: Contract) {
    this.#root = messageShape(contract);
    this.#scanner = compileScanner(contract, this.#root);
  }

  /** The scanner for one block of messages. */
  bind(
    columns: readonly ColumnBuffer[],
    idHash: Uint32Array,
    eventTimesMs: Float64Array,
    bytes: Uint8Array,
  ): Scanner {
    this.#scanner.bind(columns, idHash, eventTimesMs, bytes);
    return this.#scanner;
  }

  /** To be called after each block, of records [from, to): takes another scanner for the next if that is worth it. */
  learn(values: RecordValues, from: number, to: number, outcomes: Uint8Array): void {
    const count = to - from;
    if (this.#lessons >= LESSONS || count < EXAMPLES || this.#scanner.others < count * OTHERS) return;
    this.#lessons++;
    const layout = this.#layout(values, from, outcomes, count);
    if (layout !== undefined) this.#scanner = compileScanner(this.contract, this.#root, layout);
  }

  /** The layout of most of the first messages that are valid. */
  #layout(values: RecordValues, from: number, outcomes: Uint8Array, count: number): Layout | undefined {
    let layout: Layout | undefined;
    let asked = 0;
    let agreed = 0;
    for (let row = 0; row < count && asked < EXAMPLES; row++) {
      if (outcomes[row] !== OUTCOME_OK || values.sizeOf(from + row) > MAX_BYTES) continue;
      const [start, end] = [values.starts[from + row]!, values.ends[from + row]!];
      if (start < 0) continue; // a deleted key
      asked++;
      const one = layoutOf(values.bytes, start, end, this.#root, this.contract.fields);
      const common = layout === undefined || one === undefined ? one : commonLayout(layout, one);
      if (common === undefined) continue;
      layout = common;
      agreed++;
    }
    return agreed >= EXAMPLES / 2 ? layout : undefined;
  }
}
