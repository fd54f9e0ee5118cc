const LOOK_EVERY_MS = 1_000;
/** Smaller corrections do not matter to anything that is timed. */
const ALLOWED_STEP_MS = 1_000;

/**
 * What an app does as a supervised child: it calls `stop` once, with the reason in words, on SIGTERM, on SIGINT, when
 * nobody reads its output any more, where a launcher holds its standard input, when that ends, and when the clock was set
 * back: whatever it does again after a while would wait until that time comes once more, so it is to be started anew. Later
 * requests do nothing, and do not end the process either: a second Ctrl-C must not cut a stop short.
 */
export function stopOnRequest(supervised: boolean, stop: (why: string) => void): void {
  let asked = false;
  const once = (why: string): void => {
    if (asked) return;
    asked = true;
    stop(why);
  };
  process.on('SIGTERM', () => once('SIGTERM'));
  process.on('SIGINT', () => once('SIGINT'));
  process.stdout.on('error', () => once('nobody reads the log'));
  const setBack = watchClock();
  setInterval(() => {
    const ms = setBack();
    if (ms > ALLOWED_STEP_MS) once(`the clock was set back by ${(ms / 1_000).toFixed(1)} s`);
  }, LOOK_EVERY_MS).unref();
  if (!supervised) return;
  process.stdin.on('end', () => once('the launcher is gone'));
  process.stdin.on('error', () => once('the launcher is gone'));
  process.stdin.resume();
}

/**
 * Returns a look at how far the clock was set back since it was furthest ahead, ms; 0 where it was not.
 * @param wallMs the clock, epoch ms
 * @param steadyMs one that nobody sets
 */
export function watchClock(
  wallMs: () => number = () => Date.now(),
  steadyMs: () => number = () => performance.now(),
): () => number {
  let furthest = Number.NEGATIVE_INFINITY;
  return () => {
    const beginning = wallMs() - steadyMs();
    furthest = Math.max(furthest, beginning);
    return furthest - beginning;
  };
}
