/** What a command gets from its process; a test gives its own. */
export interface Surroundings {
  readonly env: NodeJS.ProcessEnv;
  /** Prints a line, or several, to standard output. */
  readonly print: (text: string) => void;
  /** Wall time, epoch ms. */
  readonly nowMs: () => number;
  /** Aborted when the command is to end early, as by Ctrl-C. */
  readonly signal: AbortSignal;
}

export function ofProcess(): Surroundings {
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());
  // A launcher holds the other end: it is gone, however it went.
  if (process.env['FRESHET_SUPERVISED'] === '1') process.stdin.once('end', () => process.exit(0)).resume();
  return {
    env: process.env,
    print: (text) => console.log(text),
    nowMs: () => Date.now(),
    signal: stopping.signal,
  };
}
