import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { TestStore } from '@freshet/testkit';

/** The compiled app. */
export const INGEST = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

export interface IngestWorld {
  /** Folder of the catalogue. */
  readonly catalogue: string;
  readonly metricsPort: number;
  readonly brokers: readonly string[];
  readonly store: TestStore;
}

/** The app as a process of its own, which ends with this one. */
export function startIngest({ catalogue, metricsPort, brokers, store }: IngestWorld): ChildProcess {
  return spawn(process.execPath, [INGEST], {
    stdio: ['pipe', 'inherit', 'inherit'],
    env: {
      ...process.env,
      FRESHET_CATALOG: catalogue,
      FRESHET_METRICS_PORT: String(metricsPort),
      FRESHET_SUPERVISED: '1',
      FRESHET_LOG_LEVEL: 'warn',
      KAFKA_BROKERS: brokers.join(','),
      CLICKHOUSE_URL: store.url,
      CLICKHOUSE_USER: 'freshet',
      CLICKHOUSE_PASSWORD: store.credentials.freshet,
    },
  });
}
