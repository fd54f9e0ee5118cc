export { deadLetterTopic } from '@freshet/ingestion';
export { createKafka } from './client.js';
export { KafkaDeadLetterSink } from './dead-letters.js';
export { KafkaEventLog, type EventLogSettings } from './event-log.js';
export { silentLogger, type KafkaLogger } from './logging.js';
export { kafkaSettingsFromEnv, type KafkaSettings, type SaslMechanism } from './settings.js';
export { ensureTopics, type TopicPlan } from './topics.js';
