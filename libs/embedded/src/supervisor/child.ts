import { spawn, type ChildProcess } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';

import type { Service } from './service.js';

/** Takes what a child writes; must never block or throw. */
export interface OutputSink {
  write(chunk: Uint8Array): void;
}

export interface ChildExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A service did not come up; the message has its last words. */
export class ServiceFailed extends Error {
  override readonly name = 'ServiceFailed';
}

/** A running child of a service. */
export interface ServiceChild {
  readonly pid: number;
  readonly exited: Promise<ChildExit>;
  /** Resolves when the service is ready; rejects when it exits before that or takes too long. */
  untilReady(): Promise<void>;
  /**
   * Asks it to stop (SIGTERM; its input stays open, which would mean that the launcher is gone) and kills it after `limitMs`, by default the service's own
   * time; resolves when it is gone.
   */
  stop(limitMs?: number): Promise<ChildExit>;
  /** Ends it at once. */
  kill(): void;
}

const READY_POLL_MS = 100;
const TAIL_BYTES = 4096;
const DRAIN_MS = 300;

/**
 * Starts a prepared service in a process group of its own, so that Ctrl-C in a terminal reaches only the
 * launcher. Its standard input is a pipe from this process: it ends when this process is gone.
 */
export function spawnService(service: Service, output: OutputSink): ServiceChild {
  const { program, args, env, cwd } = service.command();
  const child = spawn(program, args, {
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(env ? { env: { ...process.env, ...env } } : {}),
    ...(cwd ? { cwd } : {}),
  });
  // An exit while this process writes or closes the pipe is told by `exit`.
  child.stdin.on('error', () => undefined);
  let tail = Buffer.alloc(0);
  const take = (chunk: Buffer) => {
    tail = Buffer.concat([tail, chunk]).subarray(-TAIL_BYTES);
    output.write(chunk);
  };
  child.stdout.on('data', take);
  child.stderr.on('data', take);

  const exited = new Promise<ChildExit>((resolve) => {
    child.once('error', (error) => {
      take(Buffer.from(`${error.message}\n`));
      resolve({ code: 127, signal: null });
    });
    // What it wrote last may still be on its way; a grandchild may hold the pipes open for long.
    child.once('exit', (code, signal) => {
      const settle = () => resolve({ code, signal });
      child.once('close', settle);
      setTimeout(settle, DRAIN_MS).unref();
    });
  });
  let gone: ChildExit | undefined;
  void exited.then((exit) => (gone = exit));

  return {
    pid: child.pid ?? -1,
    exited,
    async untilReady() {
      const deadline = performance.now() + service.readyWithinMs;
      for (;;) {
        if (gone)
          throw new ServiceFailed(
            `${service.name} ended ${describeExit(gone)} before it was ready: ${lastWords(tail)}`,
          );
        if (await Promise.race([service.ready(), exited.then(() => false)])) return;
        if (performance.now() > deadline) {
          throw new ServiceFailed(
            `${service.name} was not ready within ${Math.round(service.readyWithinMs / 1000)} s: ${lastWords(tail)}`,
          );
        }
        await delay(READY_POLL_MS);
      }
    },
    async stop(limitMs = service.stopWithinMs) {
      if (gone) return gone;
      child.kill('SIGTERM');
      const killer = setTimeout(() => killGroup(child), limitMs);
      const exit = await exited;
      clearTimeout(killer);
      return exit;
    },
    kill: () => killGroup(child),
  };
}

/** The child leads its group: whatever it started goes with it. */
function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    child.kill('SIGKILL');
  }
}

/** `(signal SIGKILL)` or `(exit code 1)`. */
export function describeExit(exit: ChildExit): string {
  return exit.signal ? `(signal ${exit.signal})` : `(exit code ${exit.code ?? 'unknown'})`;
}

function lastWords(tail: Buffer): string {
  const lines = tail.toString('utf8').trim().split('\n');
  return lines.slice(-3).join(' | ').slice(-600) || 'it wrote nothing';
}
