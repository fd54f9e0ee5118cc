import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { MissingPrerequisite, serviceUnit, type Unit } from '@freshet/embedded';

import { workspaceRoot, type CliConfig } from '../config.js';

export interface AppSettings {
  readonly name: 'ingest' | 'gateway' | 'shop';
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Answers, whatever the status, once the app runs: what is amiss with it, it says itself. */
  readonly healthUrl: string;
}

/**
 * Helpers of the garbage collector cost ingest more than they spare it, and so do code that is compiled before it is
 * really busy and marking what lives whenever blocks of bytes come and go: docs/decisions/0043, 0044, 0046. Half of the
 * usual room for young objects costs it nothing: docs/decisions/0067.
 */
const NODE_OPTIONS: Partial<Record<AppSettings['name'], readonly string[]>> = {
  ingest: [
    '--single-threaded-gc',
    '--interrupt-budget=600000',
    '--heap-growing-percent=100',
    '--max-semi-space-size=8',
  ],
};

/** Buffers go back to the system as soon as ingest is done with them: docs/decisions/0062. */
const MEMORY: Partial<Record<AppSettings['name'], Readonly<Record<string, string>>>> = {
  ingest: { MALLOC_MMAP_THRESHOLD_: '262144', MALLOC_TRIM_THRESHOLD_: '1048576' },
};

const HEALTH_LIMIT_MS = 2_000;

/** One of Freshet's own processes. It ends by itself when its standard input does. */
export function appUnit(config: CliConfig, app: AppSettings): Unit {
  const script = join(workspaceRoot, 'apps', app.name, 'dist', 'main.js');
  return serviceUnit(
    {
      name: app.name,
      readyWithinMs: 90_000,
      stopWithinMs: 5_000,
      prepare() {
        if (existsSync(script)) return Promise.resolve();
        throw new MissingPrerequisite(`${script} is missing: compile first with \`npm run build\`.`);
      },
      command: () => ({
        program: process.execPath,
        args: [...(NODE_OPTIONS[app.name] ?? []), '--enable-source-maps', script],
        cwd: workspaceRoot,
        env: {
          ...MEMORY[app.name],
          ...app.env,
          FRESHET_SUPERVISED: '1',
          FRESHET_HOST: config.host,
          FRESHET_PORT: String(config.port),
          FRESHET_DATA_DIR: config.dataDir,
          FRESHET_CATALOG: config.catalog,
        },
      }),
      ready: () => answers(app.healthUrl),
    },
    join(config.dataDir, 'run', `${app.name}.json`),
  );
}

async function answers(url: string): Promise<boolean> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(HEALTH_LIMIT_MS) });
    await answer.arrayBuffer();
    return true;
  } catch {
    return false;
  }
}
