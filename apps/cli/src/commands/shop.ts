import { spawn } from 'node:child_process';
import { join } from 'node:path';

import { LOOPBACK, readConfig, workspaceRoot } from '../config.js';

/** Runs the shop in the foreground with the given arguments; resolves its exit code. */
export function shop(args: readonly string[]): Promise<number> {
  const config = readConfig(process.env);
  const child = spawn(process.execPath, [join(workspaceRoot, 'apps', 'shop', 'dist', 'main.js'), ...args], {
    stdio: 'inherit',
    env: {
      ...process.env,
      KAFKA_BROKERS: config.ownBrokers ?? `${LOOPBACK}:${config.kafkaPort}`,
      FRESHET_METRICS_PORT: String(config.shopPort),
      FRESHET_DATA_DIR: config.dataDir,
      FRESHET_CATALOG: config.catalog,
    },
  });
  // Ctrl-C reaches the shop by itself, being in the same group; this process waits for it.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(signal ? 128 : (code ?? 1)));
  });
}
