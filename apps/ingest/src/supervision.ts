/** Calls `stop` once: on SIGTERM, on SIGINT, when stdout breaks, and where a launcher holds our stdin, when that ends. */
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
