import { spawnService, type ChildExit, type OutputSink } from '../supervisor/child.js';
import { kafkaService, type KafkaSettings } from './kafka-service.js';

/** A Kafka node that serves. */
export interface RunningKafka {
  readonly brokers: readonly string[];
  /** Process id of the guard that owns the Java process. */
  readonly pid: number;
  readonly exited: Promise<ChildExit>;
  /** Stops it in order, by force after 6 s; its data stays. */
  stop(): Promise<void>;
  /** Ends guard and Java at once, as kill -9 would. */
  kill(): void;
}

const silent: OutputSink = { write: () => undefined };

/**
 * Starts Kafka on a data folder and resolves when it answers (some five seconds, more when its jars have to
 * be downloaded). Topics are not created by themselves. Throws MissingPrerequisite with the remedy when
 * Java, Maven, the network or the port is not there.
 */
export async function startKafka(
  settings: KafkaSettings,
  output: OutputSink = silent,
): Promise<RunningKafka> {
  const service = kafkaService(settings);
  await service.prepare?.();
  const child = spawnService(service, output);
  try {
    await child.untilReady();
  } catch (error) {
    child.kill();
    throw error;
  }
  return {
    brokers: [`${settings.host ?? '127.0.0.1'}:${settings.port}`],
    pid: child.pid,
    exited: child.exited,
    stop: async () => void (await child.stop()),
    kill: () => child.kill(),
  };
}
