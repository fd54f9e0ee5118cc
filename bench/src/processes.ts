import { spawn, type ChildProcess } from 'node:child_process';
import { type Cleanup } from './cleanup.js';
import { root } from './places.js';

/** A child of this process; it ends with `stop`, with its cleanup, or when this process dies. */
export interface Running {
  readonly pid: number;
  readonly child: ChildProcess;
  /** Throws with its last words when it has ended. */
  requireAlive(): void;
  /** What it wrote last. */
  lastWords(): string;
  /** Closes its input, asks by SIGTERM, after ten seconds by SIGKILL. */
  stop(): Promise<void>;
}

const GRACE_MS = 10_000;
const WORDS = 4_000;

/** Starts a program in `folder`, by default the repository's root. Its input is a pipe; its errors are kept. */
export function startProgram(
  cleanup: Cleanup,
  name: string,
  program: string,
  parameters: readonly string[],
  env: Readonly<Record<string, string>> = {},
  folder = root,
): Running {
  const child = spawn(program, parameters, {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let words = '';
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', (error) => {
      words += error.message;
      resolve();
    });
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (text: Buffer) => (words = (words + text.toString()).slice(-WORDS)));
  }
  child.stdin?.on('error', () => undefined);
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null || child.pid === undefined;
  const running: Running = {
    pid: child.pid ?? 0,
    child,
    lastWords: () => words,
    requireAlive: () => {
      if (hasEnded()) throw new Error(`${name} ended (${child.exitCode ?? child.signalCode}):\n${words}`);
    },
    stop: async () => {
      child.stdin?.end();
      if (!hasEnded()) child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
      await ended;
      clearTimeout(timer);
    },
  };
  cleanup.add(() => running.stop());
  return running;
}

/** Starts one of Freshet's apps from its compiled form, on a free port unless `env` says another. */
export async function startApp(
  cleanup: Cleanup,
  app: 'ingest' | 'gateway' | 'shop',
  env: Readonly<Record<string, string>>,
  nodeOptions: readonly string[] = [],
): Promise<Running> {
  return startProgram(cleanup, app, process.execPath, [...nodeOptions, `${root}/apps/${app}/dist/main.js`], {
    FRESHET_SUPERVISED: '1',
    FRESHET_METRICS_PORT: '0',
    ...env,
  });
}
