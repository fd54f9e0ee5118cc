import { literal, type ChunkRow } from '@freshet/metrics';
import type { RowReader } from '../store/rows.js';

/** How far the facts are written, by topic, life and partition. */
export type FactsProgress = ReadonlyMap<
  string,
  { readonly factsThrough: number; readonly factsAsOfMs: number }
>;

/** Whether panes hold events that the facts do not hold yet. */
export function isBehind(topic: string, chunks: readonly ChunkRow[], progress: FactsProgress): boolean {
  return chunks.some((row) => {
    const through = progress.get(`${topic}/${row.incarnation}/${row.partition}`)?.factsThrough ?? -1;
    return Number(row.through) > through;
  });
}

/** Rejects when the store does not answer. */
export async function factsProgress(store: RowReader, topics: readonly string[]): Promise<FactsProgress> {
  const rows = await store.rows<{
    topic: string;
    incarnation: number;
    partition: number;
    facts_through: number | string;
    facts_as_of_ms: number | string;
  }>(
    `SELECT topic, incarnation, partition, facts_through, facts_as_of_ms FROM freshet.source_progress WHERE topic IN (${topics.map(literal).join(', ')})`,
  );
  return new Map(
    rows.map((row) => [
      `${row.topic}/${row.incarnation}/${row.partition}`,
      { factsThrough: Number(row.facts_through), factsAsOfMs: Number(row.facts_as_of_ms) },
    ]),
  );
}

/** The facts hold everything appended by then, epoch ms; null: no evidence. */
export function factsAsOf(progress: FactsProgress): number | null {
  const least = Math.min(...[...progress.values()].map(({ factsAsOfMs }) => factsAsOfMs));
  return Number.isFinite(least) && least >= 0 ? least : null;
}
