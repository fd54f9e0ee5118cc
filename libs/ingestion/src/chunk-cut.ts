/** Where chunks end: a pure function of the log, so that two owners of a partition cannot cut differently. */
export interface CutRule {
  readonly chunkOffsets: number;
  readonly chunkLogTimeMs: number;
}

/** First offset that a chunk which starts at `start` can no longer hold: the next multiple of `chunkOffsets`. */
export function offsetBound(start: number, rule: CutRule): number {
  return (Math.floor(start / rule.chunkOffsets) + 1) * rule.chunkOffsets;
}

export interface Cut {
  /** Last offset of the chunk that ends. */
  readonly end: number;
  /** Start of the chunk that the record belongs to. */
  readonly nextStart: number;
}

/**
 * Tells whether a chunk ends before a record.
 * @param start the chunk's first offset
 * @param firstLogTimeMs log time of the chunk's first record; undefined while it has none
 * @returns the cut, or undefined when the record still belongs to the chunk
 */
export function cutBefore(
  start: number,
  firstLogTimeMs: number | undefined,
  offset: number,
  logTimeMs: number,
  rule: CutRule,
): Cut | undefined {
  const bound = offsetBound(start, rule);
  if (offset >= bound) {
    // Offsets may jump over whole chunks (transactions): those get no key at all.
    const nextStart = Math.max(bound, Math.floor(offset / rule.chunkOffsets) * rule.chunkOffsets);
    return { end: bound - 1, nextStart };
  }
  if (firstLogTimeMs !== undefined && logTimeMs >= firstLogTimeMs + rule.chunkLogTimeMs)
    return { end: offset - 1, nextStart: offset };
  return undefined;
}
