import { setTimeout as delay } from 'node:timers/promises';

/** Asks every `everyMs` until the answer is true. Throws after `limitMs` with what was waited for. */
export async function waitUntil(
  what: string,
  isSo: () => Promise<boolean> | boolean,
  { everyMs = 250, limitMs = 600_000 }: { everyMs?: number; limitMs?: number } = {},
): Promise<void> {
  const deadline = performance.now() + limitMs;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`${what} did not happen within ${limitMs / 1e3} s`);
    await delay(everyMs);
  }
}
