import { readFileSync } from 'node:fs';

/** How to reach the brokers. */
export interface KafkaSettings {
  /** `host:port` of at least one broker. */
  readonly brokers: readonly string[];
  /** Shows in the brokers' logs and quotas. */
  readonly clientId: string;
  readonly tls: boolean;
  /** PEM text of the authority that signed the brokers' certificates; the system's own ones otherwise. */
  readonly tlsAuthority?: string;
  readonly sasl?: {
    readonly mechanism: SaslMechanism;
    readonly username: string;
    readonly password: string;
  };
}

const mechanisms = ['plain', 'scram-sha-256', 'scram-sha-512'] as const;
export type SaslMechanism = (typeof mechanisms)[number];

/**
 * Reads KAFKA_BROKERS (comma separated), KAFKA_SSL, KAFKA_SSL_CA_FILE, KAFKA_SASL_MECHANISM,
 * KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD. Throws with the variable's name when one is missing or wrong.
 */
export function kafkaSettingsFromEnv(env: NodeJS.ProcessEnv, clientId: string): KafkaSettings {
  const brokers = (env['KAFKA_BROKERS'] ?? '').split(',').flatMap((part) => part.trim() || []);
  if (brokers.length === 0)
    throw new Error('KAFKA_BROKERS is not set: name at least one broker as host:port.');
  const malformed = brokers.find((broker) => !/^.+:\d+$/.test(broker));
  if (malformed) throw new Error(`KAFKA_BROKERS has "${malformed}", which is not host:port.`);
  const authorityFile = env['KAFKA_SSL_CA_FILE'];
  const sasl = saslFromEnv(env);
  return {
    brokers,
    clientId,
    tls: env['KAFKA_SSL'] === 'true' || Boolean(authorityFile),
    ...(authorityFile ? { tlsAuthority: readAuthority(authorityFile) } : {}),
    ...(sasl ? { sasl } : {}),
  };
}

function saslFromEnv(env: NodeJS.ProcessEnv): KafkaSettings['sasl'] {
  const given = env['KAFKA_SASL_MECHANISM'];
  if (!given) return undefined;
  const mechanism = mechanisms.find((known) => known === given.toLowerCase());
  if (!mechanism) {
    throw new Error(`KAFKA_SASL_MECHANISM is "${given}": it must be one of ${mechanisms.join(', ')}.`);
  }
  const username = env['KAFKA_SASL_USERNAME'];
  const password = env['KAFKA_SASL_PASSWORD'];
  if (!username || !password) {
    throw new Error('KAFKA_SASL_MECHANISM needs KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD beside it.');
  }
  return { mechanism, username, password };
}

function readAuthority(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new Error(`KAFKA_SSL_CA_FILE cannot be read: ${(error as Error).message}`);
  }
}
