import { freePort, startKafka } from '@freshet/embedded';
import { createKafka, writesInPlace } from '@freshet/kafka';
import { type Kafka } from 'kafkajs';
import { type Cleanup } from './cleanup.js';
import { temporaryFolder } from './places.js';

export interface Broker {
  readonly address: string;
  readonly kafka: Kafka;
}

/** Starts a broker with data of its own, ended and removed by `cleanup`. */
export async function startBroker(cleanup: Cleanup): Promise<Broker> {
  const folder = temporaryFolder('kafka');
  cleanup.add(folder.remove);
  const running = await startKafka({ dataDir: folder.path, port: await freePort() });
  cleanup.add(() => running.stop());
  const address = running.brokers[0] ?? '';
  const kafka = createKafka({ brokers: [address], clientId: 'bench', tls: false });
  return { address, kafka: writesInPlace(kafka) };
}
