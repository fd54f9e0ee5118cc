import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, startKafka } from '@freshet/embedded';

/** Kafka itself on a free port and a folder of its own, without topics. */
export interface TestBroker {
  readonly brokers: readonly string[];
  /** Ends it as kill -9 would. */
  kill(): void;
  /** Ends it and removes its folder. */
  stop(): Promise<void>;
}

/** Starts a broker: some five seconds, more when its jars are not there yet. */
export async function startTestBroker(): Promise<TestBroker> {
  const dataDir = mkdtempSync(join(tmpdir(), 'freshet-broker-'));
  const kafka = await startKafka({ dataDir, port: await freePort() });
  return {
    brokers: kafka.brokers,
    kill: () => kafka.kill(),
    async stop(): Promise<void> {
      await kafka.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
