import type { PaneRow } from '@freshet/metrics';
import { TAKEN_BACK } from '../fact-replay.js';
import type { ChunkPanes, FactBlock } from '../ports.js';

/** Key of the correction of a chunk: no chunk that is read from a log begins below 0. */
function correctionChunk(chunk: number): number {
  return -1 - chunk;
}

/** How many of these events a correction takes back. */
export function takenBackOf(facts: readonly FactBlock[]): number {
  return facts.reduce(
    (sum, { duplicateOf }) => sum + duplicateOf.filter((each) => each === TAKEN_BACK).length,
    0,
  );
}

/**
 * The signed rows that make a stored chunk what it would be without the events that are taken back: beside its own
 * rows, which stay, under a key of their own. Sums, counts and buckets are subtracted. An extreme, a last value and a
 * set are left as they are: the event that is taken back has a copy with the same content, which still counts.
 * Its version is how many events it takes back, so that a later, longer correction of the chunk replaces it.
 * @param counted the chunk with these events
 * @param without the chunk counted without them
 * @param unfolded the chunk with them, every series under its own name
 */
export function correctionOf(
  counted: ChunkPanes,
  without: ChunkPanes,
  unfolded: ChunkPanes,
  takenBack: number,
): ChunkPanes {
  const rows = new Map(unfolded.rows.map((row) => [keyOf(row), difference(row, row)]));
  for (const row of counted.rows) rows.set(keyOf(row), difference(undefined, row));
  const before = new Map(counted.rows.map((row) => [keyOf(row), row]));
  for (const row of without.rows) rows.set(keyOf(row), difference(row, before.get(keyOf(row))));
  const all = [...rows.values()];
  const isChanged = ({ events, lateEvents }: PaneRow): boolean => events !== 0 || lateEvents !== 0;
  // Where series are folded, an earlier correction may have named one that this one does not: its row has to go.
  const folded = new Set(counted.rows.filter(({ partial }) => partial).map(paneOf));
  const refolded = new Set(
    all
      .filter(isChanged)
      .map(paneOf)
      .filter((pane) => folded.has(pane)),
  );
  const told = all.filter((row) => isChanged(row) || refolded.has(paneOf(row)));
  return { ...counted, chunk: correctionChunk(counted.chunk), through: takenBack - 1, rows: told };
}

function paneOf({ metric, revision, paneStartMs }: PaneRow): string {
  return JSON.stringify([metric, revision, paneStartMs]);
}

function keyOf({ metric, revision, paneStartMs, dimensions }: PaneRow): string {
  return JSON.stringify([metric, revision, paneStartMs, dimensions]);
}

/** `to` less `from`, of one key; at least one of them is there. */
function difference(to: PaneRow | undefined, from: PaneRow | undefined): PaneRow {
  const row = (to ?? from)!;
  const less = (of: (each: PaneRow) => number): number => (to ? of(to) : 0) - (from ? of(from) : 0);
  const none = row.extremes.map(() => null);
  const buckets = new Map<number, number>();
  for (const [bucket, count] of to?.buckets ?? []) buckets.set(bucket, count);
  for (const [bucket, count] of from?.buckets ?? []) buckets.set(bucket, (buckets.get(bucket) ?? 0) - count);
  for (const [bucket, count] of buckets) if (count === 0) buckets.delete(bucket);
  return {
    ...row,
    events: less(({ events }) => events),
    lateEvents: less(({ lateEvents }) => lateEvents),
    sums: row.sums.map((_, slot) => (to?.sums[slot] ?? 0n) - (from?.sums[slot] ?? 0n)),
    extremes: none,
    lastTimesMs: row.lastTimesMs.map(() => null),
    lastOffsets: row.lastOffsets.map(() => null),
    buckets: row.buckets === undefined ? undefined : buckets,
    newHashes: undefined,
  };
}
