import { existsSync, mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { MissingPrerequisite } from '@freshet/embedded';

const NEEDED_BYTES = 500 * 1024 * 1024;

/** Makes the data folder; throws MissingPrerequisite when it cannot be written or its disk is nearly full. */
export function prepareDataFolder(dataDir: string): void {
  const probe = join(dataDir, '.writable');
  try {
    makeFolder(join(dataDir, 'run'));
    writeFileSync(probe, 'x');
    rmSync(probe);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new MissingPrerequisite(
      code === 'ENOSPC'
        ? fullDisk(dataDir)
        : `${dataDir} cannot be written (${code ?? message}): make it writable for this user, or choose another folder with FRESHET_DATA_DIR.`,
    );
  }
  const { bavail, bsize } = statfsSync(dataDir);
  if (bavail * bsize < NEEDED_BYTES) throw new MissingPrerequisite(fullDisk(dataDir));
}

/** Folder by folder: Node's own recursive form never returns below /proc. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  if (dirname(folder) !== folder) makeFolder(dirname(folder));
  mkdirSync(folder);
}

function fullDisk(dataDir: string): string {
  return `The disk that holds ${dataDir} is full: free at least 500 MB (\`npm run reset\` removes what Freshet stored), or choose another folder with FRESHET_DATA_DIR.`;
}
