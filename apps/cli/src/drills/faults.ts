import { setTimeout as delay } from 'node:timers/promises';

/** Ends a fault; may be called twice. */
export type Heal = () => Promise<void>;

/** Stops a process where it stands, as a hung machine would; it keeps its sockets and its memory. */
export function pause(pid: number): Heal {
  process.kill(pid, 'SIGSTOP');
  return () => {
    resume(pid);
    return Promise.resolve();
  };
}

/** Lets a process run for `runMs` of every `runMs + stopMs`. */
export function slow(pid: number, runMs: number, stopMs: number): Heal {
  const healed = new AbortController();
  const turns = async (): Promise<void> => {
    while (!healed.signal.aborted) {
      process.kill(pid, 'SIGSTOP');
      await delay(stopMs, undefined, { signal: healed.signal }).catch(() => undefined);
      resume(pid);
      await delay(runMs, undefined, { signal: healed.signal }).catch(() => undefined);
    }
  };
  const ended = turns().catch(() => undefined); // the process ended: nothing is left to slow
  return async () => {
    healed.abort();
    await ended;
    resume(pid);
  };
}

function resume(pid: number): void {
  try {
    process.kill(pid, 'SIGCONT');
  } catch {
    // It ended meanwhile; whoever supervises it starts it again.
  }
}
