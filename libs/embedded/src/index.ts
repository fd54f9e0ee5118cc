export { freePort, freePorts, portHolder, requirePort } from './process/port.js';
export { MissingPrerequisite } from './process/prerequisite.js';
export { commandLine } from './process/stale.js';
export { ensureKafkaJars } from './kafka/jars.js';
export { kafkaService, type KafkaSettings } from './kafka/kafka-service.js';
export { startKafka, type RunningKafka } from './kafka/start-kafka.js';
export {
  describeExit,
  ServiceFailed,
  spawnService,
  type ChildExit,
  type OutputSink,
  type ServiceChild,
} from './supervisor/child.js';
export type { Service, ServiceCommand } from './supervisor/service.js';
export { serviceUnit } from './supervisor/service-unit.js';
export {
  Supervisor,
  type RunningUnit,
  type SupervisorEvent,
  type SupervisorOptions,
  type Unit,
} from './supervisor/supervisor.js';
export * from './clickhouse/index.js';
