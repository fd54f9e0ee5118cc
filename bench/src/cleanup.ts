/** What must be undone at the end of a run, however it ends: last made, first undone. */
export class Cleanup {
  readonly #undo: (() => Promise<void> | void)[] = [];

  add(undo: () => Promise<void> | void): void {
    this.#undo.push(undo);
  }

  /** Undoes everything. A step that fails is told and does not hold up the others. */
  async run(): Promise<void> {
    for (let undo = this.#undo.pop(); undo !== undefined; undo = this.#undo.pop()) {
      try {
        await undo();
      } catch (error) {
        console.error('bench: while cleaning up:', error);
      }
    }
  }
}

/** Cleanups whose work goes on, the inner ones last. */
const pending: Cleanup[] = [];
let interrupted = false;

/** Runs `work` with a cleanup of its own. */
export async function cleaningUp<T>(work: (cleanup: Cleanup) => Promise<T>): Promise<T> {
  if (interrupted) throw new Error('interrupted');
  const cleanup = new Cleanup();
  pending.push(cleanup);
  try {
    return await work(cleanup);
  } finally {
    await cleanup.run();
    pending.splice(pending.indexOf(cleanup), 1);
  }
}

/** Has SIGINT and SIGTERM clean up before the process ends. */
export function cleanUpOnSignals(): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      console.error(`bench: ${signal}, cleaning up`);
      interrupted = true;
      void (async () => {
        for (const cleanup of pending.toReversed()) await cleanup.run();
        process.exit(130);
      })();
    });
  }
}
