import { type Connection, type LiveState } from '@freshet/live-client';
import { type Alert, type Freshness } from '@freshet/live-protocol';
import { type Line } from '../figures/series.js';

/** What a tile has to say about its number, the gravest first. */
export type TileState =
  | { readonly kind: 'loading' }
  | { readonly kind: 'forbidden'; readonly message: string }
  | { readonly kind: 'error'; readonly message: string; readonly retryAfterMs: number | undefined }
  | {
      readonly kind: 'reconnecting';
      readonly asOfMs: number | null;
      readonly nextAttemptAtMs: number | undefined;
    }
  | { readonly kind: 'catching_up'; readonly asOfMs: number | null; readonly lagMessages: number | null }
  | { readonly kind: 'stale'; readonly freshness: Freshness }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'alert'; readonly alert: Alert }
  | { readonly kind: 'filling'; readonly untilMs: number }
  | { readonly kind: 'empty' }
  | { readonly kind: 'gap'; readonly fromMs: number; readonly toMs: number }
  | { readonly kind: 'quiet'; readonly lastMs: number | undefined }
  | { readonly kind: 'fresh' };

/** Colour is for numbers that can be believed now. */
export function isOff(state: TileState): boolean {
  return ['stale', 'reconnecting', 'catching_up', 'unknown', 'filling', 'error', 'forbidden'].includes(
    state.kind,
  );
}

/** First and last end of the newest run of windows that are known to be incomplete. */
export function newestGap(line: Line | undefined): { fromMs: number; toMs: number } | undefined {
  let gap: { fromMs: number; toMs: number } | undefined;
  for (const slice of line?.closed ?? []) {
    if (!slice.incomplete) continue;
    if (gap !== undefined && slice.startMs <= gap.toMs) gap = { fromMs: gap.fromMs, toMs: slice.endMs };
    else gap = { fromMs: slice.startMs, toMs: slice.endMs };
  }
  return gap;
}

/** Decides what a tile shows. `line` is the tile's own series; `fillingMs`: see `fillingUntil`. */
export function tileState(
  live: LiveState,
  freshness: Freshness | undefined,
  connection: Connection,
  alert: Alert | undefined,
  line: Line | undefined,
  fillingMs?: number,
): TileState {
  if (live.kind === 'error') {
    return live.code === 'forbidden' || live.code === 'unauthorised'
      ? { kind: 'forbidden', message: live.message }
      : { kind: 'error', message: live.message, retryAfterMs: live.retryAfterMs };
  }
  const nextAttemptAtMs = connection.kind === 'reconnecting' ? connection.nextAttemptAtMs : undefined;
  if (live.kind === 'loading') {
    return connection.kind === 'reconnecting' || connection.kind === 'refused'
      ? { kind: 'reconnecting', asOfMs: null, nextAttemptAtMs }
      : { kind: 'loading' };
  }
  if (live.kind === 'stale' && live.why !== 'behind') {
    return { kind: 'reconnecting', asOfMs: live.data.asOfMs, nextAttemptAtMs };
  }
  if (freshness?.status === 'catching_up') {
    return { kind: 'catching_up', asOfMs: freshness.asOfMs, lagMessages: freshness.lagMessages };
  }
  if (freshness?.status === 'stale') return { kind: 'stale', freshness };
  if (freshness === undefined || freshness.status === 'unknown') return { kind: 'unknown' };
  if (fillingMs !== undefined) return { kind: 'filling', untilMs: fillingMs };
  if (alert !== undefined) return { kind: 'alert', alert };
  const last = line?.closed.at(-1);
  if (last === undefined) return { kind: 'empty' };
  const gap = newestGap(line);
  if (gap !== undefined) return { kind: 'gap', ...gap };
  // No failure among ten attempts is a value, not silence.
  const silent = (last.value ?? 0) === 0 && (last.denominator ?? 0) === 0;
  if (freshness.quiet && silent) {
    return { kind: 'quiet', lastMs: line?.closed.findLast((slice) => (slice.value ?? 0) !== 0)?.endMs };
  }
  return { kind: 'fresh' };
}
