import { type ByteWriter } from './byte-writer.js';
import { type NativeColumn } from './columns.js';

/**
 * Appends rows [from, to) as one block of ClickHouse's Native format (as HTTP takes it: without block info).
 * Several blocks may follow one another. An empty block is not written: it would end the input.
 */
export function writeBlock(
  out: ByteWriter,
  columns: readonly NativeColumn[],
  from: number,
  to: number,
): void {
  if (to <= from) return;
  out.varUint(columns.length);
  out.varUint(to - from);
  for (const { name, type, write } of columns) {
    out.text(name);
    out.text(type);
    write(out, from, to);
  }
}
