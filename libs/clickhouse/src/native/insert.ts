import { Readable } from 'node:stream';
import { type ClickHouseClient } from '@clickhouse/client';
import { WRITE_SETTINGS } from '../client.js';
import { writeBlock } from './block.js';
import { ByteWriter } from './byte-writer.js';
import { type NativeColumn } from './columns.js';

/** The store acknowledged fewer rows than were sent. */
export class InsertMismatch extends Error {
  override readonly name = 'InsertMismatch';
}

/** A part of an insert: rows [from, to) of columns. All parts of one insert have the same column names. */
export interface InsertPart {
  readonly columns: readonly NativeColumn[];
  readonly from: number;
  readonly to: number;
}

/**
 * One INSERT of all parts as Native blocks. Resolves when the rows are stored; rejects otherwise, and then
 * they may or may not be. Columns go by name and are listed in the statement, so that the server refuses one
 * that it does not have instead of filling in defaults.
 *
 * The store counts what views on the table pass on among the rows written, so more than were sent may hide that fewer
 * were stored.
 * @returns whether views passed rows on: only the table itself can tell then that all of these are in it
 */
export async function insertNative(
  client: ClickHouseClient,
  table: string,
  parts: readonly InsertPart[],
): Promise<boolean> {
  const rows = parts.reduce((sum, { from, to }) => sum + to - from, 0);
  if (rows === 0) return false;
  const names = parts[0]!.columns.map(({ name }) => name).join('`, `');
  const answer = await client.exec({
    query: `INSERT INTO ${table} (\`${names}\`) FORMAT Native`,
    values: Readable.from(blocksOf(parts), { objectMode: false }),
    clickhouse_settings: WRITE_SETTINGS,
  });
  // The connection is free for the next request once its answer was read to the end.
  for await (const chunk of answer.stream) void chunk;
  const written = Number(answer.summary?.written_rows ?? 0);
  if (written < rows) {
    throw new InsertMismatch(`${rows} rows were sent to ${table}, ${written} were stored`);
  }
  return written > rows;
}

/** Bytes of the blocks, each written when the one before was taken: what waits for the store is one block, not all. */
function* blocksOf(parts: readonly InsertPart[]): Generator<Buffer> {
  let bytesPerRow = 0;
  for (const { columns, from, to } of parts) {
    if (to <= from) continue;
    // As large as the block before was a row, so that it need not grow, which copies it.
    const out = new ByteWriter(Math.ceil((to - from) * bytesPerRow * 1.1) || undefined);
    writeBlock(out, columns, from, to);
    bytesPerRow = out.length / (to - from);
    yield out.finish();
  }
}
