import { join } from 'node:path';

import { serviceUnit, type Unit } from '@freshet/embedded';

import { workspaceRoot, type CliConfig } from '../config.js';

/** Each audit looks back over two intervals, so that what was open at the one before is seen whole. */
const INTERVALS_BACK = 2;

/** `freshet audit`, again and again. Its results are what the gateway's series and alerts of audits are made of. */
export function auditUnit(
  config: CliConfig,
  everyMs: number,
  env: Readonly<Record<string, string | undefined>>,
): Unit {
  const args = ['--every', `${everyMs}ms`, '--from', `${everyMs * INTERVALS_BACK}ms`];
  return serviceUnit(
    {
      name: 'audit',
      readyWithinMs: 10_000,
      stopWithinMs: 2_000,
      command: () => ({
        program: process.execPath,
        args: ['--enable-source-maps', join(workspaceRoot, 'apps/cli/bin/compiled.mjs'), 'audit', ...args],
        cwd: workspaceRoot,
        env: {
          ...env,
          FRESHET_SUPERVISED: '1',
          FRESHET_DATA_DIR: config.dataDir,
          FRESHET_CATALOG: config.catalog,
        },
      }),
      ready: () => Promise.resolve(true),
    },
    join(config.dataDir, 'run', 'audit.json'),
  );
}
