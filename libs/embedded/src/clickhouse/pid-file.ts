import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { processIdentity } from './process-identity.js';

interface Identified {
  readonly pid: number;
  readonly identity: string;
}
interface PidFile {
  readonly server: Identified;
  readonly parent: Identified;
}

/** Records which process serves the data folder and which one started it. */
export function writePidFile(file: string, serverPid: number): void {
  const content = {
    server: { pid: serverPid, identity: processIdentity(serverPid) ?? '' },
    parent: { pid: process.pid, identity: processIdentity(process.pid) ?? '' },
  };
  writeFileSync(file, `${JSON.stringify(content)}\n`);
}

export function removePidFile(file: string): void {
  rmSync(file, { force: true });
}

/**
 * Makes sure that no server of an earlier run is left on the data folder. One whose parent is gone is about to
 * end by itself (its standard input closed): it gets `graceMs`, then SIGKILL. One whose parent lives is in use.
 * Answers the number of the process in use, or undefined when the folder is free.
 */
export async function endOrphan(file: string, graceMs: number): Promise<number | undefined> {
  const known = readPidFile(file);
  if (known === undefined) return undefined;
  if (!isAlive(known.server)) return undefined;
  const endsAtMs = performance.now() + graceMs;
  while (isAlive(known.server) && performance.now() < endsAtMs) {
    if (isAlive(known.parent)) return known.server.pid;
    await delay(50);
  }
  if (isAlive(known.server)) process.kill(known.server.pid, 'SIGKILL');
  while (isAlive(known.server)) await delay(20);
  removePidFile(file);
  return undefined;
}

function isAlive(one: Identified): boolean {
  return one.identity !== '' && processIdentity(one.pid) === one.identity;
}

function readPidFile(file: string): PidFile | undefined {
  if (!existsSync(file)) return undefined;
  try {
    const content = JSON.parse(readFileSync(file, 'utf8')) as Partial<PidFile>;
    return content.server !== undefined && content.parent !== undefined ? (content as PidFile) : undefined;
  } catch {
    // Cut short by a crash while it was written: that process died with its parent.
    return undefined;
  }
}
