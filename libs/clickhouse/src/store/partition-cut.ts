/** Far below the store's own limit of 100 partitions an insert (code 252). */
const MAX_PARTITIONS = 30;
/** Bounds the memory of one insert on both sides. */
const MAX_ROWS = 200_000;

/**
 * Cuts rows [0, count) into runs that each touch at most 30 table partitions and 200,000 rows. `partitionOf`
 * tells a row's partition: any number that differs where the partition does.
 */
export function cutByPartition(
  count: number,
  partitionOf: (row: number) => number,
): { readonly from: number; readonly to: number; readonly partitions: ReadonlySet<number> }[] {
  const runs: { from: number; to: number; partitions: Set<number> }[] = [];
  let from = 0;
  let partitions = new Set<number>();
  for (let row = 0; row < count; row += 1) {
    const partition = partitionOf(row);
    const isFull =
      row - from >= MAX_ROWS || (partitions.size >= MAX_PARTITIONS && !partitions.has(partition));
    if (isFull) {
      runs.push({ from, to: row, partitions });
      from = row;
      partitions = new Set();
    }
    partitions.add(partition);
  }
  if (count > from) runs.push({ from, to: count, partitions });
  return runs;
}

const DAY_MS = 86_400_000;

/** Partition of a fact by its log time: the day in UTC. */
export function dayOf(timeMs: number): number {
  return Math.floor(timeMs / DAY_MS);
}

/** Partition of a pane by its start: the month in UTC. */
export function monthOf(timeMs: number): number {
  const date = new Date(timeMs);
  return date.getUTCFullYear() * 12 + date.getUTCMonth();
}

/** Puts runs together into inserts while they stay within the same bounds. */
export function groupRuns<
  Run extends { readonly from: number; readonly to: number; readonly partitions: ReadonlySet<number> },
>(runs: readonly Run[]): Run[][] {
  const groups: Run[][] = [];
  let partitions = new Set<number>();
  let rows = 0;
  for (const run of runs) {
    const size = run.to - run.from;
    const united = new Set([...partitions, ...run.partitions]);
    const group = groups.at(-1);
    if (group === undefined || united.size > MAX_PARTITIONS || rows + size > MAX_ROWS) {
      groups.push([run]);
      partitions = new Set(run.partitions);
      rows = size;
    } else {
      group.push(run);
      partitions = united;
      rows += size;
    }
  }
  return groups;
}
