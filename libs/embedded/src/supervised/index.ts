/**
 * What an app does as a supervised child: it calls `stop` once, with the reason in words, on SIGTERM, on SIGINT, when
 * nobody reads its output any more, and where a launcher holds its standard input, when that ends. Later requests do
 * nothing, and do not end the process either: a second Ctrl-C must not cut a stop short.
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
  if (!supervised) return;
  process.stdin.on('end', () => once('the launcher is gone'));
  process.stdin.on('error', () => once('the launcher is gone'));
  process.stdin.resume();
}
