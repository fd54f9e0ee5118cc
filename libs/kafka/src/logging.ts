import kafkajs, { type LogEntry } from 'kafkajs';

/** The part of a pino logger that is used here. */
export interface KafkaLogger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

const nothing = () => undefined;
export const silentLogger: KafkaLogger = { debug: nothing, info: nothing, warn: nothing, error: nothing };

/** A broker or a group that has just started answers with these for some seconds; kafkajs retries by itself. */
const STARTING_UP =
  /coordinator|no leader|not the leader|does not host this topic|rebalanc|ECONNREFUSED|Connection timeout|Closed connection/i;
const QUIET_MS = 15_000;

/**
 * kafkajs' log entries on `logger`: information as debug (it tells every join and pause), and what heals by
 * itself as debug too during the first 15 s. Stack traces are left out: they are kafkajs' own.
 */
export function bridgeLogs(
  logger: KafkaLogger,
  nowMs: () => number = () => performance.now(),
): (entry: LogEntry) => void {
  const startedMs = nowMs();
  return ({ level, namespace, log }) => {
    const { message, error, groupId, retryCount } = log as LogEntry['log'] & Record<string, unknown>;
    const fields = { from: `kafkajs.${namespace}`, ...defined({ error, groupId, retryCount }) };
    const transient =
      nowMs() - startedMs < QUIET_MS &&
      STARTING_UP.test(`${message} ${typeof error === 'string' ? error : ''}`);
    if (transient || level >= kafkajs.logLevel.INFO) logger.debug(fields, message);
    else if (level === kafkajs.logLevel.WARN) logger.warn(fields, message);
    else logger.error(fields, message);
  };
}

function defined(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
