import { isClosed } from './watermark.js';

/** `live`: may still change; `final`: complete; `revised`: complete, and changed by late events. */
export type TrustState = 'live' | 'final' | 'revised';

/**
 * State of a window, from the lowest watermark of its sources. As watermarks never go back and late events are
 * never taken away, the states of one window follow `live* final? revised*` when each is told once.
 */
export function trustState(window: {
  readonly endMs: number;
  readonly allowedMs: number;
  readonly watermarkMs: number;
  readonly lateEvents: number;
}): TrustState {
  if (!isClosed(window.endMs, window.allowedMs, window.watermarkMs)) return 'live';
  return window.lateEvents > 0 ? 'revised' : 'final';
}

const WORST_FIRST: readonly TrustState[] = ['live', 'revised', 'final'];

/** State of a value made of several sources: `live` before `revised` before `final`. */
export function worstState(states: readonly TrustState[]): TrustState {
  return WORST_FIRST.find((state) => states.includes(state)) ?? 'live';
}
