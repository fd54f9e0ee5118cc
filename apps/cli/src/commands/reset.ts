import { existsSync, readdirSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';

import { MissingPrerequisite } from '@freshet/embedded';

import { readConfig } from '../config.js';
import { launcherOf } from '../launch/lock.js';

/** What Freshet keeps at the top of its data folder; anything else there is somebody else's. */
const OURS = new Set([
  'clickhouse',
  'kafka',
  'launcher.json',
  'logs',
  'run',
  'shop',
  'gateway',
  'ingest',
  '.writable',
]);

/** Removes everything that Freshet stored, after asking (unless `yes`). Refuses while it runs. */
export async function reset({ yes }: { yes: boolean }): Promise<number> {
  const { dataDir } = readConfig(process.env);
  if (!existsSync(dataDir)) {
    console.log(`There is nothing to remove: ${dataDir} does not exist.`);
    return 0;
  }
  const pid = await launcherOf(dataDir);
  if (pid !== undefined) {
    throw new MissingPrerequisite(
      `Freshet runs on ${dataDir} (process ${pid}): stop it first, with Ctrl-C there or \`kill ${pid}\`.`,
    );
  }
  const foreign = readdirSync(dataDir).filter((name) => !OURS.has(name));
  if (foreign.length > 0) {
    throw new MissingPrerequisite(
      `${dataDir} also has ${foreign.slice(0, 3).join(', ')}, which is not Freshet's: check FRESHET_DATA_DIR, or remove the folder by hand.`,
    );
  }
  if (!yes && !(await confirmed(dataDir))) {
    console.log('Nothing was removed.');
    return 1;
  }
  rmSync(dataDir, { recursive: true, force: true });
  console.log(`Removed ${dataDir}.`);
  return 0;
}

async function confirmed(dataDir: string): Promise<boolean> {
  if (!process.stdin.isTTY) {
    throw new MissingPrerequisite(
      'There is nobody to ask here: add --yes to remove everything that is stored.',
    );
  }
  const prompt = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const answer = await prompt.question(`Remove every event and number stored in ${dataDir}? (yes/no) `);
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    prompt.close();
  }
}
