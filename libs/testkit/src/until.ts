import { setTimeout as delay } from 'node:timers/promises';

export interface UntilOptions {
  /** Longest wait, by default 10 s. */
  readonly deadlineMs?: number;
  /** Pause between two looks, by default 20 ms. */
  readonly everyMs?: number;
}

/**
 * Waits until `condition` answers something else than false or undefined, and answers that. A look that throws
 * counts as not yet. Throws after the deadline with the last error or answer.
 */
export async function until<T>(
  condition: () => T | false | undefined | Promise<T | false | undefined>,
  { deadlineMs = 10_000, everyMs = 20 }: UntilOptions = {},
): Promise<T> {
  const endsAtMs = performance.now() + deadlineMs;
  let last: unknown;
  do {
    try {
      const answer = await condition();
      if (answer !== false && answer !== undefined) return answer;
      last = answer;
    } catch (error) {
      last = error;
    }
    await delay(everyMs);
  } while (performance.now() < endsAtMs);
  throw new Error(`not within ${deadlineMs} ms: ${last instanceof Error ? last.message : String(last)}`, {
    cause: last,
  });
}
