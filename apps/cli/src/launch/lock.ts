import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { commandLine, MissingPrerequisite } from '@freshet/embedded';

interface Holder {
  readonly pid: number;
  readonly command: string;
}

export interface LauncherLock {
  /** A launcher before this one did not end in order: its children may still be ending. */
  readonly afterCrash: boolean;
  release(): void;
}

/** Process id of the launcher that holds the data folder; undefined when none does. */
export async function launcherOf(dataDir: string): Promise<number | undefined> {
  const holder = readHolder(lockFile(dataDir));
  if (!holder || holder.pid === process.pid) return undefined;
  return (await commandLine(holder.pid)) === holder.command ? holder.pid : undefined;
}

/**
 * Takes the data folder for this process. A lock whose process is gone, or is another program by now, is
 * taken over. Throws MissingPrerequisite when a launcher runs on the folder.
 */
export async function lockDataFolder(dataDir: string): Promise<LauncherLock> {
  const file = lockFile(dataDir);
  const own = JSON.stringify({ pid: process.pid, command: await commandLine(process.pid) });
  let afterCrash = false;
  for (;;) {
    try {
      writeFileSync(file, own, { flag: 'wx' });
      return { afterCrash, release: () => rmSync(file, { force: true }) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const pid = await launcherOf(dataDir);
    if (pid !== undefined) {
      throw new MissingPrerequisite(
        `Freshet already runs on ${dataDir} (process ${pid}): stop it with Ctrl-C there or \`kill ${pid}\`, or give this one its own FRESHET_DATA_DIR and ports.`,
      );
    }
    afterCrash = true;
    rmSync(file, { force: true });
  }
}

function lockFile(dataDir: string): string {
  return join(dataDir, 'launcher.json');
}

function readHolder(file: string): Holder | undefined {
  try {
    const parsed = JSON.parse(readFileSync(file, 'utf8')) as Partial<Holder>;
    return typeof parsed.pid === 'number' && typeof parsed.command === 'string'
      ? (parsed as Holder)
      : undefined;
  } catch {
    return undefined;
  }
}
