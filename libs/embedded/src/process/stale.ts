import { execFile } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

/** What guard.mjs writes while its program runs. */
interface PidFile {
  readonly pid: number;
  readonly command: readonly string[];
}

/**
 * Ends the program that `pidFile` names when it still runs with the very command line that the file has: a
 * number that the system gave to another program meanwhile is left alone. SIGTERM first, SIGKILL after
 * `graceMs`. Resolves the pid that was ended, undefined when there was none.
 */
export async function endStale(pidFile: string, graceMs: number): Promise<number | undefined> {
  const found = await readPidFile(pidFile);
  if (!found) return undefined;
  const isOurs = async () => (await commandLine(found.pid)) === found.command.join(' ');
  if (!(await isOurs())) {
    await rm(pidFile, { force: true });
    return undefined;
  }
  signal(found.pid, 'SIGTERM');
  const deadline = performance.now() + graceMs;
  while (await isOurs()) {
    if (performance.now() > deadline) signal(found.pid, 'SIGKILL');
    await delay(50);
  }
  await rm(pidFile, { force: true });
  return found.pid;
}

async function readPidFile(path: string): Promise<PidFile | undefined> {
  try {
    const parsed = JSON.parse(await readFile(path, 'utf8')) as Partial<PidFile>;
    return typeof parsed.pid === 'number' && Array.isArray(parsed.command) ? (parsed as PidFile) : undefined;
  } catch {
    return undefined;
  }
}

/** Command line of a live process with single spaces; undefined when it is gone or a zombie. */
export async function commandLine(pid: number): Promise<string | undefined> {
  if (process.platform === 'linux') {
    const text = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    return text === '' ? undefined : text.replace(/\0$/, '').replaceAll('\0', ' ');
  }
  return new Promise((resolve) => {
    execFile('ps', ['-ww', '-o', 'command=', '-p', String(pid)], (error, stdout) => {
      resolve(error ? undefined : stdout.trim() || undefined);
    });
  });
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It ended between the look and the signal.
  }
}
