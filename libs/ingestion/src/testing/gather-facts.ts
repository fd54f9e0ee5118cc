import { ListRows, TextRows, type ColumnData, type DecodedColumn, type ListItem } from '@freshet/contracts';
import type { FactBlock, SourcePartition } from '../ports.js';

/** One fact: a row of the block in which it was written. */
export interface FactAt {
  readonly block: FactBlock;
  readonly row: number;
}

/** Makes one block of facts that were written in several. */
export function gatherFacts(source: SourcePartition, chunk: number, facts: readonly FactAt[]): FactBlock {
  const numbers = (of: (block: FactBlock) => Float64Array): Float64Array =>
    Float64Array.from(facts, ({ block, row }) => of(block)[row]!);
  const idHash = new Uint32Array(facts.length * 4);
  facts.forEach(({ block, row }, n) => idHash.set(block.idHash.subarray(row * 4, row * 4 + 4), n * 4));
  return {
    contract: facts[0]?.block.contract ?? '',
    source,
    chunk,
    count: facts.length,
    offsets: numbers(({ offsets }) => offsets),
    logTimesMs: numbers(({ logTimesMs }) => logTimesMs),
    eventTimesMs: numbers(({ eventTimesMs }) => eventTimesMs),
    idHash,
    duplicateOf: numbers(({ duplicateOf }) => duplicateOf),
    columns: (facts[0]?.block.columns ?? []).map((column, c) => gatherColumn(column, c, facts)),
  };
}

function gatherColumn({ name, data }: DecodedColumn, c: number, facts: readonly FactAt[]): DecodedColumn {
  const columns = facts.map(({ block }) => block.columns[c]!);
  const at = facts.map(({ row }) => row);
  const absent = columns.some((column) => column.absent !== undefined)
    ? Uint8Array.from(columns, (column, n) => column.absent?.[at[n]!] ?? 0)
    : undefined;
  return {
    name,
    absent,
    data: gatherData(
      data.kind,
      columns.map((column) => column.data),
      at,
    ),
  };
}

function gatherData(
  kind: ColumnData['kind'],
  from: readonly ColumnData[],
  at: readonly number[],
): ColumnData {
  const pick = (data: ColumnData, n: number) =>
    data.kind === 'dictionary'
      ? data.dictionary.values[data.ids[at[n]!]!]!
      : data.kind === 'text' || data.kind === 'list'
        ? data.values.at(at[n]!)
        : data.values[at[n]!]!;
  const values = from.map(pick);
  switch (kind) {
    case 'dictionary': {
      const texts = ['', ...new Set(values as string[])];
      const ids = Int32Array.from(values as string[], (text) => Math.max(0, texts.lastIndexOf(text)));
      return { kind, ids, dictionary: { values: texts } };
    }
    case 'text':
      return { kind, values: TextRows.of(values as string[]) };
    case 'number':
      return { kind, values: Float64Array.from(values as number[]) };
    case 'boolean':
      return { kind, values: Uint8Array.from(values as number[]) };
    case 'list': {
      const items = from[0]?.kind === 'list' ? from[0].values.kind : 'text';
      return { kind, values: ListRows.of(items, values as (readonly ListItem[])[]) };
    }
  }
}
