import { useSyncExternalStore } from 'react';

/** The time that a person points at: one for all charts of a page. */
let pointedMs: number | undefined;
const listeners = new Set<() => void>();

/** Points all charts at a time, or lets them go. */
export function pointAt(ms: number | undefined): void {
  if (ms === pointedMs) return;
  pointedMs = ms;
  for (const listener of listeners) listener();
}

function listen(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** Epoch ms; undefined: nobody points. */
export function useCrosshair(): number | undefined {
  return useSyncExternalStore(listen, () => pointedMs);
}
