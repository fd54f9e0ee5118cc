/** Aligned to the epoch in UTC; tumbling windows have `everyMs` = `sizeMs`. `sizeMs` is a multiple of `everyMs`. */
export interface WindowSpec {
  readonly sizeMs: number;
  readonly everyMs: number;
}

/** Start of the pane that holds `timeMs`, epoch ms: the pane is [start, start + paneMs). Times before 1970 too. */
export function paneStart(timeMs: number, paneMs: number): number {
  return Math.floor(timeMs / paneMs) * paneMs;
}

/**
 * Ends of the windows that contain the pane which starts at `paneStartMs`, ascending. A window is
 * [end - sizeMs, end) and there is one for every multiple of `everyMs`: a pane lies in size ÷ every of them.
 */
export function windowEnds(paneStartMs: number, window: WindowSpec): number[] {
  const ends: number[] = [];
  const first = paneStart(paneStartMs, window.everyMs) + window.everyMs;
  for (let end = first; end <= paneStartMs + window.sizeMs; end += window.everyMs) ends.push(end);
  return ends;
}
